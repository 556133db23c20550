"""A user who is deleted, or forgotten, leaves no trace: every table and every key is looked through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_redis import get_redis_connection

from activitystream import (
    HomeFeed,
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    block,
    edit,
    follow,
    following,
    forget_user,
    mute,
    publish,
)
from activitystream.feeds import get_feed
from activitystream.models import Activity, DeletedObject, FollowRequest, PulledAudience, Receipt, Ref
from activitystream.publishing import connect_users
from activitystream.registry import ModelActivity, register, unregister
from activitystream.streams import get_store
from tests.app.activities import UserActivity
from tests.app.models import Album, Note, Page, Photo, Tag
from tests.fixtures import STORES, Replica
from tests.settings import KEY_PREFIX

pytestmark = pytest.mark.usefixtures("transactional_db")
KEY = 918273645
"""A primary key that is found nowhere by chance."""
NAME = "zephyrine-marker"


@pytest.fixture(autouse=True)
def _redis(configure: Any) -> None:
    configure(STREAMS=STORES["fakeredis"])


@pytest.fixture
def zephyrine(ana: Any, ben: Any) -> Any:
    """Somebody who did, and met, everything that there is; all of it is in the store, too."""
    user = get_user_model().objects.create(pk=KEY, username=NAME)
    mine = Album.objects.create(title=f"{NAME}-album", owner=user)
    photo = Photo.objects.create(caption=f"{NAME}-photo", owner=user, album=mine)
    theirs = Photo.objects.create(caption="Lake", owner=ben)
    for one, other in ((user, ana), (ana, user), (ben, user), (ben, photo)):
        follow(one, other)
    publish(actor=user, verb="wave", data={"text": NAME})
    publish(actor=user, verb="like", object=theirs)
    publish(actor=ana, verb="greet", object=user)
    publish(actor=ana, verb="praise", object=theirs, target=user)
    publish(actor=ben, verb="like", object=photo)
    publish(actor=ana, verb="whisper", visibility="named", to=[user, ben])
    publish(actor=user, verb="whisper", visibility="named", to=[ana])
    kept, _going = (Page.objects.create(slug=slug, author=user) for slug in ("kept", "going"))
    for slug in ("kept", "going"):
        publish(actor=ana, verb="like", object=Page.objects.get(slug=slug))
    kept.delete()
    FollowRequest.objects.create(
        follower=ana,
        owner=user,
        followee_type=Ref.of(mine).content_type,
        followee_id=str(mine.pk),
        kind="watch",
    )
    mute(user, theirs)
    mute(ana, user)
    [dan] = get_user_model().objects.bulk_create([get_user_model()(username="dan")])
    block(dan, user)
    Receipt.objects.create(user=user, key=f"{NAME}-key", digest="d", activities=[1])
    for reader in (user, ana, ben, dan):
        for feed in (HomeFeed, OutboxFeed, ObjectFeed, get_feed("notifications")):
            feed(reader).page(viewer=reader)
        NotificationsFeed(reader).counts()
    ObjectFeed(photo).page(viewer=ben)
    OutboxFeed(ana).page(viewer=ben)
    ObjectFeed(theirs).page(viewer=ana)
    return user


@pytest.fixture
def people_as(isolated_registry: None) -> Any:
    """Register the user model anew, for one test."""
    user = get_user_model()

    def anew(options: type[ModelActivity]) -> None:
        unregister(user)
        register(user)(options)

    return anew


def traces_in_sql() -> list[str]:
    """The rows of the app that name the user, by key or by name."""
    found = []
    for model in apps.get_app_config("activitystream").get_models():
        if model._meta.managed:
            found += [
                f"{model.__name__} {values}"
                for values in model._base_manager.values()
                if any(str(KEY) in str(value) or NAME in str(value) for value in values.values())
            ]
    return found


def dump() -> Iterator[tuple[str, bytes]]:
    """Every key of the store with what it holds, as bytes."""
    client = get_redis_connection("default")
    for key in client.scan_iter(match=f"{KEY_PREFIX}:*"):
        match client.type(key):
            case b"list":
                yield key.decode(), b" ".join(client.lrange(key, 0, -1))
            case b"hash":
                yield key.decode(), b" ".join(part for pair in client.hgetall(key).items() for part in pair)
            case b"zset":
                yield key.decode(), b" ".join(client.zrange(key, 0, -1))
            case b"string":
                yield key.decode(), client.get(key)
            case other:
                raise AssertionError(f"{key!r} is a {other!r}: say here how to look into it")


def traces_in_redis() -> list[str]:
    marks = (str(KEY).encode(), NAME.encode())
    return [
        f"{key}: {value!r}" for key, value in dump() if any(mark in key.encode() + value for mark in marks)
    ]


def test_the_search_finds_what_is_there(zephyrine: Any) -> None:
    models = {trace.split()[0] for trace in traces_in_sql()}
    assert models >= {
        "Activity",
        "Addressee",
        "Block",
        "DeletedObject",
        "Follow",
        "FollowRequest",
        "Mute",
        "Receipt",
    }
    kinds = {trace.split("}:")[1].split(":")[0] for trace in traces_in_redis()}
    assert kinds >= {"home", "outbox", "object", "body"}


def test_a_user_who_is_deleted_leaves_no_trace(zephyrine: Any, ana: Any) -> None:
    zephyrine.delete()
    assert traces_in_sql() == []
    assert traces_in_redis() == []
    assert Activity.objects.by(Ref.of(ana)).filter(verb="whisper").exists(), "others' own stay"


@pytest.mark.parametrize("end", ["deleted", "forgotten"])
def test_nor_while_others_watch_live_feeds(end: str, zephyrine: Any, ana: Any, ben: Any) -> None:
    """The texts that are kept for live pages are deleted, too; those pages are read again."""
    store: Any = get_store()
    store.events.watch([feed(reader).stream for reader in (ana, ben) for feed in (HomeFeed, OutboxFeed)])
    for activity in Activity.objects.by(Ref.of(zephyrine)).filter(verb="wave"):
        edit(activity, {"text": f"{NAME} again"})
    assert any("{w}:text" in trace for trace in traces_in_redis())
    if end == "deleted":
        zephyrine.delete()
    else:
        forget_user(zephyrine)
        Album.objects.filter(owner=zephyrine).delete()
        Page.objects.filter(author=zephyrine).delete()
    assert traces_in_redis() == []
    assert any(b"\n~" in value for key, value in dump() if key.endswith(":events"))


OWNERS: dict[str, Any] = {
    "a key": "album",
    "a path": "album.owner",
    "a method on a path": "album.its_owner",
    "a method": lambda self, photo: photo.album.owner,
    "a method, and one step more": lambda self, photo: photo.album,
}
"""Ways to say that the photos of an album are its owner's."""


@pytest.fixture(params=OWNERS)
def through_album(request: pytest.FixtureRequest, registering: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Photos belong to whom their album belongs to."""
    monkeypatch.setattr(Album, "its_owner", lambda album: album.owner, raising=False)
    return lambda **more: registering(Photo, actor="owner", owner=OWNERS[request.param], **more)


def test_what_is_the_users_however_it_is_said_leaves_no_bytes(through_album: Any, ana: Any, ben: Any) -> None:
    through_album()
    user = get_user_model().objects.create(pk=KEY, username=NAME)
    mine, other = (Album.objects.create(owner=owner, title="x") for owner in (user, ben))
    for album in (mine, other):
        publish(actor=ana, verb="like", object=Photo.objects.create(owner=ben, album=album, caption="x"))
    OutboxFeed(ana).page(viewer=ben)
    assert traces_in_redis()
    forget_user(user)
    assert traces_in_redis() == []


def test_whose_rows_are_is_read_where_it_is_written(ana: Any, ben: Any, settings: Any) -> None:
    user = get_user_model().objects.create(pk=KEY, username=NAME)
    publish(actor=ana, verb="like", object=Photo.objects.create(owner=user, caption="x"))
    OutboxFeed(ana).page(viewer=ben)
    settings.DATABASE_ROUTERS = [Replica()]
    forget_user(user)
    assert traces_in_redis() == []


@pytest.mark.parametrize("on_delete", ["retract", "keep"])
@pytest.mark.parametrize("owner", ["album", "album.owner"])
def test_what_is_the_users_by_several_steps_leaves_no_trace(
    owner: str, on_delete: str, ana: Any, ben: Any, registering: Any
) -> None:
    registering(Photo, actor="owner", owner=owner, on_delete=on_delete)
    user = get_user_model().objects.create(pk=KEY, username=NAME)
    album = Album.objects.create(owner=user, title="x")
    photo = Photo.objects.create(owner=ben, album=album, caption="x")
    publish(actor=ana, verb="like", object=photo)
    OutboxFeed(ana).page(viewer=ben)
    assert traces_in_redis()
    user.delete()
    assert traces_in_sql() == []
    assert traces_in_redis() == []


def test_what_is_the_users_by_many_steps_leaves_no_trace(ana: Any, ben: Any, registering: Any) -> None:
    registering(Tag, owner="note")
    registering(Note, owner="about")
    registering(Photo, owner="album")
    user = get_user_model().objects.create(pk=KEY, username=NAME)
    photo = Photo.objects.create(owner=ben, album=Album.objects.create(owner=user, title="x"))
    tag = Tag.objects.create(by=ben, note=Note.objects.create(about=photo))
    publish(actor=ana, verb="like", object=tag)
    OutboxFeed(ana).page(viewer=ben)
    assert traces_in_redis()
    forget_user(user)
    assert traces_in_redis() == []


def test_a_proxy_of_a_user_is_the_user(zephyrine: Any, people_as: Any) -> None:
    class Proxy(get_user_model()):  # type: ignore[misc]
        class Meta:
            app_label = "app"
            proxy = True

    people_as(UserActivity)
    connect_users()
    try:
        Proxy.objects.get(pk=KEY).delete()
    finally:
        del apps.all_models["app"]["proxy"]
        apps.clear_cache()
    assert traces_in_sql() == []
    assert traces_in_redis() == []


def test_users_deleted_together_leave_no_trace(zephyrine: Any) -> None:
    get_user_model().objects.filter(pk=KEY).delete()
    assert traces_in_sql() == []
    assert traces_in_redis() == []


def test_a_user_who_is_forgotten_leaves_no_trace_but_their_rows(zephyrine: Any) -> None:
    forget_user(zephyrine)
    assert get_user_model().objects.filter(pk=KEY).exists()
    rest = {trace.split()[0] for trace in traces_in_sql()}
    assert rest <= {"Activity"}, "what was done to their photos, which are still there"
    Photo.objects.filter(owner=KEY).delete()
    Album.objects.filter(owner=KEY).delete()
    assert traces_in_sql() == []
    assert traces_in_redis() == []


def test_nothing_comes_back_through_readers(zephyrine: Any, ana: Any, ben: Any) -> None:
    zephyrine.delete()
    for reader in (ana, ben):
        for feed in (HomeFeed, OutboxFeed, ObjectFeed, get_feed("notifications")):
            for entry in feed(reader).page(viewer=reader):
                assert NAME not in str(entry.as_dict())
    assert traces_in_redis() == []


def test_a_deletion_that_is_rolled_back_forgets_nothing(zephyrine: Any) -> None:
    before = len(traces_in_sql()), len(traces_in_redis())
    with transaction.atomic():
        zephyrine.delete()
        transaction.set_rollback(True)
    assert (len(traces_in_sql()), len(traces_in_redis())) == before


def test_streams_merged_with_the_users_are_made_anew(ana: Any, ben: Any, configure: Any) -> None:
    configure(PULL_ABOVE=1, CHUNK_SIZE=1)
    user = get_user_model().objects.create(pk=KEY, username=NAME)
    for follower in (ana, ben):
        follow(follower, user)
    publish(actor=user, verb="wave")
    HomeFeed(ana).page()
    assert PulledAudience.objects.exists()
    assert any(f"outbox:auth.user:{KEY}" in trace for trace in traces_in_redis())
    user.delete()
    assert traces_in_sql() == []
    assert traces_in_redis() == []


def test_a_name_that_the_site_keeps_is_kept_until_the_user_is_forgotten(people_as: Any) -> None:
    people_as(type("Keeping", (UserActivity,), {"on_delete": "keep"}))
    user = get_user_model().objects.create(pk=KEY, username=NAME)
    page = Page.objects.create(slug="p", author=get_user_model().objects.create(username="eve"))
    publish(actor=user, verb="like", object=page)
    user.delete()
    assert DeletedObject.objects.get().name == NAME
    forget_user(Ref("auth.user", str(KEY)))
    assert traces_in_sql() == []
    assert traces_in_redis() == []


def test_what_is_kept_of_their_rows_is_nobodys_then(zephyrine: Any, ana: Any) -> None:
    zephyrine.delete()
    assert set(DeletedObject.objects.values_list("name", "owner")) == {
        ("Page kept", None),
        ("Page going", None),
    }
    liked = [entry.object for entry in OutboxFeed(ana).page() if entry.verb == "like"]
    assert [str(card) for card in liked] == ["Page going", "Page kept"]


def test_what_is_kept_of_the_rows_of_a_private_account_goes_with_it(
    zephyrine: Any, ana: Any, people_as: Any
) -> None:
    people_as(type("Private", (UserActivity,), {"private": "is_staff"}))
    zephyrine.is_staff = True
    zephyrine.save()
    zephyrine.delete()
    assert not DeletedObject.objects.exists()
    assert not Activity.objects.filter(verb="like", actor_id=str(ana.pk)).exists()


def test_what_is_kept_of_their_rows_is_forgotten_with_them(zephyrine: Any, ana: Any) -> None:
    forget_user(zephyrine)
    assert not DeletedObject.objects.exists()
    assert [entry.verb for entry in OutboxFeed(ana).page(viewer=ana)] == ["like", "whisper"]
    assert Page.objects.filter(slug="going").exists(), "which is there, and stays liked"


def busy(user: Any, people: Any, many: int) -> None:
    """As many follows, requests, blocks and mutes each way."""
    others = people(*(f"{user.pk}-{n}" for n in range(4 * many)))
    albums = [Album.objects.create(title="private", owner=one) for one in others]
    for n in range(many):
        follow(user, others[n])
        follow(others[many + n], user)
        follow(user, albums[n])
        mute(user, others[n])
        block(user, others[2 * many + n])
        block(others[3 * many + n], user)


@pytest.mark.usefixtures("private_rows")
@pytest.mark.parametrize("verb", [None, "follow"])
def test_it_costs_the_same_however_much_there_is(configure: Any, people: Any, verb: str | None) -> None:
    configure(FOLLOW_VERB=verb)
    costs = []
    for name, many in (("warm", 1), ("few", 2), ("many", 12)):
        [user] = people(name)
        busy(user, people, many)
        Activity.objects.exclude(verb="follow").delete()
        with CaptureQueriesContext(connection) as captured:
            forget_user(user)
        costs.append(len(captured))
    assert costs[1] == costs[2]


def test_who_is_forgotten_follows_nobody_and_sees_nothing_more(ana: Any, ben: Any, people: Any) -> None:
    [cy] = people("cy")
    for followee in (ana, ben):
        follow(cy, followee)
        publish(actor=followee, verb="wave")
    assert len(HomeFeed(cy).page(viewer=cy)) == 2
    forget_user(cy)
    assert list(HomeFeed(cy).page(viewer=cy)) == following(cy) == []
    publish(actor=ana, verb="wave")
    assert len(HomeFeed(cy).page(viewer=cy)) == 0


def test_only_users_are_forgotten(photo: Photo) -> None:
    with pytest.raises(ValueError, match=r"is not a auth\.User"):
        forget_user(photo)
