"""The oracle with real threads, a real server and the database of the run (PostgreSQL, MariaDB or SQLite).

Nobody decides who goes first here. Threads publish, follow, unfollow, retract, rename, read and sweep at
once; at the end every stream is its query, and paging both ways gives each id once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, connections

from activitystream import (
    HomeFeed,
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    follow,
    publish,
    retract,
    unfollow,
)
from activitystream.feeds import Feed
from activitystream.journal import sweep
from activitystream.models import Activity, JournalEntry
from example_project.private_server import ServerUnavailable, private_server
from tests.faults.conftest import use_server

from .test_oracle import check_stream
from .truth import check_notifications, everybody, pages, shown

User = get_user_model()
PEOPLE = 6
THREADS = 8
ACTIONS = 40
"""By each thread."""


@pytest.fixture
def server(settings: Any, missing_server: Callable[[str], NoReturn]) -> Iterator[None]:
    try:
        with private_server() as started:
            use_server(settings, started.url)
            more = {"CHUNK_SIZE": 2, "MAX_LENGTH": 10, "SWEEP_AFTER": 0, "PULL_ABOVE": 3}
            settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, **more}
            yield
    except ServerUnavailable as error:
        missing_server(str(error))


class Worker:
    """One thread's life, by chance."""

    def __init__(self, people: list[Any], seed: int) -> None:
        self.people = people
        self.random = random.Random(seed)
        self.made: list[int] = []

    def live(self) -> None:
        actions = [self.publish, self.publish, self.read, self.read, self.follow, self.unfollow]
        actions += [self.retract, self.rename, self.sweep, self.tell, self.tell, self.mark, self.count]
        try:
            for _ in range(ACTIONS):
                again(self.random.choice(actions))
        finally:
            connections.close_all()

    def one(self) -> Any:
        return self.random.choice(self.people)

    def publish(self) -> None:
        self.made.append(
            publish(actor=self.one(), verb="do", object=self.random.choice([None, self.one()])).id
        )

    def tell(self) -> None:
        users = self.random.sample(self.people, 3)
        told = {"notify": users, "data": {"told": [str(user.pk) for user in users]}}
        self.made.append(publish(actor=self.one(), verb="do", object=self.one(), **told).id)

    def mark(self) -> None:
        feed = NotificationsFeed(self.one())
        self.random.choice([feed.mark_seen, feed.mark_read])(
            up_to=self.made[-1] if self.made and self.random.random() < 0.5 else None
        )

    def count(self) -> None:
        feed = NotificationsFeed(self.one())
        counts = feed.counts()
        assert counts.unseen.groups <= counts.unread.groups
        keys = [group.key for group in feed.groups(3)]
        assert len(keys) == len(set(keys))

    def retract(self) -> None:
        if self.made:
            retract(self.made.pop())

    def follow(self) -> None:
        user, other = self.random.sample(self.people, 2)
        follow(user, other, actor_only=self.random.choice([True, False]))

    def unfollow(self) -> None:
        unfollow(*self.random.sample(self.people, 2))

    def rename(self) -> None:
        user = User.objects.get(pk=self.one().pk)
        user.first_name = str(self.random.random())
        user.save()

    def read(self) -> None:
        ids = [entry.id for entry in HomeFeed(self.one()).page(5)]
        assert ids == sorted(set(ids), reverse=True)

    def sweep(self) -> None:
        sweep()


def again(action: Callable[[], None]) -> None:
    """Do it, and once more when the database chose it as a deadlock's victim, as any site must."""
    for _ in range(20):
        try:
            return action()
        except OperationalError:
            time.sleep(0.01)
    return action()


@pytest.mark.parametrize("seed", range(2))
def test_every_feed_is_its_query_after_threads(server: None, transactional_db: None, seed: int) -> None:
    people = [User.objects.create(username=f"person {number}") for number in range(PEOPLE)]
    workers = [Worker(people, seed * THREADS + number) for number in range(THREADS)]
    threads = 3 if connection.vendor == "sqlite" else THREADS  # it lets one write at a time
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(worker.live) for worker in workers]:
            done.result()
    sweep()
    assert not JournalEntry.objects.exists()
    assert Activity.objects.exists()
    kinds: list[type[Feed]] = [HomeFeed, OutboxFeed, ObjectFeed, NotificationsFeed]
    feeds = [kind(person) for person in people for kind in kinds]
    for feed in feeds:
        check_stream(feed)
        want = shown(feed)
        assert pages(feed, 7) == (want, want), feed
        check_stream(feed)
    for told in everybody():
        check_notifications(told, 4)
