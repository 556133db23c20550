"""What a block of code cost: round trips to Redis, queries, pages and streams, with their times.

    with record() as recording:
        HomeFeed(user).page()
    print(recording)  # pages: 1; round trips: 2 in 0.4 ms; queries: 0 in 0.0 ms; all: 0.9 ms

Where nobody records, this costs one look at a context variable for each round trip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeVar

from django.db import connections

__all__ = ["Asked", "PageRead", "Query", "Recording", "RoundTrip", "record", "recording"]

T = TypeVar("T")

LIMIT = 1_000
"""Of each kind, as many are kept with their details; past it they are counted."""
_SHARD = re.compile(r"^.*?\{[a-z]?\d+\}:")


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One request to Redis and its answer: of one command or script, for some keys."""

    command: str
    """A script's name, such as "page" or "get_bodies", or a command of Redis in capital letters."""
    keys: tuple[str, ...]
    """As Redis has them: "activitystream:2:{37}:home:auth.user:7"."""
    seconds: float

    @property
    def names(self) -> list[str]:
        """The keys without prefix, layout and shard: "home:auth.user:7", "body:3765…"."""
        return [_SHARD.sub("", key) for key in self.keys]


@dataclass(frozen=True, slots=True)
class Query:
    """One statement of SQL, with placeholders: what was given for them is not kept."""

    sql: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A stream that was asked for the ids of a page."""

    stream: str
    state: str
    """What it could say: "warm"; or why the query was asked instead: "cold", "building", "beyond"."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page of a feed."""

    feed: str
    stream: str
    entries: int
    seconds: float


@dataclass(slots=True)
class _Sum:
    """Number and time of one kind, however many there are."""

    count: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.count} in {self.seconds * 1e3:.1f} ms"

    def add(self, seconds: float) -> None:
        """One more."""
        self.count += 1
        self.seconds += seconds


@dataclass(slots=True)
class Recording:
    """What happened in the block, in the order in which it did; of each kind the first thousand."""

    round_trips: list[RoundTrip] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    pages: list[PageRead] = field(default_factory=list)
    redis: _Sum = field(default_factory=_Sum)
    """`count` and `seconds` of all round trips."""
    sql: _Sum = field(default_factory=_Sum)
    """`count` and `seconds` of all queries."""
    seconds: float = 0.0
    """The time of the whole block, once it has ended."""

    def __str__(self) -> str:
        pages, all = len(self.pages), self.seconds * 1e3
        return f"pages: {pages}; round trips: {self.redis}; queries: {self.sql}; all: {all:.1f} ms"

    @property
    def streams(self) -> list[str]:
        """The ids of the streams that were asked, each once."""
        return list(dict.fromkeys(asked.stream for asked in self.asked))

    def add(self, event: RoundTrip | Query | Asked | PageRead) -> None:
        """Write down what happened."""
        match event:
            case RoundTrip():
                _keep(self.round_trips, event)
                self.redis.add(event.seconds)
            case Query():
                _keep(self.queries, event)
                self.sql.add(event.seconds)
            case Asked():
                _keep(self.asked, event)
            case PageRead():
                _keep(self.pages, event)


def _keep(events: list[T], event: T) -> None:
    if len(events) < LIMIT:
        events.append(event)


_recordings: ContextVar[Sequence[Recording]] = ContextVar("activitystream_recordings", default=())


def recording() -> Sequence[Recording]:
    """The recordings that are under way here: usually none."""
    return _recordings.get()


@contextmanager
def record() -> Iterator[Recording]:
    """Record what happens inside, in this thread (or task). Blocks may be nested: each has all of its own.

    Queries are seen on every database connection of the thread, whatever `DEBUG` is.
    """
    made = Recording()
    token = _recordings.set((*_recordings.get(), made))
    started = perf_counter()

    def execute(run: Any, sql: str, *args: Any) -> Any:
        began = perf_counter()
        try:
            return run(sql, *args)
        finally:
            made.add(Query(str(sql), perf_counter() - began))

    try:
        with ExitStack() as stack:
            for connection in connections.all(initialized_only=False):
                stack.enter_context(connection.execute_wrapper(execute))
            yield made
    finally:
        made.seconds = perf_counter() - started
        _recordings.reset(token)
