"""An ASGI server with the site of the benchmark, and very many browsers that watch it."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket
from typing import Any

from django.conf import settings

from .http import session_of

__all__ = ["Crowd"]

TIMEOUT = 120
FILES = 8_192

SERVE = """
import os, sys, django, resource, uvicorn
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(int(sys.argv[2]), most), most))
from django.core.asgi import get_asgi_application
app = get_asgi_application()
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off")
"""


class Crowd:
    """uvicorn in a process of its own; the browsers are coroutines in a thread of this one."""

    def __init__(self, users: Sequence[Any]) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
        self._cookies = [f"{settings.SESSION_COOKIE_NAME}={session_of(user)}" for user in users]
        with socket(AF_INET, SOCK_STREAM) as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        command = [sys.executable, "-c", SERVE, str(self._port), str(FILES)]
        self._process = subprocess.Popen(command, cwd=Path(__file__).parent.parent)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._writers: list[asyncio.StreamWriter] = []
        self._told: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError), socket(AF_INET, SOCK_STREAM) as probe:
                probe.connect(("127.0.0.1", self._port))
                return
            time.sleep(0.05)
        raise RuntimeError("the ASGI server did not start")

    def memory(self) -> int:
        """Bytes that the server has in memory."""
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, check=True
        )
        return int(told.stdout) * 1024

    def open(self, first: int, last: int) -> None:
        """Let these users open their homes; all have begun when it returns."""
        self._do(self._open(first, last))

    async def _open(self, first: int, last: int) -> None:
        for start in range(first, last, 50):  # as many at a time
            await asyncio.gather(
                *(self._connect(cookie) for cookie in self._cookies[start : min(last, start + 50)])
            )

    async def _connect(self, cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        lines = [
            "GET /ours/home/live/ HTTP/1.1",
            "Host: 127.0.0.1",
            "Accept: text/event-stream",
            f"Cookie: {cookie}",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await self._until(reader, b"event: reset")
        task = asyncio.create_task(self._listen(reader))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _until(self, reader: asyncio.StreamReader, line: bytes) -> None:
        while True:
            got = await reader.readline()
            if not got:
                raise EOFError("the server ended the connection")
            if got.startswith(line):
                return

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(EOFError, ConnectionError):
            while True:
                await self._until(reader, b"event: activity")
                self._told.append(time.perf_counter())

    def begin(self) -> float:
        """From now on it is counted who was told."""
        self._told.clear()
        return time.perf_counter()

    def all_told(self, number: int) -> list[float]:
        """When each of so many was told."""
        deadline = time.monotonic() + TIMEOUT
        while len(self._told) < number:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self._told)} of {number} were told")
            time.sleep(0.001)
        return sorted(self._told)

    def close_all(self) -> None:
        """Close the browsers."""
        self._do(self._close())

    async def _close(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    def close(self) -> None:
        """End the browsers and the server."""
        self.close_all()
        self._process.kill()
        self._process.wait()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, coroutine: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(TIMEOUT)
