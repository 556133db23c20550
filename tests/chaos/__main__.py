"""`python -m tests.chaos`: run the site, break it, and say what differed from what it should have shown."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .servers import Store


def _numbers(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--seconds", type=float, default=600, help="how long faults and clients go on (600)")
    add("--seed", type=int, help="repeats the choices of a run, though not the order of its threads")
    add("--people", type=int, default=8, help="people on the site (8)")
    add("--clients", type=int, default=5, help="clients that act for them at once (5)")
    add("--listeners", type=int, default=4, help="pages that listen to live feeds (4)")
    add("--webs", type=int, default=2, help="web processes (2)")
    add("--workers", type=int, default=1, help="worker processes (1)")
    add("--sweepers", type=int, default=1, help="sweeper processes (1)")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    _numbers(parser)
    add = parser.add_argument
    add("--only", default="", help="names of the faults to choose from, with commas; `none`: no faults")
    add("--without", default="", help="names of faults to leave out")
    add("--all", action="store_true", help="choose from those, too, that find what is not mended yet")
    add("--list", action="store_true", help="say what faults there are, and end")
    add("--keep", action="store_true", help="keep the folder with the logs")
    return parser.parse_args()


def _stop(number: int, frame: Any) -> None:
    # Only once: what is being put away must not be interrupted by a second Ctrl-C.
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Run it. The exit code: 0 if nothing differs, 1 if something does, 130 if it was interrupted."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    sys.stdout.write(f"seed {seed}\n")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        if not options.keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        store = Store()
        stack.callback(lambda: store.close())
        site = {"folder": str(folder), "redis": store.url, "streams": True}
        is_sqlite = os.environ.get("ACTIVITYSTREAM_TEST_DB", "sqlite") == "sqlite"
        site["database"] = str(folder / "db.sqlite3") if is_sqlite else f"chaos_{os.getpid()}"
        os.environ["CHAOS_SITE"] = json.dumps(site)
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.chaos.settings"
        import django

        django.setup()
        from .run import Run, list_faults

        if options.list:
            list_faults()
            return 0
        try:
            return Run(options, seed, folder, store, site).go()
        except KeyboardInterrupt:
            sys.stdout.write(f"interrupted; seed {seed}\n")
            return 130


if __name__ == "__main__":
    raise SystemExit(main())
