"""Which tests execute a line: measured once for each module of tests, and kept."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .changes import Mutant, functions
from .places import CACHE, PACKAGES, ROOT

LEFT_OUT = {
    "browser",
    "chaos",
    "example",
    "faults",
    "openapi",
    "oracle",
    "packaging",
    "tasks",
    "templates",
    "app",
}
"""Folders of tests that are slow, or test in other processes, where a mutant is not."""


class Executed:
    """The tests that execute each line, from the coverage runs. A line is known by its function and its
    text, so that it is found again when others above it change."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.tests: dict[tuple[str, str, str], set[str]] = defaultdict(set)

    def add(self, found: dict[str, Any]) -> None:
        names = list(found["seconds"])
        self.seconds |= found["seconds"]
        for path, function, text, numbers in found["lines"]:
            self.tests[path, function, text].update(names[number] for number in numbers)

    def of(self, mutant: Mutant, most: float) -> list[str]:
        """The tests of a mutant, in the order in which they are tried: as many as take so many seconds."""
        lines = (ROOT / mutant.path).read_text().splitlines()
        places = [lines[line - 1].strip() for line in (mutant.lines[0], mutant.statement)]
        tests = next(
            filter(None, (self.tests.get((mutant.path, mutant.function, at)) for at in places)), None
        )
        if tests is None:  # the line is new: all of its function
            tests = set[str]().union(
                *(some for key, some in self.tests.items() if key[:2] == (mutant.path, mutant.function))
            )
        own = f"tests/{mutant.path.split('/')[1]}/"
        found, left = [], most
        for test in sorted(tests, key=lambda test: (not test.startswith(own), self.seconds[test], test)):
            if self.seconds[test] <= left:
                left -= self.seconds[test]
                found.append(test)
        return found


def executed(*, fresh: bool) -> Executed:
    """Read what was measured, and measure the tests that were not, or changed since."""
    result = Executed()
    folders = sorted(path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").exists())
    for folder in ["", *(name for name in folders if name not in LEFT_OUT)]:
        files = {
            file: CACHE / folder / f"{file.stem}.json" for file in (ROOT / "tests" / folder).glob("test_*.py")
        }
        stale = [
            file for file, kept in files.items() if fresh or _version(file) != _kept(kept).get("version")
        ]
        if stale:
            (CACHE / folder).mkdir(parents=True, exist_ok=True)
            found = _measured(stale)
            for file in stale:
                files[file].write_text(json.dumps({"version": _version(file), **_part(found, file)}))
        for kept in files.values():
            result.add(_kept(kept))
    return result


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _kept(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _part(found: dict[str, Any], file: Path) -> dict[str, Any]:
    """What was measured of the tests of one file."""
    start = f"{file.relative_to(ROOT).as_posix()}::"
    seconds = {test: took for test, took in found["seconds"].items() if test.startswith(start)}
    numbers = {test: number for number, test in enumerate(seconds)}
    lines = [
        (*place, [numbers[test] for test in tests if test in numbers]) for *place, tests in found["lines"]
    ]
    return {"seconds": seconds, "lines": [line for line in lines if line[-1]]}


def _measured(files: Sequence[Path]) -> dict[str, Any]:
    names = [file.relative_to(ROOT).as_posix() for file in files]
    print(f"which lines does each test execute? {' '.join(names)}", flush=True)
    options = ["-p", "no:randomly", "-p", "no:cacheprovider", "--durations=0", "-vv"]
    coverage = ["--cov=activitystream", "--cov-context=test", "--cov-report="]
    raw = CACHE / "coverage"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *coverage, *names],
        cwd=ROOT,
        env=os.environ | {"COVERAGE_FILE": str(raw)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        sys.exit(f"{done.stdout}{done.stderr}")
    return _lines(raw, done.stdout)


def _lines(raw: Path, printed: str) -> dict[str, Any]:
    from coverage import CoverageData

    data = CoverageData(str(raw))
    data.read()
    seconds: dict[str, float] = defaultdict(float)
    for took, test in re.findall(r"^(\d+\.\d+)s (?:call|setup|teardown) +(\S.*)$", printed, re.MULTILINE):
        seconds[test] += float(took)
    lines, names = [], set[str]()
    for file in sorted(data.measured_files()):
        path = Path(file).relative_to(ROOT).as_posix()
        if any(path.startswith(f"{package}/") for package in PACKAGES):
            for function, text, contexts in _contexts(Path(file), data):
                tests = {context.rpartition("|")[0] for context in contexts} - {""}
                names |= tests
                lines.append((path, function, text, sorted(tests)))
    raw.unlink()
    return {"seconds": {test: round(seconds[test], 3) for test in names}, "lines": lines}


def _contexts(file: Path, data: Any) -> Iterator[tuple[str, str, list[str]]]:
    source = file.read_text()
    text, by_line = source.splitlines(), data.contexts_by_lineno(str(file))
    for name, function in functions(ast.parse(source), ""):
        for line in range(function.body[0].lineno, (function.end_lineno or 0) + 1):
            if by_line.get(line):
                yield name, text[line - 1].strip(), by_line[line]
