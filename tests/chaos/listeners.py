"""Listeners: pages that stay open on a live feed, and what must be true of each.

A listener does what the guide says: it reads the page when it is told to, shows what is new, and takes away
what is removed. What it shows is written down with the time.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from .api import Api, head
from .ledger import Ledger, Made, Period, Sight
from .report import AGAIN_AND_AGAIN

if TYPE_CHECKING:
    from .report import History, Report
    from .walks import FeedOf

__all__ = ["Listener", "check_listeners"]

SILENCE = 12.0
"""Seconds without a heartbeat after which a connection is dead; heartbeats come every two."""
LAG = 8.0
"""Seconds that an event may take to a client on a busy machine, once its fan-out is done."""
INSTANT = 0.001
"""Seconds after an answer from which what it acknowledged is certain."""
EVERYTHING = 500


class Heard(NamedTuple):
    """Something that happened to a listener."""

    at: float
    kind: str
    """open, lost, refused, page, activity or remove."""
    ids: dict[int, Any]
    """Ids, with the numbers in the data."""


class Listener(threading.Thread):
    """An open page. It comes back after a lost connection, to any process."""

    def __init__(self, api: Api, feed: FeedOf, random: Random, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.feed, self._api, self._random = feed, api, random
        self._stop_asked = stop
        self._last_id = ""
        self.heard: list[Heard] = []
        self.shown: dict[int, Any] = {}
        self.page_read = 0.0
        """When it last asked for a page."""
        self.done: Counter[str] = Counter()
        self.error: BaseException | None = None

    def run(self) -> None:
        """Listen until it is told to stop."""
        try:
            while not self._stop_asked.is_set():
                with suppress(OSError, HTTPException, ValueError):
                    self._listen()
                self._hear("lost", {})
                self._stop_asked.wait(0.3)
        except BaseException as error:  # noqa: BLE001  (the runner reports it)
            self.error = error
        finally:
            self._api.close()

    def _listen(self) -> None:
        port = self._random.choice(self._api.ports)
        connection = HTTPConnection("127.0.0.1", port, timeout=SILENCE)
        try:
            headers = head(self.feed.viewer) | {"Accept": "text/event-stream"}
            if self._last_id:
                headers["Last-Event-ID"] = self._last_id
            connection.request("GET", f"{self.feed.path}live/", headers=headers)
            response = connection.getresponse()
            if response.status == 200:
                self._read(response)
            else:
                self.done[f"live refused: {response.status}"] += 1
                self._show({}, "refused")  # nothing of it may be read now
                self._stop_asked.wait(1)
        finally:
            connection.close()

    def _read(self, response: HTTPResponse) -> None:
        self._hear("open", {})
        fields: dict[str, str] = {}
        while not self._stop_asked.is_set():
            line = response.readline()
            if not line:
                return
            text = line.decode().rstrip("\n")
            if not text:
                self._take(fields)
                fields = {}
                continue
            name, _, value = text.partition(":")
            fields[name] = value.removeprefix(" ")

    def _take(self, fields: dict[str, str]) -> None:
        self._last_id = fields.get("id", self._last_id)
        kind = fields.get("event")
        if kind is None:
            self.done["heartbeats"] += 1
            return
        self.done[f"live {kind}"] += 1
        data = json.loads(fields["data"])
        if kind == "reset":
            self._load()
        elif kind == "activity":
            self.shown[int(data["id"])] = data["data"].get("n")
            self._hear("activity", {int(data["id"]): data["data"].get("n")})
        elif kind == "remove":
            self.shown.pop(int(data["id"]), None)
            self._hear("remove", {int(data["id"]): None})

    def _load(self) -> None:
        self.page_read = time.monotonic()
        answer = self._api.get(self.feed.viewer, f"{self.feed.path}?limit={EVERYTHING}")
        if answer.is_done:
            self._show({int(entry["id"]): entry["data"].get("n") for entry in answer.body["results"]})
        elif answer.is_open:
            raise OSError("the page cannot be read")
        else:
            self._show({}, "refused")

    def _show(self, ids: dict[int, Any], kind: str = "page") -> None:
        self.shown = dict(ids)
        self._hear(kind, dict(ids))

    def _hear(self, kind: str, ids: dict[int, Any]) -> None:
        self.heard.append(Heard(time.monotonic(), kind, ids))

    def is_up(self, period: Period) -> bool:
        """Whether it was connected all the time."""
        before = [one for one in self.heard if one.kind in ("open", "lost") and one.at <= period.end]
        return bool(before) and before[-1].kind == "open" and before[-1].at < period.begin


def check_listeners(listeners: Iterable[Listener], ledger: Ledger, history: History, report: Report) -> None:
    """Report what listeners heard and should not have, and what they did not hear."""
    for listener in listeners:
        _check_calm(listener, history, report)
        for heard in listener.heard:
            if heard.kind == "activity":
                _check_hidden(listener, heard, ledger, history, report)
        for made in list(ledger.made.values()):
            _check_arrival(listener, made, ledger, history, report)


def _check_calm(listener: Listener, history: History, report: Report) -> None:
    """While people stay as they are, a page is read again for the sake of a fault alone."""
    rest = history.rest
    if rest is None:
        return
    pages = [one.at for one in listener.heard if one.kind == "page" and rest.begin < one.at < rest.end]
    if len(pages) > 2 * len(history.during(rest)) + 2:
        heard = [one for one in listener.heard if pages[0] - 1 < one.at <= pages[-1]]
        story = ", ".join(f"{report.at(one.at).strip()} {one.kind}" for one in heard[:40])
        text = f"{listener.feed}: {len(pages)} times: {story}"
        report.add(AGAIN_AND_AGAIN, text)


def _check_hidden(listener: Listener, heard: Heard, ledger: Ledger, history: History, report: Report) -> None:
    settled = history.must_hold(Period(heard.at - LAG, heard.at))
    sight = Sight(ledger, settled)
    for id in heard.ids:
        if (made := ledger.made.get(id)) and sight.shows(listener.feed, made) is False:
            report.differ("was sent live though it was hidden or gone", listener.feed, settled, [id], ledger)


def _check_arrival(listener: Listener, made: Made, ledger: Ledger, history: History, report: Report) -> None:
    """What was published while somebody listened arrives, or is on a page that was read again."""
    settled = history.settled.when(made.born.end)
    if settled is None:
        return
    deadline = settled + LAG
    if not listener.is_up(Period(deadline - LAG, deadline)):
        return
    period = Period(made.born.end + INSTANT, deadline)
    if made.exists.values(period) != {True}:
        return
    if not Sight(ledger, period).shows(listener.feed, made):
        return
    for heard in listener.heard:
        if made.born.begin <= heard.at <= deadline and made.id in heard.ids and heard.kind != "remove":
            return
    report.differ("did not arrive live", listener.feed, period, [made.id], ledger)
