"""Activities that change after they were published, for those who watch feeds that hold them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from activitystream.exceptions import StoreUnavailable
from activitystream.journal import handler, put_off, record, write_alias
from activitystream.models import Activity
from activitystream.streams import get_events
from activitystream.streams.events import Event, EventLog, Kind, Told

from .access import Access
from .addressed import without
from .bodies import load
from .entries import Entry, Instances

__all__ = ["changing", "first_ids", "load_before"]

MOST = 500
"""Changes that are told one by one; of more, it is told that everything may be different."""
SPARED = 2_000
"""Cold streams that are spared a reset at most: their names are written into the journal."""


@contextmanager
def changing(find_ids: Callable[[], Collection[int]]) -> Iterator[None]:
    """Around a change of activities (a retraction, an edit, another visibility), in its transaction.

    Who watches is told after the commit. Who could see an activity before is written down now, for only they
    may learn that it is gone. If nobody watches anything, `find_ids` is not called; those who begin to watch
    before the commit are told that everything may be different.
    """
    is_watched = _is_watched()
    payload = _describe(find_ids) if is_watched else None
    yield
    if payload is not None:
        record("changed", payload)
    elif not is_watched and get_events() is not None:
        transaction.on_commit(_look_again, using=write_alias(), robust=True)


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


def _look_again() -> None:
    """Report a change that began while nobody watched: a page may have been read before its commit."""
    payload = {"activities": None}
    try:
        if _is_watched():
            _changed(payload, None)
    except StoreUnavailable:
        put_off("changed", payload)


def _describe(find_ids: Callable[[], Collection[int]]) -> dict[str, Any] | None:
    """Return what the handler must know of activities as they are before the change; None: nobody saw any.

    "activities" is None if they are too many; "spared" are the cold streams that cannot hold any of them.
    """
    ids = list(find_ids())
    if len(ids) > MOST:
        return {"activities": None}
    entries = load(ids).entries
    if not entries:
        return None
    texts = {hashlib.sha256(entry.raw).hexdigest()[:32]: entry.raw for entry in entries.values()}
    names = {raw: name for name, raw in texts.items()}
    spared: list[str] = []
    events = get_events()
    with suppress(StoreUnavailable):
        if events is not None:
            events.keep(texts)
            spared = list(islice(without(list(entries), _cold(events)), SPARED))
    notes = [(id, json.dumps([list(entry.access), names[entry.raw]])) for id, entry in entries.items()]
    return {"activities": notes, "spared": spared}


def _cold(events: EventLog) -> list[str]:
    """Return the watched streams that do not say what they hold."""
    streams = events.watched()
    return [stream for stream, held in zip(streams, events.holding(streams, []), strict=True) if held is None]


def first_ids(querysets: Iterable[QuerySet[Activity]]) -> set[int]:
    """The ids of these activities, as far as they are needed: see `changing`."""
    return {id for rows in querysets for id in rows.order_by().values_list("id", flat=True)[: MOST + 1]}


def load_before(changed: Iterable[Event], events: EventLog) -> dict[tuple[int, str], Entry]:
    """Return activities as they were before these changes, by id and note.

    One whose body the store has lost is left out: a rule of the site cannot decide about it.
    """
    parsed = {(event.id, event.note): json.loads(event.note) for event in changed}
    texts = events.kept(list({name for _, name in parsed.values()}))
    instances = Instances()
    return {
        (id, note): Entry(id, texts[name], Access.from_json(access), instances)
        for (id, note), (access, name) in parsed.items()
        if name in texts
    }


@handler("changed", at_once=True)
def _changed(payload: dict[str, Any], cursor: Any) -> None:
    """Tell the streams that hold them. One that is cold says nothing of what it holds, so it is new, unless
    it was found before the change that it cannot hold them."""
    events = get_events()
    if events is None:
        return
    streams = events.watched()
    if payload["activities"] is None:
        events.tell([Told(Kind.DROPPED, streams)])
        return
    notes = dict(payload["activities"])
    spared = frozenset(payload["spared"])
    holders: dict[int, list[str]] = defaultdict(list)
    cold: list[str] = []
    for stream, held in zip(streams, events.holding(streams, list(notes)), strict=True):
        for id in held or ():
            holders[id].append(stream)
        if held is None and stream not in spared:
            cold.append(stream)
    told = [Told(Kind.CHANGED, some, [id], notes[id]) for id, some in holders.items()]
    events.tell([*told, Told(Kind.DROPPED, cold)])
