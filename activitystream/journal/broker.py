"""The broker of the workers, which may be down: a publish waits for it at most once in a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from functools import cache
from typing import Any

from django.core.signals import setting_changed
from django.db import connections

from activitystream.breaker import Breaker
from activitystream.conf import settings

__all__ = ["send_to_broker"]

WITHIN = 0.5
"""Seconds that a publish waits for a broker that does not answer."""

ABANDONED_AFTER = 60.0
"""Seconds after which a client of the broker that is still waiting is not expected to find out anything."""

MAX_WAITING = 16
"""Threads that may wait for a broker during an outage: if none of them ends, no other is started."""


def send_to_broker(send: Callable[[], object], *, blocking: bool) -> None:
    """Call a function that sends a journal entry to the workers, unless their broker is known to be down.

    An entry that is not sent is left to the sweeper, and no error is raised. `blocking`: the function may
    wait for a server that is silent, so it runs in a thread, which the caller leaves after `WITHIN` seconds.
    Pass False for a function that needs the caller's database connection.
    """
    _broker().send_to_broker(send, blocking=blocking)


class _Broker:
    """A circuit breaker around the broker. During an outage, threads that nobody waits for try it again."""

    def __init__(self) -> None:
        self._breaker = Breaker(
            settings.RETRY_AFTER, "the broker of the workers", "the sweeper does their work", broker="workers"
        )
        self._waiting: list[threading.Thread] = []
        self._last = 0.0

    def send_to_broker(self, send: Callable[[], object], *, blocking: bool) -> None:
        is_down = self._breaker.is_open
        if (is_down and self._is_being_tried()) or not self._breaker.lets_through():
            return
        if not blocking:
            self._try(send)
            return
        # The context goes along, for tools that trace requests.
        thread = threading.Thread(
            target=copy_context().run, args=(self._try_alone, send), name="activitystream-broker", daemon=True
        )
        thread.start()
        if not is_down:
            thread.join(WITHIN)
            if thread.is_alive():
                self._breaker.failed(TimeoutError(f"no answer within {WITHIN} s"))
        if thread.is_alive():
            self._waiting, self._last = [*self._waiting, thread], time.monotonic()

    def _is_being_tried(self) -> bool:
        self._waiting = [thread for thread in self._waiting if thread.is_alive()]
        late = time.monotonic() - self._last > ABANDONED_AFTER
        return len(self._waiting) >= MAX_WAITING or (bool(self._waiting) and not late)

    def _try_alone(self, send: Callable[[], object]) -> None:
        try:
            self._try(send)
        finally:
            connections.close_all()  # of this thread: receivers of a client's signals may have used one

    def _try(self, send: Callable[[], object]) -> None:
        try:
            send()
        except Exception as error:  # noqa: BLE001  (whatever it is: the sweeper does what was not sent)
            self._breaker.failed(error)
        else:
            self._breaker.succeeded()


@cache
def _broker() -> _Broker:
    return _Broker()


def _reset(*, setting: str, **_: Any) -> None:
    """Tests override settings: another broker is not down."""
    if setting in {"ACTIVITYSTREAM", "TASKS"}:
        _broker.cache_clear()


setting_changed.connect(_reset, dispatch_uid="activitystream.journal.broker")
