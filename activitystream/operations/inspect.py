"""One stream looked at closely: what it holds, what it takes up, and the answer of its query beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from activitystream.feeds import Feed, pull
from activitystream.routers import primary_reads
from activitystream.streams import Measure, StreamStore

from .compare import Comparison, compare

__all__ = ["Inspection", "Where", "inspect"]


class Where(StrEnum):
    """Where an id was found."""

    BOTH = "both"
    STREAM = "stream"
    QUERY = "query"
    STALE = "stale"
    """In the stream, and retracted or hidden: it leaves when a reader meets it."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found."""

    feed: Feed
    comparison: Comparison
    measure: Measure
    query: list[int]
    """The newest ids that the query gives, as many as a stream keeps."""
    seconds: float
    """What the query took."""

    @property
    def has_more(self) -> bool:
        """Whether the query may give more than it was asked for."""
        length = self.feed.length()
        return length is not None and len(self.query) == length

    def newest(self, count: int) -> list[tuple[int, Where]]:
        """The newest ids of both, and where each is."""
        held = self.comparison.contents.ids
        ids = sorted({*held[:count], *self.query[:count]}, reverse=True)[:count]
        in_stream, in_query = set(held), set(self.query)
        return [(id, self._where(id, id in in_stream, id in in_query)) for id in ids]

    def _where(self, id: int, in_stream: bool, in_query: bool) -> Where:
        if id in self.comparison.stale:
            return Where.STALE
        if in_stream and in_query:
            return Where.BOTH
        return Where.STREAM if in_stream else Where.QUERY


@primary_reads()
def inspect(feed: Feed, store: StreamStore) -> Inspection:
    """Look at a stream, and change nothing. StoreUnavailable if the store does not answer."""
    comparison = compare(feed, store)
    [measure] = store.measure([feed.stream])
    started = time.perf_counter()
    query = pull(feed.sources(), limit=feed.length(), windowed=feed.windowed)
    return Inspection(feed, comparison, measure, query, time.perf_counter() - started)
