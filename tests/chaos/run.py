"""One run: start everything, let it go on, heal, compare."""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection

from activitystream.journal import pending
from activitystream.models import Follow, Ref
from tests.app.models import Photo, Profile

from .api import PASSWORD, Api, Errors
from .clients import Client
from .faults import LATER, SCENARIOS, Faults, Site
from .ledger import Ledger, Period
from .listeners import LAG, Listener, check_listeners
from .processes import Web, command, sweeper, worker
from .report import History, Report
from .servers import Store
from .settled import Settled
from .twin import Comparison, check_ledger, check_shown
from .walks import any_feed, check_walks

HEAL_TIMEOUT = 120.0
"""Seconds that the journal may take to run dry when all faults have ended."""
AT_REST = 0.25
"""The part of the time, at the end, in which nobody follows, blocks or goes private."""


class Run:
    """The whole of it."""

    def __init__(
        self, options: argparse.Namespace, seed: int, folder: Path, store: Store, site: dict[str, Any]
    ) -> None:
        self._options, self._seed, self._folder, self._store = options, seed, folder, store
        self._env, self._twin_env = json.dumps(site), json.dumps({**site, "streams": False})
        self._report, self._errors = Report(seed), Errors()
        self._stop, self._stop_listening = threading.Event(), threading.Event()

    def go(self) -> int:
        """Run it. The exit code."""
        options = self._options
        if options.list:
            for name in SCENARIOS:
                self._report.say(f"{name}{': only with --all; ' + LATER[name] if name in LATER else ''}")
            return 0
        with ExitStack() as stack:
            stack.enter_context(_database())
            ledger, photos = self._people()
            site = self._site(stack)
            return self._run(stack, site, ledger, photos)

    def _names(self) -> list[str]:
        """The faults to choose from."""
        only, without = (
            set(filter(None, text.split(","))) for text in (self._options.only, self._options.without)
        )
        if unknown := (only | without) - {*SCENARIOS, "none"}:
            raise SystemExit(f"no such fault: {', '.join(sorted(unknown))}; --list names them")
        names = only or set(SCENARIOS) - (set() if self._options.all else set(LATER))
        return [name for name in SCENARIOS if name in names - without]

    def _random(self, *who: object) -> Random:
        return Random(f"{self._seed} {who}")

    def _people(self) -> tuple[Ledger, dict[int, int]]:
        """People with a photo each, most of whom follow one another."""
        people = list(range(1, self._options.people + 1))
        password = make_password(PASSWORD)
        users = get_user_model().objects.bulk_create(
            get_user_model()(pk=pk, username=f"p{pk}", password=password) for pk in people
        )
        Profile.objects.bulk_create(Profile(user=user) for user in users)
        photos = {100 + pk: pk for pk in people}
        Photo.objects.bulk_create(
            Photo(pk=pk, owner_id=owner, caption="photo") for pk, owner in photos.items()
        )
        random = self._random("people")
        follows = [
            (one, other) for one in people for other in people if one != other and random.random() < 0.6
        ]
        refs = {user.pk: Ref.of(user) for user in users}
        Follow.objects.bulk_create(
            Follow(
                follower_id=one,
                followee_type=refs[other].content_type,
                followee_id=refs[other].id,
                kind="follow",
                actor_only=True,
            )
            for one, other in follows
        )
        return Ledger(people, follows), photos

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

    def _run(self, stack: ExitStack, site: Site, ledger: Ledger, photos: dict[int, int]) -> int:
        options, report = self._options, self._report
        quiet = threading.Event()
        history = History(Settled(quiet))
        report.history = history
        ports = [web.port for web in site.webs]

        def api(*who: object, stop: threading.Event = self._stop) -> Api:
            return Api(ports, self._random("api", *who), self._errors, stop)

        clients = [
            Client(api(n), ledger, photos, self._random("client", n), self._stop)
            for n in range(options.clients)
        ]
        listeners = [
            self._listener(n, api("listener", n, stop=self._stop_listening), ports, ledger, photos)
            for n in range(options.listeners)
        ]
        faults = Faults(site, self._names(), self._random("faults"), history, report, self._stop)
        threads: list[Any] = [*clients, *listeners, faults]
        for event in (self._stop, self._stop_listening, quiet):
            stack.callback(event.set)
        for thread in threads:
            thread.start()
        self._wait(self._options.seconds * (1 - AT_REST), threads, site, history)
        for client in clients:
            client.at_rest.set()
        self._wait(self._options.seconds * AT_REST, threads, site, history)
        self._stop.set()
        for thread in [faults, *clients]:
            thread.join(60)
        report.say("faults and clients have ended")
        self._heal(site)
        time.sleep(LAG)
        history.settled.look()
        done = Counter[str]()
        with self._twin(site) as twin_ports:
            twin = Api(twin_ports, Random(0), self._errors, self._stop)
            check_shown(listeners, twin, ledger, report)
            self._stop_listening.set()
            self._verify()
            comparison = Comparison(api("compare"), twin, report)
            comparison.run(ledger, photos)
            report.say(f"{comparison.pages} pages compared with the twin")
        quiet.set()
        history.settled.join()
        check_ledger(ledger, report)
        check_walks([walked for client in clients for walked in client.walks], ledger, history, report)
        check_listeners(listeners, ledger, history, report)
        report.check_errors(self._errors, history)
        for one in [*clients, *listeners]:
            done += one.done
        for one in threads:
            if one.error is not None:
                report.add("the test itself failed", f"{type(one).__name__}: {one.error!r}")
        return report.finish(done, self._errors)

    def _listener(
        self, n: int, api: Api, ports: list[int], ledger: Ledger, photos: dict[int, int]
    ) -> Listener:
        random = self._random("listener", n)
        who = ledger.people[n % len(ledger.people)]
        feed = any_feed(random, who, ledger.people, photos)
        return Listener(api, ports, feed, random, self._stop_listening)

    def _wait(self, seconds: float, threads: list[Any], site: Site, history: History) -> None:
        """Let it go on, and start processes again that end by themselves: the database may be gone."""
        deadline = time.monotonic() + seconds
        while (now := time.monotonic()) < deadline and not any(one.error for one in threads):
            for process in site.processes:
                if process.restart_if_ended():
                    self._report.say(f"{process.name} had ended, and was started again")
                    if not history.during(Period(now - 10, now)):
                        self._report.add(
                            "a process ended without a fault", f"{process.name}: {process.tail()}"
                        )
            time.sleep(0.2)

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
        self._report.say("the journal has run dry")

    def _verify(self) -> None:
        code, text = command(self._folder, self._env, "activitystream_verify")
        if code != 0:
            self._report.add("activitystream_verify", f"ends with {code}:\n{text[-1500:]}")

    @contextmanager
    def _twin(self, site: Site) -> Iterator[list[int]]:
        twin = Web("twin", self._folder, self._twin_env)
        try:
            twin.start()
            twin.wait_until_ready()
            yield [twin.port]
        finally:
            twin.kill()


@contextmanager
def _database() -> Iterator[None]:
    """A database of this run alone."""
    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    is_server = connection.vendor != "sqlite"
    if is_server:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        if is_server:
            force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}{force}")
