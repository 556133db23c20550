"""A cluster of three nodes, with or without replicas: each node can be killed, and started again empty."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.exceptions import RedisError

from example_project.private_server import SLOTS, Server, _free_port, find_binary

from .site import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Node", "is_whole", "replicas_of", "three_nodes"]

NODE_TIMEOUT = 1_000
"""Milliseconds after which the others take a node for dead."""


class Node(Server):
    """One of the nodes. Its table of the cluster is in its directory, so it comes back with its slots."""

    def __init__(self, *more: str) -> None:
        self.port = _free_port()
        extra = [
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *("--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT)),
            *("--repl-diskless-sync-delay", "0", *more),
        ]
        super().__init__(find_binary(), extra=extra)

    def ask(self, *command: Any) -> Any:
        """Send it a command, whatever the others say."""
        with Redis.from_url(self.url, retry=None, socket_timeout=5) as client:
            return client.execute_command(*command)

    def is_primary(self) -> bool:
        """Whether it is one, or has become one."""
        return bool(self.ask("INFO", "replication")["role"] == "master")

    def is_content(self, size: int) -> bool:
        """Whether it knows of the whole cluster, and that all is well with it."""
        try:
            info = self.ask("CLUSTER INFO")
        except (RedisError, OSError):
            return False
        return info["cluster_state"] == "ok" and int(info["cluster_size"]) == size


def is_whole(nodes: list[Node]) -> bool:
    """Whether all nodes agree that all slots are served."""
    return all(node.is_content(len(nodes)) for node in nodes)


@contextmanager
def replicas_of(primaries: list[Node]) -> Iterator[list[Node]]:
    """A replica for each of them."""
    replicas: list[Node] = []
    try:
        for primary in primaries:
            node = Node()
            replicas.append(node)
            node.ask("CLUSTER", "MEET", "127.0.0.1", primaries[0].port)
            wait_for(lambda node=node: node.is_content(len(primaries)), "the new node")  # type: ignore[misc]
            node.ask("CLUSTER", "REPLICATE", primary.ask("CLUSTER", "MYID").decode())
        wait_for(lambda: all(_is_linked(node) for node in replicas), "the replicas")
        wait_for(lambda: all(_replicas(node) == 3 for node in (*primaries, *replicas)), "that all know them")
        yield replicas
    finally:
        for node in replicas:
            node.close()


def _is_linked(node: Node) -> bool:
    return bool(node.ask("INFO", "replication").get("master_link_status") == "up")


def _replicas(node: Node) -> int:
    return int(node.ask("CLUSTER", "NODES").count(b"slave "))


@contextmanager
def three_nodes(*extra: str) -> Iterator[list[Node]]:
    """Three primaries that share the slots; `extra`: more arguments of each server."""
    nodes: list[Node] = []
    try:
        for number in range(3):
            node = Node(*extra)
            nodes.append(node)
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.ask("CLUSTER", "ADDSLOTSRANGE", SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1)
            node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
        wait_for(lambda: is_whole(nodes), "a cluster of three")
        yield nodes
    finally:
        for node in nodes:
            node.close()
