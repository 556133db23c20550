"""A circuit breaker: a server that could not be reached is left alone, so that one request waits for it."""

from __future__ import annotations

import logging
import threading
import time

__all__ = ["Breaker"]

logger = logging.getLogger("activitystream")


class Breaker:
    """Leaves a server that could not be reached alone for `retry_after` seconds at a time.

    The log reports the beginning and the end of an outage, not each request in between.
    """

    def __init__(self, retry_after: float, server: str, meanwhile: str, **facts: str) -> None:
        """Make a closed breaker. The log lines name the `server`, say what happens `meanwhile` ("the database
        answers"), and carry the `facts` in `extra`."""
        self._retry_after = retry_after
        self._server, self._meanwhile, self._facts = server, meanwhile, facts
        self._lock = threading.Lock()
        self._until: float | None = None
        self._since = 0.0

    @property
    def is_open(self) -> bool:
        """True while the server is not known to answer again."""
        return self._until is not None

    def lets_through(self) -> bool:
        """Return True if the server may be asked now. During an outage that is one request each `retry_after`
        seconds, which finds out whether the server answers again."""
        if self._until is None:
            return True
        with self._lock:
            now = time.monotonic()
            if self._until is None:
                return True  # another request was answered meanwhile
            if now < self._until:
                return False
            self._until = now + self._retry_after
            return True

    def failed(self, error: Exception) -> None:
        """Note that the server could not be reached."""
        with self._lock:
            now = time.monotonic()
            begins = self._until is None
            if begins:
                self._since = now
            self._until = now + self._retry_after
        if begins:
            logger.warning(
                "%s cannot be reached, %s meanwhile: %s: %s",
                self._server,
                self._meanwhile,
                type(error).__name__,
                error,
                extra={"event": "outage", **self._facts},
            )

    def succeeded(self) -> None:
        """Note that the server answered."""
        if self._until is None:
            return
        with self._lock:
            ends, self._until = self._until is not None, None
            seconds = time.monotonic() - self._since
        if ends:
            logger.warning(
                "%s answers again, after %.0f s",
                self._server,
                seconds,
                extra={"event": "outage_over", "seconds": seconds, **self._facts},
            )
