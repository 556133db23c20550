"""Rebuilding a cold stream from its query, without losing what is fanned out meanwhile."""

from __future__ import annotations

import secrets
from time import perf_counter
from typing import TYPE_CHECKING

from activitystream.routers import primary_reads
from activitystream.signals import rebuilt
from activitystream.streams import StreamStore, bridge

from .pull import pull
from .pulled import note_for

if TYPE_CHECKING:
    from .base import Feed

__all__ = ["rebuild"]


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
