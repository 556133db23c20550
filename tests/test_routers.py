"""Reads beside replicas: what is cached, and what decides who sees what, comes from the primary."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, router

from activitystream import HomeFeed, OutboxFeed, follow, publish
from activitystream.feeds import get_entry
from activitystream.registry.checks import check_reads
from activitystream.routers import PrimaryReads, primary_reads
from tests.app.models import Note, Photo, Profile, Tag
from tests.fixtures import Register, Replica
from tests.replicas import (
    PRIMARY,
    LaggingFiles,
    LaggingServers,
    ToReplica,
    aliases,
    find_postgres,
    migrate,
    wait_until,
)
from tests.routers import ReplicaRead

User = get_user_model()
OURS = "activitystream.routers.PrimaryReads"
ROUTED = "tests.replicas.ToReplica"


# -- a replica that lags behind ---------------------------------------------------------------------------


@pytest.fixture
def files(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[LaggingFiles]:
    lagging = LaggingFiles(tmp_path)
    with aliases(*lagging.settings):
        settings.DATABASE_ROUTERS = [ROUTED]
        migrate()
        yield lagging


@pytest.fixture
def servers(
    transactional_db: None, missing_server: Callable[[str], NoReturn], settings: Any
) -> Iterator[LaggingServers]:
    binaries = find_postgres()
    if binaries is None:
        missing_server("no initdb and pg_basebackup of PostgreSQL")
    pytest.importorskip("psycopg")
    lagging = LaggingServers(binaries)
    try:
        lagging.start()
        with aliases(*lagging.settings):
            settings.DATABASE_ROUTERS = [ROUTED]
            migrate()
            yield lagging
    finally:
        lagging.close()


def leaks(lagging: LaggingFiles | LaggingServers, registering: Register, settings: Any) -> dict[str, bool]:
    """What is wrong after an account became private, and a note got another owner, since the copy."""
    registering(User, name="profile.title", private="profile.is_private")
    registering(Note, name="text", owner="tag.by")
    ana, bob, cy = [User.objects.create(username=name) for name in ("ana", "bob", "cy")]
    profile = Profile.objects.create(user=ana, title="old")
    note = Note.objects.create(text="secret")
    Tag.objects.create(note=note, by=bob)
    lagging.copy()
    profile.is_private, profile.title = True, "new"
    profile.save()
    tag = Tag.objects.using(PRIMARY).get()
    tag.by = ana
    tag.save()
    follow(cy, bob)
    publish(actor=bob, verb="read", object=note)
    published = publish(actor=ana, verb="wave")
    for _ in range(2):  # made, then from the cache
        page = OutboxFeed(ana).page(viewer=cy)
        own = OutboxFeed(ana).page(viewer=ana)
        home = HomeFeed(cy).page()
    with primary_reads():
        assert Profile.objects.get().is_private is (OURS in settings.DATABASE_ROUTERS)
    return {
        "private account": bool(page.entries),
        "old name": [entry.actor.name for entry in own if entry.id == published.id] != ["new"],
        "row of a private account": any(entry.verb == "read" for entry in home),
    }


@pytest.mark.parametrize("routers", [[ROUTED], [OURS, ROUTED]])
def test_a_stale_copy(
    files: LaggingFiles, registering: Register, any_store: str, settings: Any, routers: list[str]
) -> None:
    settings.DATABASE_ROUTERS = routers
    assert set(leaks(files, registering, settings).values()) == {OURS not in routers}


@pytest.mark.slow
@pytest.mark.parametrize("routers", [[ROUTED], [OURS, ROUTED]])
def test_a_streaming_replica_with_a_delay(
    servers: LaggingServers, registering: Register, settings: Any, routers: list[str]
) -> None:
    settings.DATABASE_ROUTERS = routers
    assert set(leaks(servers, registering, settings).values()) == {OURS not in routers}
    wait_until(servers.behind)


# -- the router --------------------------------------------------------------------------------------------


@pytest.fixture
def routed(settings: Any) -> None:
    settings.DATABASE_ROUTERS = [OURS, ROUTED]


def where() -> str:
    return router.db_for_read(Photo)


@pytest.mark.usefixtures("routed")
class TestRouter:
    def test_blocks_nest(self) -> None:
        read = [where()]
        with primary_reads():
            with primary_reads():
                read.append(where())
            read.append(where())
        assert [*read, where()] == ["lagging_replica", PRIMARY, PRIMARY, "lagging_replica"]

    def test_a_block_that_raises_ends(self) -> None:
        with pytest.raises(LookupError), primary_reads():
            raise LookupError
        assert where() == "lagging_replica"

    def test_a_decorated_function_calls_itself(self) -> None:
        @primary_reads()
        def down(depth: int) -> list[str]:
            return [where(), *(down(depth - 1) if depth else ())]

        assert down(2) == [PRIMARY] * 3
        assert where() == "lagging_replica"

    def test_another_thread_is_not_affected(self) -> None:
        read: list[str] = []
        with primary_reads():
            thread = threading.Thread(target=lambda: read.append(where()))
            thread.start()
            thread.join(10)
        assert read == ["lagging_replica"]

    def test_tasks_of_one_loop_do_not_disturb_each_other(self) -> None:
        async def task(*, primary: bool, barrier: asyncio.Barrier) -> list[str]:
            if not primary:
                await barrier.wait()
                read = [where(), await sync_to_async(where)()]
                await barrier.wait()
                return read
            with primary_reads():
                await barrier.wait()
                read = [where(), await sync_to_async(where)()]
                await barrier.wait()
            return read

        async def both() -> list[list[str]]:
            barrier = asyncio.Barrier(2)
            tasks = [task(primary=primary, barrier=barrier) for primary in (True, False)]
            return await asyncio.wait_for(asyncio.gather(*tasks), 10)

        assert asyncio.run(both()) == [[PRIMARY] * 2, ["lagging_replica"] * 2]

    def test_where_nothing_is_routed(self, settings: Any) -> None:
        settings.DATABASE_ROUTERS = [OURS]
        with primary_reads():
            assert where() == DEFAULT_DB_ALIAS


# -- the check ---------------------------------------------------------------------------------------------


class AtRandom(ToReplica):
    """Chooses the primary nine times of ten."""

    def __init__(self) -> None:
        self._asked = 0

    def db_for_read(self, model: Any, **hints: Any) -> str:
        self._asked += 1
        return PRIMARY if self._asked % 10 else "replica-2"


class NotOfOurs(ToReplica):
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica" if model._meta.app_label == "sessions" else PRIMARY


def warnings(settings: Any, *routers: Any) -> list[str]:
    settings.DATABASE_ROUTERS = list(routers)
    found = checks.run_checks(tags=["activitystream"])
    assert [message for message in found if message not in check_reads()] == []
    assert all(OURS in str(message.hint) for message in found)
    return [message.msg for message in found]


def test_check_asks_for_it_where_reads_are_routed(settings: Any) -> None:
    (text,) = warnings(settings, AtRandom())
    assert "to replica-2:" in text
    assert "and 1" in text  # all models are not named
    assert warnings(settings, ToReplica(), PrimaryReads())  # it must be the first


def test_check_names_models_on_the_paths_of_registrations(settings: Any, registering: Register) -> None:
    class Profiles(ToReplica):
        def db_for_read(self, model: Any, **hints: Any) -> str:
            return "replica" if model is Profile else PRIMARY

    assert warnings(settings, Profiles()) == []
    registering(User, name="username", private="profile.is_private")
    (text,) = warnings(settings, Profiles())
    assert "reads of app.Profile to" in text


@pytest.mark.parametrize(
    "routers", [[], [PrimaryReads()], [PrimaryReads(), ToReplica()], [NotOfOurs()], [OURS, ROUTED]]
)
def test_check_is_content(settings: Any, routers: list[Any]) -> None:
    assert warnings(settings, *routers) == []


@pytest.mark.django_db
def test_the_watch_of_the_tests_sees_a_read(
    ana: Any, registering: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    registering(User, name="profile.title")
    made = publish(actor=ana, verb="wave")
    monkeypatch.setattr("activitystream.routers.PrimaryReads.db_for_read", lambda *args, **hints: None)
    with pytest.raises(ReplicaRead, match="decorate it with @primary_reads"):
        get_entry(made.id)


@pytest.mark.django_db
def test_replicas_are_not_asked(ana: Any, settings: Any, registering: Register) -> None:
    """The database `replica` does not exist: a read that goes there raises."""
    registering(User, name="profile.title", private="profile.is_private")
    Profile.objects.create(user=ana, title="Ana")
    settings.DATABASE_ROUTERS = [PrimaryReads(), Replica()]
    publish(actor=ana, verb="wave")
    assert [entry.actor.name for entry in OutboxFeed(ana).page(viewer=ana)] == ["Ana"]
