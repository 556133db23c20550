"""What happened, as each reader may know it. A hook of the site that raises is contained here."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, close_old_connections

from activitystream.feeds import Entry, Feed
from activitystream.feeds.bodies import load
from activitystream.feeds.facts import Facts
from activitystream.feeds.visibility import Viewer, visible
from activitystream.feeds.watched import load_before
from activitystream.streams.events import Event, EventLog, Kind, Position

from . import frames

__all__ = ["Failures", "Frames", "News", "Reader", "is_outage"]

logger = logging.getLogger("activitystream")

Reader = tuple[str, Viewer]
"""The stream of a feed and its viewer. All watchers with the same reader are sent the same frames."""


class Frames(NamedTuple):
    """What a reader is sent."""

    frames: list[bytes]
    anew: bool = False
    """It cannot be decided what the reader may know of something: the page must be read again."""


def is_outage(error: Exception) -> bool:
    """Return True if the database did not answer: then the event is not to blame."""
    return isinstance(error, (OperationalError, InterfaceError))


class Failures:
    """The events for which something raised, for which readers, and who was asked about them."""

    def __init__(self) -> None:
        self._asked: dict[int, set[Reader]] = defaultdict(set)
        self._failed: dict[int, dict[Reader, Exception]] = defaultdict(dict)

    def ask(self, events: Iterable[Event], reader: Reader) -> None:
        for event in events:
            self._asked[event.id].add(reader)

    def add(self, event: Event, reader: Reader, error: Exception) -> None:
        self._failed[event.id][reader] = error

    def blamed(self) -> tuple[set[Reader], set[Reader]]:
        """Log each failure in one line. The readers to end, and those who were spared an event.

        What fails for everybody is the event's fault, and is skipped. What fails for some is theirs, and so
        is an outage of the database: their clients come back, and begin where they were.
        """
        ended, spared = set[Reader](), set[Reader]()
        for id, failed in self._failed.items():
            error = next(iter(failed.values()))
            skipped = len(failed) == len(self._asked[id]) and not is_outage(error)
            (spared if skipped else ended).update(failed)
            outcome = "it is skipped" if skipped else f"{len(failed)} readers are disconnected"
            logger.error(
                "live feeds: something raised at activity %s: %s",
                id,
                outcome,
                exc_info=error,
                extra={"event": "live_failed", "activity": id, "skipped": skipped},
            )
        return ended, spared


class News:
    """Some events with the activities that they are about, read once for all who watch."""

    def __init__(self, events: EventLog, happened: Collection[Event]) -> None:
        changed = [event for event in happened if event.kind == Kind.CHANGED]
        self.failures = Failures()
        self.broken: dict[int, Exception] = {}
        """Activities that cannot be loaded."""
        self._entries = self._load(list({event.id for event in happened if event.id}))
        self._before = load_before(changed, events) if changed else {}

    def _load(self, ids: Sequence[int]) -> dict[int, Entry]:
        try:
            return load(ids).entries
        except Exception:  # noqa: BLE001  (the one that raises is found below)
            close_old_connections()
        entries: dict[int, Entry] = {}
        for id in ids:
            try:
                entries |= load([id]).entries
            except Exception as error:  # noqa: BLE001  (logged with its event)
                self.broken[id] = error
        return entries

    def frames(self, feed: Feed, reader: Reader, facts: Facts, happened: Sequence[Event], log: str) -> Frames:
        """What this reader is sent for these events. Those for which something raises are left out."""
        self.failures.ask(happened, reader)
        whole = [event for event in happened if event.id not in self.broken]
        try:
            found = self._frames(feed, reader, facts, whole, log)
        except Exception:  # noqa: BLE001  (the one that raises is found below)
            close_old_connections()
            parts = [self._alone(feed, reader, facts, events, log) for events in _by_activity(whole)]
            found = Frames([one for part in parts for one in part.frames], any(part.anew for part in parts))
        for event in happened:
            if event.id in self.broken:
                self.failures.add(event, reader, self.broken[event.id])
        return found

    def _alone(self, feed: Feed, reader: Reader, facts: Facts, events: Sequence[Event], log: str) -> Frames:
        try:
            return self._frames(feed, reader, facts, events, log)
        except Exception as error:  # noqa: BLE001  (logged with its event)
            self.failures.add(events[-1], reader, error)
            return Frames([])

    def _frames(
        self, feed: Feed, reader: Reader, facts: Facts, happened: Sequence[Event], log: str
    ) -> Frames:
        _, viewer = reader
        groups = _by_activity(happened)
        there = [entry for events in groups if (entry := self._entries.get(events[-1].id))]
        mine = [entry for entry in there if feed.includes(entry)]
        seen = {entry.id: entry for entry in visible(mine, viewer, facts, muting=feed.muting)} if mine else {}
        found: list[bytes] = []
        for events in groups:
            position = Position(log, events[-1].seq)
            if entry := seen.get(events[-1].id):
                found.append(frames.activity(position, entry.raw))
                continue
            notes = {event.note for event in events if event.kind == Kind.CHANGED}
            before = [entry for note in notes if (entry := self._before.get((events[-1].id, note)))]
            if len(before) < len(notes):
                return Frames([], anew=True)
            if any(visible([entry], viewer, facts, muting=feed.muting) for entry in before):
                found.append(frames.remove(position, events[-1].id))
        return Frames(found)


def _by_activity(happened: Iterable[Event]) -> list[list[Event]]:
    """The events of each activity, in the order of the last of each."""
    groups: dict[int, list[Event]] = defaultdict(list)
    for event in happened:
        groups[event.id].append(event)
    return sorted(groups.values(), key=lambda events: events[-1].seq)
