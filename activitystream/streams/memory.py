"""A stream store in the memory of this process: for tests and for development with a single process."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from activitystream.streams.base import (
    Addition,
    Bodies,
    Body,
    Contents,
    Measure,
    Name,
    Slice,
    State,
    StoreOptions,
    StreamStore,
    slack,
)
from activitystream.streams.events import Kind, Told
from activitystream.streams.memory_events import MemoryEventLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["MemoryStore"]

MAX_BODIES = 10_000
"""Bodies kept at most: the cache is emptied when it is full, so that a long-lived process does not grow."""

MAX_CHANGES = 100_000
"""Forgotten refs remembered at most: past it all bodies are invalid, and counting starts anew."""


@dataclass(slots=True)
class _Stream:
    expires: float
    ids: list[int] = field(default_factory=list)
    """Newest first."""
    complete: bool = False
    token: str | None = None
    """Of the rebuild that is under way; None: the stream is warm."""
    note: str = ""

    def trim(self, max_length: int | None, over: int = 0) -> None:
        """Cut to `max_length` once longer than that and `over`; then there are older ids in SQL only."""
        if max_length is not None and len(self.ids) > max_length + over:
            del self.ids[max_length:]
            self.complete = False

    def insert(self, id: int) -> None:
        """Put an id at its place; not past the end of a trimmed stream."""
        if id in self.ids:
            return
        place = next((at for at, other in enumerate(self.ids) if other < id), len(self.ids))
        if place < len(self.ids) or self.complete or self.token is not None:
            self.ids.insert(place, id)


@dataclass(slots=True, frozen=True)
class _Kept:
    body: Body
    epoch: str
    seq: int
    expires: float


class MemoryStore(StreamStore):
    """Streams, epochs and bodies in dictionaries behind one lock; nothing is shared between processes."""

    def __init__(self, options: StoreOptions) -> None:
        super().__init__(options)
        self.clock: Callable[[], float] = time.monotonic
        """Seconds; tests put a clock here that they can move."""
        self._lock = threading.RLock()
        self.events: MemoryEventLog = MemoryEventLog(self._holding)
        self._spaces: dict[str, MemoryStore] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything, as a restarted server would."""
        with self._lock:
            self._streams: dict[str, _Stream] = {}
            self._epochs: dict[str, str] = {}
            self._bodies: dict[Name, _Kept] = {}
            self._changes: dict[str, int] = {}
            self._epoch = secrets.token_hex(8)
            self._seq = 0
            self.events.clear()
            for store in self._spaces.values():
                store.clear()

    def in_space(self, name: str) -> MemoryStore:
        with self._lock:
            if name not in self._spaces:
                there = self._spaces[name] = type(self)(replace(self.options, space=name))
                there.clock = lambda: self.clock()
                there.events.wake_with(self.events)
            return self._spaces[name]

    def _holding(self, streams: Sequence[str], ids: Sequence[int]) -> list[list[int] | None]:
        """See `EventLog.holding`."""
        with self._lock:
            found = [self._find(stream) for stream in streams]
            return [None if one is None else [id for id in ids if id in one.ids] for one in found]

    def _find(self, stream: str) -> _Stream | None:
        found = self._streams.get(stream)
        if found is not None and found.expires <= self.clock():
            del self._streams[stream]
            return None
        return found

    # -- streams ---------------------------------------------------------------------------------------

    def add(self, additions: Iterable[Addition], *, max_length: int | None) -> None:
        additions = list(additions)
        with self._lock:
            for streams, ids in additions:
                for name in streams:
                    found = self._find(name)
                    if found is None:
                        continue
                    for id in ids:
                        found.insert(id)
                    if found.token is None:
                        found.trim(max_length, slack(max_length))
        self.events.tell(Told(Kind.ADDED, streams, ids) for streams, ids in additions)

    def pages(
        self, streams: Sequence[str], *, limit: int, before: int | None = None, after: int | None = None
    ) -> list[Slice]:
        return [self._page(stream, limit, before, after) for stream in streams]

    def _page(self, stream: str, limit: int, before: int | None, after: int | None) -> Slice:
        with self._lock:
            found = self._find(stream)
            if found is None:
                return Slice(State.COLD)
            if found.token is not None:
                return Slice(State.BUILDING)
            found.expires = self.clock() + self.options.stream_ttl
            if before is not None:
                return self._newer(found, before, limit)
            return self._older(found, after, limit)

    @staticmethod
    def _older(found: _Stream, cursor: int | None, limit: int) -> Slice:
        ids = [id for id in found.ids if cursor is None or id < cursor]
        if not ids and not found.complete:
            return Slice(State.BEYOND)
        exhausted = found.complete and len(ids) <= limit
        return Slice(State.WARM, ids[:limit], exhausted=exhausted, note=found.note)

    @staticmethod
    def _newer(found: _Stream, cursor: int, limit: int) -> Slice:
        if not found.complete and cursor < found.ids[-1]:
            return Slice(State.BEYOND)
        ids = [id for id in found.ids if id > cursor]
        nearest = ids[max(0, len(ids) - limit) :]
        return Slice(State.WARM, nearest, exhausted=len(ids) <= limit, note=found.note)

    def contents(self, stream: str) -> Contents:
        with self._lock:
            found = self._find(stream)
            if found is None:
                return Contents(State.COLD)
            state = State.WARM if found.token is None else State.BUILDING
            return Contents(state, list(found.ids), found.complete, found.note)

    def remove(self, streams: Sequence[str], ids: Sequence[int]) -> None:
        with self._lock:
            for name in streams:
                found = self._find(name)
                if found is None:
                    continue
                found.ids = [id for id in found.ids if id not in ids]
                if not found.ids and not found.complete and found.token is None:
                    del self._streams[name]  # a trimmed stream of nothing says nothing

    def length(self, stream: str) -> int | None:
        with self._lock:
            found = self._find(stream)
            return None if found is None else len(found.ids)

    def delete(self, streams: Iterable[str]) -> None:
        streams = list(streams)
        with self._lock:
            for name in streams:
                self._streams.pop(name, None)
        self.events.tell([Told(Kind.DROPPED, streams)])

    def begin(self, stream: str, token: str) -> bool:
        with self._lock:
            found = self._find(stream)
            if found is None:
                self._streams[stream] = _Stream(self.clock() + self.options.building_ttl, token=token)
                return True
            return found.token == token

    def finish(
        self,
        stream: str,
        token: str,
        ids: Sequence[int],
        *,
        complete: bool,
        max_length: int | None,
        note: str = "",
    ) -> bool:
        with self._lock:
            found = self._find(stream)
            if found is None or found.token != token:
                return False
            # What arrived meanwhile and is older than an incomplete answer would hide the gap between.
            arrived = found.ids if complete else [id for id in found.ids if ids and id >= min(ids)]
            found.ids = sorted({*arrived, *ids}, reverse=True)
            found.complete, found.token, found.note = complete, None, note
            found.trim(max_length)
            found.expires = self.clock() + self.options.stream_ttl
            if not found.ids and not found.complete:
                del self._streams[stream]
                return False
            return True

    # -- epochs ----------------------------------------------------------------------------------------

    def epochs(self, names: Sequence[str]) -> list[str]:
        with self._lock:
            return [self._epochs.setdefault(name, secrets.token_hex(8)) for name in names]

    def advance(self, names: Sequence[str]) -> None:
        with self._lock:
            self._epochs.update({name: secrets.token_hex(8) for name in names})

    # -- bodies ----------------------------------------------------------------------------------------

    def _valid(self, kept: _Kept | None) -> bool:
        return (
            kept is not None
            and kept.epoch == self._epoch
            and kept.expires > self.clock()
            and all(self._changes.get(ref, 0) <= kept.seq for ref in kept.body.refs)
        )

    def get_many(self, ids: Sequence[Name]) -> Bodies:
        with self._lock:
            stamp = f"{self._epoch}:{self._seq}"
            found = {id: self._bodies[id].body.payload for id in ids if self._valid(self._bodies.get(id))}
            return Bodies(found, dict.fromkeys(ids, stamp))

    def put(self, bodies: Iterable[Body], stamp: Mapping[Name, str]) -> None:
        with self._lock:
            if len(self._bodies) > MAX_BODIES:
                self._bodies.clear()
            expires = self.clock() + self.options.body_ttl
            for body in bodies:
                if body.id in stamp:
                    epoch, _, seq = stamp[body.id].rpartition(":")
                    self._bodies[body.id] = _Kept(body, epoch, int(seq), expires)

    def forget(self, refs: Iterable[str]) -> None:
        with self._lock:
            self._seq += 1
            self._changes.update(dict.fromkeys(refs, self._seq))
            if len(self._changes) > MAX_CHANGES:
                self._changes.clear()
                self._bodies.clear()
                self._epoch, self._seq = secrets.token_hex(8), 0

    def erase(self, names: Iterable[Name]) -> None:
        with self._lock:
            for name in names:
                self._bodies.pop(name, None)

    # -- operations ------------------------------------------------------------------------------------

    def streams(self) -> Iterator[str]:
        with self._lock:
            return iter([name for name in list(self._streams) if self._find(name) is not None])

    def names(self) -> Iterator[Name]:
        with self._lock:
            return iter(list(self._bodies))

    def measure(self, streams: Sequence[str]) -> list[Measure]:
        with self._lock:
            found = [self._find(name) for name in streams]
            return [
                Measure(None) if one is None else Measure(len(one.ids), one.expires - self.clock())
                for one in found
            ]
