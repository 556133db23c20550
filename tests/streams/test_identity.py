"""Whose data it is: what the server says of itself, and what follows where it says nothing.

What becomes of data when a server comes back is in tests/faults/test_older_data.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from redis import Redis

from activitystream.streams import Body, State, StoreOptions, StreamStore
from activitystream.streams.redis import RedisStore
from activitystream.testing import store_down, use_store
from example_project.private_server import Server, private_server

from .conftest import ALIAS, MakeStore, cache
from .helpers import add, big, warm

S = "home:auth.user:7"
WARNING = "activitystream.W005"


def ids_of_checks(**options: Any) -> list[str | None]:
    return [message.id for message in run_checks(**options)]


@pytest.fixture
def silent(server: Server, use_cache: Callable[[Any], None]) -> Iterator[RedisStore]:
    """A store whose user may not ask for INFO, on a server that may be restarted."""
    with private_server() as mute:
        url = mute.url.replace("unix://", "unix://app:secret@")
        with Redis.from_url(mute.url) as admin:
            admin.execute_command("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-info")
        use_cache(cache(url))
        yield RedisStore(StoreOptions(alias=ALIAS))


def test_a_server_that_tells(real_store: StreamStore, make_store: MakeStore) -> None:
    assert real_store.knows_its_server()
    assert make_store("memory").knows_its_server(), "its data goes with it"
    assert make_store("three_nodes").knows_its_server()


def test_a_server_that_does_not_tell_serves_as_ever(silent: RedisStore) -> None:
    assert not silent.knows_its_server()
    warm(silent, S, big(2, 1))
    add(silent, S, big(3))
    assert silent.page(S, limit=5).ids == big(3, 2, 1)
    assert silent.contents(S).state is State.WARM
    silent.put([Body(7, b"x", ["r"])], silent.get_many([7]).stamp)
    assert silent.get(7) == b"x"
    silent.forget(["r"])
    assert silent.get(7) is None
    assert silent.epochs(["a"]) == silent.epochs(["a"])
    position = silent.events.watch([S])
    add(silent, S, big(4))
    assert [event.id for event in silent.events.since(position).events] == big(4)


@pytest.mark.django_db  # other checks ask the database
def test_the_check_that_connects(silent: RedisStore) -> None:
    with use_store(silent):
        assert WARNING not in ids_of_checks(), "without --database no connection is made"
        assert WARNING in ids_of_checks(databases=["default"])
        assert WARNING in ids_of_checks(tags=[Tags.database], databases=["default"])


@pytest.mark.django_db  # other checks ask the database
def test_the_check_says_nothing_where_all_is_well_or_nobody_answers(real_store: StreamStore) -> None:
    for store in (real_store, None):
        with use_store(store):
            assert WARNING not in ids_of_checks(databases=["default"])
    with store_down():
        assert WARNING not in ids_of_checks(databases=["default"])


@pytest.mark.django_db
def test_stats_say_it(silent: RedisStore, capsys: pytest.CaptureFixture[str]) -> None:
    for store, said in ((silent, True), ("memory", False)):
        with use_store(store):
            call_command("activitystream_stats", skip_checks=True)
        assert ("nothing notices if it comes back with older data" in capsys.readouterr().out) == said
