"""What the rows are measured in: a server, a database, people, what they did, and who follows whom."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from redis import Redis

from activitystream.ids import BITS, first_id, to_datetime
from activitystream.models import Activity, Follow
from activitystream.streams import StreamStore, get_store

from .site.models import Album, Photo
from .sizes import FEW, LENGTH, Sizes

__all__ = ["World"]

CHUNK = 5_000
SPAN = timedelta(days=365)
QUIET = timedelta(days=200)
"""How long the quiet people have done nothing."""
QUIET_ACTIVITIES = 50
"""What each of them did before."""
PHOTOS, ALBUMS = 20_000, 2_000

Model = TypeVar("Model", bound=models.Model)


class World:
    """Users are numbered. The first of the people are the quiet ones; then come the others, and readers."""

    def __init__(self, sizes: Sizes, url: str) -> None:
        self.sizes = sizes
        self.url = url
        self.redis = Redis.from_url(url)
        self.random = random.Random(20)
        self.now = datetime.now(UTC)
        self.users = 0
        self.activities = 0

    # -- progress --------------------------------------------------------------------------------------

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far something has come, if somebody is looking."""
        if sys.stderr.isatty():
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r\033[K{what} {done:,} of {total:,}{end}")
            sys.stderr.flush()

    def load(self, what: str, model: type[Model], rows: Iterator[Model], total: int) -> None:
        """Insert rows, a chunk at a time."""
        done = 0
        while chunk := [row for _, row in zip(range(CHUNK), rows, strict=False)]:
            model._default_manager.bulk_create(chunk)
            done += len(chunk)
            self.progress(what, done, total)

    # -- the store -------------------------------------------------------------------------------------

    @cached_property
    def store(self) -> StreamStore:
        """The store of the settings, on the private server."""
        store = get_store()
        assert store is not None
        return store

    def key(self, stream: str) -> bytes:
        """The key of a stream in Redis."""
        return self.store._key(stream)  # type: ignore[attr-defined,no-any-return]

    def warm(self, streams: list[str], ids: list[int]) -> None:
        """Make streams warm with the same ids: one by the store, the others copies that the server makes."""
        self.store.delete(streams)
        first = streams[0]
        self.store.begin(first, "token")
        self.store.finish(first, "token", ids, complete=False, max_length=len(ids))
        for start in range(1, len(streams), CHUNK):
            with self.redis.pipeline(transaction=False) as pipe:
                for stream in streams[start : start + CHUNK]:
                    pipe.copy(self.key(first), self.key(stream))
                pipe.execute()
            self.progress("Warm streams", min(start + CHUNK, len(streams)), len(streams))

    def some_ids(self, count: int = LENGTH) -> list[int]:
        """Ids of the last year, newest first; of no activities."""
        start = first_id(self.now - SPAN)
        return [start + ((at * 7_919) << BITS) for at in range(count, 0, -1)]

    # -- people ----------------------------------------------------------------------------------------

    def add_users(self, what: str, count: int) -> range:
        """The keys of so many new users."""
        keys = range(self.users + 1, self.users + count + 1)
        self.users += count
        user = get_user_model()
        self.load(what, user, (user(id=key, username=f"user{key}", password="!") for key in keys), count)
        return keys

    @cached_property
    def people(self) -> range:
        """Who does what is in homes. The first few have been quiet for months."""
        album = (Album(id=key, title=f"Album {key}") for key in range(1, ALBUMS + 1))
        self.load("Albums", Album, album, ALBUMS)
        photo = (Photo(id=key, caption=f"Photo {key}") for key in range(1, PHOTOS + 1))
        self.load("Photos", Photo, photo, PHOTOS)
        return self.add_users("People", self.sizes.people)

    @property
    def quiet(self) -> range:
        """People who have done nothing for months."""
        return self.people[:FEW]

    @property
    def busy(self) -> range:
        """Everybody else."""
        return self.people[FEW:]

    def reader(self, followees: range) -> Any:
        """A new user who follows these people."""
        [key] = self.add_users("Readers", 1)
        self.follow([key], followees)
        return get_user_model().objects.get(pk=key)

    @cached_property
    def few(self) -> Any:
        """A reader of few people."""
        return self.reader(self.busy[:FEW])

    @cached_property
    def some(self) -> Any:
        """A reader of as many people as most rows have."""
        return self.reader(self.busy[: self.sizes.followees])

    @cached_property
    def many(self) -> Any:
        """A reader of very many people."""
        return self.reader(self.busy[: self.sizes.many_followees])

    @cached_property
    def of_quiet(self) -> Any:
        """A reader of the quiet people alone."""
        return self.reader(self.quiet)

    def follow(self, followers: Any, followees: Any) -> None:
        """Let each of these users follow each of those, as `follow()` would, but without telling anybody."""
        type_id = ContentType.objects.get_for_model(get_user_model()).pk
        rows = (
            Follow(follower_id=follower, followee_type_id=type_id, followee_id=str(followee), actor_only=True)
            for follower in followers
            for followee in followees
        )
        self.load("Follows", Follow, rows, len(followers) * len(followees))

    # -- what they did ---------------------------------------------------------------------------------

    def grow(self, count: int) -> None:
        """Let there be so many activities, evenly over the last year and all who are not quiet."""
        if not self.activities:
            self.load("Activities", Activity, self._quiet_activities(), FEW * QUIET_ACTIVITIES)
            self.activities = FEW * QUIET_ACTIVITIES
        new = count - self.activities
        if new > 0:
            self.load("Activities", Activity, self._activities(new), new)
            self.activities = count
            self.redis.flushall()  # streams that were told of none of these
            self.analyze()

    def _quiet_activities(self) -> Iterator[Activity]:
        for key in self.quiet:
            for _ in range(QUIET_ACTIVITIES):
                yield self._activity(key, QUIET + (SPAN - QUIET) * self.random.random())

    def _activities(self, count: int) -> Iterator[Activity]:
        busy = self.busy
        for number in range(count):  # oldest first, as a site has them, too
            age = SPAN * (1 - (number + self.random.random()) / count)
            yield self._activity(busy[self.random.randrange(len(busy))], age)

    def _activity(self, actor: int, age: timedelta) -> Activity:
        id = first_id(self.now - age) | self.random.getrandbits(BITS)
        user, photo, album = self._type_ids
        return Activity(
            id=id,
            actor_type_id=user,
            actor_id=str(actor),
            verb="post",
            object_type_id=photo,
            object_id=str(self.random.randint(1, PHOTOS)),
            target_type_id=album,
            target_id=str(self.random.randint(1, ALBUMS)),
            published=to_datetime(id),
            data={},
        )

    @cached_property
    def _type_ids(self) -> list[int]:
        return [ContentType.objects.get_for_model(model).pk for model in (get_user_model(), Photo, Album)]

    def analyze(self) -> None:
        """Let the database know what its tables hold, as it would after a while."""
        tables = ", ".join(connection.introspection.table_names())
        commands = {"postgresql": "VACUUM ANALYZE", "mysql": f"ANALYZE TABLE {tables}"}
        with connection.cursor() as cursor:
            cursor.execute(commands.get(connection.vendor, "ANALYZE"))
            if connection.vendor == "mysql":
                cursor.fetchall()
