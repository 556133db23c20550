"""A store of each kind: memory, fakeredis, a real server, clusters of one node and of three.

Each test has its own keys.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import fakeredis
import pytest

from activitystream.streams import StoreOptions, StreamStore
from activitystream.streams.memory import MemoryStore
from activitystream.streams.redis import RedisStore
from example_project.private_server import Server, ServerUnavailable, find_binary, private_server
from tests.faults.cluster import Node
from tests.faults.cluster import three_nodes as start_three_nodes

ALIAS = "streams"
KINDS = ("memory", "fakeredis", "server", "cluster", "three_nodes")
FAKE_POOL = {"connection_class": fakeredis.FakeRedisConnection, "server": fakeredis.FakeServer()}

MakeStore = Callable[..., StreamStore]


def _require_binary(missing_server: Callable[[str], NoReturn]) -> None:
    try:
        find_binary()
    except ServerUnavailable as error:
        missing_server(str(error))


@pytest.fixture(scope="session")
def server(missing_server: Callable[[str], NoReturn]) -> Iterator[Server]:
    _require_binary(missing_server)
    with private_server() as started:
        yield started


@pytest.fixture(scope="session")
def cluster(missing_server: Callable[[str], NoReturn]) -> Iterator[Server]:
    _require_binary(missing_server)
    with private_server(cluster=True) as started:
        yield started


@pytest.fixture(scope="session")
def three_nodes(missing_server: Callable[[str], NoReturn]) -> Iterator[Node]:
    _require_binary(missing_server)
    with start_three_nodes() as nodes:
        yield nodes[0]


def cache(location: str, **options: Any) -> dict[str, Any]:
    timeouts = {"SOCKET_TIMEOUT": 5, "SOCKET_CONNECT_TIMEOUT": 5}
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": location,
        "OPTIONS": {**timeouts, **options},
    }


@pytest.fixture
def use_cache(settings: Any) -> Callable[[dict[str, Any]], None]:
    """Make this the cache that stores use."""

    def use(made: dict[str, Any]) -> None:
        settings.CACHES = {**settings.CACHES, ALIAS: made}

    return use


@pytest.fixture
def make_store(request: pytest.FixtureRequest, use_cache: Callable[[dict[str, Any]], None]) -> MakeStore:
    """Makes stores of a kind; each has keys of its own unless a prefix is given."""

    def make(kind: str, **options: Any) -> StreamStore:
        given = StoreOptions(**{"alias": ALIAS, "prefix": f"t{uuid.uuid4().hex}", **options})
        if kind == "memory":
            return MemoryStore(given)
        if kind == "fakeredis":
            use_cache(cache("redis://fake-streams", CONNECTION_POOL_KWARGS=FAKE_POOL))
        elif kind == "server":
            use_cache(cache(request.getfixturevalue("server").url))
        else:
            factory = "activitystream.streams.cluster.ClusterConnectionFactory"
            use_cache(cache(_address(request.getfixturevalue(kind)), CONNECTION_FACTORY=factory))
        return RedisStore(given)

    return make


def _address(node: Server) -> str:
    """Where a cluster's client begins: over TCP, as the nodes tell it of one another."""
    return f"redis://127.0.0.1:{node.port}" if isinstance(node, Node) else node.url


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, make_store: MakeStore) -> StreamStore:
    return make_store(request.param)


@pytest.fixture(params=KINDS[1:])
def redis_store(request: pytest.FixtureRequest, make_store: MakeStore) -> StreamStore:
    return make_store(request.param)


@pytest.fixture
def real_store(make_store: MakeStore) -> StreamStore:
    return make_store("server")
