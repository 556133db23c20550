"""Mutation testing: break the engine in small ways, and list the breaks that no test notices.

    python -m scripts.mutants --seed 1 --count 300 --jobs 2
    python -m scripts.mutants --seed 1 --count 50 activitystream/feeds/pages.py

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
import math
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence

from .changes import Mutant, chosen
from .executed import executed
from .places import KNOWN, PACKAGES, ROOT
from .trial import TOP, Net


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
    parser = argparse.ArgumentParser(
        prog="python -m scripts.mutants", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
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
