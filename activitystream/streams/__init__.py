"""Streams: ordered activity ids under a string id, kept outside of SQL. This layer knows no Django model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from activitystream.conf import settings
from activitystream.spaces import current
from activitystream.streams.base import (
    Addition,
    Bodies,
    Body,
    Contents,
    Measure,
    Name,
    Slice,
    State,
    StoreOptions,
    StreamStore,
    Usage,
)
from activitystream.streams.events import EventLog

__all__ = [
    "Addition",
    "Bodies",
    "Body",
    "Contents",
    "Measure",
    "Name",
    "Slice",
    "State",
    "StoreOptions",
    "StreamStore",
    "Usage",
    "get_events",
    "get_store",
    "get_whole_store",
    "make_store",
    "replaced",
]

_lock = threading.Lock()
_made: list[StreamStore | None] = []
"""Empty until the store was made: None is an answer, too."""
_replacements: list[StreamStore | None] = []
"""Stores that a test uses instead; the last one counts. A change of the settings leaves them."""


def get_store(space: str | None = None) -> StreamStore | None:
    """The store of this space (None: the current one), as the settings say; None: SQL alone answers feeds.

    Call this for each operation, because the next one may run in another space.
    """
    store = get_whole_store()
    name = current() if space is None else space
    return store.in_space(name) if store is not None and name else store


def get_whole_store() -> StreamStore | None:
    """The store of this process, from which those of all spaces come; without `SPACES`, it is the store."""
    with _lock:
        if _replacements:
            return _replacements[-1]
        if not _made:
            _made.append(make_store(settings.STREAMS))
        return _made[0]


def get_events(space: str | None = None) -> EventLog | None:
    """The log of what happens to the streams of that store; None: nobody tells of it."""
    store = get_store(space)
    return None if store is None else store.events


@contextmanager
def replaced(store: StreamStore | None) -> Iterator[None]:
    """Use this store inside the block, in all threads, whatever the settings say (for tests)."""
    with _lock:
        _replacements.append(store)
    try:
        yield
    finally:
        with _lock:
            _replacements.pop()


def make_store(path: str | None) -> StreamStore | None:
    """Make the store at a dotted path, with options from the settings; None: no store."""
    if path is None:
        return None
    options = StoreOptions(
        alias=settings.CACHE,
        prefix=settings.KEY_PREFIX,
        shards=settings.SHARDS,
        body_shards=settings.BODY_SHARDS,
        stream_ttl=settings.STREAM_TTL,
        building_ttl=settings.BUILDING_TTL,
        body_ttl=settings.BODY_TTL,
        retry_after=settings.RETRY_AFTER,
    )
    return cast("StreamStore", import_string(path)(options))


def _reset(*, setting: str, **_: Any) -> None:
    """Tests override settings: make the store anew."""
    if setting in {"ACTIVITYSTREAM", "CACHES"}:
        with _lock:
            _made.clear()


setting_changed.connect(_reset, dispatch_uid="activitystream.streams")
