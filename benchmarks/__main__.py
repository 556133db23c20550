"""Measure all rows, or those that are named: `python -m benchmarks [--quick] [WORD …]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import django

from example_project.private_server import Server, ServerUnavailable, find_binary

from .sizes import FULL, QUICK, Sizes

if TYPE_CHECKING:
    from .row import Result


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only rows with this in the name")
    parser.add_argument("--quick", action="store_true", help="a look: too small for the bounds")
    parser.add_argument("--server", metavar="PATH", help="another redis-server or valkey-server")
    for field in fields(Sizes):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Measure, print, write; 1 if a row does not hold."""
    asked = arguments()
    given = {field.name: getattr(asked, field.name) for field in fields(Sizes)}
    sizes = replace(QUICK if asked.quick else FULL, **{name: n for name, n in given.items() if n is not None})
    try:
        with (
            tempfile.TemporaryDirectory(prefix="activitystream-bench-") as folder,
            closing(Server(asked.server or find_binary())) as server,
        ):
            os.environ["ACTIVITYSTREAM_BENCH_REDIS"] = server.url
            os.environ.setdefault("ACTIVITYSTREAM_BENCH_NAME", _name(Path(folder)))
            os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
            django.setup()
            with database():
                results = run(sizes, server.url, asked.words)
    except ServerUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    from .report import write

    print(f"Written to {write(results)}")
    return int(any(result.holds is False for result in results))


def _name(folder: Path) -> str:
    if os.environ.get("ACTIVITYSTREAM_BENCH_DB", "sqlite") == "sqlite":
        return str(folder / "db.sqlite3")
    return f"activitystream_bench_{os.getpid()}"


@contextmanager
def database() -> Iterator[None]:
    """A new database, dropped at the end."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def run(sizes: Sizes, url: str, words: list[str]) -> list[Result]:
    """Measure the rows, and print each as it is done."""
    from .report import line
    from .row import measure
    from .rows import ROWS
    from .world import World

    world = World(sizes, url)
    print(f"Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors at the start", flush=True)
    results = []
    for row in ROWS:
        if not words or any(word in row.name for word in words):
            results.append(measure(row(world)))
            print(line(results[-1]), flush=True)
    print(f"Load {os.getloadavg()[0]:.1f} at the end, of which about 1 is this")
    return results


if __name__ == "__main__":
    sys.exit(main())
