"""A TCP address in front of a server, as a virtual address is: what is behind it can change or fail."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Proxy", "proxy"]

LOOK = 0.05
"""Seconds between two looks of a thread at what it should do."""


class Proxy:
    """Forwards connections to `target`, a unix socket's path or a TCP port of this machine.

    A connection stays with the target that it was made to, also when there is another for new ones.
    """

    def __init__(self, target: str | int | None = None) -> None:
        self.target = target
        self.silent = target is None
        """Whether nothing is forwarded: connections are accepted, and get no answer."""
        self.connections = 0
        """Connections that were accepted."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start()

    def _start(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._listener, self._ended), daemon=True)
        self._thread.start()

    def refuse(self) -> None:
        """Break all connections, and refuse new ones."""
        self._ended.set()
        self._thread.join()
        self._listener.close()

    def accept(self) -> None:
        """Take connections again on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._start()

    def _run(self, listener: socket.socket, ended: threading.Event) -> None:
        pairs: dict[socket.socket, socket.socket] = {}
        alone: list[socket.socket] = []
        try:
            while not ended.is_set():
                for ready in select.select([listener, *pairs], [], [], LOOK)[0]:
                    if ready is listener:
                        self._take(listener.accept()[0], pairs, alone)
                    elif self.silent:
                        ended.wait(LOOK)
                    elif ready in pairs:
                        self._pass_on(ready, pairs)
        finally:
            for one in (*pairs, *alone):
                one.close()

    def _take(
        self, client: socket.socket, pairs: dict[socket.socket, socket.socket], alone: list[socket.socket]
    ) -> None:
        self.connections += 1
        if self.silent or self.target is None:
            alone.append(client)
            return
        try:
            if isinstance(self.target, int):
                server = socket.create_connection(("127.0.0.1", self.target))
            else:
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
        except OSError:
            client.close()
            return
        pairs.update({client: server, server: client})

    @staticmethod
    def _pass_on(ready: socket.socket, pairs: dict[socket.socket, socket.socket]) -> None:
        data = b""
        with suppress(OSError):
            data = ready.recv(65_536)
        with suppress(OSError):
            if data:
                pairs[ready].sendall(data)
                return
        other = pairs.pop(ready)
        del pairs[other]
        ready.close()
        other.close()


@contextmanager
def proxy(target: str | int | None = None) -> Iterator[Proxy]:
    """A proxy for the time of the block; without a target it accepts connections and says nothing."""
    made = Proxy(target)
    try:
        yield made
    finally:
        made.refuse()
