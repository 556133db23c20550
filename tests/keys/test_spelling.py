"""A row is the same row however its key is spelled on the instance, and in a text that names it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.template import Context, Template
from django.test import Client, RequestFactory

from activitystream import (
    HomeFeed,
    ObjectFeed,
    OutboxFeed,
    block,
    export_user,
    follow,
    follow_many,
    followers,
    following,
    forget_user,
    is_blocked,
    is_following,
    is_muted,
    is_requested,
    mute,
    publish,
    refresh,
    retract,
    unblock,
    unfollow,
    unmute,
    withdraw,
)
from activitystream.models import Activity, Follow, Ref
from activitystream.registry import find_row, find_rows, load_cards
from tests.app.models import Pair

from .models import ByUUID
from .spellings import EACH, IN_TURN, NAMES, NAMES_IN_TURN, SPELLINGS, make

pytestmark = pytest.mark.django_db
each_spelling = pytest.mark.parametrize(("model", "spelling"), EACH, ids=NAMES)
each_spelling_in_a_store = pytest.mark.parametrize(
    ("model", "spelling", "any_store"), IN_TURN, ids=NAMES_IN_TURN, indirect=["any_store"]
)


def again(row: Any) -> Any:
    """The row as the database gives it."""
    return type(row)._base_manager.get(pk=row.pk)


def spelled(user: Any) -> Any:
    """This user, with the key in another spelling."""
    other = again(user)
    other.pk = f"00{user.pk}"
    return other


def ids(feed: Any, viewer: Any = None) -> list[int]:
    return [entry.id for entry in feed.page(viewer=viewer)]


@each_spelling
def test_a_ref(model: type[models.Model], spelling: Any, ana: Any) -> None:
    row = make(model, spelling, ana)
    assert Ref.of(row) == Ref.of(again(row)) == Ref(model._meta.label_lower, SPELLINGS[model][0])


@each_spelling
def test_a_text(model: type[models.Model], spelling: Any, ana: Any, registering: Any) -> None:
    registering(model)
    row = again(make(model, spelling, ana))
    for text in {text for text in SPELLINGS[model] if type(text) is str}:
        ref = Ref(model._meta.label_lower, text)
        if model._meta.label == "keys.ByHash" and not text.startswith("k"):
            continue
        assert find_row(*ref) == row
        assert find_rows([ref]) == {ref: row}
        assert ref.spelled == Ref.of(row)


@each_spelling_in_a_store
def test_publish_and_delete(
    model: type[models.Model], spelling: Any, ana: Any, ben: Any, registering: Any, any_store: str
) -> None:
    registering(model, actor="owner", on_create="make", on_update={"name": "rename"})
    row = make(model, spelling, ana)
    made = Activity.objects.get(verb="make")
    asked = publish(actor=ben, verb="ask", object=row, target=row, notify=[ana])
    assert ids(ObjectFeed(row)) == ids(ObjectFeed(again(row))) == [asked.id, made.id]
    card = next(iter(ObjectFeed(row).page())).object
    assert card is not None
    assert card.ref == Ref.of(again(row))
    row.name = "another"  # type: ignore[attr-defined]
    row.save()
    assert load_cards([Ref.of(again(row))])[Ref.of(row)]["name"] == "another"
    assert next(iter(ObjectFeed(row).page())).object.name == "another"  # type: ignore[union-attr]
    assert retract(verb="ask", object=again(row)) == 1
    refresh(row)
    row.delete()
    assert not Activity.objects.exists()


@each_spelling
def test_an_activity_by_it(model: type[models.Model], spelling: Any, ana: Any, registering: Any) -> None:
    registering(model)
    row = make(model, spelling, ana)
    done = publish(actor=row, verb="do")
    assert ids(OutboxFeed(again(row))) == ids(OutboxFeed(row)) == [done.id]
    assert publish(actor=again(row), verb="do", key="once") == publish(actor=row, verb="do", key="once")


@each_spelling_in_a_store
def test_follow(
    model: type[models.Model], spelling: Any, ana: Any, ben: Any, registering: Any, any_store: str
) -> None:
    registering(model)
    row = make(model, spelling, ana)
    assert ids(HomeFeed(ben)) == []
    follow(ben, row)
    assert follow_many(ben, [row, again(row)])[0] == Follow.objects.get()
    assert is_following(ben, row)
    assert is_following(ben, again(row))
    assert [found.pk for found in followers(again(row))] == [found.pk for found in followers(row)] == [ben.pk]
    assert following(ben) == [again(row)]
    done = publish(actor=ana, verb="do", object=again(row))
    assert ids(HomeFeed(ben)) == [done.id]
    mute(ben, row)
    assert is_muted(ben, row)
    assert is_muted(ben, again(row))
    assert ids(HomeFeed(ben), ben) == []
    assert unmute(ben, again(row))
    assert unfollow(ben, again(row))
    assert not is_following(ben, row)


@each_spelling
def test_a_request(model: type[models.Model], spelling: Any, ana: Any, ben: Any, registering: Any) -> None:
    registering(model, private=lambda self, obj: True, owner="owner")
    row = make(model, spelling, ana)
    follow(ben, row)
    assert is_requested(ben, again(row))
    assert is_requested(ben, row)
    assert withdraw(ben, row)


@each_spelling
def test_a_template(
    model: type[models.Model], spelling: Any, ana: Any, ben: Any, registering: Any, rf: RequestFactory
) -> None:
    registering(model)
    row = make(model, spelling, ana)
    follow(ben, again(row))
    request = rf.get("/")
    request.user = ben
    shown = Template(
        "{% load activitystream %}{% if user|is_following:row %}yes{% endif %}{% follow_button row %}"
    )
    for one in (row, again(row), Ref.of(row), Ref(Ref.of(row).model, SPELLINGS[model][0])):
        page = shown.render(Context({"row": one, "user": again(ben), "request": request}))
        assert page.startswith("yes")
        assert f'value="{SPELLINGS[model][0]}"' in page


@each_spelling
def test_an_address(
    model: type[models.Model], spelling: Any, ana: Any, registering: Any, client: Client, settings: Any
) -> None:
    registering(model)
    row = make(model, spelling, ana)
    publish(actor=ana, verb="do", object=row)
    ref = Ref.of(again(row))
    for text in {text for text in SPELLINGS[model] if type(text) is str}:
        if model._meta.label == "keys.ByHash" and not text.startswith("k"):
            continue
        card = client.get(f"/feeds/cards/{ref.model}/{quote(text, safe='')}/")
        assert (card.status_code, card.json()["id"]) == (200, ref.id)
        feed = client.get(f"/feeds/object/{ref.model}/{quote(text, safe='')}/")
        assert [entry["object"]["id"] for entry in feed.json()["results"]] == [ref.id]


def test_users(ana: Any, ben: Any, any_store: str) -> None:
    """Whatever takes a user takes one whose key is spelled in another way."""
    me, other = spelled(ana), spelled(ben)
    assert ids(HomeFeed(ana)) == []
    follow(me, other)
    for one, two in [(ana, ben), (me, other), (ana, other), (me, ben)]:
        assert is_following(one, two)
        assert following(one) == [ben]
        assert list(followers(two)) == [ana]
    done = publish(actor=other, verb="do", notify=[me, ana], visibility="named", to=[me, ana])
    assert ids(HomeFeed(ana), ana) == ids(HomeFeed(me), me) == ids(OutboxFeed(ben), me) == [done.id]
    assert ids(OutboxFeed(ben)) == []
    assert done.notifications.count() == done.addressees.count() == 1
    assert [row["record"] for row in export_user(me)] == [row["record"] for row in export_user(ana)]
    mute(me, ben)
    assert is_muted(ana, other)
    assert ids(HomeFeed(ana), ana) == []
    assert unmute(ana, other)
    assert unfollow(me, ben)
    assert ids(HomeFeed(ana)) == []
    follow(ana, ben)
    block(me, other)
    assert is_blocked(ana, ben)
    assert is_blocked(me, other)
    assert not is_following(ana, ben)
    assert ids(OutboxFeed(ben), ana) == []
    assert unblock(ana, other)
    assert ids(OutboxFeed(ben), ana) == [done.id]
    forget_user(spelled(ben))
    assert not Activity.objects.exists()


@pytest.mark.parametrize("action", [follow, mute, block])
def test_not_oneself(action: Any, ana: Any) -> None:
    with pytest.raises(Exception, match=r"oneself|yourself"):
        action(spelled(ana), ana)


def test_what_a_user_owns(ana: Any, registering: Any) -> None:
    options = registering(ByUUID, owner="owner")
    row = make(ByUUID, SPELLINGS[ByUUID][2], spelled(ana))
    assert options.may_publish(row, "do", ana)
    assert options.may_publish(again(row), "do", spelled(ana))


def test_a_composite_key() -> None:
    with pytest.raises(ValueError, match=r"composite primary key.*UniqueConstraint"):
        Ref.of(Pair(left=1, right=2))


def test_a_value_that_is_no_key(ana: Any, registering: Any) -> None:
    """There is no such row, which is an answer."""
    registering(ByUUID)
    assert not is_following(ana, ByUUID(pk="no uuid"))
    assert Ref.of(get_user_model()(pk="x")) == Ref("auth.user", "x")
