"""Pages of rows that show a card: follows, requests, blocks, mutes.

Cursors are the ids of rows that are shown, or sealed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from activitystream.feeds.pages import PATIENCE, cursor_beside, parse_cursors, parse_limit
from activitystream.feeds.sealed import seal_id
from activitystream.graph import Window

__all__ = ["ListItem", "RowList", "RowPage"]


@dataclass(frozen=True, slots=True)
class ListItem:
    """One row on a page."""

    pk: int
    body: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON."""
        return self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Rows, the latest first. It is short where very many may not be shown, and goes on."""

    items: Sequence[ListItem]
    next_cursor: str | None
    previous_cursor: str | None

    @property
    def before(self) -> str | None:
        return str(self.items[0].pk) if self.items else None

    @property
    def after(self) -> str | None:
        return str(self.items[-1].pk) if self.items else None

    def __iter__(self) -> Iterator[ListItem]:
        return iter(self.items)


class RowList(ABC):
    """Rows that a viewer may read, in pages as feeds have them."""

    @property
    @abstractmethod
    def scope(self) -> str:
        """Where cursors are good that it has sealed: in this very list."""

    @abstractmethod
    def read(self, window: Window) -> list[Any]:
        """This part of the rows, the latest first."""

    @abstractmethod
    def items(self, rows: Sequence[Any]) -> list[ListItem]:
        """Those of these rows that may be shown."""

    def page(
        self,
        limit: int | str | None = None,
        *,
        before: int | str | None = None,
        after: int | str | None = None,
    ) -> RowPage:
        """See `Feed.page`."""
        size = parse_limit(limit)
        newer, older = parse_cursors(before, after, self.scope)
        items, scanned, exhausted = self._scan(size + 1, Window(limit=size + 1, newer=newer, older=older))
        more = len(items) > size or not exhausted
        items = items[:size] if newer is None else items[-size:]
        first, last = (str(items[0].pk), str(items[-1].pk)) if items else (None, None)
        beyond = None
        if more and scanned is not None:
            full = first if newer is not None else last
            beyond = full if len(items) == size else seal_id(scanned, self.scope)
        if newer is not None:
            older_cursor = last or cursor_beside(before, newer + 1, self.scope)
            return RowPage(items=items, next_cursor=older_cursor, previous_cursor=beyond)
        newer_cursor = None if older is None else first or cursor_beside(after, older - 1, self.scope)
        return RowPage(items=items, next_cursor=beyond, previous_cursor=newer_cursor)

    def _scan(self, wanted: int, window: Window) -> tuple[list[ListItem], int | None, bool]:
        """Rows that may be shown; the last that was looked at; whether nothing lies beyond it."""
        items: list[ListItem] = []
        cursor, scanned, exhausted = None, 0, False
        while len(items) < wanted and not exhausted and scanned <= PATIENCE * wanted:
            rows = self.read(window)
            exhausted = len(rows) < wanted
            if rows and window.newer is not None:
                items = self.items(rows) + items
                cursor = rows[0].pk
                window = replace(window, newer=cursor)
            elif rows:
                items += self.items(rows)
                cursor = rows[-1].pk
                window = replace(window, older=cursor)
            scanned += len(rows)
        return items, cursor, exhausted
