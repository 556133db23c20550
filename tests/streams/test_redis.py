"""What is particular to Redis: scripts, round round_trips, keys and their time to live, faults."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django_redis import get_redis_connection
from redis.exceptions import TimeoutError as RedisTimeoutError

from activitystream.exceptions import StoreUnavailable
from activitystream.streams import Addition, Body, Slice, State, StoreOptions, StreamStore
from activitystream.streams.connection import _once
from activitystream.streams.redis import RedisStore
from example_project.private_server import private_server
from tests.kit import Clocks, Shrink

from .conftest import ALIAS, cache
from .helpers import add, big, warm

if TYPE_CHECKING:
    from collections.abc import Callable

    from example_project.private_server import Server

    from .conftest import MakeStore

S = "home:auth.user:7"


def client() -> Any:
    return get_redis_connection(ALIAS)


def keys_of(store: StreamStore) -> set[str]:
    return {key.decode() for key in client().scan_iter(match=f"{store.options.prefix}:*", count=10_000)}


# -- round round_trips ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["server", "cluster"])
def test_each_operation_is_one_round_trip(make_store: MakeStore, kind: str, round_trips: list[int]) -> None:
    store = make_store(kind)
    names = [f"home:{number}" for number in range(3_000)]
    ids = big(*range(20))
    stamp = store.get_many(ids).stamp
    bodies = [Body(id, b"x", ["a"]) for id in ids]
    operations: dict[str, Callable[[], object]] = {
        "begin": lambda: store.begin(S, "t"),
        "finish": lambda: store.finish(S, "t", ids, complete=True, max_length=800),
        "add": lambda: store.add([Addition(names, [2]), Addition(names[:5], [1, 3])], max_length=800),
        "page": lambda: store.page(S, limit=20),
        "page after": lambda: store.page(S, limit=20, after=ids[5]),
        "contents": lambda: store.contents(S),
        "length": lambda: store.length(S),
        "remove": lambda: store.remove(names[:500], [2]),
        "delete": lambda: store.delete(names),
        "epochs": lambda: store.epochs(names[:100]),
        "advance": lambda: store.advance(names[:100]),
        "put": lambda: store.put(bodies, stamp),
        "get_many": lambda: store.get_many(ids),
        "forget": lambda: store.forget(["a", "b"]),
    }
    for operation in operations.values():  # connect, load the scripts
        operation()
    for name, operation in operations.items():
        round_trips.clear()
        operation()
        # the second asks whether somebody watches
        assert len(round_trips) == (2 if name in ("add", "delete") else 1), name


def test_a_stream_costs_two_commands_to_write(real_store: StreamStore) -> None:
    names = [f"home:{number}" for number in range(100)]
    for name in names:
        warm(real_store, name, [])
    add(real_store, names[0], [1])  # loads the script
    client().config_resetstat()
    real_store.add([Addition(names, [2])], max_length=800)
    stats = client().info("commandstats")
    calls = {name: stats[f"cmdstat_{name}"]["calls"] for name in ("evalsha", "lindex", "lpush")}
    assert calls == {"evalsha": 1, "lindex": 100, "lpush": 100}
    assert not {"cmdstat_ltrim", "cmdstat_lrange"} & set(stats)


def test_one_script_call_writes_no_more_than_a_thousand_times(real_store: StreamStore) -> None:
    names = [f"home:{number}" for number in range(1_001)]
    add(real_store, S, [1])  # loads the script
    client().config_resetstat()
    real_store.add([Addition(names, [1])], max_length=800)
    real_store.add([Addition(names[:100], range(1, 101))], max_length=800)
    assert client().info("commandstats")["cmdstat_evalsha"]["calls"] == 2 + 10


# -- scripts -------------------------------------------------------------------------------------------


def test_a_server_that_forgot_the_scripts_is_given_them_again(redis_store: StreamStore) -> None:
    warm(redis_store, S, [1])
    client().script_flush()
    names = [S, *(f"home:{number}" for number in range(2_500))]
    redis_store.add([Addition(names, [2]), Addition([S], [3])], max_length=800)
    client().script_flush()
    assert redis_store.page(S, limit=5).ids == [3, 2, 1]


# -- keys ----------------------------------------------------------------------------------------------


def test_keys_have_the_prefix_and_a_shard(redis_store: StreamStore) -> None:
    warm(redis_store, S, [1])
    redis_store.epochs(["a"])
    redis_store.put([Body(7, b"x", ["r"])], redis_store.get_many([7]).stamp)
    prefix = redis_store.options.prefix
    shard = 3 if redis_store._connection.is_cluster() else 0  # type: ignore[attr-defined]
    assert keys_of(redis_store) == {
        f"{prefix}:2:{{159}}:{S}",
        f"{prefix}:2:{{e67}}:epoch:a",
        f"{prefix}:2:{{b{shard}}}:body:7",
        f"{prefix}:2:{{b{shard}}}:changes",
    }


def test_every_key_expires(redis_store: StreamStore) -> None:
    store = redis_store
    options = store.options
    assert store.begin(S, "t")
    add(store, S, [1])
    store.page(S, limit=5)
    [building] = keys_of(store)
    assert 0 < client().pttl(building) <= options.building_ttl * 1_000
    store.finish(S, "t", [2], complete=True, max_length=None)
    assert options.building_ttl < client().ttl(building) <= options.stream_ttl
    client().expire(building, 5)
    add(store, S, [3])
    store.contents(S)
    assert client().ttl(building) <= 5, "only reading a page renews it"
    store.page(S, limit=5)
    assert client().ttl(building) > 5
    store.epochs(["a", "b"])
    for key in keys_of(store) - {building}:
        client().expire(key, 5)
    store.epochs(["a", "b"])
    assert all(client().ttl(key) > 5 for key in keys_of(store)), "asking for an epoch renews it"
    store.advance(["c"])
    store.put([Body(7, b"x", ["r"])], store.get_many([7, 8]).stamp)
    store.forget(["r"])
    assert all(client().ttl(key) > 0 for key in keys_of(store))


def test_a_stream_is_small(real_store: StreamStore) -> None:
    warm(real_store, S, big(*range(800)))
    [key] = keys_of(real_store)
    assert client().memory_usage(key) / 800 < 12


# -- what is lost --------------------------------------------------------------------------------------


def forget_all(store: StreamStore) -> None:
    """As FLUSHALL does, for the keys of this test."""
    for key in keys_of(store):
        client().delete(key)


def test_a_flush_during_a_rebuild_leaves_the_stream_cold(redis_store: StreamStore) -> None:
    redis_store.begin(S, "t")
    forget_all(redis_store)
    add(redis_store, S, [1])
    assert not redis_store.finish(S, "t", [2], complete=True, max_length=None)
    assert redis_store.page(S, limit=5) == Slice(State.COLD)


def test_a_flush_changes_epochs(redis_store: StreamStore) -> None:
    before = redis_store.epochs(["a"])
    forget_all(redis_store)
    assert redis_store.epochs(["a"]) != before


def test_when_the_changes_are_evicted_bodies_are_missed(redis_store: StreamStore) -> None:
    store = redis_store
    slow = store.get_many([7, 11])
    store.put([Body(7, b"seven", ["r"])], slow.stamp)
    [changes] = [key for key in keys_of(store) if key.endswith("changes")]
    client().delete(changes)
    store.forget(["r"])
    store.put([Body(11, b"stale", ["r"])], slow.stamp)
    assert store.get_many([7, 11]).found == {}
    store.put([Body(11, b"stale", ["r"])], slow.stamp)
    assert store.get(11) is None
    store.put([Body(7, b"new", ["r"])], store.get_many([7]).stamp)
    assert store.get(7) == b"new"


def test_a_stamp_from_a_future_that_a_failover_undid_is_worth_nothing(redis_store: StreamStore) -> None:
    store = redis_store
    store.get_many([7])
    [changes] = [key for key in keys_of(store) if key.endswith("changes")]
    store.forget(["r"])
    stamp = store.get_many([7]).stamp
    client().hset(changes, "#", 0)
    store.put([Body(7, b"stale", ["r"])], stamp)
    store.forget(["r"])
    assert store.get(7) is None


def test_the_changes_stay_few(redis_store: StreamStore, shrink: Shrink) -> None:
    shrink("streams.redis", MAX_CHANGES=50)
    redis_store.get_many([7])
    [changes] = [key for key in keys_of(redis_store) if key.endswith("changes")]
    for number in range(200):
        redis_store.forget([f"ref:{number}"])
        redis_store.get_many([7])
        assert client().hlen(changes) <= 52


def test_ids_past_what_one_command_takes_are_left_to_sql(redis_store: StreamStore, shrink: Shrink) -> None:
    shrink("streams.redis", MAX_IDS=3)
    warm(redis_store, S, [5, 4, 3, 2, 1], complete=True, max_length=None)
    contents = redis_store.contents(S)
    assert (contents.ids, contents.complete) == ([5, 4, 3], False)


# -- many at once --------------------------------------------------------------------------------------


def test_concurrent_adders_leave_no_duplicate_and_no_hole(redis_store: StreamStore) -> None:
    names = [f"home:{number}" for number in range(5)]
    for name in names:
        warm(redis_store, name, [])
    errors: list[BaseException] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        try:
            start.wait()
            for id in range(1, 61):
                shuffled = id * 37 % 61 if number % 2 else id
                redis_store.add([Addition(names, [shuffled])], max_length=None)
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for name in names:
        assert redis_store.contents(name).ids == list(range(60, 0, -1))


def test_of_many_rebuilders_one_wins(redis_store: StreamStore) -> None:
    won: Counter[bool] = Counter()
    threads = [
        threading.Thread(target=lambda token=str(number): won.update([redis_store.begin(S, token)]))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == {True: 1, False: 7}


# -- faults --------------------------------------------------------------------------------------------


def test_a_key_of_another_type_is_a_fault_and_can_be_deleted(redis_store: StreamStore) -> None:
    warm(redis_store, S, [1])
    [key] = keys_of(redis_store)
    client().set(key, "not a list")
    for operation in (
        lambda: add(redis_store, S, [2]),
        lambda: redis_store.page(S, limit=5),
        lambda: redis_store.contents(S),
        lambda: redis_store.length(S),
        lambda: redis_store.remove([S], [1]),
        lambda: redis_store.begin(S, "t"),
        lambda: redis_store.finish(S, "t", [1], complete=True, max_length=None),
    ):
        with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
            operation()
    redis_store.delete([S])
    warm(redis_store, S, [1])


def test_bodies_of_another_type_are_missed_and_changes_of_another_type_are_a_fault(
    redis_store: StreamStore,
) -> None:
    store = redis_store
    store.put([Body(7, b"x", ["r"])], store.get_many([7]).stamp)
    body, changes = sorted(keys_of(store))
    client().delete(body)
    client().rpush(body, "no body")
    assert store.get(7) is None
    client().set(body, b"no header")
    assert store.get(7) is None
    client().set(changes, "no hash")
    with pytest.raises(StoreUnavailable):
        store.get(7)
    store.forget(["r"])
    assert store.get(7) is None


def test_a_full_server_is_a_fault(use_cache: Callable[[dict[str, Any]], None], server: Server) -> None:
    with private_server(extra=["--maxmemory-policy", "noeviction"]) as full:
        use_cache(cache(full.url))
        store = RedisStore(StoreOptions(alias=ALIAS))
        warm(store, S, [1])
        stamp = store.get_many([7]).stamp
        store.put([Body(7, b"x", ["r"])], stamp)
        client().config_set("maxmemory", 1)
        for operation in (
            lambda: add(store, S, [2]),
            lambda: store.begin("other", "t"),
            lambda: store.put([Body(7, b"x", ["r"])], stamp),
        ):
            with pytest.raises(StoreUnavailable, match="OutOfMemory"):
                operation()
        assert store.page(S, limit=5).ids == [1]
        store.forget(["r"])
        store.advance(["a"])
        store.remove([S], [1])
        store.delete([S])
        client().config_set("maxmemory", 0)
        assert store.get(7) is None, "forgotten although there was no room to note it"


def test_a_dead_server_is_left_alone_and_then_tried_again(
    use_cache: Callable[[dict[str, Any]], None], server: Server, clock: Clocks
) -> None:
    now = clock("breaker")
    with private_server() as mortal:
        use_cache(cache(mortal.url))
        store = RedisStore(StoreOptions(alias=ALIAS, retry_after=30.0))
        warm(store, S, [1])
        mortal.kill()
        with pytest.raises(StoreUnavailable, match="ConnectionError"):
            store.page(S, limit=5)
        mortal.restart()
        now.advance(29)
        with pytest.raises(StoreUnavailable, match="not asked again"):
            store.page(S, limit=5)
        now.advance(2)
        assert store.page(S, limit=5) == Slice(State.COLD)
        assert store.page(S, limit=5) == Slice(State.COLD)


def test_only_one_request_tries_a_dead_server_again(
    use_cache: Callable[[dict[str, Any]], None], server: Server, clock: Clocks
) -> None:
    now = clock("breaker")
    use_cache(cache("unix:///nonexistent/socket"))
    store = RedisStore(StoreOptions(alias=ALIAS, retry_after=30.0))
    seen = []
    for wait in (0, 1, 31, 1, 1):
        now.advance(wait)
        with pytest.raises(StoreUnavailable) as caught:
            add(store, S, [1])
        seen.append(caught.value.__cause__ is not None)
    assert seen == [True, False, True, False, False]


def test_a_dead_cluster_is_a_fault(use_cache: Callable[[dict[str, Any]], None]) -> None:
    factory = "activitystream.streams.cluster.ClusterConnectionFactory"
    use_cache(cache("redis://127.0.0.1:1", CONNECTION_FACTORY=factory))
    store = RedisStore(StoreOptions(alias=ALIAS))
    with pytest.raises(StoreUnavailable, match="cannot be connected"):
        store.page(S, limit=5)
    with pytest.raises(StoreUnavailable, match="not asked again"):
        store.page(S, limit=5)


def test_a_fault_of_one_key_does_not_close_the_store(real_store: StreamStore) -> None:
    warm(real_store, S, [1])
    [key] = keys_of(real_store)
    client().set(key, "not a list")
    with pytest.raises(StoreUnavailable):
        real_store.page(S, limit=5)
    assert real_store.page("other", limit=5) == Slice(State.COLD)


def test_a_connection_that_decodes_is_understood(
    use_cache: Callable[[dict[str, Any]], None], server: Server
) -> None:
    with private_server() as other:  # django-redis keeps one pool for a url, whatever its options
        use_cache(cache(other.url, CONNECTION_POOL_KWARGS={"decode_responses": True}))
        store = RedisStore(StoreOptions(alias=ALIAS))
        assert client().echo("x") == "x"
        warm(store, S, [2, 1])
        assert store.page(S, limit=5) == Slice(State.WARM, [2, 1], exhausted=True)
        assert store.contents(S).complete
        epoch = store.epochs(["a"])
        assert epoch == store.epochs(["a"])
        payload = '{"name": "\u00e4"}'.encode()
        store.put([Body(7, payload, ["r"])], store.get_many([7]).stamp)
        assert store.get(7) == payload


def test_a_cache_that_is_not_redis_is_a_wrong_setting(use_cache: Callable[[dict[str, Any]], None]) -> None:
    use_cache({"BACKEND": "django.core.cache.backends.locmem.LocMemCache"})
    with pytest.raises(ImproperlyConfigured, match=r"activitystream\.E001"):
        RedisStore(StoreOptions(alias=ALIAS)).page(S, limit=5)
    with pytest.raises(ImproperlyConfigured, match=r"activitystream\.E001"):
        RedisStore(StoreOptions(alias="nowhere")).page(S, limit=5)


def test_of_a_node_that_hangs_one_command_is_asked_again() -> None:
    """What failed in a pipeline of a cluster is sent again, one by one: each would wait for a timeout."""
    asked: list[Any] = []

    def hang(*command: Any) -> Any:
        asked.append(command)
        raise RedisTimeoutError("hangs")

    execute = _once(hang)
    for number in range(3):
        with pytest.raises(RedisTimeoutError):
            execute("GET", number)
    assert asked == [("GET", 0)]


def test_the_log_tells_of_a_refusal_now_and_then(
    real_store: StreamStore, caplog: pytest.LogCaptureFixture, shrink: Shrink
) -> None:
    warm(real_store, S, [1])
    [key] = keys_of(real_store)
    client().set(key, "not a list")
    for times in (3, 1):
        for _ in range(times):
            with pytest.raises(StoreUnavailable):
                real_store.page(S, limit=5)
        assert [record.event for record in caplog.records] == ["refused"]  # type: ignore[attr-defined]
        caplog.clear()
        shrink("streams.connection", REFUSALS_TOLD_EVERY=0)
        time.sleep(0.01)


def test_the_list_of_changes_names_nobody(real_store: StreamStore) -> None:
    real_store.get_many([1])
    real_store.forget(["auth.user:918273645"])
    for key in keys_of(real_store):
        assert "918273645" not in key
        if client().type(key) == b"hash":
            assert all(b"918273645" not in field for field in client().hgetall(key))
