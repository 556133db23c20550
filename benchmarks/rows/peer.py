"""The same pages with django-activity-stream, on the same rows of the same database."""

from __future__ import annotations

from actstream.models import actor_stream, user_stream
from django.contrib.auth import get_user_model

from activitystream import HomeFeed
from activitystream.feeds import pull
from activitystream.models import Activity, Ref
from benchmarks import http
from benchmarks.peers import copy_rows
from benchmarks.row import Row, at_least, at_most, seconds
from benchmarks.world import World

__all__ = ["AgainstNothing", "DeepPage", "Http", "NumberOfActivities", "QuietHome"]

SIZE = 20
DEEP = 250


class Peer(Row):
    """Both apps have the same rows."""

    compared_with = "django-activity-stream"
    bound = at_least(10)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.times = 5

    def setup(self) -> None:
        world = self.world
        world.grow(world.sizes.table)
        readers = (world.few, world.some, world.many, world.of_quiet)
        assert readers
        copy_rows(world)


class Http(Peer):
    """GET home: a WSGI server with a session, a user and REST framework on both sides."""

    name = "GET home over HTTP, 20 items"

    def setup(self) -> None:
        super().setup()
        self.site = http.Site(self.world.some)
        ours, theirs = self.site.get("/ours/home/"), self.site.get("/theirs/home/")
        same = ("verb", "actor", "object", "target")
        assert [e["object"]["id"] for e in ours["results"]] == [e["object"]["id"] for e in theirs["results"]]
        assert all(set(same) <= set(entry) for entry in theirs["results"])

    def ours(self) -> float:
        return seconds(lambda: self.site.get("/ours/home/"), 20 * self.times)

    def theirs(self) -> float:
        return seconds(lambda: self.site.get("/theirs/home/"), self.times)

    def teardown(self) -> None:
        if hasattr(self, "site"):
            self.site.close()


class AgainstNothing(Http):
    """The whole of Django and REST framework on both sides: what is ours is the difference."""

    name = "GET home over HTTP, against a view that has nothing to do"
    compared_with = "a fixed list of 20 items from an empty REST framework view"
    bound = at_most(2)

    def ours(self) -> float:
        return seconds(lambda: self.site.get("/ours/home/"), 20 * self.times)

    def theirs(self) -> float:
        return seconds(lambda: self.site.get("/fixed/"), 20 * self.times)


class QuietHome(Peer):
    """Nothing in Redis, neither the stream nor a body; and nothing in the home for months."""

    name = "first page of a cold home whose 10 followees have been quiet for months"
    bound = at_least(20)

    def setup(self) -> None:
        super().setup()
        self.feed = HomeFeed(self.world.of_quiet)
        assert len(self.feed.page(SIZE)) == SIZE == len(self._stream())

    def ours(self) -> float:
        self.world.redis.flushall()
        return seconds(lambda: self.feed.page(SIZE))

    def theirs(self) -> float:
        return seconds(self._stream)

    def _stream(self) -> list[object]:
        return list(user_stream(self.world.of_quiet)[:SIZE])


class DeepPage(Peer):
    """Past the end of the stream: our page comes from SQL, too."""

    name = f"page {DEEP} of a home"

    def setup(self) -> None:
        super().setup()
        self.feed = HomeFeed(self.world.some)
        last = pull(self.feed.sources(), limit=SIZE * (DEEP - 1), windowed=True)[-1]
        self.cursor = str(last)
        ours, theirs = self.feed.page(SIZE, after=self.cursor), self._stream()
        assert [entry.published for entry in ours] == [action.timestamp for action in theirs]

    def ours(self) -> float:
        return seconds(lambda: self.feed.page(SIZE, after=self.cursor), self.times)

    def theirs(self) -> float:
        return seconds(self._stream)

    def _stream(self) -> list[object]:
        return list(user_stream(self.world.some)[SIZE * (DEEP - 1) : SIZE * DEEP])


class NumberOfActivities(Peer):
    """Of a person who is as active as others are."""

    name = "number of a person's activities"

    def setup(self) -> None:
        super().setup()
        self.person = get_user_model().objects.get(pk=self.world.busy[0])
        assert self._count() == actor_stream(self.person).count() > 0

    def ours(self) -> float:
        return seconds(self._count, 20)

    def _count(self) -> int:
        return Activity.objects.by(Ref.of(self.person)).count()

    def theirs(self) -> float:
        return seconds(lambda: actor_stream(self.person).count(), 20)
