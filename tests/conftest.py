"""What every test gets: an empty cache server, and one word for servers that are not there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import pytest
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection

from tests.fixtures import (  # noqa: F401
    ana,
    any_kind,
    any_store,
    ben,
    configure,
    people,
    photo,
    private_rows,
    registering,
    round_trips,
    stale_type,
    store,
    transactional_db,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


pytest_plugins = ["activitystream.testing.plugin", "tests.kit"]


@pytest.fixture(autouse=True)
def _no_keys_left() -> Iterator[None]:
    """Delete the keys of this suite after each test; on a real server, nobody else's."""
    yield
    cache.delete_pattern("throttle_*")
    client = get_redis_connection("default")
    if keys := list(client.scan_iter(match=f"{settings.ACTIVITYSTREAM['KEY_PREFIX']}*", count=1000)):
        client.delete(*keys)


@pytest.fixture(scope="session")
def missing_server() -> Callable[[str], NoReturn]:
    """Skip, saying what is missing; fail where `ACTIVITYSTREAM_REQUIRE_SERVERS` says it must be there."""

    def missing(what: str) -> NoReturn:
        if os.environ.get("ACTIVITYSTREAM_REQUIRE_SERVERS"):
            pytest.fail(f"{what} (ACTIVITYSTREAM_REQUIRE_SERVERS is set)", pytrace=False)
        pytest.skip(what)

    return missing
