"""Which store the settings give, and what the system checks say of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from activitystream.streams import StoreOptions, get_store
from activitystream.streams.checks import check_alias
from activitystream.streams.memory import MemoryStore
from activitystream.streams.redis import RedisStore

REDIS = "django_redis.cache.RedisCache"
TIMEOUTS = {"SOCKET_TIMEOUT": 1, "SOCKET_CONNECT_TIMEOUT": 1}


def test_the_default_is_redis_with_the_settings_of_the_site(settings: Any) -> None:
    settings.ACTIVITYSTREAM = {
        "CACHE": "default",
        "KEY_PREFIX": "p",
        "SHARDS": 7,
        "BODY_SHARDS": 3,
        "STREAM_TTL": 1,
        "BUILDING_TTL": 2,
        "BODY_TTL": 3,
        "RETRY_AFTER": 4.0,
    }
    store = get_store()
    assert isinstance(store, RedisStore)
    assert store is get_store()
    assert store.options == StoreOptions(
        alias="default",
        prefix="p",
        shards=7,
        body_shards=3,
        stream_ttl=1,
        building_ttl=2,
        body_ttl=3,
        retry_after=4.0,
    )


def test_the_store_follows_the_settings(settings: Any) -> None:
    settings.ACTIVITYSTREAM = {"STREAMS": "activitystream.streams.memory.MemoryStore"}
    memory = get_store()
    assert isinstance(memory, MemoryStore)
    assert memory is get_store()
    settings.ACTIVITYSTREAM = {"STREAMS": None}
    assert get_store() is None
    settings.ACTIVITYSTREAM = {}
    redis = get_store()
    assert isinstance(redis, RedisStore)
    settings.CACHES = {**settings.CACHES}
    assert get_store() is not redis


def checked(settings: Any, alias: str, made: dict[str, Any] | None) -> list[str]:
    settings.CACHES = {**settings.CACHES, **({alias: made} if made else {})}
    return [
        f"{message.id}: {message.msg} {message.hint}"
        for message in RedisStore(StoreOptions(alias=alias)).check()
    ]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (None, 'no cache "c"'),
        ({"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}, "LocMemCache"),
        ({"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}, "django-redis"),
        ({"BACKEND": "not.there.Cache"}, "No module named"),
        ({"BACKEND": "nonsense"}, "nonsense"),
    ],
)
def test_a_cache_that_streams_cannot_use(settings: Any, made: dict[str, Any] | None, says: str) -> None:
    [message] = checked(settings, "c", made)
    assert message.startswith("activitystream.E001: ")
    assert says in message
    assert REDIS in message, "one way out"
    assert '{"STREAMS": None}' in message, "the other"


def test_a_cache_on_which_requests_could_hang(settings: Any) -> None:
    [message] = checked(settings, "c", {"BACKEND": REDIS, "LOCATION": "redis://x"})
    assert message.startswith("activitystream.W001: ")
    one = {"SOCKET_TIMEOUT": 1}
    assert len(checked(settings, "c", {"BACKEND": REDIS, "LOCATION": ["redis://x"], "OPTIONS": one})) == 1


@pytest.mark.parametrize(
    "made",
    [
        {"LOCATION": "redis://x", "OPTIONS": TIMEOUTS},
        {"LOCATION": "redis://x?socket_timeout=1&socket_connect_timeout=1"},
        {"LOCATION": ["redis://x?socket_timeout=1"], "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1}},
        {
            "LOCATION": "redis://x",
            "OPTIONS": {"CONNECTION_POOL_KWARGS": {"socket_timeout": 1, "socket_connect_timeout": 1}},
        },
    ],
)
def test_caches_that_are_fine(settings: Any, made: dict[str, Any]) -> None:
    assert checked(settings, "c", {"BACKEND": REDIS, **made}) == []


CLUSTER = {"CONNECTION_FACTORY": "activitystream.streams.cluster.ClusterConnectionFactory", **TIMEOUTS}
NODES = {"REDIS_CLIENT_KWARGS": {"startup_nodes": []}}


@pytest.mark.parametrize(
    ("location", "options", "warns"),
    [
        ("redis://10.0.0.1:6379", CLUSTER, True),
        (["redis://[::1]:6379"], CLUSTER, True),
        ("redis://10.0.0.1:6379,redis://10.0.0.2:6379", CLUSTER, False),
        (["redis://10.0.0.1:6379", "redis://10.0.0.2:6379"], CLUSTER, False),
        ("redis://nodes.example:6379", CLUSTER, False),
        ("redis://10.0.0.1:6379", {**CLUSTER, **NODES}, False),
        ("redis://10.0.0.1:6379", TIMEOUTS, False),
    ],
)
def test_a_cluster_that_is_entered_through_one_node(
    settings: Any, location: Any, options: dict[str, Any], warns: bool
) -> None:
    found = checked(settings, "c", {"BACKEND": REDIS, "LOCATION": location, "OPTIONS": options})
    assert [message[:19] for message in found] == ["activitystream.W007"] * warns


def test_the_memory_store_has_nothing_to_complain_about() -> None:
    assert MemoryStore(StoreOptions()).check() == []


def test_streams_need_no_models() -> None:
    code = (
        "import sys;"
        "from activitystream.streams import cluster, memory, redis;"
        "assert 'django.db.models' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_client_that_spreads_keys_over_servers(settings: Any) -> None:
    cache = settings.CACHES["default"]
    wrong = {
        "django_redis.client.ShardClient": "Use the default client with one server, or a Redis Cluster",
        "no.such.Client": "cannot be used for streams: No module named 'no'",
    }
    for client, message in wrong.items():
        settings.CACHES = {"x": {**cache, "OPTIONS": {"CLIENT_CLASS": client}}}
        (found,) = check_alias("x")
        assert found.id == "activitystream.E001"
        assert message in found.msg
