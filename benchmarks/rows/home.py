"""Homes: warm pages, and cold ones rebuilt."""

from __future__ import annotations

from statistics import median
from typing import Any

from django.db import connection

from activitystream import HomeFeed
from activitystream.feeds import rebuild
from activitystream.models import Activity, Follow
from benchmarks.row import Row, at_least, at_most, seconds
from benchmarks.sizes import FEW, LENGTH

__all__ = ["Growth", "ManyFollowees", "PageOf20", "Rebuild"]

TIMES = 200


class PageOf20(Row):
    """All of `feed.page()`: ids and bodies from the server, entries with cards in Python."""

    name = "warm page of 20 with bodies"
    compared_with = "one LRANGE of 20 ids"
    bound = at_most(5)

    def setup(self) -> None:
        self.world.grow(self.world.sizes.table)
        self.feed = HomeFeed(self.world.some)
        assert len(self.feed.page(20)) == 20
        self.key = self.world.key(self.feed.stream)

    def ours(self) -> float:
        return seconds(lambda: self.feed.page(20), TIMES)

    def theirs(self) -> float:
        return seconds(lambda: self.world.redis.lrange(self.key, 0, 19), TIMES)


class ManyFollowees(Row):
    """How many one follows must not matter to a warm home."""

    name = "warm home page of one who follows very many"
    compared_with = f"of one who follows {FEW}"
    bound = at_most(1.2)

    def setup(self) -> None:
        self.world.grow(self.world.sizes.table)
        self.many, self.few = HomeFeed(self.world.many), HomeFeed(self.world.few)
        assert len(self.many.page(20)) == len(self.few.page(20)) == 20

    def ours(self) -> float:
        return seconds(lambda: self.many.page(20), TIMES)

    def theirs(self) -> float:
        return seconds(lambda: self.few.page(20), TIMES)


class Cold(Row):
    """A home that is not in Redis, made warm from SQL."""

    def setup(self) -> None:
        self.feed = HomeFeed(self.world.some)

    def ours(self) -> float:
        self.world.store.delete([self.feed.stream])
        return seconds(lambda: rebuild(self.feed, self.world.store))


class Growth(Cold):
    """Not in turn: the table has to grow in between. All activities are of the same year, so ten times as
    many are ten times as dense. Ten times the years would cost nothing: the windows end long before."""

    name = "cold home rebuilt, with ten times the activities"
    compared_with = "with a tenth of them"
    bound = at_most(1.5)

    def setup(self) -> None:
        super().setup()
        self.world.grow(self.world.sizes.activities // 10)
        self.before = median([self.ours() for _ in range(2 * self.world.sizes.rounds)])
        self.world.grow(self.world.sizes.activities)

    def theirs(self) -> float:
        return self.before


class Rebuild(Cold):
    """The whole rebuild, with its writes to Redis, against the query alone."""

    name = "cold home rebuilt"
    compared_with = f"the plain joined query ordered by id, LIMIT {LENGTH}"
    bound = at_least(1)

    def setup(self) -> None:
        super().setup()
        self.world.grow(self.world.sizes.activities)
        self.ours()
        assert self.world.store.contents(self.feed.stream).ids == self._query()

    def theirs(self) -> float:
        return seconds(self._query)

    def _query(self) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT activity.id FROM {Follow._meta.db_table} follow
                JOIN {Activity._meta.db_table} activity
                ON activity.actor_type_id = follow.followee_type_id AND activity.actor_id = follow.followee_id
                WHERE follow.follower_id = %s AND follow.kind = 'follow'
                ORDER BY activity.id DESC LIMIT {LENGTH}""",
                [self.world.some.pk],
            )
            return [id for (id,) in cursor.fetchall()]
