"""The example site, started as its users start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """A running `python -m example_project`."""

    def __init__(self, data: Path, port: int = 0) -> None:
        env = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DJANGO_SETTINGS_MODULE", "HOST", "DEBUG")
        }
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # a pipe that nobody reads would fill up
        self.process = subprocess.Popen(
            [sys.executable, "-m", "example_project"],
            cwd=ROOT,
            env=env | {"PORT": str(port), "EXAMPLE_DATA_DIR": str(data)},
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.said = ""
        self.url = ""

    def wait(self) -> None:
        """Until it says where it is."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"http://\S+:\d+/", line):
                self.url = found[0].replace("localhost", "127.0.0.1")
                return
        pytest.fail(f"The site did not start: {self.end()}", pytrace=False)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code, and what it wrote as errors."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> tuple[int, str]:
        """The same, when it ends by itself."""
        with self.process, self.errors:
            code = self.process.wait(timeout=15)
            self.errors.seek(0)
            return code, self.errors.read()

    def processes(self) -> set[int]:
        """It and all that it started."""
        table = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        ).stdout
        parents = {int(pid): int(ppid) for pid, ppid in (line.split() for line in table.splitlines())}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found


@contextmanager
def running(data: Path) -> Iterator[Site]:
    site = Site(data)
    try:
        site.wait()
        yield site
    except BaseException:
        site.process.kill()
        raise
    if site.process.poll() is None:
        code, errors = site.stop()
        assert (code, errors) == (0, ""), "what the site wrote is above"


def gone(pids: set[int], within: float = 10.0) -> bool:
    """Whether all of these processes end, in so many seconds."""
    end = time.monotonic() + within
    while any(_alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _alive(pid: int) -> bool:
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and not state.startswith("Z")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("example")


@pytest.fixture(scope="session")
def site(data: Path) -> Iterator[Site]:
    with running(data) as started:
        yield started


@pytest.fixture
def visit(site: Site) -> Callable[[str | None], Visitor]:
    """A browser for each call: `visit("mei")` is signed in, `visit(None)` is not."""

    def one(username: str | None) -> Visitor:
        visitor = Visitor(site.url)
        if username:
            page = visitor.sign_in(username)
            assert (page.status, page.path) == (200, "/")
        return visitor

    return one
