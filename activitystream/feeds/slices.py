"""The ids of a page: from streams while they reach, else from the pull. Cold streams are rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from activitystream.exceptions import StoreUnavailable
from activitystream.instrumentation import Asked, recording
from activitystream.journal import in_transaction, pending, write_alias
from activitystream.models import Activity
from activitystream.routers import primary_reads
from activitystream.spaces import on_commit
from activitystream.streams import Slice, State, StreamStore, get_store

from .filters import Filters
from .pull import pull
from .pulled import merge, read_note
from .rebuild import rebuild_if_free

if TYPE_CHECKING:
    from .base import Feed

__all__ = ["ask", "next_ids", "repair"]


def next_ids(feed: Feed, limit: int, cursor: int | None, *, newer: bool) -> tuple[list[int], bool]:
    """Up to `limit` ids directly past the cursor, newest first, and whether there are no more.

    The pull answers where the stream does not: the feed is narrowed, or has no stream; there is no store, or
    it does not answer; the stream is cold and this is a transaction, or MAX_REBUILDS are under way in this
    process (or its rebuild was overtaken); somebody else rebuilds it; the cursor lies past the end of a
    trimmed stream; one of the feeds that are merged in is in such a state.
    """
    before, after = (cursor, None) if newer else (None, cursor)
    if feed.name and not feed.filters:
        part = _from_streams(feed, limit, before, after)
        for one in recording():
            one.add(Asked(feed.stream, part.state))
        if part.state is State.WARM:
            return part.ids, part.exhausted
    ids = ask(feed, limit=limit, before=before, after=after)
    return ids, len(ids) < limit


@primary_reads()
def ask(
    feed: Feed,
    narrow: Callable[[QuerySet[Activity]], list[QuerySet[Activity]]] = lambda source: [source],
    *,
    limit: int,
    before: int | None = None,
    after: int | None = None,
    low: int | None = None,
    high: int | None = None,
    windowed: bool | None = None,
) -> list[int]:
    """The pull of the feed as it is narrowed, and narrowed further. `windowed`: None as the feed says."""
    filters = feed.filters
    bounds = Filters(low=low, high=high).also(filters)
    return pull(
        [some for source in feed.sources() for some in narrow(filters.narrow(source))],
        limit=limit,
        before=before,
        after=after,
        low=bounds.low,
        high=bounds.high,
        windowed=feed.windowed if windowed is None else windowed,
    )


def _from_streams(feed: Feed, limit: int, before: int | None, after: int | None) -> Slice:
    """What the stream says, merged with the feeds of its note; anything but WARM: ask the pull."""
    store = get_store()
    if store is None:
        return Slice(State.COLD)
    try:
        [part] = _slices(store, [feed], limit, before, after)
        if not part.note:
            return part
        pulled = [feed.parse_stream(stream) for stream in read_note(part.note)]
        others = _slices(store, [other for other in pulled if other is not None], limit, before, after)
        return merge([part, *others], limit, newer=before is not None)
    except StoreUnavailable:
        return Slice(State.COLD)


def _slices(
    store: StreamStore, feeds: Sequence[Feed], limit: int, before: int | None, after: int | None
) -> list[Slice]:
    """The same page of several streams in one round trip; a cold one is rebuilt, if there is room for it."""
    parts = store.pages([feed.stream for feed in feeds], limit=limit, before=before, after=after)
    for place, (feed, part) in enumerate(zip(feeds, parts, strict=True)):
        if part.state is State.COLD:
            if in_transaction():
                _rebuild_later(feed)
            elif rebuild_if_free(feed, store):
                parts[place] = store.page(feed.stream, limit=limit, before=before, after=after)
    return parts


def _rebuild_later(feed: Feed) -> None:
    def rebuild_now() -> None:  # no partial: Django asks a robust hook that failed for its __qualname__
        store = get_store()
        if store is not None:
            with suppress(StoreUnavailable):
                rebuild_if_free(feed, store)

    on_commit(rebuild_now, write_alias())


def repair(feed: Feed, gone: Sequence[int]) -> None:
    """Take ids of retracted activities out of the stream and those merged with it.

    Not within a transaction: its snapshot may be older than the activity, which only looks gone. Nor while a
    change waits to be reported to watchers: the streams that hold the id are those that it is reported to.
    """
    store = get_store()
    if store is not None and feed.name and not in_transaction() and not _is_reporting():
        with suppress(StoreUnavailable):  # the next reader meets them again
            merged = read_note(store.page(feed.stream, limit=1).note)
            store.remove([feed.stream, *merged], gone)


def _is_reporting() -> bool:
    """Return True if a change has not been reported to watchers yet: see `watched.changing`."""
    return pending().filter(kind="changed").exists()
