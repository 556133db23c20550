"""Faults, each a scenario with a name. A thread chooses one after the other by the seed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from django.db import connection

from .ledger import Period
from .processes import Process, Web
from .report import Disturbance, History, Report
from .servers import Store
from .site.rules import ALWAYS, AS_IN_THE_GUIDE, BROKEN_BROKER, RAISING_RULE, REFUSES, SILENT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LATER", "SCENARIOS", "Faults", "Site"]

SNAPSHOT_AGE = 4.0
"""Seconds by which a snapshot, or a replica, is behind."""


@dataclass
class Site:
    """What there is to break."""

    folder: Path
    store: Store
    webs: Sequence[Web]
    workers: Sequence[Process]
    sweepers: Sequence[Process]

    @property
    def processes(self) -> list[Process]:
        """All of them."""
        return [*self.webs, *self.workers, *self.sweepers]


Scenario = Callable[[Site, Random], str]
SCENARIOS: dict[str, Scenario] = {}

LATER = {
    "very-skewed-clock": "a process whose clock is 90 s wrong or more does not find who listens live",
    "raising-rule": "if the rule of a site raises at an event, all live pages are reset again and again",
}
"""Scenarios that a run without `--all` leaves out, each with its reason: they find faults that are known."""


def scenario(name: str) -> Callable[[Scenario], Scenario]:
    """Decorator: a scenario of this name. It returns what it did."""

    def decorate(function: Scenario) -> Scenario:
        SCENARIOS[name] = function
        return function

    return decorate


def _kill(process: Process, random: Random) -> str:
    process.kill()
    down = random.uniform(0, 1.5)
    time.sleep(down)
    process.start()
    process.wait_until_ready()
    return f"{process.name}, down for {down:.1f} s"


@scenario("kill-web")
def _kill_web(site: Site, random: Random) -> str:
    return _kill(random.choice(site.webs), random)


@scenario("kill-worker")
def _kill_worker(site: Site, random: Random) -> str:
    return _kill(random.choice(site.workers), random)


@scenario("kill-sweeper")
def _kill_sweeper(site: Site, random: Random) -> str:
    return _kill(random.choice(site.sweepers), random)


@scenario("flush")
def _flush(site: Site, random: Random) -> str:
    site.store.flush()
    return "FLUSHALL"


@scenario("delete-keys")
def _delete_keys(site: Site, random: Random) -> str:
    site.store.delete_some(random)
    return "some keys at random"


@scenario("restart-empty")
def _restart_empty(site: Site, random: Random) -> str:
    down = random.choice([0.0, random.uniform(0.2, 3)])
    site.store.restart_empty(down)
    return f"down for {down:.1f} s"


@scenario("old-snapshot")
def _old_snapshot(site: Site, random: Random) -> str:
    site.store.save()
    time.sleep(SNAPSHOT_AGE)
    site.store.restart_from_snapshot()
    return f"{SNAPSHOT_AGE} s old"


@scenario("failover")
def _failover(site: Site, random: Random) -> str:
    replica = site.store.replicate()
    time.sleep(SNAPSHOT_AGE)
    site.store.fail_over(replica)
    return f"to a replica that was {SNAPSHOT_AGE} s behind"


@scenario("kill-connections")
def _kill_connections(site: Site, random: Random) -> str:
    if connection.vendor != "postgresql":
        return "skipped: not PostgreSQL"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return f"{cursor.fetchone()[0]} connections to the database"


@scenario("skewed-clock")
def _skewed_clock(site: Site, random: Random) -> str:
    return _skew(site, random, random.uniform(5, 45))


@scenario("very-skewed-clock")
def _very_skewed_clock(site: Site, random: Random) -> str:
    return _skew(site, random, random.uniform(100, 300))


def _skew(site: Site, random: Random, seconds: float) -> str:
    process = random.choice([*site.webs, *site.workers])
    clock = random.choice([-1, 1]) * seconds
    for skew in (clock, 0):
        process.kill()
        process.start(skew)
        process.wait_until_ready()
        time.sleep(random.uniform(2, 8) if skew else 0)
    return f"{process.name} by {clock:.0f} s"


@scenario("slow-redis")
def _slow_redis(site: Site, random: Random) -> str:
    seconds = random.uniform(0.1, 1.5)
    act = random.choice([site.store.pause, site.store.hang])
    act(seconds)
    return f"{act.__name__} for {seconds:.1f} s"


@scenario("slow-process")
def _slow_process(site: Site, random: Random) -> str:
    process, seconds = random.choice(site.processes), random.uniform(0.2, 2)
    process.send(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        process.send(signal.SIGCONT)
    return f"{process.name} stopped for {seconds:.1f} s"


@scenario("raising-rule")
def _raising_rule(site: Site, random: Random) -> str:
    if random.random() < 0.3:
        return _switch(site.folder / RAISING_RULE, random.uniform(0.5, 4), ALWAYS)
    return _switch(site.folder / RAISING_RULE, random.uniform(8, 14), AS_IN_THE_GUIDE)


@scenario("broken-broker")
def _broken_broker(site: Site, random: Random) -> str:
    return _switch(site.folder / BROKEN_BROKER, random.uniform(3, 10), random.choice([REFUSES, SILENT]))


def _switch(file: Path, seconds: float, how: str) -> str:
    fresh = file.with_suffix(".new")
    fresh.write_text(how)
    fresh.replace(file)
    try:
        time.sleep(seconds)
    finally:
        file.unlink()
    return f"{how}, for {seconds:.1f} s"


class Faults(threading.Thread):
    """Chooses, and does; each fault has ended before the next begins."""

    def __init__(
        self,
        site: Site,
        names: Sequence[str],
        random: Random,
        history: History,
        report: Report,
        stop: threading.Event,
    ) -> None:
        super().__init__(daemon=True)
        self._site, self._names, self._random = site, names, random
        self._history, self._report, self._stop_asked = history, report, stop
        self.error: BaseException | None = None

    def run(self) -> None:
        """Break something every few seconds."""
        try:
            while self._names and not self._stop_asked.wait(self._random.uniform(1, 5)):
                self._do(self._random.choice(self._names))
        except BaseException as error:  # noqa: BLE001  (the runner reports it)
            self.error = error
        finally:
            connection.close()

    def _do(self, name: str) -> None:
        begin = time.monotonic()
        detail = SCENARIOS[name](self._site, self._random)
        self._history.disturbances.append(Disturbance(name, detail, Period(begin, time.monotonic())))
        self._report.say(f"fault {name}: {detail}")
