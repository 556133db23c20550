"""The cursor of a scroll through groups: how far it came, and what it has shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from struct import Struct
from typing import Self

from activitystream.exceptions import InvalidCursor
from activitystream.feeds.packed import Packing, digest
from activitystream.ids import MAX_ID

__all__ = ["Scroll"]

REMEMBERED = 250
"""Groups that a cursor names: it is part of addresses, which have their limits."""
PACKING = Packing(Struct(">4sQQQ"), size=4, most=REMEMBERED)


@dataclass(frozen=True, slots=True)
class Scroll:
    """What a cursor says. A group that it names was shown, whatever became of its members since.

    Those that were shown before the ones it can name are told by their members: a group that has one between
    `floor` and `bound` stood there.
    """

    grouping: bytes
    bound: int | None = None
    """The newest activity when the scroll began: what came since is not in it."""
    place: int | None = None
    """Where the last group stood: what follows is older."""
    floor: int | None = None
    shown: tuple[bytes, ...] = ()

    @classmethod
    def parse(cls, grouping: str, text: str | None) -> Self:
        """The scroll that goes on here; None: one that begins. InvalidCursor if it is of another grouping
        (its name)."""
        mine = digest(grouping, PACKING.size)
        if text is None:
            return cls(mine)
        try:
            (name, *ids), shown = PACKING.unpack(str(text))
        except ValueError:
            name, ids, shown = b"", [], ()
        if name != mine or max(ids) > MAX_ID:
            raise InvalidCursor(
                "after must be the next cursor of a page of groups that are made as these are"
            )
        bound, place, floor = ids
        return cls(mine, bound, place, floor or None, shown)

    def __str__(self) -> str:
        return PACKING.pack((self.grouping, self.bound or 0, self.place or 0, self.floor or 0), self.shown)

    def has_shown(self, key: str) -> bool:
        """Whether it names this group."""
        return digest(key, PACKING.size) in self.shown

    def went_on(self, keys: Iterable[str], *, place: int, bound: int) -> Self:
        """The scroll after a page with these groups more."""
        shown = (*self.shown, *(digest(key, PACKING.size) for key in keys))
        floor = self.floor if len(shown) <= REMEMBERED else place
        return replace(self, bound=bound, place=place, floor=floor, shown=shown[-REMEMBERED:])
