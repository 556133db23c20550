"""What happens in one space, for those who watch there."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import close_old_connections

from activitystream.exceptions import StoreUnavailable
from activitystream.feeds.facts import Facts, load_facts, load_many_facts
from activitystream.feeds.pulled import merging_feeds
from activitystream.feeds.visibility import Viewer
from activitystream.parts import in_parts
from activitystream.streams.events import WATCH, Event, EventLog, Position

from .counts import Counts
from .joining import get_log, send, streams_of
from .members import Members
from .news import Frames, News, Reader
from .watchers import Watcher, is_anew

__all__ = ["Delivery"]

logger = logging.getLogger("activitystream")

CHECK = WATCH / 3
"""Seconds between two looks at who may stay, and after which streams are watched anew."""
CHECKED = 100
"""Connections that are looked at between two looks at the log."""
TOGETHER = 200
"""Connections that begin anew with one call to the store."""


class Delivery:
    """Reads the event log of one space, and fills the queues of those who watch in it.

    The hub's thread calls it, and all but `is_due` and `wait` within the space.
    """

    def __init__(self, members: Members, space: str, position: Position) -> None:
        self.members, self.space, self._position = members, space, position
        self._counts = Counts()
        self._watched = time.monotonic()
        """When the streams were last watched anew."""

    def enter(self, watcher: Watcher) -> None:
        """Take in a watcher; a thread of a connection calls this."""
        watcher.check_at = time.monotonic() + CHECK

    def is_due(self) -> bool:
        """Return True if there is anything to do: a look at the log, and no query."""
        arrivals = get_log(self.space).since(self._position, 1)
        return (
            arrivals.lost
            or bool(arrivals.events)
            or self._is_old()
            or self._counts.wait(1) == 0
            or bool(self.members.to_check(self.space, 1))
        )

    def wait(self, longest: float) -> float:
        """Return the seconds until somebody is to be counted for, at most so many."""
        return self._counts.wait(longest)

    def run(self, *, anew: bool) -> None:
        """Do all that is to be done now. `anew`: the store could not be reached, so changes were missed."""
        self._step()
        if anew:
            self._reset_all(self._position)
        self._counts.tell(self._disconnect)
        self._check()

    def _step(self) -> None:
        """Tell what happened since the last time."""
        events, more = get_log(), True
        while more:
            self._renew(events)
            arrivals = events.since(self._position)
            if arrivals.lost:
                self._watched = time.monotonic()
                self._reset_all(events.watch(self.members.streams(self.space)))
                return
            self._dispatch(events, arrivals.events)
            self._position, more = arrivals.position, arrivals.more

    def _renew(self, events: EventLog) -> None:
        """Go on to watch, in time, also amid much work: a watch that lapses lets all begin anew."""
        if self._is_old():
            self._watched = time.monotonic()
            events.watch(self.members.streams(self.space))

    def _is_old(self) -> bool:
        return time.monotonic() > self._watched + CHECK

    def _dispatch(self, events: EventLog, happened: Sequence[Event]) -> None:
        concerned = self.members.concerned(self.space, happened)
        news = News(events, {event for some in concerned.values() for event in some})
        facts = self._facts(concerned)
        made: dict[tuple[Reader, tuple[int, ...]], Frames] = {}
        anew: list[Watcher] = []
        for watcher, some in concerned.items():
            self._renew(events)
            if watcher.viewer in facts and not self._tell(watcher, some, news, facts[watcher.viewer], made):
                anew.append(watcher)
        ended, skipped = news.failures.blamed()
        for watcher in concerned:
            if watcher.reader in ended:
                watcher.put(None)
            watcher.owed |= watcher.reader in skipped
        for part in in_parts(anew, TOGETHER):
            self._renew(events)
            self._begin_anew(events, part)

    def _facts(self, watchers: Iterable[Watcher]) -> dict[Viewer, Facts]:
        """The facts of their readers. Those for whom something raises have none, and are disconnected."""
        of_viewer: dict[Viewer, list[Watcher]] = defaultdict(list)
        for watcher in watchers:
            of_viewer[watcher.viewer].append(watcher)
        try:
            return load_many_facts(of_viewer.keys())
        except Exception:  # noqa: BLE001  (whose raise is found below)
            close_old_connections()
        facts: dict[Viewer, Facts] = {}
        for viewer, some in of_viewer.items():
            try:
                facts[viewer] = load_facts(viewer)
            except Exception as error:  # noqa: BLE001  (logged)
                self._disconnect(some, error)
        return facts

    def _tell(
        self,
        watcher: Watcher,
        happened: Sequence[Event],
        news: News,
        facts: Facts,
        made: dict[tuple[Reader, tuple[int, ...]], Frames],
    ) -> bool:
        """Put what this watcher may know into its queue. False: it must begin anew."""
        with watcher.lock:
            watcher.facts = facts
            new = watcher.unseen(happened)
            if is_anew(new):
                return False
            if new and watcher.counting is not None:
                self._counts.want(watcher)
            elif new:
                key = watcher.reader, tuple(event.seq for event in new)
                if key not in made:
                    made[key] = news.frames(watcher.feed, watcher.reader, facts, new, watcher.position.log)
                send(watcher, made[key])
            if new:
                watcher.move(Position(watcher.position.log, new[-1].seq))
            return not (new and watcher.counting is None and made[key].anew)

    def _begin_anew(self, events: EventLog, watchers: Sequence[Watcher]) -> None:
        """Their streams were dropped: they may be merged with others now. The order is that of `watch`."""
        events.watch([watcher.feed.stream for watcher in watchers])
        merging = merging_feeds()
        streams: dict[Watcher, frozenset[str]] = {}
        for watcher in watchers:
            try:
                streams[watcher] = streams_of(watcher, merging)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  (logged)
                close_old_connections()
                self._disconnect([watcher], error)
        position = events.watch(list(frozenset[str]().union(*streams.values())))
        for watcher, some in streams.items():
            self.members.move(watcher, some)
            self._reset(watcher, position)

    def _reset(self, watcher: Watcher, position: Position) -> None:
        with watcher.lock:
            watcher.reset(position)
            if watcher.counting is not None:
                self._counts.want(watcher)

    def _reset_all(self, position: Position) -> None:
        self._position = position
        for watcher in self.members.all(self.space):
            self._reset(watcher, position)

    def _disconnect(self, watchers: Iterable[Watcher], error: Exception) -> None:
        """End connections for which something raised. Their clients come back."""
        watchers = list(watchers)
        logger.error(
            "live feeds: something raised for %s connections, which are ended",
            len(watchers),
            exc_info=error,
            extra={"event": "live_ended", "connections": len(watchers)},
        )
        for watcher in watchers:
            watcher.put(None)

    def _check(self) -> None:
        """Check watchers that are due: disconnect readers who may no longer read the feed, and reset the
        pages of readers whose visible activities have changed."""
        watchers = self.members.to_check(self.space, CHECKED)
        if not watchers:
            return
        close_old_connections()
        facts = self._facts(watchers)
        for watcher in watchers:
            watcher.check_at = time.monotonic() + CHECK
            if watcher.viewer not in facts:
                continue  # disconnected
            if watcher.left or not self._may_stay(watcher):
                watcher.put(None)
                continue
            with watcher.lock:
                changed = watcher.owed or watcher.facts != facts[watcher.viewer]
                watcher.facts = facts[watcher.viewer]
                if watcher.position < self._position and watcher.position.log == self._position.log:
                    watcher.move(self._position)
            if changed:
                self._reset(watcher, watcher.position)
            watcher.rest()

    def _may_stay(self, watcher: Watcher) -> bool:
        """Ask whether it is still the same reader, and may read; once more if it raises, then no longer."""
        try:
            return watcher.may_stay()
        except Exception:  # noqa: BLE001  (the second time it is logged)
            close_old_connections()
        try:
            return watcher.may_stay()
        except Exception as error:  # noqa: BLE001  (logged)
            self._disconnect([watcher], error)
            return False
