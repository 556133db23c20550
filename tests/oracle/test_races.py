"""Every race of a fan-out, a change and a reader in which one of them is interrupted once, at every step.

Histories by chance (`test_oracle`) seldom meet such a moment. Here one operation is stopped after each number
of steps, the others run to their end in either order, and it goes on: a few hundred runs, each the smallest
that can show its mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from activitystream import HomeFeed, follow, publish, retract, unfollow
from activitystream.journal import run, sweep
from activitystream.models import Activity, Follow, JournalEntry

from .steps import Operation
from .test_oracle import Site, check_stream, stepped
from .truth import pages, shown

__all__ = ["stepped"]

CHANGES = {
    "unfollow": ["unfollow"],
    "unfollow and follow": ["unfollow", "follow"],
    "follow": ["follow"],
    "follow and unfollow": ["follow", "unfollow"],
    "unfollow and flush": ["unfollow", "flush"],
    "retract": ["retract"],
    "rename": ["rename"],
}


class Race:
    """Bo publishes, Ana reads, and something changes."""

    def __init__(self, site: Site, changes: list[str]) -> None:
        self.site, self.changes = site, changes
        self.ana, self.bo = site.people[:2]
        Activity.objects.all().delete()
        Follow.objects.all().delete()
        site.flush()
        if changes[0] != "follow":
            follow(self.ana, self.bo)
        HomeFeed(self.ana).page()
        self.activity = publish(actor=self.bo, verb="do")

    def operations(self) -> list[Operation]:
        functions: list[Callable[[], Any]] = [self.change, self.read, self.work]
        return [Operation(function.__name__, function) for function in functions]

    def change(self) -> None:
        for name in self.changes:
            {
                "follow": lambda: follow(self.ana, self.bo),
                "unfollow": lambda: unfollow(self.ana, self.bo),
                "flush": self.site.flush,
                "retract": lambda: retract(self.activity),
                "rename": self.rename,
            }[name]()

    def rename(self) -> None:
        self.bo.username = f"{self.bo.username}'"
        self.bo.save()

    def read(self) -> None:
        HomeFeed(self.ana).page(2)

    def work(self) -> None:
        run(JournalEntry.objects.get(kind="fan_out"))

    def check(self) -> None:
        sweep()
        feed = HomeFeed(self.ana)
        check_stream(feed)
        want = shown(feed)
        assert pages(feed, 1) == (want, want)
        assert all(entry.actor.name == self.bo.username for entry in feed.page())


def interruptions(site: Site, changes: list[str]) -> Iterator[tuple[Race, list[Operation]]]:
    """The race run once for each interruption, up to where all is done."""
    for order in permutations(range(3)):
        steps, ended = 0, False
        while not ended:
            race = Race(site, changes)
            operations = [race.operations()[place] for place in order]
            for _ in range(steps):
                operations[0].step()
            ended = operations[0].ended
            for operation in [*operations[1:], operations[0]]:
                operation.finish()
            yield race, operations
            steps += 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_a_race_with_one_interruption(stepped: None, changes: list[str]) -> None:
    site = Site()
    site.begin()
    for race, _ in interruptions(site, changes):
        race.check()
