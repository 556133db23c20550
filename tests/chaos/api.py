"""The API as a client uses it: real HTTP, several web processes, answers that get lost."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any, NamedTuple

from .ledger import FOREVER, Period

__all__ = ["PASSWORD", "Answer", "Api", "Errors"]

PASSWORD = "chaos"
TIMEOUT = 30.0
SLOW = 2.0
"""Seconds after which an answer is slow."""
AFTERMATH = 2.0
"""Seconds after a lost connection in which the server may still commit what it was asked for."""


class Answer(NamedTuple):
    """What came back: a status of 0 is a lost answer."""

    status: int
    body: Any
    period: Period

    @property
    def is_done(self) -> bool:
        """It was done."""
        return 200 <= self.status < 300

    @property
    def is_open(self) -> bool:
        """It may have been done, or not."""
        return self.status == 0 or self.status >= 500


class Errors:
    """Answers of 500 and more, with their times, answers that were lost, and slow ones."""

    def __init__(self) -> None:
        self.found: list[tuple[Period, str]] = []
        self.lost: Counter[str] = Counter()
        self.slow: list[tuple[Period, str]] = []

    def note(self, answer: Answer, what: str) -> None:
        """Write it down, if it is one."""
        if answer.status >= 500:
            self.found.append((answer.period, f"{answer.status} {what}"))
        elif answer.status == 0:
            self.lost[answer.body] += 1
        if answer.period.end - answer.period.begin > SLOW:
            self.slow.append((answer.period, what))


class Api:
    """One client: it keeps its connections, and goes to another web process when one does not answer."""

    def __init__(self, ports: Sequence[int], random: Random, errors: Errors) -> None:
        self.ports, self._random, self._errors = ports, random, errors
        self._open: dict[int, HTTPConnection] = {}

    def send(self, who: int | None, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request once. One that no process took is sent again: it certainly was not done."""
        begin = time.monotonic()
        while True:
            port = self._random.choice(self.ports)
            connection = self._connection(port)
            if connection is not None:
                break
            if time.monotonic() - begin > TIMEOUT:
                return Answer(0, "refused", Period(begin, time.monotonic()))
            time.sleep(0.05)
        answer = self._exchange(connection, begin, method, path, body, head(who) | headers)
        if answer.status in (0, 500):
            self._drop(port)
        self._errors.note(answer, f"{method} {path} as {who}")
        return answer

    def get(self, who: int | None, path: str, patience: float = 20) -> Answer:
        """Read, and read again after a lost answer or an error, as a reader does."""
        begin = time.monotonic()
        while True:
            answer = self.send(who, "GET", path)
            if not answer.is_open or time.monotonic() - begin > patience:
                return answer
            time.sleep(0.1)

    def close(self) -> None:
        """Close its connections."""
        for port in list(self._open):
            self._drop(port)

    def _connection(self, port: int) -> HTTPConnection | None:
        if port not in self._open:
            connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
            try:
                connection.connect()
            except OSError:
                return None
            self._open[port] = connection
        return self._open[port]

    def _exchange(
        self, connection: HTTPConnection, begin: float, method: str, path: str, body: Any, headers: Any
    ) -> Answer:
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            data = response.read()
        except TimeoutError:
            return Answer(0, "timed out", Period(begin, FOREVER))
        except (OSError, HTTPException) as error:
            return Answer(0, type(error).__name__, Period(begin, time.monotonic() + AFTERMATH))
        return Answer(response.status, _parsed(data), Period(begin, time.monotonic()))

    def _drop(self, port: int) -> None:
        if (connection := self._open.pop(port, None)) is not None:
            connection.close()


def head(who: int | None) -> dict[str, str]:
    """The headers of a request of this person, or of nobody."""
    plain = {"Content-Type": "application/json", "Accept": "application/json"}
    if who is None:
        return plain
    token = base64.b64encode(f"p{who}:{PASSWORD}".encode()).decode()
    return plain | {"Authorization": f"Basic {token}"}


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return data[:500].decode(errors="replace")
