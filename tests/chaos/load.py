"""The load of a run: clients, listeners and faults, and a watch on the journal beside them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from .api import Api, Errors
from .clients import Client
from .faults import Faults, Site
from .ledger import Ledger, Period
from .listeners import Listener, check_listeners
from .report import History, Report
from .settled import Settled
from .walks import any_feed, check_walks

__all__ = ["Load"]

AT_REST = 0.25
"""The part of the time, at the end, in which nobody follows, blocks or goes private."""
BLAME = 10.0
"""Seconds after a fault in which a process may end because of it."""


class Load:
    """All threads of a run. `random` makes the source of random choices of each."""

    def __init__(
        self,
        site: Site,
        ledger: Ledger,
        photos: dict[int, int],
        random: Callable[..., Random],
        report: Report,
    ) -> None:
        self._site, self._ledger, self._photos, self._random = site, ledger, photos, random
        self._report = report
        self.errors = Errors()
        self._stop, self._stop_listening, self._stop_looking = (threading.Event() for _ in range(3))
        self.history = report.history = History(Settled(self._stop_looking))
        self.clients: list[Client] = []
        self.listeners: list[Listener] = []
        self._faults: Faults | None = None

    def api(self, *who: object) -> Api:
        """A client of the site."""
        return Api([web.port for web in self._site.webs], self._random("api", *who), self.errors)

    def start(self, clients: int, listeners: int, faults: Sequence[str]) -> None:
        """Start everything."""
        self.clients = [self._client(n) for n in range(clients)]
        self.listeners = [self._listener(n) for n in range(listeners)]
        random = self._random("faults")
        self._faults = Faults(self._site, faults, random, self.history, self._report, self._stop)
        for thread in (*self.clients, *self.listeners, self._faults):
            thread.start()

    def _client(self, n: int) -> Client:
        random = self._random("client", n)
        return Client(self.api(n), self._ledger, self._photos, random, self._stop)

    def _listener(self, n: int) -> Listener:
        random, people = self._random("listener", n), self._ledger.people
        feed = any_feed(random, people[n % len(people)], people, self._photos)
        return Listener(self.api("listener", n), feed, random, self._stop_listening)

    def wait(self, seconds: float) -> None:
        """Let it go on for so long."""
        self._wait(seconds * (1 - AT_REST))
        for client in self.clients:
            client.at_rest.set()
        begin = time.monotonic() + 2  # what was under way has ended by then
        self._wait(seconds * AT_REST)
        self.history.rest = Period(begin, time.monotonic())

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._failed():
            self._supervise()
            time.sleep(0.2)

    def _supervise(self) -> None:
        """Start processes again that ended by themselves, as a supervisor does."""
        for process in self._site.processes:
            now = time.monotonic()
            if process.restart_if_ended():
                self._report.say(f"{process.name} had ended, and was started again")
                if not self.history.during(Period(now - BLAME, now)):
                    self._report.add("a process ended without a fault", f"{process.name}: {process.tail()}")

    def stop(self) -> None:
        """End clients and faults; listeners go on."""
        self._stop.set()
        for thread in (self._faults, *self.clients):
            if thread is not None and thread.is_alive():
                thread.join(60)

    def stop_listening(self) -> None:
        """End the listeners."""
        self._stop_listening.set()

    def close(self) -> None:
        """End everything, so that nothing is started any more."""
        self.stop_listening()
        self.stop()
        self._stop_looking.set()
        self.history.settled.join()

    def check(self) -> Counter[str]:
        """Report what clients and listeners saw and should not have. What they did, by kind."""
        walks = [walked for client in self.clients for walked in client.walks]
        check_walks(walks, self._ledger, self.history, self._report)
        check_listeners(self.listeners, self._ledger, self.history, self._report)
        self._report.check_errors(self.errors, self.history)
        self._report.check_waits(self.errors, self.history, len(self._site.webs))
        for error in self._failed():
            self._report.add("the test itself failed", repr(error))
        done = Counter[str]()
        for one in (*self.clients, *self.listeners):
            done += one.done
        return done

    def _failed(self) -> list[BaseException]:
        threads = (*self.clients, *self.listeners, self._faults)
        return [one.error for one in threads if one is not None and one.error is not None]
