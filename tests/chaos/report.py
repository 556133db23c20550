"""When what was disturbed, and what was wrong in the end."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .api import SLOW, Errors
from .ledger import Ledger, Period
from .settled import Settled
from .site.rules import BROKEN_BROKER

__all__ = ["AGAIN_AND_AGAIN", "Disturbance", "History", "Report"]

CALM_AFTER = 3.0
"""Seconds after the end of a fault in which its consequences are still allowed."""
AGAIN_AND_AGAIN = "a page that listens was to be read again and again"
SHOWN = 8
"""Differences of one kind that are printed in full."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A fault, and for how long."""

    name: str
    detail: str
    period: Period


@dataclass
class History:
    """The faults of a run, beside the state of the journal."""

    settled: Settled
    disturbances: list[Disturbance] = field(default_factory=list)
    rest: Period | None = None
    """When nobody followed, blocked or went private."""

    def during(self, period: Period) -> list[Disturbance]:
        """The faults that may have to do with what happened in this period."""
        return [
            one
            for one in self.disturbances
            if one.period.begin <= period.end and one.period.end + CALM_AFTER >= period.begin
        ]

    def must_hold(self, period: Period) -> Period:
        """The period in which a change must have been answered for a reader to see it: up to now if there
        was no fault, else up to the last time at which the journal was empty of what came before."""
        settled = Period(self.settled.before(period.begin), period.end)
        return settled if self.during(settled) else period


class Report:
    """Collects differences, and prints everything."""

    def __init__(self, seed: int) -> None:
        self.seed, self.begun = seed, time.monotonic()
        self.history: History | None = None
        self.differences: dict[str, list[str]] = defaultdict(list)
        self._said: set[tuple[str, str, str]] = set()

    def say(self, text: str) -> None:
        """Write a line with the seconds since the beginning."""
        sys.stdout.write(f"{self.at(time.monotonic())} {text}\n")
        sys.stdout.flush()

    def at(self, moment: float) -> str:
        """A moment as seconds of the run."""
        return f"{moment - self.begun:7.2f}"

    def differ(self, what: str, where: Any, period: Period, ids: Iterable[int], ledger: Ledger) -> None:
        """Report a difference in what a client saw, once for each place."""
        ids = list(ids)
        kind, _, _ = what.partition(",")
        key = (kind, str(where), str(ids))
        if key in self._said:
            return
        self._said.add(key)
        lines = [f"{where}: {', '.join(map(str, ids[:5]))} {what}, {self._span(period)}"]
        for id in ids[:3]:
            if made := ledger.made.get(id):
                lines += self._story(made, ledger)
        lines += [
            f"    fault {one.name} ({one.detail}) {self._span(one.period)}" for one in self._faults(period)
        ]
        self.differences[kind].append("\n".join(lines))

    def add(self, kind: str, text: str) -> None:
        """Report any other difference."""
        self.differences[kind].append(text)

    def check_errors(self, errors: Errors, history: History) -> None:
        """Report errors of the server that no fault explains."""
        for period, what in errors.found:
            if not history.during(Period(period.begin - CALM_AFTER, period.end)):
                self.add("an error without a fault", f"{what}, {self._span(period)}")

    def check_waits(self, errors: Errors, history: History, processes: int) -> None:
        """Report that people waited for a broker that is down: each process may find out once."""
        for one in history.disturbances:
            if one.name == BROKEN_BROKER:
                begun = [what for period, what in errors.slow if _is_within(period.begin, one.period)]
                if len(begun) > processes:
                    text = f"{len(begun)} answers took {SLOW} s or more {self._span(one.period)}: {begun[:3]}"
                    self.add("people wait for a broker that is down", text)

    def finish(self, done: Mapping[str, int], errors: Errors) -> int:
        """Print operations, faults and differences. The exit code."""
        assert self.history is not None
        faults = Counter(one.name for one in self.history.disturbances)
        self._table("Operations", done)
        self._table("Faults", faults)
        self._table("Lost answers, and answers of 500 and more", errors.lost + Counter(_kinds(errors)))
        for kind, texts in self.differences.items():
            for text in texts[:SHOWN]:
                sys.stdout.write(f"DIFFERENCE ({kind}) {text}\n")
        self._table("Differences", {kind: len(texts) for kind, texts in self.differences.items()})
        sys.stdout.write(f"seed {self.seed}\n")
        return 1 if self.differences else 0

    def _table(self, title: str, counts: Mapping[str, int]) -> None:
        sys.stdout.write(f"{title}: {sum(counts.values())}\n")
        for name, count in sorted(counts.items()):
            sys.stdout.write(f"  {name:<46}{count:>8}\n")

    def _span(self, period: Period) -> str:
        return f"from {self.at(period.begin).strip()} to {self.at(period.end).strip()} s"

    def _faults(self, period: Period) -> list[Disturbance]:
        return self.history.during(Period(period.begin - 10, period.end)) if self.history else []

    def _story(self, made: Any, ledger: Ledger) -> list[str]:
        """What is known of an activity and the people in it."""
        lines = [f"    {made.id}: p{made.actor} {made.verb} photo {made.photo} of p{made.owner}"]
        facts = {"exists": made.exists, "audience": made.audience, "data": made.version}
        for person in {made.actor, made.owner} - {None}:
            facts[f"p{person} private"] = ledger.private[person]
        for name, timeline in facts.items():
            changes = [
                f"{change.value}{'' if change.sure else '?'} {self._span(Period(*change[:2]))}"
                for change in timeline.changes[-4:]
            ]
            if changes:
                lines.append(f"      {name}: {'; '.join(changes)}")
        return lines


def _is_within(moment: float, period: Period) -> bool:
    return period.begin <= moment <= period.end


def _kinds(errors: Errors) -> Iterable[str]:
    return (what.split(" ")[0] for _, what in errors.found)
