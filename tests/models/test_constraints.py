"""What the tables themselves refuse, whatever writes to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from activitystream.ids import new_id
from activitystream.models import Activity, Follow, Ref
from tests.app.models import Album, Page, Photo
from tests.fixtures import People

pytestmark = pytest.mark.django_db


def make(actor: Ref, **values: Any) -> Activity:
    now = timezone.now()
    values = {
        "id": new_id(now),
        "actor_type": actor.content_type,
        "actor_id": actor.id,
        "verb": "post",
        "published": now,
        **values,
    }
    return Activity.objects.create(**values)


def refused(action: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        action()


def test_a_key_is_unique_for_its_actor() -> None:
    ana, ben = Ref("auth.user", "1"), Ref("auth.user", "2")
    make(ana, key="k")
    make(ben, key="k")
    make(Ref("app.photo", "1"), key="k")
    refused(lambda: make(ana, key="k"))
    assert Activity.objects.count() == 3


def test_many_activities_have_no_key() -> None:
    for _ in range(3):
        make(Ref("auth.user", "1"))
    assert Activity.objects.filter(key=None).count() == 3


@pytest.mark.parametrize("role", ["object", "target"])
def test_a_ref_is_whole_or_not_there(role: str) -> None:
    ana = Ref("auth.user", "1")
    refused(lambda: make(ana, **{f"{role}_id": "1"}))
    refused(lambda: make(ana, **{f"{role}_type": ana.content_type}))
    assert make(ana, **{f"{role}_id": "1", f"{role}_type": ana.content_type}).ref(role) == ana
    assert make(ana).ref(role) is None


def test_a_follow_is_unique_for_user_object_and_kind(people: People) -> None:
    ana, ben = people("ana", "ben")
    photo = Ref("app.photo", "1")

    def follow(user: Any, ref: Ref, kind: str) -> Follow:
        return Follow.objects.create(
            follower=user, followee_type=ref.content_type, followee_id=ref.id, kind=kind
        )

    follow(ana, photo, "follow")
    follow(ben, photo, "follow")
    follow(ana, photo, "watch")
    follow(ana, Ref("app.album", "1"), "follow")
    follow(ana, Ref("app.photo", "2"), "follow")
    refused(lambda: follow(ana, photo, "follow"))
    assert Follow.objects.count() == 5


KEYS = [
    "1",
    "01",
    "abc",
    "ABC",
    "Abc",
    "abc ",
    " abc",
    "a/b",
    "a:b",
    "é",
    "e\u0301",
    "ß",
    "ss",
    "日本",
    "🦉",
    "%_",
]


def test_keys_are_compared_as_they_are(people: People) -> None:
    """MySQL's default collations take some of these for the same key."""
    (ana,) = people("ana")
    for id in KEYS:
        ref = Ref("app.page", id)
        make(ref, key="k")
        Follow.objects.create(follower=ana, followee_type=ref.content_type, followee_id=id, kind="follow")
    for id in KEYS:
        ref = Ref("app.page", id)
        assert [found.ref("actor") for found in Activity.objects.by(ref)] == [ref]
        assert Follow.objects.get(followee_id=id).followee_ref == ref


def test_keys_of_activities_are_compared_as_they_are() -> None:
    ana = Ref("auth.user", "1")
    for key in KEYS:
        make(ana, key=key)
    assert {key: Activity.objects.get(key=key).key for key in KEYS} == dict(zip(KEYS, KEYS, strict=True))


def test_kinds_and_verbs_are_compared_as_they_are(people: People) -> None:
    (ana,) = people("ana")
    ref = Ref("app.page", "1")
    for word in ("like", "Like", "like "):
        make(ref, verb=word)
        Follow.objects.create(follower=ana, followee_type=ref.content_type, followee_id="1", kind=word)
    for word in ("like", "Like", "like "):
        assert Activity.objects.get(verb=word).verb == word
        assert Follow.objects.get(kind=word).kind == word


def test_keys_of_every_kind_lead_back_to_their_rows(people: People) -> None:
    (ana,) = people("ana")
    album = Album.objects.create(title="Summer", owner=ana)
    photo = Photo.objects.create(caption="Lake", owner=ana)
    page = Page.objects.create(slug="a/b:ü 🦉", author=ana)
    Activity.objects.all().delete()
    for row in (ana, album, photo, page):
        made = make(Ref.of(row), object=row)
        found = Activity.objects.get(pk=made.pk)
        assert (found.actor, found.object, found.target) == (row, row, None)


def test_text_of_an_activity(people: People) -> None:
    (ana,) = people("ana")
    made = make(Ref.of(ana), verb="post", object_type=Ref.of(ana).content_type, object_id="7")
    assert str(made) == f"auth.user:{ana.pk} post auth.user:7"
