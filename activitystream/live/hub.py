"""The hub: one thread for each process that reads the event log for all who watch here.

It runs while somebody watches. All that is done for an event is done here, for all watchers at once: bodies
and facts are read once. A connection costs a coroutine and a queue.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import close_old_connections, connections

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable, UnknownSpace
from activitystream.feeds import Feed
from activitystream.feeds.bodies import load
from activitystream.feeds.facts import load_facts, load_many_facts
from activitystream.feeds.pulled import note_for, read_note
from activitystream.spaces import using
from activitystream.streams import get_events
from activitystream.streams.events import WATCH, Arrivals, Event, EventLog, Kind, Listener, Position

from . import frames
from .watchers import Watcher

__all__ = ["Hub", "TooMany", "get_hub"]

logger = logging.getLogger("activitystream")

PAUSE = 1.0
"""Seconds after which the log is looked at, woken or not."""
CHECK = WATCH / 3
"""Seconds between two looks at who may stay."""
PER_VIEWER = 20
"""Connections of one person: windows, on some machines."""
CHECKED = 100
"""Connections that are looked at between two looks at the log."""


class TooMany(Exception):
    """There are as many connections as LIVE_CONNECTIONS allows."""


class Hub:
    """Of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._by_stream: dict[tuple[str, str], set[Watcher]] = defaultdict(set)
        """By space and stream."""
        self._thread: threading.Thread | None = None
        self._positions: dict[str, Position] = {}
        """How far the log of each space was read."""

    def __len__(self) -> int:
        return len(self._watchers)

    # -- for connections -------------------------------------------------------------------------------

    def join(self, watcher: Watcher, *, after: Position | None = None, since: int | None = None) -> None:
        """Let a watcher begin: after what it has seen last, with what is newer than a cursor, or anew.

        TooMany, StoreUnavailable. Call `leave` when it ends, whatever comes of this.
        """
        events = _events()
        with watcher.lock:
            watcher.streams, position = _watch(events, watcher.feed)
            self._register(watcher, position)
            watcher.facts = load_facts(watcher.viewer)
            watcher.move(position)
            if after is not None and watcher.counting is None:
                self._catch_up(events, watcher, after)
            elif since is not None and watcher.counting is None:
                _send_since(watcher, since)
            else:
                watcher.reset(position)
            watcher.rest()

    def leave(self, watcher: Watcher) -> None:
        """It is over. The thread ends with the last, and its connection with it."""
        with self._lock:
            watcher.left = True  # also if it is just about to join
            self._watchers.discard(watcher)
            self._forget(watcher)

    def _register(self, watcher: Watcher, position: Position) -> None:
        with self._lock:
            if watcher.left:
                return
            if len(self._watchers) >= settings.LIVE_CONNECTIONS or self._has_enough(watcher):
                raise TooMany
            self._watchers.add(watcher)
            watcher.check_at = time.monotonic() + CHECK
            for stream in watcher.streams:
                self._by_stream[watcher.space, stream].add(watcher)
            if self._thread is None:
                self._positions.clear()
            self._positions.setdefault(watcher.space, position)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="activitystream-live", daemon=True)
                self._thread.start()

    def _has_enough(self, watcher: Watcher) -> bool:
        """Whether those who are told apart by nothing have half of the connections already, or this reader so
        many that it is no person with some windows."""
        alike = sum(
            other.viewer == watcher.viewer and (watcher.viewer is None or other.space == watcher.space)
            for other in self._watchers
        )
        most = settings.LIVE_CONNECTIONS // 2 if watcher.viewer is None else PER_VIEWER
        return alike >= most

    def _forget(self, watcher: Watcher) -> None:
        for stream in watcher.streams:
            key = watcher.space, stream
            if key in self._by_stream:
                self._by_stream[key].discard(watcher)
                if not self._by_stream[key]:
                    del self._by_stream[key]

    def _catch_up(self, events: EventLog, watcher: Watcher, after: Position) -> None:
        """Send what happened since the connection broke."""
        now = watcher.position
        watcher.move(after)
        arrivals = Arrivals(after, more=True)
        while arrivals.more:
            arrivals = events.since(arrivals.position)
            mine = [event for event in arrivals.events if event.stream in watcher.streams]
            if arrivals.lost or not watcher.take(mine, load(_ids(mine)).entries, watcher.facts):
                watcher.reset(now)
                return
            watcher.move(arrivals.position)

    # -- the thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with _events("").listen() as listener:  # it is woken by the events of all spaces
                self._listen(listener)
        except Exception:
            logger.exception("live feeds: they end")
        finally:
            self._end()
            connections.close_all()

    def _end(self) -> None:
        """End the connections that are left, if the thread failed: they come back, and begin another."""
        with self._lock:
            if self._thread is threading.current_thread():
                self._thread = None
                for watcher in self._watchers:
                    watcher.put(None)

    def _listen(self, listener: Listener) -> None:
        watched, unreachable = time.monotonic(), False
        while not self._is_over():
            try:
                late = time.monotonic() > watched + CHECK
                if late:
                    watched = time.monotonic()
                for space in self._spaces():
                    self._visit(space, unreachable=unreachable, late=late)
                unreachable = False
            except StoreUnavailable:
                unreachable = True
                time.sleep(PAUSE)
            listener.wait(PAUSE)

    def _visit(self, space: str, *, unreachable: bool, late: bool) -> None:
        """Do what is to be done in one space. The connections of a space that is gone end."""
        if space and not (unreachable or late or self._is_due(space)):
            return  # to look that up costs no query, and to enter a space may
        try:
            with using(space):
                self._work(space, unreachable=unreachable, late=late)
        except UnknownSpace:
            for watcher in self._all(space):
                watcher.put(None)

    def _is_due(self, space: str) -> bool:
        """Whether there are events, or it is time to look at who may stay."""
        arrivals = _events(space).since(self._positions[space], 1)
        now = time.monotonic()
        return (
            arrivals.lost
            or bool(arrivals.events)
            or any(watcher.check_at <= now for watcher in self._all(space))
        )

    def _work(self, space: str, *, unreachable: bool, late: bool) -> None:
        try:
            self._step(space)
            if unreachable:  # what was changed meanwhile could not be told
                self._reset_all(space, self._positions[space])
            if late:
                _events().watch(self._streams(space))
            self._check(space)
        except StoreUnavailable:
            raise
        except Exception:
            logger.exception("live feeds: what happened could not be told")
            close_old_connections()
            self._reset_all(space, self._positions[space])

    def _is_over(self) -> bool:
        with self._lock:
            if not self._watchers:
                self._thread = None
            return self._thread is not threading.current_thread()

    def _spaces(self) -> list[str]:
        """The spaces in which somebody watches; the positions of others are dropped."""
        with self._lock:
            watched = {watcher.space for watcher in self._watchers}
            self._positions = {space: self._positions[space] for space in watched}
            return list(watched)

    def _step(self, space: str) -> None:
        """Tell what happened since the last time."""
        events, more = _events(), True
        while more:
            arrivals = events.since(self._positions[space])
            if arrivals.lost:
                self._reset_all(space, events.watch(self._streams(space)))
                return
            self._dispatch(space, events, arrivals.events)
            self._positions[space], more = arrivals.position, arrivals.more

    def _dispatch(self, space: str, events: EventLog, happened: Sequence[Event]) -> None:
        by_watcher: dict[Watcher, list[Event]] = defaultdict(list)
        with self._lock:
            for event in happened:
                for watcher in self._by_stream.get((space, event.stream), ()):
                    by_watcher[watcher].append(event)
        entries = load(_ids(event for some in by_watcher.values() for event in some)).entries
        facts = load_many_facts({watcher.viewer for watcher in by_watcher})
        for watcher, some in by_watcher.items():
            with watcher.lock:
                watcher.facts = facts[watcher.viewer]
                if not watcher.take(some, entries, watcher.facts):
                    self._begin_anew(events, watcher)

    def _begin_anew(self, events: EventLog, watcher: Watcher) -> None:
        """Its stream was dropped: it may be merged with others now."""
        streams, position = _watch(events, watcher.feed)
        with self._lock:
            self._forget(watcher)
            watcher.streams = streams
            if watcher in self._watchers:
                for stream in streams:
                    self._by_stream[watcher.space, stream].add(watcher)
        watcher.reset(position)

    def _reset_all(self, space: str, position: Position) -> None:
        self._positions[space] = position
        for watcher in self._all(space):
            with watcher.lock:
                watcher.reset(position)

    def _check(self, space: str) -> None:
        """Of some whose turn it is, end the connections of those who may not read any more, and tell those
        for whom other things are visible now to read their page again."""
        now = time.monotonic()
        watchers = [watcher for watcher in self._all(space) if watcher.check_at <= now][:CHECKED]
        if not watchers:
            return
        close_old_connections()
        facts, position = load_many_facts({watcher.viewer for watcher in watchers}), self._positions[space]
        for watcher in watchers:
            watcher.check_at = now + CHECK
            if watcher.left or not watcher.may_stay():
                watcher.put(None)
                continue
            with watcher.lock:
                if watcher.facts != facts[watcher.viewer]:
                    watcher.facts = facts[watcher.viewer]
                    watcher.reset(watcher.position)
                elif watcher.position < position and watcher.position.log == position.log:
                    watcher.move(position)
                watcher.rest()

    def _all(self, space: str) -> list[Watcher]:
        with self._lock:
            return [watcher for watcher in self._watchers if watcher.space == space]

    def _streams(self, space: str) -> list[str]:
        with self._lock:
            return [stream for where, stream in self._by_stream if where == space]


def _events(space: str | None = None) -> EventLog:
    events = get_events(space)
    if events is None:
        raise StoreUnavailable("the stream store has no event log")
    return events


def _watch(events: EventLog, feed: Feed) -> tuple[frozenset[str], Position]:
    """Watch a feed: its stream first, so that one which begins to be merged with it is not missed."""
    events.watch([feed.stream])
    streams = frozenset([feed.stream, *read_note(note_for(feed))])
    return streams, events.watch(list(streams))


def _ids(events: Iterable[Event]) -> list[int]:
    return list({event.id for event in events if event.kind in (Kind.ADDED, Kind.CHANGED)})


def _send_since(watcher: Watcher, since: int) -> None:
    page = watcher.page_since(since)
    if page.has_previous:
        watcher.reset(watcher.position)
    for entry in [] if page.has_previous else reversed(page):
        watcher.put(frames.activity(watcher.position, entry.raw))


_hubs: dict[int, Hub] = {}


def get_hub() -> Hub:
    """That of this process."""
    return _hubs.setdefault(os.getpid(), Hub())
