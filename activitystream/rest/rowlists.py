"""Pages of rows that show a card: follows, requests, blocks, mutes. Cursors are the ids of the rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from activitystream.feeds.pages import parse_cursors, parse_limit
from activitystream.graph import Window, all_apart, owner_keys, unseen_belongings
from activitystream.ids import MAX_ID
from activitystream.models import Ref
from activitystream.registry import CardDict, cards_of, load_instances, load_kept

__all__ = ["ListItem", "RowList", "RowPage", "cards_for"]


@dataclass(frozen=True, slots=True)
class ListItem:
    """One row on a page."""

    body: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON."""
        return self.body


def cards_for(viewer: Any, refs: Iterable[Ref]) -> dict[Ref, CardDict]:
    """The cards of these rows that this viewer may see: one query for each model. What belongs to a private
    account is for its followers.

    Whoever has to do with a block, on either side, costs one more for each, to learn whose the rows are.
    """
    wanted = set(refs)
    rows = load_instances(wanted)
    kept = load_kept(wanted - rows.keys())
    hidden = unseen_belongings(viewer, rows, kept)
    if apart := all_apart(viewer):
        owners = owner_keys(rows, kept)
        hidden |= {ref for ref in wanted if owners.get(ref) in apart}
    cards = cards_of(rows, kept)
    return {ref: card for ref, card in cards.items() if ref not in hidden}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Rows, the latest first. It is short where some may not be shown; its cursors go on all the same."""

    items: Sequence[ListItem]
    before: str | None
    after: str | None
    next_cursor: str | None
    previous_cursor: str | None

    def __iter__(self) -> Iterator[ListItem]:
        return iter(self.items)


class RowList(ABC):
    """Rows that a viewer may read, in pages as feeds have them."""

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
        newer, older = parse_cursors(before, after, "")
        rows = self.read(Window(limit=size + 1, newer=newer, older=older))
        more = len(rows) > size
        rows = rows[:size] if newer is None else rows[-size:]
        first, last = (rows[0].pk, rows[-1].pk) if rows else (None, None)
        next_cursor: int | None
        if newer is not None:
            # an empty page leads back to the very one that was asked from
            next_cursor = last or min(newer + 1, MAX_ID)
            previous_cursor = first if more else None
        else:
            next_cursor = last if more else None
            previous_cursor = None if older is None else first or max(older - 1, 0)
        return RowPage(
            items=self.items(rows),
            before=_text(first),
            after=_text(last),
            next_cursor=_text(next_cursor),
            previous_cursor=_text(previous_cursor),
        )


def _text(id: int | None) -> str | None:
    return None if id is None else str(id)
