"""Live feeds: what an open connection costs, and how long it takes until all are told."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from activitystream import publish
from benchmarks.crowd import Crowd
from benchmarks.row import Row, at_most

__all__ = ["ConnectionSize", "LastTold"]

WARM_UP = 20
"""Connections that are opened before the memory is looked at: what is loaded once is not theirs."""


class _Watched(Row):
    """One process, and a crowd each of whom watches a home; all of them follow one person."""

    def setup(self) -> None:
        world, count = self.world, self.world.sizes.connections + WARM_UP
        [star], fans = world.add_users("Stars", 1), world.add_users("Fans", count)
        world.follow(fans, [star])
        users = get_user_model().objects
        self.star = users.get(pk=star)
        self.crowd = Crowd(list(users.filter(pk__in=fans)))
        self.crowd.open(0, WARM_UP)
        publish(actor=self.star, verb="wave")
        before = self.crowd.memory()
        self.crowd.open(WARM_UP, count)
        self.size = (self.crowd.memory() - before) / (count - WARM_UP)
        self.count = count

    def teardown(self) -> None:
        crowd: Any = getattr(self, "crowd", None)
        if crowd is not None:
            crowd.close()


class ConnectionSize(_Watched):
    """Growth of the server's memory for each connection."""

    name = "an open live feed"
    compared_with = "100 kB"
    bound = at_most(1)
    unit = "bytes"

    def ours(self) -> float:
        return self.size

    def theirs(self) -> float:
        return 100_000


class LastTold(_Watched):
    """From the call of `publish()` until the last of all connections has the event."""

    name = "publish until the last of all live feeds is told"
    compared_with = "one second"
    bound = at_most(1)

    def ours(self) -> float:
        start = self.crowd.begin()
        publish(actor=self.star, verb="wave")
        return self.crowd.all_told(self.count)[-1] - start

    def theirs(self) -> float:
        return 1
