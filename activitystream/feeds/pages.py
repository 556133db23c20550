"""Pages: cursors and limits, and entries that may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, overload

from activitystream.conf import settings
from activitystream.exceptions import InvalidCursor
from activitystream.ids import MAX_ID, parse_id
from activitystream.routers import primary_reads

from .bodies import load
from .entries import Entry
from .facts import Facts
from .ranking import MAX_RANKED, Ranked, in_order, is_ranked
from .sealed import is_sealed, seal_id, unseal_id
from .slices import next_ids, repair
from .told import tell_page
from .visibility import Viewer, shut_out, visible

if TYPE_CHECKING:
    from .base import Feed

__all__ = [
    "Page",
    "cursor_beside",
    "parse_cursor",
    "parse_cursors",
    "parse_limit",
    "read_page",
    "scope_of",
    "shown",
]

PATIENCE = 10
"""How many times its size a page scans at most where much may not be shown: it is short, and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Sequence[Entry]):
    """Entries, newest first, and how to go on in both directions."""

    entries: Sequence[Entry]
    next_cursor: str | None
    """`after` for the next (older) page; None: there is none."""
    previous_cursor: str | None
    """`before` for the previous (newer) page; None: this was the newest when it was read."""
    ranked: tuple[int, int] | None = None
    """The ids of the newest and the oldest that are ranked, where the feed has an order of its own."""

    @property
    def has_next(self) -> bool:
        return self.next_cursor is not None

    @property
    def has_previous(self) -> bool:
        return self.previous_cursor is not None

    @property
    def before(self) -> str | None:
        """The cursor of the newest entry: `before` it is what came since."""
        if self.ranked:
            return str(self.ranked[0])
        return str(self.entries[0].id) if self.entries else None

    @property
    def after(self) -> str | None:
        """The cursor of the oldest entry. Among ranked ones: `next_cursor`, or else the oldest of them."""
        if self.ranked:
            return self.next_cursor or str(self.ranked[1])
        return str(self.entries[-1].id) if self.entries else None

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        return self.entries[index]


def scope_of(feed: Feed) -> str:
    """Where cursors are good that this feed has sealed: in it, as it is narrowed."""
    return f"{feed.stream} {feed.filters}"


def parse_cursor(name: str, value: int | str | None, scope: str) -> int | None:
    """The id a cursor stands for, which may be sealed in this scope; InvalidCursor if it is none."""
    if value is None:
        return None
    text = str(value)
    id = _unsealed(text, scope) if is_sealed(text) else parse_id(text)
    if id is None:
        raise InvalidCursor(f"{name} must be a cursor that a page of this gave, not {text[:40]!r}")
    return id


def _unsealed(text: str, scope: str) -> int | None:
    try:
        return unseal_id(text, scope)
    except ValueError:
        return None


def parse_cursors(
    before: int | str | None, after: int | str | None, scope: str
) -> tuple[int | None, int | None]:
    """The ids of both cursors; InvalidCursor if one is none, or both are given."""
    newer, older = parse_cursor("before", before, scope), parse_cursor("after", after, scope)
    if newer is not None and older is not None:
        raise InvalidCursor("give before or after, not both")
    return newer, older


def cursor_beside(given: int | str | None, id: int, scope: str) -> str:
    """The cursor that leads back to the very one that was given: sealed if that is."""
    id = min(max(id, 0), MAX_ID)
    return seal_id(id, scope) if is_sealed(given) else str(id)


def parse_limit(value: int | str | None) -> int:
    """How many entries a page has; InvalidCursor if that is not allowed."""
    if value is None:
        return settings.PAGE_SIZE
    text = str(value)
    largest = settings.MAX_PAGE_SIZE
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= largest):
        raise InvalidCursor(f"limit must be a whole number from 1 to {largest}, not {text[:40]!r}")
    return int(text)


def read_page(
    feed: Feed, limit: int | str | None, *, before: int | str | None, after: int | str | None, viewer: Viewer
) -> Page:
    """See `Feed.page`."""
    started = perf_counter()
    size = parse_limit(limit)
    if feed.ranked and before is None and (after is None or is_ranked(after)):
        page = _ranked_page(feed, size, None if after is None else Ranked.parse(str(after)), viewer)
    else:
        newer, older = parse_cursors(before, after, scope_of(feed))
        page = (
            _newer_page(feed, size, newer, viewer, before)
            if newer is not None
            else _older_page(feed, size, older, viewer, after)
        )
    tell_page(feed, len(page), started)
    return page


def _older_page(
    feed: Feed, size: int, after: int | None, viewer: Viewer, given: int | str | None = None
) -> Page:
    entries, scanned, exhausted = _scan(feed, size + 1, after, viewer, newer=False)
    more = len(entries) > size or not exhausted
    entries = entries[:size]
    next_cursor = _cursor(feed, entries, size, scanned, -1) if more else None
    if after is None:
        return Page(entries=entries, next_cursor=next_cursor, previous_cursor=None)
    newest = str(entries[0].id) if entries else cursor_beside(given, after - 1, scope_of(feed))
    return Page(entries=entries, next_cursor=next_cursor, previous_cursor=newest)


def _newer_page(feed: Feed, size: int, before: int, viewer: Viewer, given: int | str | None) -> Page:
    entries, scanned, exhausted = _scan(feed, size + 1, before, viewer, newer=True)
    more = len(entries) > size or not exhausted
    entries = entries[-size:]
    oldest = str(entries[-1].id) if entries else cursor_beside(given, before + 1, scope_of(feed))
    previous_cursor = _cursor(feed, entries, size, scanned, 0) if more else None
    return Page(entries=entries, next_cursor=oldest, previous_cursor=previous_cursor)


def _cursor(feed: Feed, entries: Sequence[Entry], size: int, scanned: int | None, end: int) -> str | None:
    """Where it goes on past this end of a page: its last entry; or what was looked at last, sealed."""
    if len(entries) == size:
        return str(entries[end].id)
    return None if scanned is None else seal_id(scanned, scope_of(feed))


def _ranked_page(feed: Feed, size: int, place: Ranked | None, viewer: Viewer) -> Page:
    """The best of the newest that were not shown; when they run out, what is older, by time."""
    if place is None:
        top, _, _ = _scan(feed, min(feed.ranked, MAX_RANKED), None, viewer, newer=False)
        if not top:
            return _older_page(feed, size, None, viewer)
        place = Ranked.begin(top)
    else:
        top = _down_to(feed, place, viewer)
    next_cursor: str | None
    rest = in_order(feed, place.rest(top), viewer, place.now)
    if len(rest) > size:
        entries, next_cursor = rest[:size], place.after(rest[:size])
    else:
        older = _older_page(feed, max(size - len(rest), 1), place.oldest, viewer)
        entries, next_cursor = [*rest, *older.entries][:size], older.next_cursor
        if len(rest) == size and (older.entries or older.has_next):
            next_cursor = str(place.oldest)
    return Page(
        entries=entries,
        next_cursor=next_cursor,
        previous_cursor=None,
        ranked=(place.newest, place.oldest),
    )


def _down_to(feed: Feed, place: Ranked, viewer: Viewer) -> list[Entry]:
    """What is between the newest and the oldest that are ranked, as far as the first page can have read."""
    entries: list[Entry] = []
    cursor, scanned, facts, exhausted = place.newest + 1, 0, None, False
    while cursor > place.oldest and not exhausted and scanned <= (PATIENCE + 1) * MAX_RANKED:
        ids, exhausted = next_ids(feed, min(feed.ranked, MAX_RANKED), min(cursor, MAX_ID), newer=False)
        if ids:
            some, facts, _ = shown(feed, ids, viewer, facts)
            entries += some
            cursor = ids[-1]
            scanned += len(ids)
    return entries


def _scan(
    feed: Feed, wanted: int, cursor: int | None, viewer: Viewer, *, newer: bool
) -> tuple[list[Entry], int | None, bool]:
    """Entries that may be shown, newest first; the last id looked at; whether nothing lies beyond it."""
    entries: list[Entry] = []
    exhausted, scanned, facts = False, 0, None
    while len(entries) < wanted and not exhausted and scanned <= PATIENCE * wanted:
        # always as many: else, where much is hidden, the last entry is looked for one id at a time
        ids, exhausted = next_ids(feed, wanted, cursor, newer=newer)
        if ids:
            some, facts, closed = shown(feed, ids, viewer, facts)
            entries = some + entries if newer else entries + some
            cursor = ids[0] if newer else ids[-1]
            scanned += len(ids)
            exhausted |= closed
    return entries, cursor, exhausted


class Shown(NamedTuple):
    """What of some entries is shown."""

    entries: list[Entry]
    """Those that the viewer may see."""
    facts: Facts
    """The viewer's, which are read but once for a page."""
    closed: bool
    """Nothing else of the feed is for this viewer: its owner is a private account that they do not follow."""


@primary_reads()
def shown(feed: Feed, ids: list[int], viewer: Viewer, facts: Facts | None) -> Shown:
    """Those of these that the viewer may see."""
    loaded = load(ids, viewer if facts is None else None)
    facts = loaded.facts if facts is None else facts
    if loaded.gone:
        repair(feed, loaded.gone)
    entries = [entry for id in ids if (entry := loaded.entries.get(id)) and feed.includes(entry)]
    seen = visible(entries, viewer, facts, muting=feed.muting)
    closed = feed.about_owner and not seen and shut_out(entries, viewer, feed.owner)
    return Shown(seen, facts, closed)
