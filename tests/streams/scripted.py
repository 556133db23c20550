"""A server that speaks the protocol of Redis, and answers what a test says: errors, for instance."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Scripted", "scripted"]

Answer = Callable[["Scripted", list[bytes]], bytes]


class Scripted(socketserver.ThreadingTCPServer):
    """Answers each command with what a function gives, as bytes of the protocol."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.connections = 0
        self.commands: list[bytes] = []
        """The names of all commands but those that a client sends by itself."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"


class _Handler(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        self.server.connections += 1
        while (command := self._read()) is not None:
            if command[0] == b"HELLO":
                answer = b"%1\r\n$5\r\nproto\r\n:3\r\n"
            elif command[0] == b"CLIENT":
                answer = b"+OK\r\n"
            else:
                self.server.commands.append(command[0])
                answer = self.server.answer(self.server, command)
            self.wfile.write(answer)

    def _read(self) -> list[bytes] | None:
        line = self.rfile.readline()
        if not line:
            return None
        parts = []
        for _ in range(int(line[1:])):
            size = int(self.rfile.readline()[1:])
            parts.append(self.rfile.read(size + 2)[:-2])
        return parts


@contextmanager
def scripted(answer: Answer) -> Iterator[Scripted]:
    """Run such a server for the time of the block."""
    with Scripted(answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
