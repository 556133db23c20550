"""One run: start everything, let it go on, heal, compare."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection

from activitystream.journal import pending

from .api import Api
from .faults import LATER, SCENARIOS, Site
from .ledger import Ledger
from .listeners import LAG
from .load import Load
from .people import database, make_people
from .processes import Web, command, sweeper, worker
from .report import Report
from .servers import Store
from .twin import Comparison, check_ledger, check_shown

HEAL_TIMEOUT = 120.0
"""Seconds that the journal may take to run dry when all faults have ended."""


def chosen(options: argparse.Namespace) -> list[str]:
    """The faults to choose from."""
    only, without = (set(filter(None, text.split(","))) for text in (options.only, options.without))
    if unknown := (only | without) - {*SCENARIOS, "none"}:
        raise SystemExit(f"There is no fault {', '.join(sorted(unknown))}; --list names them.")
    names = only or set(SCENARIOS) - (set() if options.all else set(LATER))
    return [name for name in SCENARIOS if name in names - without]


def list_faults() -> None:
    """Write down what faults there are."""
    for name in SCENARIOS:
        sys.stdout.write(f"{name}{f' (only with --all: {LATER[name]})' if name in LATER else ''}\n")


class Run:
    """The whole of it."""

    def __init__(
        self, options: argparse.Namespace, seed: int, folder: Path, store: Store, site: dict[str, Any]
    ) -> None:
        self._options, self._seed, self._folder, self._store = options, seed, folder, store
        self._env, self._twin_env = json.dumps(site), json.dumps({**site, "streams": False})
        self._report = Report(seed)

    def go(self) -> int:
        """Run it. The exit code."""
        options, faults = self._options, chosen(self._options)
        with ExitStack() as stack:
            stack.enter_context(database())
            ledger, photos = make_people(options.people, self._random("people"))
            site = self._site(stack)
            load = Load(site, ledger, photos, self._random, self._report)
            stack.callback(load.close)
            load.start(options.clients, options.listeners, faults)
            load.wait(options.seconds)
            load.stop()
            self._report.say("faults and clients have ended")
            self._heal(site)
            time.sleep(LAG)
            load.history.settled.look()
            self._compare(load, ledger, photos)
            load.close()
            return self._report.finish(load.check(), load.errors)

    def _random(self, *who: object) -> Random:
        return Random(f"{self._seed} {who}")

    def _site(self, stack: ExitStack) -> Site:
        """Start the processes; all end with the stack."""
        folder, env, options = self._folder, self._env, self._options
        site = Site(
            folder,
            self._store,
            [Web(f"web{n}", folder, env) for n in range(options.webs)],
            [worker(f"worker{n}", folder, env) for n in range(options.workers)],
            [sweeper(f"sweeper{n}", folder, env) for n in range(options.sweepers)],
        )
        for process in site.processes:
            stack.callback(process.kill)
            process.start()
        for process in site.processes:
            process.wait_until_ready()
        self._report.say(f"{len(site.processes)} processes on {connection.vendor}")
        return site

    def _heal(self, site: Site) -> None:
        """Start what is not there, and let the journal run dry."""
        connection.close()  # a fault may have ended it
        for process in site.processes:
            process.start()
            process.wait_until_ready()
        deadline = time.monotonic() + HEAL_TIMEOUT
        while pending().exists() and time.monotonic() < deadline:
            # A clock that was ahead has left entries that look young for minutes.
            command(self._folder, self._env, "activitystream_sweep", "--now")
            time.sleep(0.5)
        if left := pending().count():
            self._report.add("the journal does not run dry", f"{left} entries are left")
        else:
            self._report.say("the journal has run dry")

    def _compare(self, load: Load, ledger: Ledger, photos: dict[int, int]) -> None:
        """Compare what is there with the twin, and with what was acknowledged."""
        report = self._report
        with self._twin() as port:
            twin = Api([port], Random(0), load.errors)
            check_shown(load.listeners, twin, ledger, report)
            load.stop_listening()
            self._verify()
            comparison = Comparison(load.api("compare"), twin, report)
            comparison.run(ledger, photos)
            report.say(f"{comparison.pages} pages compared with the twin")
        check_ledger(ledger, report)

    def _verify(self) -> None:
        code, text = command(self._folder, self._env, "activitystream_verify")
        if code != 0:
            self._report.add("activitystream_verify", f"ends with {code}:\n{text[-1500:]}")

    @contextmanager
    def _twin(self) -> Iterator[int]:
        twin = Web("twin", self._folder, self._twin_env)
        try:
            twin.start()
            twin.wait_until_ready()
            yield twin.port
        finally:
            twin.kill()
