#!/usr/bin/env python3
"""Mutation testing: break the engine in small ways, and list the breaks that no test notices.

    python scripts/mutants.py --seed 1 --count 300 --jobs 2
    python scripts/mutants.py --seed 1 --count 50 activitystream/feeds/pages.py

The seed and the count choose mutants evenly over the packages. Each mutant is tried with the tests that
execute its line, those of its own package first and fast ones before slow ones, until one fails. What is
executed comes from a coverage run with a context for each test. It is made once, kept in `.mutants/`,
and repeated for the modules of tests that change.

Nothing is written to the source. One pytest session collects the tests and makes the database (SQLite). Each
mutant is a fork of it with a copy of the database, in which the code of the live functions is replaced: so a
mutant costs its tests, and not the seconds in which Django and pytest start. (mutmut writes mutants into a
copy of the source and has no sampling by seed; cosmic-ray starts a new process for each. Both cost the start
of the suite 300 times, and neither chooses tests by line.) Therefore only what is inside functions is
mutated: module and class bodies, decorators and default values are executed before the fork.

Survivors that are equivalent, with the reason for each, are listed in `tests/mutants.txt`. Exit code 1: there
is a survivor that is not listed.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import gc
import hashlib
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".mutants"
KNOWN = ROOT / "tests" / "mutants.txt"
PACKAGES = [f"activitystream/{name}" for name in ("streams", "publishing", "feeds", "graph", "journal")]
LEFT_OUT = {"browser", "example", "faults", "openapi", "oracle", "packaging", "tasks", "templates", "app"}
"""Folders of tests that are slow, or test in other processes, where a mutant is not."""
TOP = "tests/test_ids.py"
"""A module that is in no folder: between it and any other, all but what the session has is torn down."""
START = 20.0
"""Seconds that a mutant may take besides three times what its tests took."""

# -- mutants ------------------------------------------------------------------------------------------------

COMPARISONS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
CONSTANTS = {(int, 0): 1, (int, 1): 0, (bool, True): False, (bool, False): True, (type(None), None): 0}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One break, as a change of text."""

    path: str
    function: str
    lines: tuple[int, int]
    """First and last line of what is replaced."""
    statement: int
    """First line of the statement that it is in."""
    source: str = field(repr=False)

    def change(self) -> tuple[list[str], list[str]]:
        """The lines that go and those that come, stripped."""
        old, new = (ROOT / self.path).read_text().splitlines(), self.source.splitlines()
        diff = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
        return tuple([line[1:].strip() for line in diff if line[0] == sign] for sign in "-+")  # type: ignore[return-value]

    def __str__(self) -> str:
        gone, come = self.change()
        changes = [f"- {line}" for line in gone] + [f"+ {line}" for line in come]
        return "\n".join([f"{self.path}:{self.lines[0]} {self.function}", *changes])


def mutants_of(path: Path) -> list[Mutant]:
    """All mutants of a file."""
    source, found = path.read_text(), []
    name = path.relative_to(ROOT).as_posix()
    for qualname, function in _functions(ast.parse(source), ""):
        for statement, node, text in _changes(function):
            lines = (node.lineno, node.end_lineno)
            mutated = _replaced(source, node, text)
            found.append(Mutant(name, qualname, lines, statement.lineno, mutated))
    return found


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    """Functions of the module and methods; those inside them are part of them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, Function) and not _is_abstract(node):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from _functions(node, prefix)


def _is_abstract(function: Function) -> bool:
    last = function.body[-1]
    return isinstance(last, ast.Raise) and "NotImplementedError" in ast.unparse(last)


def _changes(function: Function) -> Iterator[tuple[ast.stmt, Any, str]]:
    """Each: the statement, the node that is replaced in it, and by what text."""
    for statement in function.body:
        yield from _in(statement, statement)


def _in(node: ast.AST, statement: ast.stmt) -> Iterator[tuple[ast.stmt, Any, str]]:
    if isinstance(node, ast.stmt):
        statement = node
    if _is_log(node) or isinstance(node, ast.JoinedStr):
        return
    for replaced, text in _variants(node):
        yield statement, replaced, text
    for child in _mutated_in(node):
        yield from _in(child, statement)


def _mutated_in(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node, without types, decorators and default values, and the None of `is None`."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(node, ast.Call):
            continue
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot) and name != "left":
            continue
        yield from (
            child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)
        )


def _is_log(node: ast.AST) -> bool:
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func)
    return isinstance(called, str) and called.startswith(("logger.", "logging."))


def _variants(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:  # noqa: C901  # a table of operators
    match node:
        case ast.Compare(left, ops, comparators):
            for at, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield node, _text(ast.Compare(left, [*ops[:at], other(), *ops[at + 1 :]], comparators))
        case ast.BoolOp(op, values):
            yield node, _text(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
            for at in range(len(values)):
                rest = values[:at] + values[at + 1 :]
                yield node, _text(rest[0] if len(rest) == 1 else ast.BoolOp(op, rest))
        case ast.UnaryOp(ast.Not(), operand):
            yield node, _text(operand)
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right) if not _is_text(left) | _is_text(right):
            yield node, _text(ast.BinOp(left, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), right))
        case ast.AugAssign(target, ast.Add() | ast.Sub() as op, value):
            yield (
                node,
                ast.unparse(
                    ast.AugAssign(target, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), value)
                ),
            )
        case ast.Constant(value) if (type(value), value) in CONSTANTS:
            yield node, repr(CONSTANTS[type(value), value])
        case ast.Return(value) if value is not None and ast.unparse(value) != "None":
            yield node, "return None"
        case ast.Expr(ast.Call() | ast.Await()) | ast.Raise() | ast.Continue() | ast.Break():
            # never executed, but still there for the compiler: a generator stays one
            yield node, f"if False: {ast.unparse(node)}"
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(
            test, ast.Compare | ast.BoolOp | ast.UnaryOp
        ):
            yield test, f"(not {_text(test)})"
        case ast.comprehension(ifs=ifs):
            for condition in ifs:
                yield condition, "True"
        case ast.Name(id) if id in SWAPPED:
            yield node, SWAPPED[id]
        case _:
            pass


def _is_text(node: ast.expr) -> bool:
    """Whether `-` would be a TypeError, which shows nothing."""
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple | ast.Dict) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Constant) else f"({text})"


def _replaced(source: str, node: Any, text: str) -> str:
    lines = source.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        before = sum(map(len, lines[: line - 1]))
        return before + len(lines[line - 1].encode()[:column].decode())

    start, end = offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)
    return source[:start] + text + source[end:]


def _fits(mutant: Mutant) -> bool:
    """Whether live functions can be given this code: it must not lack a variable of an outer scope."""
    try:
        pairs = _code(mutant)
    except SyntaxError:
        return False
    return bool(pairs) and all(old.co_freevars == new.co_freevars for old, new in pairs)


def _code(mutant: Mutant) -> list[tuple[CodeType, CodeType]]:
    """The code of each function before and after, where it is another."""
    path = str(ROOT / mutant.path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SyntaxWarning
        old = compile((ROOT / mutant.path).read_text(), path, "exec", dont_inherit=True)
        return _pairs(old, compile(mutant.source, path, "exec", dont_inherit=True))


def _pairs(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]]:
    pairs, codes = (
        [],
        [[some for some in code.co_consts if isinstance(some, CodeType)] for code in (old, new)],
    )
    if [code.co_qualname for code in codes[0]] == [code.co_qualname for code in codes[1]]:
        for before, after in zip(*codes, strict=True):
            if before.co_code != after.co_code or before.co_consts != after.co_consts:
                pairs += [(before, after), *_pairs(before, after)]
            elif before != after and before.co_names != after.co_names:
                pairs.append((before, after))
    return pairs


def chosen(paths: Sequence[str], seed: int, count: int) -> list[Mutant]:
    """So many mutants by chance, from each package in turn: so a run that ends early is even, too."""
    by_path: dict[str, list[Mutant]] = {}
    for path in paths:
        files = sorted((ROOT / path).rglob("*.py")) if (ROOT / path).is_dir() else [ROOT / path]
        by_path[path] = [mutant for file in files for mutant in mutants_of(file)]
        random.Random(f"{seed} {path}").shuffle(by_path[path])  # noqa: S311  # not for secrets
    total = sum(map(len, by_path.values()))
    print(f"{total} mutants in {', '.join(f'{path} ({len(some)})' for path, some in by_path.items())}")
    picked: list[Mutant] = []
    while len(picked) < count and any(by_path.values()):
        picked += filter(_fits, [some.pop() for some in by_path.values() if some])
    return picked[:count]


# -- which tests execute a line -----------------------------------------------------------------------------


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
    for name, function in _functions(ast.parse(source), ""):
        for line in range(function.body[0].lineno, (function.end_lineno or 0) + 1):
            if by_line.get(line):
                yield name, text[line - 1].strip(), by_line[line]


# -- trying them --------------------------------------------------------------------------------------------


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
        if not pid:
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
        limit = START + 3 * sum(self.known.seconds[test] for test in tests)
        pid = os.fork()
        if pid:
            return Child(mutant, tests, pid, folder, time.monotonic() + limit)
        code = 3  # the script is at fault: the mutant was not tried
        try:
            os.setsid()
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
    pairs, changed = dict(_code(mutant)), 0
    for some in gc.get_objects():
        if isinstance(some, FunctionType) and some.__code__.co_filename == path and some.__code__ in pairs:
            some.__code__ = pairs[some.__code__]
            changed += 1
    if not changed:
        raise RuntimeError(f"no function has the code of {mutant}")


# -- the report ---------------------------------------------------------------------------------------------


def known_survivors() -> set[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Those of tests/mutants.txt: blocks of file and function, lines that go and come, and a reason."""
    known = set()
    blocks = re.split(r"\n\s*\n", KNOWN.read_text()) if KNOWN.exists() else []
    for lines in [block.strip().splitlines() for block in blocks if not block.lstrip().startswith("#")]:
        gone, come = (tuple(line[2:] for line in lines if line.startswith(f"{sign} ")) for sign in "-+")
        if lines and len(lines) == 1 + len(gone) + len(come):
            sys.exit(f"{KNOWN.name}: {lines[0]} has no reason")
        if lines:
            path, function = lines[0].split()
            known.add((path, function, gone, come))
    return known


def report(results: Sequence[tuple[str, Mutant, str]], total: int, took: float) -> int:
    """Print what came out, and give the exit code."""
    if total and not results:
        return 2  # pytest has said why
    known, code = known_survivors(), 0
    counts = defaultdict(int)
    for what, mutant, test in results:
        gone, come = mutant.change()
        if what == "survived" and (mutant.path, mutant.function, tuple(gone), tuple(come)) in known:
            what = "equivalent"
        counts[what] += 1
        if what in ("survived", "timed out", "not tried"):
            print(f"\n{what} {test}\n{mutant}")
            code |= what in ("survived", "not tried")
    summary = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
    print(f"\n{len(results)} of {total} mutants in {took:.0f} s: {summary}")
    return code


def main() -> int:
    """Read the command line, try the mutants, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "paths", nargs="*", default=PACKAGES, help="packages or files; default: five packages"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--seconds", type=float, default=60, help="of tests for each mutant, the slowest left out"
    )
    parser.add_argument("--minutes", type=float, default=math.inf, help="then no other mutant is begun")
    parser.add_argument("--fresh", action="store_true", help="measure again which lines each test executes")
    asked = parser.parse_args()
    os.chdir(ROOT)
    os.environ["ACTIVITYSTREAM_TEST_DB"] = "sqlite"
    sys.path.insert(0, str(ROOT))
    import pytest

    print(f"seed {asked.seed}")
    mutants = chosen([path.rstrip("/") for path in asked.paths], asked.seed, asked.count)
    known = executed(fresh=asked.fresh)
    net = Net(mutants, known, jobs=asked.jobs, seconds=asked.seconds, minutes=asked.minutes)
    started = time.monotonic()
    files = sorted({test.partition("::")[0] for _, tests in net.waiting for test in tests})
    options = ["-p", "no:randomly", "-p", "no:cacheprovider", "-q", "-s"]
    pytest.main([*options, *{TOP, *files}], plugins=[net])
    return report(net.results, net.total, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
