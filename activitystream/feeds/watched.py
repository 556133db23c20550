"""Activities that change after they were published, for those who watch feeds that hold them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from activitystream.exceptions import StoreUnavailable
from activitystream.journal import finish, forget, handler, put_off, record, write_alias
from activitystream.models import Activity, JournalEntry
from activitystream.spaces import on_commit
from activitystream.streams import get_events
from activitystream.streams.events import Event, EventLog, Kind, Text, Told

from .access import Access
from .addressed import without
from .bodies import load
from .entries import Entry, Instances

__all__ = ["Change", "changing", "first_ids", "load_before"]

MOST = 500
"""Changes that are told one by one; of more, it is told that everything may be different."""
SPARED = 2_000
"""Cold streams that are spared a reset at most: their names are written into the journal."""


class Change:
    """A change of activities that is about to be committed: what it makes invalid."""

    def __init__(self) -> None:
        self._entries: list[JournalEntry] = []

    def forget(self, refs: Iterable[str], *, purge: Sequence[int] = ()) -> None:
        """Make cached bodies invalid, as `journal.forget` does, before anybody is told."""
        entry = forget(refs, purge=purge)
        if entry is not None:
            self._entries.append(entry)

    @property
    def keys(self) -> list[int]:
        """The journal entries that come first: who was told before would read the old bodies again."""
        return [entry.pk for entry in self._entries]

    @property
    def is_done(self) -> bool:
        """Whether all is invalid already. False until the commit."""
        return all(entry.done for entry in self._entries)


@contextmanager
def changing(
    find_ids: Callable[[], Collection[int]],
    *,
    is_decidable: Callable[[], bool] = lambda: True,
    is_row_gone: bool = False,
) -> Iterator[Change]:
    """Around a change of activities (a retraction, an edit, another visibility), in its transaction.

    Who watches is told after the commit, and after what `Change.forget` was given is invalid. Who could see
    an activity before is written down now, for only they may learn that it is gone. If nobody watches
    anything, `find_ids` is not called; those who begin to watch before the commit are told that everything
    may be different.

    `is_decidable`: False if the change also ends follows or blocks. What a reader could see before cannot be
    decided after it, so the readers of streams that hold the activities read their pages again.
    `is_row_gone`: a row that they are about may be gone already. Then no body can be made that is not cached;
    the readers of streams that hold such an activity read their pages again, too.
    """
    change = Change()
    if get_events() is None:
        yield change
        return
    is_watched = _is_watched()
    payload = _describe(find_ids, is_decidable, is_row_gone=is_row_gone) if is_watched else None
    yield change
    if payload is not None:
        record("changed", payload | {"first": change.keys})
    elif not is_watched:
        on_commit(partial(_look_again, change), write_alias())


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


def _look_again(change: Change) -> None:
    """Report a change that began while nobody watched: a page may have been read before its commit, or before
    the store could be told what is invalid."""
    payload = {"activities": None, "first": change.keys}
    try:
        if not change.is_done:
            put_off("changed", payload)
        elif _is_watched():
            _changed(payload, None)
    except StoreUnavailable:
        put_off("changed", payload)


def _describe(
    find_ids: Callable[[], Collection[int]], is_decidable: Callable[[], bool], *, is_row_gone: bool
) -> dict[str, Any] | None:
    """Return what the handler must know of activities as they are before the change; None: nobody saw any.

    "activities" is None if they are too many; else each has a note, the name of the text that is kept for who
    watches. "spared" are the cold streams that cannot hold any of them.
    """
    ids = list(find_ids())
    if len(ids) > MOST:
        return {"activities": None}
    loaded = load(ids)
    entries = loaded.entries
    unknown = set(ids).difference(entries, loaded.gone) if is_row_gone else set()
    known = [*entries, *unknown]
    if not known:
        return None
    texts: dict[Text, bytes] = {}
    spared: list[str] = []
    events = get_events()
    with suppress(StoreUnavailable):
        if events is not None:
            streams = events.watched()
            held = dict(zip(streams, events.holding(streams, known), strict=True))
            shown = {id for some in held.values() for id in some or ()}
            texts = dict(_text(entry) for id, entry in entries.items() if id in shown)
            if is_decidable():  # whoever finds no text reads the page again
                events.keep(texts)
            cold = [stream for stream, some in held.items() if some is None]
            spared = list(islice(without(known, cold), SPARED))
    notes = dict.fromkeys(known, "") | {text.id: text.name for text in texts}
    return {"activities": list(notes.items()), "spared": spared}


def _text(entry: Entry) -> tuple[Text, bytes]:
    raw = b"%b\n%b" % (json.dumps(list(entry.access)).encode(), entry.raw)
    return Text(entry.id, hashlib.sha256(raw).hexdigest()[:32]), raw


def first_ids(querysets: Iterable[QuerySet[Activity]]) -> set[int]:
    """The ids of these activities, as far as they are needed: see `changing`."""
    return {id for rows in querysets for id in rows.order_by().values_list("id", flat=True)[: MOST + 1]}


def load_before(changed: Iterable[Event], events: EventLog) -> dict[tuple[int, str], Entry]:
    """Return activities as they were before these changes, by id and note.

    One whose text is not kept, or not any more, is left out: nobody can decide about it.
    """
    texts = events.kept(list({Text(event.id, event.note) for event in changed if event.note}))
    instances = Instances()
    before: dict[tuple[int, str], Entry] = {}
    for text, raw in texts.items():
        access, _, body = raw.partition(b"\n")
        before[text] = Entry(text.id, body, Access.from_json(json.loads(access)), instances)
    return before


@handler("changed", at_once=True)
def _changed(payload: dict[str, Any], cursor: Any) -> None:
    """Tell the streams that hold them. One that is cold says nothing of what it holds, so it is new, unless
    it was found before the change that it cannot hold them."""
    finish(payload.get("first", ()))
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
