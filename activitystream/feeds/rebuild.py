"""Rebuilding a cold stream from its query, without losing what is fanned out meanwhile.

Rebuilds are a single flight for each stream, in all processes: `begin` of the store lets one of them go on.
And the readers of one process rebuild few streams at once (`rebuild_if_free`): after a restart of Redis all
streams are cold, and to read whole streams for everybody at once would exhaust the database. A reader who may
not rebuild does not wait, but is answered by SQL, which reads one page; a later reader rebuilds the stream.
"""

from __future__ import annotations

import secrets
import threading
from time import perf_counter
from typing import TYPE_CHECKING

from activitystream.conf import settings
from activitystream.routers import primary_reads
from activitystream.signals import rebuilt
from activitystream.streams import StreamStore, bridge

from .pull import pull
from .pulled import note_for

if TYPE_CHECKING:
    from .base import Feed

__all__ = ["rebuild", "rebuild_if_free"]


class _Places:
    """How many rebuilds of readers are under way in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    def take(self) -> bool:
        """Take a place, if there is one; then give it back."""
        with self._lock:
            if self._taken >= settings.MAX_REBUILDS:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        with self._lock:
            self._taken -= 1


_places = _Places()


def rebuild_if_free(feed: Feed, store: StreamStore) -> bool:
    """Rebuild a cold stream for a reader, unless MAX_REBUILDS are under way in this process.

    False: the stream is not warm now; answer from SQL.
    """
    if not _places.take():
        return False
    try:
        return rebuild(feed, store)
    finally:
        _places.give_back()


@primary_reads()
def rebuild(feed: Feed, store: StreamStore) -> bool:
    """Make a cold stream warm. False: it was not cold, or was dropped meanwhile.

    The order is what makes it safe. From `begin` on, fan-out writes into the stream, and every activity is
    committed before its fan-out: so it is in the answer of the query, or arrives, or both. Call it outside of
    transactions, for their snapshot could be older than `begin`.
    """
    bridge.no_loop()  # what follows must not be left half done
    feed = type(feed)(feed.owner)  # whatever it is narrowed to: the stream is for all readers
    started, token = perf_counter(), secrets.token_hex(8)
    if not store.begin(feed.stream, token):
        return False
    note = note_for(feed)
    length = feed.length()
    limit = None if length is None else length + 1
    ids = pull(feed.sources(), limit=limit, windowed=feed.windowed)
    complete = length is None or len(ids) <= length
    warm = store.finish(feed.stream, token, ids[:length], complete=complete, max_length=length, note=note)
    facts = {"feed": feed.name, "stream": feed.stream, "count": len(ids[:length]), "warm": warm}
    rebuilt.send_robust(type(feed), **facts, seconds=perf_counter() - started)
    return warm
