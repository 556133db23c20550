"""The check of a declared feed, and the isolation of feeds that only a test declares."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.feeds import Audience, Feed, load, pull
from activitystream.feeds.base import isolated
from activitystream.feeds.rebuild import rebuild
from activitystream.graph import get_graph
from activitystream.models import Activity, Ref
from activitystream.publishing import fan_out
from activitystream.routers import primary_reads
from activitystream.streams import StreamStore, get_store

__all__ = ["check_feed", "isolated_feeds"]

FOLLOWERS = 100
"""Followers of an audience that are compared; further ones are not looked at."""


@contextmanager
def isolated_feeds() -> Iterator[None]:
    """Forget, at the end of the block, the feeds that were declared in it; restore those that it replaced."""
    with isolated():
        yield


@primary_reads()
def check_feed(
    feed: type[Feed], activities: Iterable[Activity], owners: Iterable[models.Model | Ref] = ()
) -> None:
    """Raise AssertionError, with the feed, the owner and the activity, unless push and pull agree.

    For each activity, `recipients()` and `audiences()` must name exactly the owners whose `sources()` have
    it. The owners compared are `owners` (rows or refs) and all that the feed names. If a stream store is in
    use, the streams must hold the same when they are built from the query and when a fan-out writes them;
    they are dropped afterwards. Give activities that belong in the feed and some that do not, and owners who
    should receive none of them.
    """
    rows = list(activities)
    given = [owner if isinstance(owner, Ref) else Ref.of(owner) for owner in owners]
    refs = [ref for ref in given if feed.may_own(ref)]
    _ensure(bool(rows), "give some activities")
    pushed = _pushed(feed, rows)
    everybody = [
        feed(ref) for ref in dict.fromkeys([*refs, *(ref for named in pushed.values() for ref in named)])
    ]
    _ensure(
        bool(everybody),
        f"nobody gets any of these activities in {feed.name}: give owners, or other activities",
    )
    for one in everybody:
        _check_query(one, rows, pushed)
        _check_included(one, rows)
    _check_odd(feed, rows)
    store = get_store()
    if store is not None and feed.name:
        try:
            for one in everybody:
                _check_cold(one, store)
            _check_warm(everybody, rows, store)
        finally:
            store.delete([one.stream for one in everybody])


def _ensure(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _pushed(feed: type[Feed], rows: Sequence[Activity]) -> dict[int, set[Ref]]:
    """The owners whom the push names, for each activity."""
    models.prefetch_related_objects(rows, *feed.needs)
    return {
        row.id: {
            *feed.recipients(row),
            *(ref for one in feed.audiences(row) for ref in _followers(feed, one)),
        }
        for row in rows
    }


def _followers(feed: type[Feed], audience: Audience) -> Iterator[Ref]:
    _ensure(bool(feed.follow_kinds), f"{feed.__qualname__} has audiences(), and no follow_kinds")
    label = get_user_model()._meta.label_lower
    ids = get_graph().follower_ids(
        audience.followee, kinds=feed.follow_kinds, as_actor=audience.as_actor, after=None, limit=FOLLOWERS
    )
    return (Ref(label, id) for id in ids if id not in audience.but)


def _pull(feed: Feed, rows: Sequence[Activity]) -> set[int]:
    sources = [source.filter(id__in=[row.id for row in rows]) for source in feed.sources()]
    return set(pull(sources, limit=None))


def _check_query(feed: Feed, rows: Sequence[Activity], pushed: dict[int, set[Ref]]) -> None:
    pulled = _pull(feed, rows)
    for row in rows:
        named, found = feed.owner in pushed[row.id], row.id in pulled
        _ensure(not (named and not found), f"{feed}: pushed to it and not in its sources(): {_told(row)}")
        _ensure(not (found and not named), f"{feed}: in its sources() and not pushed to it: {_told(row)}")
    prefix = type(feed).streams_of(feed.owner.model, [feed.owner.id])
    _ensure(
        prefix == [feed.stream], f"{feed}: its stream is {feed.stream!r}, but streams_of() gives {prefix}"
    )


def _check_included(feed: Feed, rows: Sequence[Activity]) -> None:
    """What is merged in from very large audiences must be what belongs here."""
    pulled, entries = _pull(feed, rows), load([row.id for row in rows]).entries
    for row in rows:
        entry = entries.get(row.id)
        if entry is None:
            continue
        if row.id in pulled:
            _ensure(feed.includes(entry), f"{feed}: in its sources(), and includes() is False: {_told(row)}")
        elif any(row.id in _pull(source, [row]) for source in _merged(feed, row)):
            _ensure(
                not feed.includes(entry),
                f"{feed}: not in sources(), but pulled_from() has it and includes() is True: {_told(row)}",
            )


def _merged(feed: Feed, row: Activity) -> Iterator[Feed]:
    """The feeds that would be merged in, if all followees had very many followers."""
    for role in ("actor", "object", "target"):
        ref, as_actor = row.ref(role), role == "actor"
        source = None if ref is None else feed.pulled_from(ref, as_actor=as_actor)
        if ref is None or source is None or feed.owner.model != get_user_model()._meta.label_lower:
            continue
        if get_graph().followed_among(feed.owner.id, [ref], kinds=feed.follow_kinds, as_actor=as_actor):
            yield source


def _check_odd(feed: type[Feed], rows: Sequence[Activity]) -> None:
    """Clients publish any verb and data, with or without an object."""
    for row in rows:
        odd = copy(row)
        odd.verb, odd.data = "\N{DROMEDARY CAMEL}", {"": [None]}
        odd.object_type_id = odd.object_id = odd.target_type_id = odd.target_id = None
        try:
            _pushed(feed, [odd])
        except Exception as error:
            raise AssertionError(
                f"{feed.__qualname__} raises where it is asked about an odd activity"
            ) from error


def _check_cold(feed: Feed, store: StreamStore) -> None:
    store.delete([feed.stream])
    _ensure(rebuild(feed, store), f"{feed}: its stream could not be built")
    _check_stream(feed, store, "built from the query")


def _check_warm(everybody: Sequence[Feed], rows: Sequence[Activity], store: StreamStore) -> None:
    ids = {row.id for row in rows}
    for feed in everybody:
        token = secrets.token_hex(8)
        before = [id for id in _query(feed) if id not in ids]
        store.delete([feed.stream])
        store.begin(feed.stream, token)
        store.finish(feed.stream, token, before, complete=True, max_length=feed.length(), note="")
    cursor, done = None, False
    payload = {"activities": sorted(ids), "feed": everybody[0].name}
    while not done:
        cursor = fan_out(payload, cursor)
        done = cursor is None
    for feed in everybody:
        _check_stream(feed, store, "written by the fan-out")


def _query(feed: Feed) -> list[int]:
    return pull(feed.sources(), limit=feed.length(), windowed=feed.windowed)


def _check_stream(feed: Feed, store: StreamStore, how: str) -> None:
    wanted = _query(feed)
    held = list(store.contents(feed.stream).ids)[: len(wanted) if feed.length() is not None else None]
    _ensure(held == wanted, f"{feed}: its stream, {how}, holds {held}, and its query gives {wanted}")


def _told(row: Activity) -> str:
    return f"activity {row.id} ({row})"
