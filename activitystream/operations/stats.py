"""What streams and the journal take up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from activitystream.feeds import feeds
from activitystream.journal import last_sweep, pending, stalled
from activitystream.models import Sweep
from activitystream.streams import Measure, StreamStore, Usage
from activitystream.streams.sample import Reservoir

from .owners import count_owners

__all__ = ["FeedStats", "Stats", "gather"]


@dataclass(frozen=True, slots=True)
class FeedStats:
    """The warm streams of one feed; lengths, bytes and times are of a sample."""

    warm: int
    owners: int | None
    """Rows that could own one; None: not known (the feed is not declared)."""
    lengths: Sequence[int] = ()
    sizes: Sequence[int] = ()

    @property
    def median_length(self) -> int:
        return round(median(self.lengths)) if self.lengths else 0


@dataclass(frozen=True, slots=True)
class Stats:
    """What there is, in the store and in the journal."""

    usage: Mapping[str, Usage] = field(default_factory=dict)
    feeds: Mapping[str, FeedStats] = field(default_factory=dict)
    knows_its_server: bool = True
    """Whether the store would notice that its server came back with older data."""
    pending: int = 0
    stalled: int = 0
    oldest: datetime | None = None
    """When the oldest pending journal entry was written."""
    last_sweep: Sweep | None = None
    """The sweep that ended last; None: there never was one."""


def gather(store: StreamStore | None, sample: int) -> Stats:
    """Count all, measure `sample` streams of each feed. StoreUnavailable if the store does not answer."""
    first = pending().values_list("created", flat=True).first()
    return Stats(
        usage=store.usage(sample) if store is not None else {},
        feeds=_feeds(store, sample) if store is not None else {},
        knows_its_server=store is None or store.knows_its_server(),
        pending=pending().count(),
        stalled=stalled().count(),
        oldest=first,
        last_sweep=last_sweep(),
    )


def _feeds(store: StreamStore, sample: int) -> dict[str, FeedStats]:
    samples: dict[str, Reservoir[str]] = {feed.name: Reservoir(sample) for feed in feeds()}
    for stream in store.streams():
        samples.setdefault(stream.partition(":")[0], Reservoir(sample)).offer(stream)
    owned = {feed.name: count_owners(feed) for feed in feeds()}
    return {name: _stats(taken, store, owned.get(name)) for name, taken in sorted(samples.items())}


def _stats(taken: Reservoir[str], store: StreamStore, owners: int | None) -> FeedStats:
    measures: list[Measure] = store.measure(taken.items) if taken.items else []
    return FeedStats(
        warm=taken.offered,
        owners=owners,
        lengths=[found.length for found in measures if found.length is not None],
        sizes=[found.size for found in measures if found.size is not None],
    )
