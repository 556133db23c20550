"""Activities that change after they were published, for those who watch feeds that hold them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet

from activitystream.exceptions import StoreUnavailable
from activitystream.journal import handler, record
from activitystream.models import Activity
from activitystream.streams import get_events
from activitystream.streams.events import Kind, Told

from .access import Access
from .bodies import load
from .entries import Entry, Instances

__all__ = ["changing", "first_ids", "was"]

MOST = 500
"""Changes that are told one by one; of more, it is told that everything may be different."""


@contextmanager
def changing(find_ids: Callable[[], Collection[int]]) -> Iterator[None]:
    """Around a change of activities (a retraction, an edit, another visibility), in its transaction.

    Who watches is told after the commit. Who could see an activity before is written down now, for only they
    may learn that it is gone. If nobody watches anything, `find_ids` is not called.
    """
    accesses = _accesses(find_ids) if _is_watched() else []
    yield
    if accesses != []:
        record("changed", {"activities": accesses})


def _is_watched() -> bool:
    """Return True if somebody may watch.

    If this process cannot reach the store, somebody may: the hubs of other processes may reach it all the
    time, so they do not let their watchers begin anew. The sweeper then reports the change.
    """
    events = get_events()
    if events is None:
        return False
    try:
        return bool(events.watched())
    except StoreUnavailable:
        return True


def _accesses(find_ids: Callable[[], Collection[int]]) -> list[tuple[int, Sequence[Any]]] | None:
    """What decided who saw these activities; those that nobody saw are left out. None: they are too many."""
    ids = list(find_ids())
    if len(ids) > MOST:
        return None
    return [(id, list(entry.access)) for id, entry in load(ids).entries.items()]


def first_ids(querysets: Iterable[QuerySet[Activity]]) -> set[int]:
    """The ids of these activities, as far as they are needed: see `changing`."""
    return {id for rows in querysets for id in rows.order_by().values_list("id", flat=True)[: MOST + 1]}


def was(id: int, note: str) -> Entry:
    """What is known of a changed activity as it was: enough to decide who saw it."""
    return Entry(id, b"null", Access.from_json(json.loads(note)), Instances())


@handler("changed", at_once=True)
def _changed(payload: dict[str, Any], cursor: Any) -> None:
    """Tell the streams that hold them. One that is cold says nothing of what it holds, so it is new."""
    events = get_events()
    if events is None:
        return
    streams = events.watched()
    if payload["activities"] is None:
        events.tell([Told(Kind.DROPPED, streams)])
        return
    notes = {id: json.dumps(access) for id, access in payload["activities"]}
    holders: dict[int, list[str]] = defaultdict(list)
    cold: list[str] = []
    for stream, held in zip(streams, events.holding(streams, list(notes)), strict=True):
        for id in held or ():
            holders[id].append(stream)
        if held is None:
            cold.append(stream)
    told = [Told(Kind.CHANGED, some, [id], notes[id]) for id, some in holders.items()]
    events.tell([*told, Told(Kind.DROPPED, cold)])
