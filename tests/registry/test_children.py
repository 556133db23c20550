"""Children in multi-table inheritance: a row of two tables is one actor."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.test.utils import isolate_apps
from rest_framework.test import APIClient

from activitystream import (
    Activity,
    HomeFeed,
    ModelActivity,
    NotificationsFeed,
    NotRegistered,
    OutboxFeed,
    Ref,
    block,
    follow,
    followers,
    following,
    forget_user,
    incoming,
    is_following,
    mute,
    publish,
    register,
    unfollow,
    unregister,
)
from activitystream.graph import is_blocked, is_muted, is_requested
from activitystream.models import Block, Follow
from activitystream.models.identity import identity
from activitystream.registry import find_row, is_registered, load_instances, options_for
from tests.app.models import Company, LongNote, Note, Photo, Profile
from tests.fixtures import Register

pytestmark = pytest.mark.usefixtures("transactional_db")
User = get_user_model()


@pytest.fixture
def shop() -> Company:
    return Company.objects.create(username="shop")


@pytest.fixture
def person(shop: Company) -> Any:
    """The same human as the user model has it."""
    return User.objects.get(pk=shop.pk)


def test_one_ref(shop: Company, person: Any) -> None:
    assert Ref.of(shop) == Ref.of(person) == Ref.of_user(shop.pk) == Ref.of_key(Company, str(shop.pk))
    assert Ref.of_text("app.company", str(shop.pk)) == Ref.of(person)
    assert Ref.of(shop).model_class is User
    assert options_for(Company) is options_for(User)
    assert is_registered(Company)
    assert load_instances([Ref.of(shop)]) == {Ref.of(person): person}


def test_a_save_of_the_site_publishes(shop: Company, person: Any, any_store: str) -> None:
    """The owner of the photo is the instance that was given, and no row of the user model's own class."""
    photo = Photo.objects.create(owner=shop, caption="Lake")
    photo.likes.add(shop)
    photo.caption = "Sea"
    photo.save()
    verbs = ["edit", "like", "post"]
    for owner in (shop, person):
        page = OutboxFeed(owner).page(viewer=shop)
        assert [entry.verb for entry in page] == verbs
        assert {entry.actor.ref for entry in page} == {Ref.of(person)}
    photo.likes.remove(shop)
    assert sorted(Activity.objects.values_list("verb", flat=True)) == ["edit", "post"]


def test_one_human_everywhere(ana: Any, ben: Any, shop: Company, person: Any, any_store: str) -> None:
    follow(shop, ana)
    assert is_following(person, ana)
    assert list(followers(ana)) == [person]
    assert following(shop) == following(person, User) == [ana]
    follow(ana, shop)
    assert is_following(ana, person)
    assert following(ana, Company) == following(ana, User) == [person]
    follow(ana, person)
    assert Follow.objects.count() == 2
    made = publish(actor=shop, verb="offer", to=[shop], visibility="named", notify=[ana])
    assert [entry.id for entry in HomeFeed(shop).page()] == []
    assert [entry.id for entry in OutboxFeed(person).page(viewer=shop)] == [made.id]
    told = publish(actor=ana, verb="ask", object=shop, notify=[shop, person])
    assert [entry.id for entry in NotificationsFeed(shop).page(viewer=person)] == [told.id]
    assert publish(actor=person, verb="x", key="k") == publish(actor=shop, verb="x", key="k")
    mute(ben, shop)
    assert is_muted(ben, person)
    block(person, ben)
    assert is_blocked(shop, ben)
    assert Block.objects.get().blocker == person
    assert unfollow(person, ana)
    assert not is_following(shop, ana)


def test_a_private_account(ana: Any, shop: Company, person: Any, registering: Register) -> None:
    registering(User, name="username", private="profile.is_private")
    Profile.objects.create(user=person, is_private=True)
    follow(ana, shop)
    assert is_requested(ana, person)
    assert incoming(shop).get().follower == ana
    publish(actor=shop, verb="offer")
    assert not OutboxFeed(shop).page(viewer=ana)
    assert OutboxFeed(shop).page(viewer=shop)


def test_the_api_takes_a_child_as_who_is_signed_in(shop: Company, person: Any) -> None:
    client = APIClient()
    client.force_authenticate(shop)
    body = {"verb": "wave", "object": {"type": "auth.user", "id": str(shop.pk)}}
    assert client.post("/feeds/activities/", body, format="json").status_code == 201
    assert [entry.actor.ref for entry in OutboxFeed(person).page(viewer=person)] == [Ref.of(person)]


@pytest.mark.parametrize("gone", ["child", "parent"])
def test_deletion(ana: Any, shop: Company, person: Any, gone: str) -> None:
    follow(ana, shop)
    publish(actor=shop, verb="offer")
    (shop if gone == "child" else person).delete()
    assert not Activity.objects.exists()
    assert not Follow.objects.exists()


def test_forgetting(shop: Company) -> None:
    publish(actor=shop, verb="offer")
    forget_user(shop)
    assert not Activity.objects.exists()


def test_a_child_costs_no_query(shop: Company, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0, connection=connection):
        Ref.of(shop)


def test_a_child_of_the_user_model_is_not_registered() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"register auth\.User alone"):
        register(Company)(ModelActivity)


def test_without_a_registration_the_user_model_is_named(shop: Company, isolated_registry: None) -> None:
    unregister(User)
    with pytest.raises(NotRegistered, match=r"@register\(User\)"):
        publish(actor=shop, verb="offer")


# -- other models -----------------------------------------------------------------------------------------


def test_the_nearest_parent_that_is_registered(ana: Any, registering: Register) -> None:
    long = LongNote.objects.create(text="long", author=ana)
    assert Ref.of(long) == Ref("app.longnote", str(long.pk)), "neither is registered"
    registering(Note, name="text", owner="author")
    made = publish(actor=ana, verb="write", object=long)
    assert made.ref("object") == Ref.of(long) == Ref.of(Note.objects.get())
    follow(ana, long)
    assert following(ana) == [find_row(*Ref.of(long))] == [Note.objects.get()]
    registering(LongNote, name="more")
    assert Ref.of(long).model == "app.longnote", "what is registered has a name of its own"


def _model(name: str, *bases: type[models.Model], proxy: bool = False, **fields: Any) -> Any:
    meta = type("Meta", (), {"app_label": "app", "proxy": proxy})
    return type(name, bases or (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


@isolate_apps("tests.app")
def test_parents_with_another_key(isolated_registry: None) -> None:
    """A child whose rows have keys of their own is a model of its own."""
    base = _model("Base")
    link = models.OneToOneField(base, models.CASCADE, parent_link=True)
    own = _model("Own", base, code=models.CharField(max_length=9, primary_key=True), base=link)
    child = _model("Child", own)
    proxy = _model("Proxy", child, proxy=True)
    assert [identity(model) for model in (base, own, child, proxy)] == [base, own, child, child]
    register(base)(ModelActivity)
    assert [identity(model) for model in (base, own, child, proxy)] == [base, own, child, child]
    register(own)(ModelActivity)
    assert [identity(model) for model in (base, own, child, proxy)] == [base, own, own, own]
