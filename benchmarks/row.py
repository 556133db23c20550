"""The shape of a row, and how it is measured."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar, NamedTuple

from .world import World

__all__ = ["Bound", "Result", "Row", "Unmeasurable", "at_least", "at_most", "measure", "seconds"]


class Bound(NamedTuple):
    """What a ratio must reach."""

    factor: float
    faster: bool
    """True: theirs / ours, at least `factor`; False: ours / theirs, at most `factor`."""

    def ratio(self, ours: float, theirs: float) -> float:
        return theirs / ours if self.faster else ours / theirs

    def holds(self, ratio: float) -> bool:
        return ratio >= self.factor if self.faster else ratio <= self.factor

    def __str__(self) -> str:
        return f"{'>=' if self.faster else '<='} {self.factor:g}"


def at_least(factor: float) -> Bound:
    """Ours is so many times as fast."""
    return Bound(factor, faster=True)


def at_most(factor: float) -> Bound:
    """Ours costs so many times as much."""
    return Bound(factor, faster=False)


class Unmeasurable(Exception):
    """This row cannot be measured here; the message says why."""


class Row(ABC):
    """One line of the table. `ours` and `theirs` do the same job once (or many times), and give its cost."""

    name: ClassVar[str]
    compared_with: ClassVar[str]
    bound: ClassVar[Bound]
    unit: ClassVar[str] = "s"
    """Of a cost: seconds for one write, page or publish; or bytes."""

    def __init__(self, world: World) -> None:
        self.world = world

    def setup(self) -> None:
        """Make what both sides need. Not measured."""
        return

    @abstractmethod
    def ours(self) -> float:
        """The cost with activitystream."""

    @abstractmethod
    def theirs(self) -> float:
        """The cost of what it is compared with."""

    def teardown(self) -> None:
        """Remove what the rows after this one must not see."""
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A measured row, as it stands in `results.json`."""

    name: str
    ours: float | None
    compared_with: str
    theirs: float | None
    ratio: float | None
    bound: str
    holds: bool | None
    """None: it could not be measured here."""
    unit: str
    note: str = ""


def seconds(call: Callable[[], Any], times: int = 1) -> float:
    """What one call takes, of so many in a row."""
    started = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - started) / times


def measure(row: Row) -> Result:
    """Both sides in turn, after one round that does not count; the median of the rounds' ratios."""
    try:
        row.setup()
        row.ours(), row.theirs()
        pairs = []
        for at in range(row.world.sizes.rounds):
            row.world.progress(f"{row.name}: round", at + 1, row.world.sizes.rounds)
            pairs.append((row.ours(), row.theirs()))
    except Unmeasurable as why:
        return _result(row, None, None, None, str(why))
    finally:
        row.teardown()
    ratio = median(row.bound.ratio(ours, theirs) for ours, theirs in pairs)
    return _result(row, median(ours for ours, _ in pairs), median(theirs for _, theirs in pairs), ratio)


def _result(
    row: Row, ours: float | None, theirs: float | None, ratio: float | None, note: str = ""
) -> Result:
    return Result(
        name=row.name,
        ours=ours,
        compared_with=row.compared_with,
        theirs=theirs,
        ratio=ratio,
        bound=str(row.bound),
        holds=None if ratio is None else row.bound.holds(ratio),
        unit=row.unit,
        note=note,
    )
