"""SQLite with Django's default options: threads that write at once wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, connections

from activitystream import block, follow, follow_many, publish, retract, unblock, unfollow
from activitystream.exceptions import ActivityStreamError
from activitystream.models import Activity

THREADS, ROUNDS = 6, 8


@pytest.fixture
def default_options(transactional_db: None) -> Iterator[None]:
    """Make new connections as Django does without "OPTIONS"."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has one lock for all")
    settings = connections.settings["default"]
    before, settings["OPTIONS"] = settings["OPTIONS"], {}
    yield
    settings["OPTIONS"] = before


def test_mixed_operations_of_many_threads_wait_for_each_other(default_options: None) -> None:
    """Each of these reads before it writes; 6 threads do 48 at once."""
    users = [get_user_model().objects.create(username=f"user {number}") for number in range(THREADS * 3)]
    errors: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def work(number: int) -> None:
        me, other, more = users[number], users[number + 1], users[number + 2 :]
        operations: list[Callable[[], Any]] = [
            lambda: follow_many(me, more),
            lambda: block(me, other),
            lambda: publish(actor=me, verb="say"),
            lambda: unblock(me, other),
            lambda: follow(me, other),
            lambda: retract(Activity.objects.filter(actor_id=str(me.pk)).latest("pk")),
            lambda: unfollow(me, other),
            lambda: publish(actor=me, verb="say", key=f"key {number}"),
        ]
        assert len(operations) == ROUNDS
        start.wait()
        for operation in operations:
            try:
                operation()
            except (OperationalError, ActivityStreamError) as error:
                errors.append(error)
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, f"{len(errors)} of {THREADS * ROUNDS}"
