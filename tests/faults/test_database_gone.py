"""The database is gone for a moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection

from activitystream import publish
from activitystream.journal import pending
from activitystream.models import Activity
from tests.kit import Spying

from .site import Crowd, at_write, sweep_and_verify

if TYPE_CHECKING:
    from collections.abc import Iterator


class Outage:
    """Makes this connection's database fail: SQLite is locked by another, a server ends the connection."""

    def __init__(self) -> None:
        self._locker: sqlite3.Connection | None = None

    def begin(self) -> None:
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA busy_timeout = 50")
            self._locker = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
            self._locker.execute("BEGIN EXCLUSIVE")
            return
        own, end = {
            "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%s)"),
            "mysql": ("SELECT CONNECTION_ID()", "KILL %s"),
        }[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(own)
            [number] = cursor.fetchone()
        other = connection.copy()
        with suppress(DatabaseError), other.cursor() as cursor:
            cursor.execute(end, [number])
        other.close()

    def end(self) -> None:
        if self._locker is not None:
            self._locker.close()
            self._locker = None
        with suppress(DatabaseError):
            connection.close()  # as the end of a request does with a connection that is not usable


@pytest.fixture
def outage() -> Iterator[Outage]:
    made = Outage()
    yield made
    made.end()


def test_gone_while_fanning_out(crowd: Crowd, outage: Outage, store_with: Spying) -> None:
    at_write(store_with, 9, outage.begin)
    activity = publish(actor=crowd.ana, verb="say")
    outage.end()
    assert pending().get().step == 7
    sweep_and_verify()
    assert pending().count() == 0
    assert crowd.reached(activity) == len(crowd.readers)


def test_gone_at_the_commit(crowd: Crowd, outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who publishes is told, and nothing was published: neither row nor fan-out nor streams."""
    create: Callable[..., object] = Activity.objects.bulk_create

    def create_and_break(*args: object, **kwargs: object) -> object:
        outage.begin()
        return create(*args, **kwargs)

    if connection.vendor == "sqlite":
        outage.begin()  # within a transaction that has begun nobody else can lock the file
    else:
        monkeypatch.setattr("activitystream.models.ActivityQuerySet.bulk_create", create_and_break)
    with pytest.raises(DatabaseError):
        publish(actor=crowd.ana, verb="say", key="lost")
    monkeypatch.undo()
    outage.end()
    assert not Activity.objects.filter(key="lost").exists()
    assert pending().count() == 0
    sweep_and_verify()
