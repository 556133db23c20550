"""Streams made anew from their query."""

from __future__ import annotations

from activitystream.feeds import Feed, rebuild
from activitystream.streams import StreamStore

__all__ = ["rebuild_anew"]


def rebuild_anew(feed: Feed, store: StreamStore) -> bool:
    """Drop the stream and rebuild it. False: it was dropped meanwhile, or somebody else rebuilds it."""
    store.delete([feed.stream])
    return rebuild(feed, store)
