"""The settings for Sentinel and a cluster in docs/operations.md work, with the addresses of real servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from redis import Redis
from redis.exceptions import RedisError

from activitystream.streams import StoreOptions
from activitystream.streams.redis import RedisStore
from example_project.private_server import Server, ServerUnavailable, _free_port, find_binary
from tests.faults.cluster import Node
from tests.faults.site import wait_for

from .conftest import ALIAS
from .helpers import warm
from .test_faults import S, Tcp, _answers

DOCS = Path(__file__).parents[2] / "docs/operations.md"


def documented(heading: str) -> Any:
    """The entry of `CACHES` in the section with this heading."""
    section = DOCS.read_text().partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
    block = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert block
    namespace: dict[str, Any] = {}
    exec(block[1], namespace)
    return namespace["CACHES"]["default"]


class Sentinel(Server):
    """One that watches a primary, and alone decides that it is down."""

    def __init__(self, primary: Tcp) -> None:
        self.port = _free_port()
        self._primary = primary
        super().__init__(find_binary())

    def _start(self) -> None:
        conf = self.directory / "sentinel.conf"
        conf.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.directory}\n"
            f"sentinel monitor mymaster 127.0.0.1 {self._primary.port} 1\n"
            "sentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 2000\n"
        )
        self.url = f"redis://127.0.0.1:{self.port}"
        self._command = [self._command[0], str(conf), "--sentinel"]
        super()._start()

    def replicas(self) -> int:
        with Redis.from_url(self.url, socket_timeout=5) as client:
            return int(client.sentinel_master("mymaster")["num-slaves"])


@pytest.fixture
def primary_and_replica(missing_server: Callable[[str], NoReturn]) -> Iterator[tuple[Tcp, Tcp]]:
    try:
        primary = Tcp()
    except ServerUnavailable as error:
        missing_server(str(error))
    replica = Tcp("--replicaof", "127.0.0.1", str(primary.port), "--repl-diskless-sync-delay", "0")
    yield primary, replica
    primary.close()
    replica.close()


def test_sentinel(settings: Any, primary_and_replica: tuple[Tcp, Tcp]) -> None:
    """The primary dies, and the replica that Sentinel promotes is found."""
    primary, replica = primary_and_replica
    sentinel = Sentinel(primary)
    try:
        wait_for(lambda: sentinel.replicas() == 1, "Sentinel to know the replica")
        made = documented("Sentinel")
        made["OPTIONS"]["SENTINELS"] = [("127.0.0.1", _free_port()), ("127.0.0.1", sentinel.port)]
        settings.CACHES = {**settings.CACHES, ALIAS: made}
        store = RedisStore(StoreOptions(alias=ALIAS, retry_after=0.1))
        assert store.check() == []
        warm(store, S, [1])
        primary.kill()
        wait_for(lambda: _is_primary(replica), "the replica to be promoted")
        wait_for(lambda: _answers(store), "the store to find it")
    finally:
        sentinel.close()


def _is_primary(server: Tcp) -> bool:
    """Whether it is one; Sentinel breaks all connections of a server that it promotes."""
    with suppress(RedisError):
        return bool(server.command("ROLE")[0] == b"master")
    return False


def test_cluster(settings: Any, three_nodes: Node) -> None:
    """A process starts while the node that is named first is down."""
    made = documented("Cluster")
    assert len(made["LOCATION"]) > 1
    made["LOCATION"] = [f"redis://127.0.0.1:{port}" for port in (_free_port(), three_nodes.port)]
    settings.CACHES = {**settings.CACHES, ALIAS: made}
    store = RedisStore(StoreOptions(alias=ALIAS))
    assert store.check() == []
    warm(store, "home:documented", [1])
    assert store.page("home:documented", limit=5).ids == [1]
