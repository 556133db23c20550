"""How many activities are new: one read of a feed answers all who count in it, wherever they begin."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from activitystream.conf import settings
from activitystream.feeds import Feed
from activitystream.feeds.visibility import Viewer
from activitystream.ids import MAX_ID

if TYPE_CHECKING:
    from .news import Reader
    from .watchers import Watcher

__all__ = ["Counts", "Newest"]

EVERY = 0.5
"""Seconds between two counts for the same reader of a feed: what happens in between is counted once."""
BUDGET = 0.25
"""Seconds that are counted for at a time, before it is looked at what else happened."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest activities of a feed that a viewer may see, as far as they are counted."""

    ids: tuple[int, ...]
    next_id: int | None
    """The newest that is not counted; 0: it is not known; None: there is none."""

    @classmethod
    def read(cls, feed: Feed, viewer: Viewer) -> Newest:
        """Read it: one page of the largest size, and the entry after it."""
        page = feed.page(settings.MAX_PAGE_SIZE, after=MAX_ID, viewer=viewer)
        ids = tuple(entry.id for entry in page)
        if not page.has_next:
            return cls(ids, None)
        rest = feed.page(1, after=page.next_cursor, viewer=viewer)
        return cls(ids, rest[0].id if rest else 0 if rest.has_next else None)

    def since(self, cursor: int) -> dict[str, Any]:
        """How many are newer than this: at most as many as a page has, and whether there are more."""
        newer = [id for id in self.ids if id > cursor]
        more = len(newer) == len(self.ids) and self.next_id is not None
        more = more and (self.next_id == 0 or (self.next_id or 0) > cursor)
        return {"count": len(newer), "more": more, "newest": str(newer[0]) if newer else None}


class Counts:
    """Who is to be counted for, and when."""

    def __init__(self) -> None:
        self._due: dict[Reader, set[Watcher]] = {}
        self._counted: dict[Reader, float] = {}

    def want(self, watcher: Watcher) -> None:
        """Count for this watcher, soon."""
        self._due.setdefault(watcher.reader, set()).add(watcher)

    def wait(self, longest: float) -> float:
        """Return the seconds until somebody is to be counted for, at most so many."""
        now = time.monotonic()
        return max(0.0, min((self._at(reader) - now for reader in self._due), default=longest))

    def _at(self, reader: Reader) -> float:
        return self._counted.get(reader, -EVERY) + EVERY

    def tell(self, failed: Callable[[Iterable[Watcher], Exception], None]) -> None:
        """Count for those whose time has come, as far as BUDGET goes. `failed` is told whose count raised."""
        began = time.monotonic()
        self._counted = {reader: at for reader, at in self._counted.items() if at + EVERY > began}
        for reader in [reader for reader in self._due if self._at(reader) <= began]:
            watchers = self._due.pop(reader)
            self._counted[reader] = time.monotonic()
            feed, viewer = next(iter(watchers)).feed, reader[1]
            try:
                newest = Newest.read(feed, viewer)
            except Exception as error:  # noqa: BLE001  (told)
                failed(watchers, error)
            else:
                for watcher in watchers:
                    with watcher.lock:
                        watcher.tell_count(newest)
            if time.monotonic() > began + BUDGET:
                return
