"""Ranking: the newest entries of a feed in an order of its own, and then the others by time.

Nothing is kept on the server. The cursor says which entries are ranked (between two ids), the time that
`rank()` is told, and which of them were shown. Each page has the best of the rest: so none comes twice and
none is left out, whatever is published, retracted or ranked otherwise meanwhile, or evicted from the store.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf, isnan
from struct import Struct
from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import SynchronousOnlyOperation
from django.utils import timezone

from activitystream.exceptions import InvalidCursor
from activitystream.ids import MAX_ID

from .entries import Entry
from .packed import Packing, digest

if TYPE_CHECKING:
    from .base import Feed
    from .visibility import Viewer

__all__ = ["MAX_RANKED", "Ranked", "in_order", "is_ranked"]

logger = logging.getLogger("activitystream")

MAX_RANKED = 200
"""Entries that a feed may order itself: the cursor names those that were shown, and is part of addresses."""
MARK = "r"
PACKING = Packing(Struct(">QQQ"), size=6, most=MAX_RANKED)


def is_ranked(cursor: Any) -> bool:
    """Whether this is a cursor among ranked entries: the others are ids."""
    return isinstance(cursor, str) and cursor.startswith(MARK)


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a cursor among ranked entries says."""

    newest: int
    oldest: int
    milliseconds: int
    shown: tuple[bytes, ...] = ()

    @classmethod
    def begin(cls, entries: Sequence[Entry]) -> Self:
        """These are to be ranked: at least one, newest first."""
        return cls(entries[0].id, entries[-1].id, int(timezone.now().timestamp() * 1000))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of `str()`; InvalidCursor if it is none."""
        try:
            (newest, oldest, milliseconds), shown = PACKING.unpack(text.removeprefix(MARK))
            place = cls(newest, oldest, milliseconds, shown)
            place.now  # noqa: B018  (it raises for what is no time)
        except (ValueError, OverflowError, OSError):
            raise InvalidCursor(f"after must be a cursor that a page gave, not {text[:40]!r}") from None
        if not oldest <= newest <= MAX_ID:
            raise InvalidCursor(f"after must be a cursor that a page gave, not {text[:40]!r}")
        return place

    def __str__(self) -> str:
        return MARK + PACKING.pack((self.newest, self.oldest, self.milliseconds), self.shown)

    @property
    def now(self) -> datetime:
        """When the first page was read."""
        return datetime.fromtimestamp(self.milliseconds / 1000, UTC)

    def rest(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those of these that are ranked and were not shown."""
        shown = frozenset(self.shown)
        return [
            entry for entry in entries if self.oldest <= entry.id <= self.newest and _name(entry) not in shown
        ]

    def after(self, entries: Iterable[Entry]) -> str:
        """The cursor after a page with these."""
        return str(replace(self, shown=(*self.shown, *map(_name, entries))[-MAX_RANKED:]))


def _name(entry: Entry) -> bytes:
    return digest(str(entry.id), PACKING.size)


def in_order(feed: Feed, entries: Iterable[Entry], viewer: Viewer, now: datetime) -> list[Entry]:
    """The entries as the feed ranks them, the highest first; of equals, the newest."""
    ranks = {entry: _rank(feed, entry, viewer, now) for entry in entries}
    return sorted(ranks, key=lambda entry: (ranks[entry], entry.id), reverse=True)


def _rank(feed: Feed, entry: Entry, viewer: Viewer, now: datetime) -> float:
    """The rank of an entry; one that has none costs its place, and not the page."""
    try:
        rank = float(feed.rank(entry, viewer, now))
    except SynchronousOnlyOperation:  # in an event loop: the page is read in a thread then
        raise
    except Exception:
        logger.exception("%s.rank() failed for activity %s", type(feed).__qualname__, entry.id)
        return -inf
    return -inf if isnan(rank) else rank
