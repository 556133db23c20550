"""Servers that come back with less than they confirmed: each `Loss` is a way in which that happens."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.exceptions import RedisError

from example_project.private_server import Server, _free_port, _short_directory, find_binary

from .cluster import Node, is_whole, three_nodes
from .site import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LOSSES", "Loss"]

NOBODY = 1
"""A port at which nothing listens."""
DOWN_AFTER = 300
"""Milliseconds after which Sentinel takes a server for dead."""


class Loss(ABC):
    """A server, its address, and how it loses what it confirmed after `keep()`."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    @property
    @abstractmethod
    def location(self) -> Any:
        """The LOCATION of the cache."""

    @property
    def options(self) -> dict[str, Any]:
        """The OPTIONS of the cache."""
        return {}

    @abstractmethod
    def keep(self) -> None:
        """Keep what there is now; nothing that is written from now on."""

    @abstractmethod
    def lose(self) -> None:
        """Kill the server; what takes its place has what was kept."""

    def _server(self, *extra: str) -> Server:
        server = Server(find_binary(), extra=extra)
        self._stack.callback(server.close)
        return server


class Snapshot(Loss):
    """A server that is started again from an old RDB file."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__(stack)
        self.server = self._server()

    @property
    def location(self) -> str:
        return self.server.url

    def keep(self) -> None:
        ask(self.server, "SAVE")

    def lose(self) -> None:
        self.server.restart()


class AppendOnly(Loss):
    """A server that is started again from an append-only file that lacks its end."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__(stack)
        self.server = self._server("--appendonly", "yes", "--appendfsync", "always")

    @property
    def location(self) -> str:
        return self.server.url

    @property
    def _files(self) -> tuple[Path, Path]:
        return self.server.directory / "appendonlydir", self.server.directory / "kept"

    def keep(self) -> None:
        shutil.copytree(*self._files)

    def lose(self) -> None:
        now, kept = self._files
        self.server.kill()
        shutil.rmtree(now)
        kept.rename(now)
        self.server.restart()


class Promotion(Loss):
    """A replica that did not get the last writes, promoted by hand behind an address that stays."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__(stack)
        self.primary, self.replica = self._tcp(), self._tcp()
        self._link = self.primary.directory.with_suffix(".link")
        self._stack.callback(self._link.unlink, missing_ok=True)
        self._point_to(self.primary)
        follow(self.replica, self.primary)

    def _tcp(self) -> Server:
        return self._server("--port", str(_free_port()), "--bind", "127.0.0.1")

    def _point_to(self, server: Server) -> None:
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(server.url.removeprefix("unix://"))

    @property
    def location(self) -> str:
        return f"unix://{self._link}"

    def keep(self) -> None:
        in_step(self.replica, self.primary)
        ask(self.replica, "REPLICAOF", "127.0.0.1", NOBODY)

    def lose(self) -> None:
        self.primary.kill()
        ask(self.replica, "REPLICAOF", "NO", "ONE")
        self._point_to(self.replica)


class Sentinel(Server):
    """One that watches a primary; it is a server that is started in another way."""

    def __init__(self, primary: int) -> None:
        self.directory = path = Path(_short_directory())
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.service = f"streams-{self.port}"  # of its own: django-redis keeps pools by URL
        self._log = path / "log"
        self._cluster = False
        conf = path / "sentinel.conf"
        conf.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {path}\nlogfile {self._log}\n"
            f"sentinel monitor {self.service} 127.0.0.1 {primary} 1\n"
            f"sentinel down-after-milliseconds {self.service} {DOWN_AFTER}\n"
            f"sentinel failover-timeout {self.service} 5000\n"
        )
        self._command = [find_binary(), str(conf), "--sentinel"]
        self._start()


class SentinelFailover(Promotion):
    """The same, promoted by a Sentinel, which also tells clients where the primary is."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__(stack)
        self.sentinel = Sentinel(port_of(self.primary))
        stack.callback(self.sentinel.close)
        wait_for(lambda: self._knows("num-slaves") == 1, "a Sentinel that knows the replica")

    def _knows(self, what: str) -> int:
        found = ask(self.sentinel, "SENTINEL", "MASTER", self.sentinel.service)
        if isinstance(found, list):  # an older redis-py gives names and values in turn
            found = dict(zip(found[::2], found[1::2], strict=True))
        return int(found[what])

    @property
    def location(self) -> str:
        return f"redis://{self.sentinel.service}/0"

    @property
    def options(self) -> dict[str, Any]:
        return {
            "CLIENT_CLASS": "django_redis.client.SentinelClient",
            "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
            "SENTINELS": [("127.0.0.1", self.sentinel.port)],
        }

    def keep(self) -> None:
        in_step(self.replica, self.primary)
        cut_off(self.primary)

    def lose(self) -> None:
        port = port_of(self.replica)  # asked now: when it is promoted, it closes connections
        self.primary.kill()
        wait_for(lambda: self._knows("port") == port, "the failover")
        wait_for(lambda: is_primary(self.replica), "a replica that is promoted")


class ClusterFailover(Loss):
    """Three primaries, each with a replica that takes its place, one after the other."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__(stack)
        self.nodes = stack.enter_context(three_nodes("--cluster-replica-validity-factor", "0"))
        self.replicas: list[Node] = []
        for primary in self.nodes:
            replica = Node("--cluster-replica-validity-factor", "0")
            stack.callback(replica.close)
            self.replicas.append(replica)
            replica.ask("CLUSTER", "MEET", "127.0.0.1", primary.port)
            id = primary.ask("CLUSTER", "MYID")
            wait_for(lambda replica=replica, id=id: _made_replica(replica, id), "a node that knows another")
        for primary, replica in zip(self.nodes, self.replicas, strict=True):
            in_step(replica, primary)

    @property
    def location(self) -> str:
        return ",".join(f"redis://127.0.0.1:{node.port}" for node in (*self.nodes, *self.replicas))

    @property
    def options(self) -> dict[str, Any]:
        return {"CONNECTION_FACTORY": "activitystream.streams.cluster.ClusterConnectionFactory"}

    def keep(self) -> None:
        for primary, replica in zip(self.nodes, self.replicas, strict=True):
            in_step(replica, primary)
            cut_off(primary)

    def lose(self) -> None:
        serving = list(self.nodes)
        for place, (primary, replica) in enumerate(zip(self.nodes, self.replicas, strict=True)):
            primary.kill()
            serving[place] = replica
            wait_for(lambda replica=replica: is_primary(replica), "a replica that is promoted")
            wait_for(lambda: is_whole(serving), "a cluster that is whole again")


LOSSES: dict[str, type[Loss]] = {
    "rdb": Snapshot,
    "aof": AppendOnly,
    "promotion": Promotion,
    "sentinel": SentinelFailover,
    "cluster": ClusterFailover,
}


@contextmanager
def client_of(server: Server) -> Iterator[Any]:
    with Redis.from_url(server.url, retry=None, socket_timeout=5, decode_responses=True) as client:
        yield client


def ask(server: Server, *command: Any) -> Any:
    """Send a server a command, past the address that people know."""
    with client_of(server) as client:
        return client.execute_command(*command)


def port_of(server: Server) -> int:
    with client_of(server) as client:
        return int(client.config_get("port")["port"])


def _replication(server: Server) -> dict[str, Any]:
    with client_of(server) as client:
        return dict(client.info("replication"))


def is_primary(server: Server) -> bool:
    """Return True if the server answers, and as a primary."""
    try:
        return bool(_replication(server)["role"] == "master")
    except (RedisError, OSError):
        return False


def follow(replica: Server, primary: Server) -> None:
    """Make one server the replica of another."""
    ask(replica, "REPLICAOF", "127.0.0.1", port_of(primary))
    wait_for(lambda: _replication(replica).get("master_link_status") == "up", "a replica")


def in_step(replica: Server, primary: Server) -> None:
    """Wait until the replica has all that its primary has."""

    def has_all() -> bool:
        theirs, ours = _replication(primary), _replication(replica)
        up = ours.get("master_link_status") == "up"
        return bool(up and ours["slave_repl_offset"] >= theirs["master_repl_offset"])

    wait_for(has_all, "a replica that has everything")


def cut_off(primary: Server) -> None:
    """Refuse all replicas from now on: they get nothing more, and still take this for their primary."""
    ask(primary, "ACL", "SETUSER", "default", "-psync", "-sync")
    ask(primary, "CLIENT", "KILL", "TYPE", "replica")


def _made_replica(replica: Node, primary: str) -> bool:
    try:
        return bool(replica.ask("CLUSTER", "REPLICATE", primary))
    except RedisError:
        return False
