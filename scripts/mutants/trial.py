"""One pytest session that forks for each mutant."""

from __future__ import annotations

import gc
import math
import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

from .changes import Mutant, code_pairs
from .executed import Executed
from .places import ROOT

TOP = "tests/test_ids.py"
"""A module that is in no folder: between it and any other, all but what the session has is torn down."""
START = 20.0
"""Seconds of CPU that a mutant may take besides three times what its tests took."""
WAITING = 5
"""Its limit of elapsed time, in limits of CPU: other work on the machine is no endless loop."""


@dataclass
class Child:
    """A fork that tries a mutant, or a test without one."""

    mutant: Mutant | None
    tests: list[str]
    pid: int
    folder: Path
    deadline: float

    def result(self) -> tuple[str, str] | None:
        """What came out of it, and by which test; None: it is not done."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid and time.monotonic() < self.deadline:
            return None
        if not pid:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        failed = self.folder / "failed"
        test = failed.read_text() if failed.exists() else ""
        shutil.rmtree(self.folder, ignore_errors=True)
        if test:
            return "killed", test
        if not pid or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
            return "timed out", ""
        return ("survived" if status == 0 else "not tried"), ""


class Net:
    """A pytest plugin: in place of running its tests, the session forks for each mutant."""

    def __init__(
        self, mutants: Iterable[Mutant], known: Executed, *, jobs: int, seconds: float, minutes: float
    ) -> None:
        self.waiting = [(mutant, known.of(mutant, seconds)) for mutant in mutants]
        self.known, self.jobs, self.total = known, jobs, len(self.waiting)
        self.until = time.monotonic() + 60 * minutes
        self.results: list[tuple[str, Mutant, str]] = []
        self.sound: dict[str, bool] = {}
        """Whether a test that failed with a mutant passes without one."""

    def pytest_runtestloop(self, session: Any) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self._warm_up(session)
        running: list[Child] = []
        while self.waiting or running:
            if time.monotonic() > self.until:
                self.waiting.clear()
            while self.waiting and len(running) < self.jobs:
                running.append(self._fork(session, *self.waiting.pop(0)))
            time.sleep(0.02)
            for child in list(running):
                if (result := child.result()) is not None:
                    running.remove(child)
                    self._note(session, child, *result)
        return True

    def _warm_up(self, session: Any) -> None:
        """Make the database, which a fork copies."""
        from _pytest.runner import runtestprotocol
        from django.db import connections

        warm = next(item for item in session.items if "transactional_db" in item.fixturenames)
        other = next(item for item in session.items if item.path == ROOT / TOP)
        runtestprotocol(warm, nextitem=other, log=False)
        connections.close_all()
        gc.collect()

    def _fork(self, session: Any, mutant: Mutant | None, tests: list[str]) -> Child:
        tests = [test for test in tests if test in self.items and self.sound.get(test, True)]
        folder = Path(tempfile.mkdtemp(prefix="mutant-"))
        limit = math.ceil(START + 3 * sum(self.known.seconds[test] for test in tests))
        pid = os.fork()
        if pid:
            return Child(mutant, tests, pid, folder, time.monotonic() + WAITING * limit)
        code = 3  # the script is at fault: the mutant was not tried
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            _silence()
            _own_database(folder)
            if mutant is not None:
                _apply(mutant)
            code = self._try(session, [self.items[test] for test in tests], folder)
        finally:
            os._exit(code)

    def _try(self, session: Any, items: list[Any], folder: Path) -> int:
        from _pytest.runner import runtestprotocol

        failed = False
        for item, following in zip(items, [*items[1:], None], strict=False):
            reports = runtestprotocol(item, nextitem=following, log=False)
            if failed := any(report.failed for report in reports):
                (folder / "failed").write_text(item.nodeid)
                break
        session._setupstate.teardown_exact(None)  # noqa: SLF001  # as pytest's own loop does
        return int(failed)

    def _note(self, session: Any, child: Child, what: str, test: str) -> None:
        if child.mutant is None:
            self.sound[child.tests[0]] = what == "survived"
            return
        if test and test not in self.sound:  # is it the mutant's fault?
            alone = self._fork(session, None, [test])
            while (result := alone.result()) is None:
                time.sleep(0.02)
            self._note(session, alone, *result)
        if test and not self.sound[test]:
            print(f"{test} fails without a mutant, and is left out")
            self.waiting.insert(0, (child.mutant, child.tests))
            return
        if what == "survived":
            test = f"{len(child.tests)} tests"
        self.results.append((what, child.mutant, test))
        place = f"{child.mutant.path}:{child.mutant.lines[0]}"
        print(
            f"{len(self.results):4}/{self.total} {what:9} {place} {child.mutant.function} {test}", flush=True
        )


def _silence() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


def _own_database(folder: Path) -> None:
    from django.db import connection

    copy = folder / "db.sqlite3"
    shutil.copy(connection.settings_dict["NAME"], copy)
    connection.settings_dict["NAME"] = copy


def _apply(mutant: Mutant) -> None:
    """Give the live functions the code of the mutant."""
    path = str(ROOT / mutant.path)
    import_module(mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    pairs, changed = dict(code_pairs(mutant)), 0
    for some in gc.get_objects():
        if isinstance(some, FunctionType) and some.__code__.co_filename == path and some.__code__ in pairs:
            some.__code__ = pairs[some.__code__]
            changed += 1
    if not changed:
        raise RuntimeError(f"no function has the code of {mutant}")
