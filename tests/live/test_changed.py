"""Changes of activities, reported to the streams that hold them, or may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from activitystream import (
    Feed,
    HomeFeed,
    ObjectFeed,
    OutboxFeed,
    StoreUnavailable,
    change_visibility,
    edit,
    follow,
    publish,
    retract,
)
from activitystream.feeds import watched
from activitystream.feeds.facts import NOTHING
from activitystream.journal import pending, sweep
from activitystream.live.news import News
from activitystream.models import Activity, Ref
from activitystream.streams import get_store
from activitystream.streams.events import EventLog, Kind, Position
from tests.app.models import Album, Photo

pytestmark = pytest.mark.django_db(transaction=True)


def log() -> EventLog:
    store = get_store()
    assert store is not None
    assert store.events is not None
    return store.events


def heard(position: Position) -> list[tuple[str, str, int]]:
    arrivals = log().since(position)
    assert not arrivals.lost
    return [(event.stream, str(event.kind), event.id) for event in arrivals.events]


def test_a_reader_who_comes_first_takes_nothing_away(store: Any, ana: Any, monkeypatch: Any) -> None:
    """A page that is read between the commit and the report repairs the stream: it must not before."""
    wave = publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    list(feed.page())
    position = log().watch([feed.stream])
    with monkeypatch.context() as patch:
        patch.setattr(type(log()), "holding", away)
        retract(wave)
    assert list(feed.page()) == []
    assert pending().filter(kind="changed").exists()
    sweep(older_than=0)
    assert (feed.stream, Kind.CHANGED, wave.pk) in heard(position)
    assert list(feed.page()) == []
    assert log().holding([feed.stream], [wave.pk]) == [[]]  # repaired now


def away(*args: Any) -> Any:
    raise StoreUnavailable("it is away")


def test_a_stream_that_is_being_built_is_told(store: Any, ana: Any) -> None:
    """Its readers are answered by the query meanwhile, and may have read the activity."""
    wave = publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    position = log().watch([feed.stream])
    assert get_store().begin(feed.stream, "token")  # type: ignore[union-attr]
    assert [entry.id for entry in feed.page()] == [wave.pk]
    retract(wave)
    assert (feed.stream, Kind.DROPPED, 0) in heard(position)


def test_who_begins_to_watch_while_it_changes_is_told(store: Any, ana: Any) -> None:
    """Nobody watched when the change began, so nothing was written down."""
    wave = publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    list(feed.page())
    with transaction.atomic():
        retract(wave)
        position = log().watch([feed.stream])
    assert heard(position) == [(feed.stream, Kind.DROPPED, 0)]


def test_a_store_that_goes_away_while_it_changes(store: Any, ana: Any, monkeypatch: Any) -> None:
    wave = publish(actor=ana, verb="wave")
    with transaction.atomic():
        retract(wave)
        monkeypatch.setattr(type(log()), "watched", away)
    assert pending().filter(kind="changed").exists()
    monkeypatch.undo()
    position = log().watch(["outbox:x"])
    sweep(older_than=0)
    assert heard(position) == [("outbox:x", Kind.DROPPED, 0)]


CHANGES: dict[str, Callable[[Activity], Any]] = {
    "retract": retract,
    "edit": lambda activity: edit(activity, {"a": 2}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_cold_stream_hears_of_what_it_may_hold_alone(change: str, store: Any, people: Any) -> None:
    """Nothing of other activities on the site."""
    ana, ben, cy = people("ana", "ben", "cy")
    follow(ben, ana)
    wave, other = publish(actor=ana, verb="wave"), publish(actor=cy, verb="wave")
    hers = [OutboxFeed(ana).stream, ObjectFeed(ana).stream, HomeFeed(ben).stream]
    elses = [OutboxFeed(ben).stream, ObjectFeed(ben).stream, HomeFeed(cy).stream]
    get_store().delete([*hers, *elses])  # type: ignore[union-attr]
    position = log().watch([*hers, *elses])
    CHANGES[change](wave)
    assert sorted(heard(position)) == sorted((stream, Kind.DROPPED, 0) for stream in hers)
    end = log().watch([*hers, *elses])
    CHANGES[change](other)
    assert heard(end) == []


def test_a_stream_that_became_cold_since_is_told(store: Any, people: Any) -> None:
    ana, ben = people("ana", "ben")
    feed, wave = OutboxFeed(ben), publish(actor=ana, verb="wave")
    list(feed.page())
    position = log().watch([feed.stream])
    with transaction.atomic():
        retract(wave)
        lose_streams(feed.stream)
    assert (feed.stream, Kind.DROPPED, 0) in heard(position)


def lose_streams(stream: str) -> None:
    """As an eviction does, which nobody hears of."""
    store: Any = get_store()
    real, store.events.tell = store.events.tell, lambda told: None
    try:
        store.delete([stream])
    finally:
        store.events.tell = real


def test_a_feed_that_cannot_say_may_hold_it(store: Any, people: Any, monkeypatch: Any) -> None:
    ana, ben = people("ana", "ben")
    wave = publish(actor=ana, verb="wave")
    streams = [OutboxFeed(ben).stream, ObjectFeed(ben).stream]
    position = log().watch(streams)

    def recipients(activity: Any) -> Any:
        raise LookupError("a hook of the site is broken")

    monkeypatch.setattr(OutboxFeed, "recipients", recipients)
    assert issubclass(OutboxFeed, Feed)
    retract(wave)
    assert heard(position) == [(streams[0], Kind.DROPPED, 0)]


def test_many_audiences_are_not_asked_one_by_one(store: Any, people: Any, shrink: Any) -> None:
    shrink("feeds.addressed", AUDIENCES=1)
    ana, ben = people("ana", "ben")
    wave = publish(actor=ana, verb="wave", object=ben, target=ben)
    stream = HomeFeed(ana).stream
    position = log().watch([stream])
    retract(wave)
    assert heard(position) == [(stream, Kind.DROPPED, 0)]


def test_names_in_the_journal_are_bound(store: Any, people: Any, shrink: Any) -> None:
    shrink("feeds.watched", SPARED=1)
    ana, ben, cy = people("ana", "ben", "cy")
    wave = publish(actor=ana, verb="wave")
    position = log().watch([OutboxFeed(ben).stream, OutboxFeed(cy).stream])
    retract(wave)
    assert len(heard(position)) == 1
    assert watched.MOST > 1


LATE: dict[str, Callable[[Activity], Any]] = {
    **CHANGES,
    "visibility": lambda activity: change_visibility(activity, "self"),
    "its row is deleted": lambda activity: activity.object.delete(),
}


@pytest.fixture
def valid(store: Any, monkeypatch: Any) -> list[set[Any]]:
    """Let the store refuse the first attempt to make bodies invalid. Return a list of sets: the activities
    whose bodies were valid each time that something was reported to a user's outbox."""
    inner: Any = get_store()
    real, tell = inner.forget, inner.events.tell
    valid: list[set[Any]] = []

    def away_once(refs: Any) -> None:
        monkeypatch.setattr(inner, "forget", real)
        raise StoreUnavailable("it is away")

    def look(told: Any) -> None:
        told = list(told)
        if any(stream.startswith("outbox:auth.user") for one in told for stream in one.streams):
            valid.append(set(inner.get_many([name for name in inner.names() if isinstance(name, int)]).found))
        tell(told)

    monkeypatch.setattr(inner, "forget", away_once)
    monkeypatch.setattr(inner.events, "tell", look)
    return valid


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("change", LATE)
def test_nobody_is_told_before_the_bodies_are_invalid(
    change: str, watched: bool, ana: Any, valid: list[set[Any]]
) -> None:
    """Who is told reads the activity again, and must not find what it was. A circuit breaker refuses one call
    and lets the next one through, so a report can reach the store though what comes before it did not."""
    photo = Photo.objects.create(owner=ana, caption="a")
    wave = publish(actor=ana, verb="wave", object=photo)
    sweep(older_than=0)
    valid.clear()
    feed = OutboxFeed(ana)
    list(feed.page())
    position = log().watch([feed.stream]) if watched else None
    LATE[change](wave)
    if position is None:
        position = log().watch([feed.stream])
        list(feed.page())  # as it was: the store could not be told
    sweep(older_than=0)
    happened = [kind for stream, kind, _ in heard(position) if stream == feed.stream]
    assert happened
    assert happened[-1] == (Kind.CHANGED if watched else Kind.DROPPED)
    assert len(valid) == 1
    assert wave.pk not in valid[0]
    assert not pending().exists()


def test_of_a_row_that_is_followed_it_cannot_be_decided_who_saw_what(
    store: Any, people: Any, private_rows: None
) -> None:
    """Its follows go with it, so afterwards none of its followers seem to have seen anything."""
    ana, ben = people("ana", "ben")
    album = Album.objects.create(title="open", owner=ana)
    follow(ben, album)
    Album.objects.filter(pk=album.pk).update(title="private")
    wave = publish(actor=ana, verb="wave", object=album)
    feed = OutboxFeed(ana)
    assert [entry.id for entry in feed.page(viewer=ben)] == [wave.pk]
    position = log().watch([feed.stream])
    Album.objects.get().delete()
    events = [event for event in log().since(position).events if event.kind == Kind.CHANGED]
    assert [event.id for event in events] == [wave.pk]
    found = News(log(), events).frames(feed, (feed.stream, Ref.of(ben)), NOTHING, events, position.log)
    assert found.anew
