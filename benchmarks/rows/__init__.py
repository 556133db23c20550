"""The rows of the table, in the order in which they are measured: the activities grow on the way."""

from __future__ import annotations

from benchmarks.row import Row

from .fanout import AgainstBenchmark, AgainstPipeline, Cold, EntrySize
from .home import Growth, ManyFollowees, PageOf20, Rebuild
from .live import ConnectionSize, LastTold
from .peer import AgainstNothing, DeepPage, Http, NumberOfActivities, QuietHome
from .publish import Publish, PublishAtOnce, PublishToMany

__all__ = ["ROWS"]

ROWS: list[type[Row]] = [
    AgainstPipeline,
    AgainstBenchmark,
    Cold,
    EntrySize,
    PublishToMany,
    Publish,
    PublishAtOnce,
    Growth,
    Rebuild,
    PageOf20,
    ManyFollowees,
    Http,
    AgainstNothing,
    QuietHome,
    DeepPage,
    NumberOfActivities,
    ConnectionSize,
    LastTold,
]
