"""What the store does about each error that a server answers with, and about a server whose part changed."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import RedisError

from activitystream.exceptions import StoreUnavailable
from activitystream.streams import Slice, State, StoreOptions, bridge
from activitystream.streams.faults import MEANINGS
from activitystream.streams.redis import RedisStore
from example_project.private_server import Server, ServerUnavailable, _free_port, find_binary
from tests.faults.proxy import proxy
from tests.faults.site import wait_for

from .conftest import ALIAS, cache
from .helpers import add, warm
from .scripted import Scripted, scripted

S = "home:1"
STREAMS = 100
DOCS = Path(__file__).parents[2] / "docs/operations.md"

UseCache = Callable[[dict[str, Any]], None]


class Expected(NamedTuple):
    """What follows an error: how often it is asked, whether the server is left alone, and what is logged."""

    asked: int
    left_alone: bool
    events: list[str]


STALE = Expected(2, True, ["outage"])
DOWN = Expected(1, True, ["outage"])
REFUSED = Expected(1, False, ["refused"])
WRONG = Expected(1, False, ["misconfigured"])
WRONG_AND_DOWN = Expected(1, True, ["outage", "misconfigured"])
ANSWERS = {
    "READONLY You can't write against a read only replica.": STALE,
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.": STALE,
    "LOADING Redis is loading the dataset in memory": STALE,
    "CLUSTERDOWN The cluster is down": DOWN,
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.": DOWN,
    "OOM command not allowed when used memory > 'maxmemory'.": REFUSED,
    "MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.": REFUSED,
    "NOREPLICAS Not enough good replicas to write.": REFUSED,
    "TRYAGAIN Multiple keys request during rehashing of slot": REFUSED,
    "NOAUTH Authentication required.": WRONG_AND_DOWN,
    "WRONGPASS invalid username-password pair or user is disabled.": WRONG_AND_DOWN,
    "DENIED Redis is running in protected mode": WRONG_AND_DOWN,
    "NOPERM this user has no permissions to run the 'evalsha' command": WRONG,
    "MOVED 3999 127.0.0.1:6381": WRONG,
    "ASK 3999 127.0.0.1:6381": WRONG,
    "CROSSSLOT Keys in request don't hash to the same slot": WRONG,
    "WRONGTYPE Operation against a key holding the wrong kind of value": REFUSED,
    "ERR Error running script (call to f_0): @user_script:1: @user_script: 1: -READONLY You can't.": STALE,
    "ERR invalid password": WRONG_AND_DOWN,
    "ERR max number of clients reached": DOWN,
}


def store_at(use_cache: UseCache, url: str, **options: Any) -> RedisStore:
    use_cache(cache(url, SOCKET_TIMEOUT=1, SOCKET_CONNECT_TIMEOUT=1, **options))
    return RedisStore(StoreOptions(alias=ALIAS, retry_after=600.0))


@pytest.mark.parametrize(("text", "expected"), ANSWERS.items(), ids=[text[:12] for text in ANSWERS])
def test_what_an_error_means(
    use_cache: UseCache, caplog: pytest.LogCaptureFixture, text: str, expected: Expected
) -> None:
    with scripted(lambda server, command: f"-{text}\r\n".encode()) as server:
        store = store_at(use_cache, server.url)
        with pytest.raises(StoreUnavailable):
            store.page(S, limit=5)
        assert len(server.commands) == expected.asked
        assert server.connections == expected.asked, "it is asked again on a new connection"
        assert [record.event for record in caplog.records] == expected.events  # type: ignore[attr-defined]
        with pytest.raises(StoreUnavailable) as again:
            store.page(S, limit=5)
        assert ("not asked again" in str(again.value)) is expected.left_alone
        if "misconfigured" in expected.events:
            assert caplog.records[-1].levelname == "ERROR"
            assert re.search(r"(Set|Allow|set the) ", caplog.text), "it says what to do"


def test_every_error_is_tested_and_documented() -> None:
    assert {text.partition(" ")[0] for text in ANSWERS} >= MEANINGS.keys()
    section = DOCS.read_text().partition("### What each error means")[2].partition("\n### ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert [code for row in rows for code in re.findall(r"`([A-Z]+)`", row)] == list(MEANINGS)


def test_a_used_up_pool_says_nothing_of_the_server(use_cache: UseCache) -> None:
    with scripted(lambda server, command: b"-ERR no\r\n") as server:
        store = store_at(use_cache, server.url, CONNECTION_POOL_KWARGS={"max_connections": 1})
        pool = get_redis_connection(ALIAS).connection_pool
        used = pool.get_connection()
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="MaxConnectionsError"):
                store.page(S, limit=5)
        pool.release(used)


def _as_cluster(server: Scripted, command: list[bytes]) -> bytes:
    """What a cluster of one node, which has all slots, says of itself; nothing to other commands."""
    if command[0] == b"COMMAND":
        return b"*0\r\n"
    if command[0] != b"CLUSTER":
        return b""
    node = b"*3\r\n$9\r\n127.0.0.1\r\n:%d\r\n$1\r\nn\r\n" % server.port
    return b"*1\r\n*3\r\n:0\r\n:16383\r\n" + node


TRYAGAIN, CLUSTERDOWN = "TRYAGAIN Multiple keys request during rehashing", "CLUSTERDOWN Hash slot not served"
MOVED = "MOVED 1 {}"


@pytest.mark.parametrize("texts", [(TRYAGAIN, TRYAGAIN), (MOVED, CLUSTERDOWN), (MOVED, MOVED)])
def test_a_pipeline_on_a_cluster_does_not_wait_for_each_command(
    use_cache: UseCache, texts: tuple[str, str]
) -> None:
    """redis-py asks again for each command that failed, with pauses: some minutes for a large fan-out."""

    def answer(server: Scripted, command: list[bytes]) -> bytes:
        error = texts[server.commands.count(b"EVALSHA") > STREAMS].format(f"127.0.0.1:{server.port}")
        return _as_cluster(server, command) or f"-{error}\r\n".encode()

    factory = "activitystream.streams.cluster.ClusterConnectionFactory"
    with scripted(answer) as server:
        store = store_at(use_cache, server.url, CONNECTION_FACTORY=factory)
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.pages([f"home:{number}" for number in range(STREAMS)], limit=5)
        assert time.monotonic() - started < 3
        assert STREAMS <= server.commands.count(b"EVALSHA") < STREAMS + 40


# -- real servers --------------------------------------------------------------------------------------


class Tcp(Server):
    """A server with a TCP port."""

    def __init__(self, *extra: str) -> None:
        self.port = _free_port()
        super().__init__(find_binary(), extra=["--port", str(self.port), "--bind", "127.0.0.1", *extra])

    def command(self, *command: Any) -> Any:
        with Redis.from_url(self.url, retry=None, socket_timeout=5) as client:
            return client.execute_command(*command)


@pytest.fixture
def tcp(missing_server: Callable[[str], NoReturn]) -> Iterator[Callable[..., Tcp]]:
    """Makes servers with a TCP port."""
    made: list[Tcp] = []

    def make(*extra: str) -> Tcp:
        try:
            made.append(Tcp(*extra))
        except ServerUnavailable as error:
            missing_server(str(error))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.mark.parametrize("way", ["thread", "loop"])
def test_a_primary_behind_one_address_is_demoted(
    use_cache: UseCache, tcp: Callable[..., Tcp], way: str
) -> None:
    """Old connections lead to what is a replica now: they are closed, nobody notices, and none is left."""
    old, new = tcp(), tcp()
    with proxy(old.port) as address:
        store = store_at(use_cache, f"redis://127.0.0.1:{address.port}")
        warm(store, S, [1])
        pool = get_redis_connection(ALIAS).connection_pool
        for connection in [pool.get_connection() for _ in range(8)]:
            pool.release(connection)

        def demote() -> None:
            address.target = new.port
            old.command("REPLICAOF", "127.0.0.1", new.port)

        async def in_a_loop() -> list[Slice]:
            """In one loop, for its connections end with it."""
            before = await bridge.run(store.page, S, limit=5)
            demote()
            return [before, await bridge.run(store.page, S, limit=5)]

        if way == "loop":
            assert asyncio.run(in_a_loop()) == [Slice(State.WARM, [1], exhausted=True), Slice(State.COLD)]
            return
        demote()
        for number in range(20):
            assert store.page(f"home:{number}", limit=5) == Slice(State.COLD)
            warm(store, f"home:{number}", [number])
        wait_for(lambda: b"flags=N" not in old.command("CLIENT", "LIST"), "the end of all old connections")


def test_a_demoted_primary_that_stays_is_down_until_it_is_a_primary_again(
    use_cache: UseCache, tcp: Callable[..., Tcp]
) -> None:
    only = tcp()
    use_cache(cache(f"redis://127.0.0.1:{only.port}"))
    store = RedisStore(StoreOptions(alias=ALIAS, retry_after=0.2))
    warm(store, S, [1])
    only.command("REPLICAOF", "127.0.0.1", _free_port())
    with pytest.raises(StoreUnavailable, match="ReadOnly"):
        store.page(S, limit=5)
    with pytest.raises(StoreUnavailable, match="not asked again"):
        store.page(S, limit=5)
    only.command("REPLICAOF", "NO", "ONE")
    wait_for(lambda: _answers(store), "the server")
    assert store.page(S, limit=5) == Slice(State.COLD), "it is another server than before"


def test_a_server_that_loads_its_data_is_down_until_it_has_done_so(
    use_cache: UseCache, tcp: Callable[..., Tcp]
) -> None:
    slow = tcp("--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024")
    use_cache(cache(f"redis://127.0.0.1:{slow.port}"))
    store = RedisStore(StoreOptions(alias=ALIAS, retry_after=0.0))
    warm(store, S, [1])
    with Redis.from_url(slow.url) as client:
        client.mset({f"key:{number}": "x" * 1_000 for number in range(500)})
        client.save()
    starting = threading.Thread(target=slow.restart)
    starting.start()
    said: set[str] = set()
    while not _answers(store, said):
        assert starting.is_alive() or said
    starting.join()
    assert any("Loading" in text for text in said), said
    assert store.page(S, limit=5) == Slice(State.COLD), "what it loads may be old"


def test_without_enough_replicas_nothing_is_written_and_the_server_is_not_left_alone(
    use_cache: UseCache, tcp: Callable[..., Tcp]
) -> None:
    """A page is not answered by a stream that cannot be dropped at the moment."""
    alone = tcp()
    store = store_at(use_cache, f"redis://127.0.0.1:{alone.port}")
    warm(store, S, [1])
    alone.command("CONFIG", "SET", "min-replicas-to-write", 1)
    for operation in (lambda: add(store, S, [2]), lambda: store.page(S, limit=5), lambda: store.delete([S])):
        with pytest.raises(StoreUnavailable, match="NOREPLICAS"):
            operation()
    assert store.contents(S).ids == [1]
    alone.command("CONFIG", "SET", "min-replicas-to-write", 0)
    assert store.page(S, limit=5).ids == [1]


@pytest.mark.parametrize("given", [{}, {"PASSWORD": "wrong"}])
def test_a_password_that_is_wrong_or_missing_is_said(
    use_cache: UseCache, tcp: Callable[..., Tcp], caplog: pytest.LogCaptureFixture, given: dict[str, str]
) -> None:
    server = tcp()
    server.command("CONFIG", "SET", "requirepass", "right")
    store = store_at(use_cache, f"redis://127.0.0.1:{server.port}", **given)
    with pytest.raises(StoreUnavailable, match='Set "USERNAME" and "PASSWORD"'):
        store.page(S, limit=5)
    assert "ERROR" in {record.levelname for record in caplog.records}


def test_a_node_of_a_cluster_is_said_to_be_one(
    use_cache: UseCache, three_nodes: Any, caplog: pytest.LogCaptureFixture
) -> None:
    store = store_at(use_cache, f"redis://127.0.0.1:{three_nodes.port}")
    with pytest.raises(StoreUnavailable, match="ClusterConnectionFactory"):
        [store.page(f"home:{number}", limit=5) for number in range(20)]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def _answers(store: RedisStore, said: set[str] | None = None) -> bool:
    try:
        store.page("another", limit=5)
    except (StoreUnavailable, RedisError) as error:
        if said is not None:
            said.add(str(error))
        return False
    return True
