"""Operating-system processes of the site: each can be killed, stopped for a while and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

# The shell becomes the process; what it leaves behind waits for the end of its input, which the system closes
# when the runner dies, and then ends the process: however the runner ends, nothing is left.
WATCHED = 'exec 3<&0; { read _ <&3; kill -9 $$; } & exec "$@" 3<&- </dev/null'
ROOT = Path(__file__).parents[2]
START_TIMEOUT = 60.0
"""Seconds that a web process may take until it answers; the machine may be busy."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Process:
    """A Python process with its log. `clock` is the number of seconds by which its clock is wrong."""

    def __init__(self, name: str, args: list[str], folder: Path, site: str) -> None:
        self.name, self._args, self._site = name, args, site
        self.log = folder / f"{name}.log"
        self.popen: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._lock = threading.Lock()

    def start(self, clock: float = 0) -> None:
        """Start it, if it does not run."""
        with self._lock:
            self._is_wanted = True
            if self.popen is None or self.popen.poll() is not None:
                self._spawn(clock)

    def restart_if_ended(self) -> bool:
        """Start it again if it ended by itself, as a supervisor does. Whether it had."""
        with self._lock:
            if not self._is_wanted or self.popen is None or self.popen.poll() is None:
                return False
            self._spawn(0)
            return True

    def _spawn(self, clock: float) -> None:
        self._end()
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                ["/bin/sh", "-c", WATCHED, "sh", sys.executable, *self._args],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the runner, which then ends all in order
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "CHAOS_SITE": self._site,
                    "CHAOS_CLOCK": str(clock),
                    "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
                },
            )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.send_signal(number)

    def kill(self) -> None:
        """End it at once, as `kill -9` does. Doing it again does nothing."""
        with self._lock:
            self._is_wanted = False
            self._end()

    def _end(self) -> None:
        """Kill the process and the shell that watches it: they are one group."""
        popen = self.popen
        if popen is not None and popen.stdin is not None and not popen.stdin.closed:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(popen.pid, signal.SIGKILL)
            popen.wait()
            popen.stdin.close()

    def wait_until_ready(self) -> None:
        """Return when it can do its work."""

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-1500:]


class Web(Process):
    """An ASGI server on a port of its own, which it keeps when it is started again."""

    def __init__(self, name: str, folder: Path, site: str) -> None:
        self.port = free_port()
        args = ["-m", "uvicorn", "tests.chaos.site.asgi:application", "--port", str(self.port)]
        quiet = [
            "--no-access-log",
            "--log-level",
            "warning",
            "--lifespan",
            "off",
            "--timeout-keep-alive",
            "60",
        ]
        super().__init__(name, [*args, *quiet], folder, site)

    def wait_until_ready(self) -> None:
        """Ask until it answers."""
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} did not start: {self.tail()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        with suppress(OSError, HTTPException):
            connection.request("GET", "/site/alive/")
            return connection.getresponse().status == 200
        connection.close()
        return False


def worker(name: str, folder: Path, site: str) -> Process:
    """A worker that runs tasks from the database. A task that it was at when it was killed stays undone."""
    args = ["-m", "django", "db_worker", "--no-startup-delay", "--interval", "0.1"]
    return Process(name, args, folder, site)


def sweeper(name: str, folder: Path, site: str) -> Process:
    """A sweeper that looks every second."""
    return Process(name, ["-m", "django", "activitystream_sweep", "--every", "1"], folder, site)


def command(folder: Path, site: str, *args: str) -> tuple[int, str]:
    """Run a management command to its end: its exit code and what it wrote."""
    process = Process("command", ["-m", "django", *args], folder, site)
    start = process.log.stat().st_size if process.log.exists() else 0
    process.start()
    assert process.popen is not None
    try:
        code = process.popen.wait(300)
    finally:
        process.kill()
    return code, process.log.read_bytes()[start:].decode(errors="replace")
