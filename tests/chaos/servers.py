"""The Redis server of the site, with the ways in which such a server is lost and comes back.

Processes reach it through a symbolic link to a socket, so that a replica can take the place of the primary at
the same address, as it does behind a virtual address or Sentinel.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from redis import Redis

from example_project.private_server import Server, find_binary

from .processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOT = "dump.rdb"


class Store:
    """A primary that can be killed, emptied, restarted and replaced."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chaos-", dir=_short_folder())
        self._link = Path(self._folder.name) / "redis"
        self._take(self._new())

    @property
    def url(self) -> str:
        """The address that never changes."""
        return f"unix://{self._link}"

    def close(self) -> None:
        """End the server."""
        self.primary.close()
        self._folder.cleanup()

    @contextmanager
    def client(self) -> Iterator[Any]:
        """A client of the primary."""
        with Redis.from_url(self.primary.url, socket_timeout=10) as client:
            yield client

    def flush(self) -> None:
        """Delete everything."""
        with self.client() as client:
            client.flushall()

    def delete_some(self, random: Random) -> None:
        """Delete up to half of the keys, as an eviction does."""
        with self.client() as client:
            keys = sorted(client.keys("*"))
            some = random.sample(keys, min(len(keys), random.randint(1, max(1, len(keys) // 2))))
            if some:
                client.delete(*some)

    def pause(self, seconds: float) -> None:
        """Let every client wait."""
        with self.client() as client:
            client.client_pause(round(seconds * 1000))

    def hang(self, seconds: float) -> None:
        """Stop the process for a while; clients run into their timeout if it is long."""
        pid = self._server_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    def restart_empty(self, down: float) -> None:
        """Kill it, and start it again after some seconds with nothing in it."""
        self.primary.kill()
        (self.primary.directory / SNAPSHOT).unlink(missing_ok=True)
        time.sleep(down)
        self.primary.restart()

    def save(self) -> None:
        """Write a snapshot."""
        with self.client() as client:
            client.save()

    def restart_from_snapshot(self) -> None:
        """Kill it, and start it again with what it had when it was saved."""
        self.primary.restart()
        (self.primary.directory / SNAPSHOT).unlink(missing_ok=True)

    def replicate(self) -> Server:
        """Start a replica, and return it when it has everything."""
        replica = self._new()
        with Redis.from_url(replica.url, socket_timeout=10) as client:
            client.replicaof("127.0.0.1", _port(self.primary))
            deadline = time.monotonic() + 20
            while client.info("replication").get("master_link_status") != "up":
                if time.monotonic() > deadline:
                    raise TimeoutError("the replica does not reach its primary")
                time.sleep(0.05)
            time.sleep(0.2)
            # From here on it lags behind: what the primary confirms is lost with the primary.
            client.replicaof("NO", "ONE")
        return replica

    def fail_over(self, replica: Server) -> None:
        """Kill the primary, and let the replica take its place."""
        self.primary.close()
        self._take(replica)

    def _new(self) -> Server:
        return Server(find_binary(), extra=["--port", str(free_port()), "--bind", "127.0.0.1"])

    def _take(self, server: Server) -> None:
        self.primary = server
        fresh = self._link.with_suffix(".new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(server.url.removeprefix("unix://"))
        fresh.replace(self._link)

    def _server_pid(self) -> int:
        with self.client() as client:
            return int(client.info("server")["process_id"])


def _port(server: Server) -> int:
    with Redis.from_url(server.url, socket_timeout=10) as client:
        return int(client.config_get("port")["port"])


def _short_folder() -> str:
    """The path of a Unix socket has about 100 characters at most."""
    inside = tempfile.gettempdir()
    return inside if len(inside) < 60 else "/tmp"
