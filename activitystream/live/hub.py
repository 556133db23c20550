"""The hub: one thread for each process that reads the event logs for all who watch here.

It runs while somebody watches. All that is done for an event is done here, for all watchers at once: bodies
and facts are read once, and what a reader may know is decided once for all connections of that reader. A
connection costs a coroutine and a queue. If a hook of the site raises, the connections concerned are ended,
or the event is skipped (`news.Failures`); the hub never meets an event again. Each space has its own log and
its own `delivery`; the thread visits those in which somebody watches.
"""

from __future__ import annotations

import logging
import os
import threading
import time

from django.db import connections

from activitystream.exceptions import StoreUnavailable, UnknownSpace
from activitystream.feeds.facts import load_facts
from activitystream.spaces import using
from activitystream.streams.events import Listener, Position

from .counts import Newest
from .delivery import Delivery
from .joining import catch_up, get_log, send_since, watch
from .members import Members
from .watchers import Watcher

__all__ = ["Hub", "get_hub"]

logger = logging.getLogger("activitystream")

PAUSE = 1.0
"""Seconds after which the log is looked at, woken or not."""


class Hub:
    """Of one process."""

    def __init__(self) -> None:
        self.members = Members()
        self._thread: threading.Thread | None = None
        self._deliveries: dict[str, Delivery] = {}
        """By space."""

    # -- for connections -------------------------------------------------------------------------------

    def join(self, watcher: Watcher, *, after: Position | None = None, since: int | None = None) -> None:
        """Let a watcher begin: after what it has seen last, with what is newer than a cursor, or anew.

        TooMany, StoreUnavailable, UnknownSpace. Call `leave` when it ends, whatever comes of this.
        """
        with using(watcher.space), watcher.lock:
            events = get_log()
            watcher.streams, position = watch(events, watcher)
            self._register(watcher, position)
            watcher.facts = load_facts(watcher.viewer)
            watcher.move(position)
            if watcher.counting is not None:
                watcher.tell_count(Newest.read(watcher.feed, watcher.viewer))
            elif after is not None:
                catch_up(events, watcher, after)
            elif since is not None:
                send_since(watcher, since)
            else:
                watcher.reset(position)
            watcher.rest()

    def leave(self, watcher: Watcher) -> None:
        """It is over. The thread ends with the last, and its connection with it."""
        self.members.remove(watcher)

    def _register(self, watcher: Watcher, position: Position) -> None:
        with self.members.lock:
            if not self.members.add(watcher):
                return
            if self._thread is None:
                self._deliveries.clear()
            if watcher.space not in self._deliveries:
                self._deliveries[watcher.space] = Delivery(self.members, watcher.space, position)
            self._deliveries[watcher.space].enter(watcher)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="activitystream-live", daemon=True)
                self._thread.start()

    # -- the thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with get_log("").listen() as listener:  # it is woken by the events of all spaces
                self._listen(listener)
        except Exception:
            logger.exception("live feeds: they end")
        finally:
            self._end()
            connections.close_all()

    def _end(self) -> None:
        """End the connections that are left, if the thread failed: they come back, and begin another."""
        with self.members.lock:
            if self._thread is threading.current_thread():
                self._thread = None
                for watcher in self.members.all():
                    watcher.put(None)

    def _listen(self, listener: Listener) -> None:
        unreachable = False
        while not self._is_over():
            deliveries = self._in_use()
            try:
                for delivery in deliveries:
                    self._visit(delivery, unreachable=unreachable)
                unreachable = False
            except StoreUnavailable:
                unreachable = True
                time.sleep(PAUSE)
            listener.wait(min((delivery.wait(PAUSE) for delivery in deliveries), default=PAUSE))

    def _in_use(self) -> list[Delivery]:
        """The deliveries of the spaces in which somebody watches; others are dropped."""
        with self.members.lock:
            watched = self.members.spaces()
            self._deliveries = {space: self._deliveries[space] for space in watched}
            return list(self._deliveries.values())

    def _visit(self, delivery: Delivery, *, unreachable: bool) -> None:
        """Do what is to be done in one space. If that fails, the connections of this space are ended."""
        try:
            if delivery.space and not unreachable and not delivery.is_due():
                return  # to enter a space may cost a query
            with using(delivery.space):
                delivery.run(anew=unreachable)
        except StoreUnavailable:
            raise
        except Exception as error:
            if not isinstance(error, UnknownSpace):  # the tenant was deleted
                logger.exception("live feeds: those of one space end", extra={"space": delivery.space})
            for watcher in self.members.all(delivery.space):
                watcher.put(None)

    def _is_over(self) -> bool:
        with self.members.lock:
            if not len(self.members):
                self._thread = None
            return self._thread is not threading.current_thread()


_hubs: dict[int, Hub] = {}


def get_hub() -> Hub:
    """That of this process."""
    return _hubs.setdefault(os.getpid(), Hub())
