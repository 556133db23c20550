"""Publishing: one row, and its way into the homes of many followers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from activitystream import publish
from activitystream.ids import new_id
from activitystream.models import Activity, JournalEntry
from activitystream.streams import Addition
from benchmarks.row import Row, at_least, at_most, seconds
from benchmarks.site.models import Album, Photo
from benchmarks.sizes import LENGTH

__all__ = ["Publish", "PublishAtOnce", "PublishToMany"]

TIMES = 100
CHUNK = 5_000


class PublishToMany(Row):
    """A real task queue in the database, and its worker in this process: all of it, on one processor and the
    server's. The store alone does the Redis part of it and nothing else. Nobody is pulled here: with the
    default of PULL_ABOVE an author with so many followers would be written to none of them."""

    name = "publish to all followers, one worker: SQL, tasks, Redis"
    compared_with = "the store alone"
    bound = at_least(0.5)
    unit = "s a follower"

    def setup(self) -> None:
        world = self.world
        [author] = world.add_users("Author", 1)
        followers = world.add_users("Followers", world.sizes.followers)
        world.follow(followers, [author])
        world.analyze()
        self.author = get_user_model().objects.get(pk=author)
        self.streams = [f"home:auth.user:{key}" for key in followers]
        world.warm(self.streams, world.some_ids())
        self.settings = override_settings(ACTIVITYSTREAM={"TASK_BACKEND": "worker", "PULL_ABOVE": None})
        self.settings.enable()

    def ours(self) -> float:
        cost = seconds(self._publish) / len(self.streams)
        assert not JournalEntry.objects.exists()
        newest = self.world.store.page(self.streams[-1], limit=1).ids
        assert newest == [Activity.objects.latest("id").id], "it has arrived"
        DBTaskResult.objects.all().delete()
        return cost

    def _publish(self) -> None:
        publish(actor=self.author, verb="post")
        worker = Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="worker",
            startup_delay=False,
            max_tasks=None,
            worker_id="benchmark",
            excluded_queue_names=[],
        )
        worker.run()

    def theirs(self) -> float:
        return seconds(self._add) / len(self.streams)

    def _add(self) -> None:
        id = new_id(timezone.now())
        for start in range(0, len(self.streams), CHUNK):
            self.world.store.add([Addition(self.streams[start : start + CHUNK], [id])], max_length=LENGTH)

    def teardown(self) -> None:
        self.settings.disable()
        Activity.objects.all().delete()
        self.world.redis.flushall()


class Publish(Row):
    """What the caller of `publish()` waits for where a worker does the rest: the activity and its journal
    entry in one transaction. What the queue of the site takes to note one number is not in it."""

    name = "publish: one row, no followers, the rest left to a worker"
    compared_with = "Model.objects.create of the same row"
    bound = at_most(4)
    app: ClassVar[dict[str, Any]] = {"DISPATCH": "benchmarks.rows.publish.leave"}

    def setup(self) -> None:
        world = self.world
        self.author = get_user_model().objects.get(pk=world.busy[0])
        self.photo, self.album = Photo.objects.all()[0], Album.objects.all()[0]
        self.settings = override_settings(ACTIVITYSTREAM=self.app)
        self.settings.enable()

    def ours(self) -> float:
        return seconds(self._publish, TIMES)

    def _publish(self) -> None:
        publish(actor=self.author, verb="post", object=self.photo, target=self.album)

    def theirs(self) -> float:
        return seconds(self._create, TIMES)

    def _create(self) -> None:
        now = timezone.now()
        type_of: Any = ContentType.objects.get_for_model
        Activity.objects.create(
            id=new_id(now),
            actor_type=type_of(self.author),
            actor_id=str(self.author.pk),
            verb="post",
            object_type=type_of(self.photo),
            object_id=str(self.photo.pk),
            target_type=type_of(self.album),
            target_id=str(self.album.pk),
            published=now,
        )

    def teardown(self) -> None:
        self.settings.disable()
        Activity.objects.all().delete()
        JournalEntry.objects.all().delete()
        self.world.redis.flushall()


def leave(entry: JournalEntry) -> None:
    """Leave a journal entry to somebody else."""


class PublishAtOnce(Publish):
    """The same without a worker: what comes after the commit is done by the caller, too. Three look-ups for
    followers, the streams of the author, the photo and the album, and the end of the journal entry."""

    name = "publish: one row, no followers, all of it at once"
    app: ClassVar[dict[str, Any]] = {}
