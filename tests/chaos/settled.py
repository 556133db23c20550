"""Since when everything is where it belongs: the journal, looked at again and again.

What was acknowledged before a moment has reached the streams when all entries are done that were pending at
that moment. Until then, the documentation allows pages to lag behind.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from dataclasses import dataclass, field

from django.db import Error as DatabaseError
from django.db import connection

from activitystream.journal import pending

__all__ = ["Settled"]

PAUSE = 0.25


@dataclass(slots=True)
class _Look:
    at: float
    waiting: set[int]
    resolved: float | None = None


@dataclass
class Settled:
    """A thread that looks."""

    stop: threading.Event
    looks: list[_Look] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open: list[_Look] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join(30)

    def before(self, moment: float) -> float:
        """Return a time: all that was acknowledged before it had reached the streams at this moment."""
        found = -1.0
        for look in self.looks:
            if look.at > moment:
                break
            if look.resolved is not None and look.resolved <= moment:
                found = look.at
        return found

    def when(self, moment: float) -> float | None:
        """When everything acknowledged before this moment had reached the streams; None if it never had."""
        at = bisect_right(self.looks, moment, key=lambda look: look.at)
        times = [look.resolved for look in self.looks[at:] if look.resolved is not None]
        return min(times, default=None)

    def _run(self) -> None:
        while not self.stop.wait(PAUSE):
            try:
                self.look()
            except DatabaseError:
                connection.close()
        connection.close()

    def look(self) -> None:
        """Look once."""
        look = _Look(time.monotonic(), set())
        look.waiting = set(pending().values_list("pk", flat=True))
        now = time.monotonic()
        for earlier in [*self._open, look]:
            earlier.waiting &= look.waiting
            if not earlier.waiting:
                earlier.resolved = now
        self._open = [one for one in [*self._open, look] if one.resolved is None]
        self.looks.append(look)
