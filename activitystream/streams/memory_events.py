"""The event log in the memory of this process."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self

from activitystream.streams.events import (
    KEPT,
    KEPT_TEXTS,
    MAX_EVENTS,
    WATCH,
    Arrivals,
    Event,
    EventLog,
    Holding,
    Kind,
    Listener,
    Position,
    Text,
    Told,
)

__all__ = ["MemoryEventLog"]

Member = tuple[str, str, int, str]


class MemoryEventLog(EventLog):
    """Events by what they say, in the order of their sequence numbers, behind one lock."""

    def __init__(self, holding: Holding) -> None:
        self.clock: Callable[[], float] = time.time
        super().__init__(holding)
        self._lock = threading.RLock()
        self._bell = _Bell()
        self.clear()

    def wake_with(self, other: MemoryEventLog) -> None:
        """Wake the listeners of that log, too: one listener waits for the events of all spaces."""
        self._bell = other._bell

    def clear(self) -> None:
        """Forget everything, as a restarted server would."""
        with self._lock:
            self._name, self._start = secrets.token_hex(8), self._now()
            self._last = self._start
            self._until: dict[str, float] = {}
            self._events: dict[Member, int] = {}
            self._texts: dict[Text, tuple[float, bytes]] = {}

    def _now(self) -> int:
        return int(self.clock() * 1_000_000)

    def watch(self, streams: Sequence[str]) -> Position:
        with self._lock:
            now = self.clock()
            for stream in streams:
                if self._until.get(stream, 0) < now:
                    self._write((stream, Kind.BEGAN, 0, ""))
                self._until[stream] = now + WATCH
            self._until = {stream: until for stream, until in self._until.items() if until >= now}
            return Position(self._name, self._last)

    def watched(self) -> list[str]:
        with self._lock:
            return [stream for stream, until in self._until.items() if until >= self.clock()]

    def tell(self, told: Iterable[Told]) -> None:
        with self._lock:
            watched = set(self.watched())
            if not watched:
                return
            for kind, streams, ids, note in told:
                for stream in watched.intersection(streams):
                    for id in ids:
                        self._write((stream, kind, id, note))
            self._trim()
        self._bell.ring()

    def keep(self, texts: Mapping[Text, bytes]) -> None:
        with self._lock:
            now = self.clock()
            self._texts = {text: kept for text, kept in self._texts.items() if kept[0] >= now}
            self._texts |= {text: (now + KEPT_TEXTS, raw) for text, raw in texts.items()}

    def kept(self, texts: Sequence[Text]) -> dict[Text, bytes]:
        with self._lock:
            found = {text: self._texts[text] for text in texts if text in self._texts}
            return {text: raw for text, (until, raw) in found.items() if until >= self.clock()}

    def discard(self, ids: Sequence[int]) -> None:
        with self._lock:
            gone = frozenset(ids)
            self._texts = {text: kept for text, kept in self._texts.items() if text.id not in gone}

    def _write(self, member: Member) -> None:
        if member[1] != Kind.ADDED or member not in self._events:
            self._events.pop(member, None)
            self._last = max(self._last + 1, self._now())
            self._events[member] = self._last

    def _trim(self) -> None:
        old = self._now() - KEPT * 1_000_000
        over = len(self._events) - MAX_EVENTS
        for place, (member, seq) in enumerate(list(self._events.items())):
            if place >= over and seq > old:
                break
            self._start = seq
            del self._events[member]

    def since(self, position: Position, limit: int = 1_000) -> Arrivals:
        with self._lock:
            if position.log != self._name or position.seq < self._start:
                return Arrivals(Position(self._name, self._last), lost=True)
            found = [
                Event(seq, stream, Kind(kind), id, note)
                for (stream, kind, id, note), seq in self._events.items()
                if seq > position.seq
            ][:limit]
            more = len(found) == limit
            return Arrivals(Position(self._name, found[-1].seq if more else self._last), found, more=more)

    def listen(self) -> Listener:
        return _Waiter(self._bell)


class _Bell:
    """Wakes all who wait for it, and counts how often it rang."""

    def __init__(self) -> None:
        self.changed, self.rung = threading.Condition(), 0

    def ring(self) -> None:
        """Wake them."""
        with self.changed:
            self.rung += 1
            self.changed.notify_all()


class _Waiter(Listener):
    def __init__(self, bell: _Bell) -> None:
        self._bell, self._seen = bell, 0

    def __enter__(self) -> Self:
        self._seen = self._bell.rung
        return self

    def wait(self, seconds: float) -> None:
        with self._bell.changed:
            self._bell.changed.wait_for(lambda: self._bell.rung != self._seen, seconds)
            self._seen = self._bell.rung
