"""The cursor of a scroll through groups: how far it came, and what it has shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from struct import Struct
from typing import Self

from activitystream.exceptions import InvalidCursor
from activitystream.feeds.packed import Packing, digest
from activitystream.feeds.sealed import seal, unseal
from activitystream.ids import MAX_ID

__all__ = ["Scroll"]

REMEMBERED = 250
"""Groups that a cursor names: it is part of addresses, which have their limits."""
PACKING = Packing(Struct(">4sQQQ"), size=4, most=REMEMBERED)
SEALED = "."
"""Before what is sealed: a letter could be the first of one that is not."""


@dataclass(frozen=True, slots=True)
class Scroll:
    """What a cursor says. A group that it names was shown, whatever became of its members since.

    Those that were shown before the ones it can name are told by their members: a group that has one between
    `floor` and `bound` stood there.
    """

    grouping: bytes
    scope: str
    """Where it is good, if it is sealed (see `feeds.sealed`)."""
    bound: int | None = None
    """The newest activity when the scroll began: what came since is not in it."""
    place: int | None = None
    """Where the last group stood: what follows is older."""
    floor: int | None = None
    shown: tuple[bytes, ...] = ()
    sealed: bool = False
    """Whether one of these ids is of no group that was shown; or there is a floor, which costs what lies
    between it and the bound: so nobody makes one up."""

    @classmethod
    def parse(cls, grouping: str, scope: str, text: str | None) -> Self:
        """The scroll that goes on here; None: one that begins. InvalidCursor if it is of another grouping
        (its name), or was sealed elsewhere."""
        mine = digest(grouping, PACKING.size)
        if text is None:
            return cls(mine, scope)
        text = str(text)
        sealed = text.startswith(SEALED)
        try:
            (name, *ids), shown = (
                PACKING.from_bytes(unseal(text.removeprefix(SEALED), scope))
                if sealed
                else PACKING.unpack(text)
            )
        except ValueError:
            name, ids, shown = b"", [], ()
        if name != mine or max(ids) > MAX_ID or (ids[-1] and not sealed):
            raise InvalidCursor(
                "after must be the next cursor of a page of groups that are made as these are"
            )
        bound, place, floor = ids
        return cls(mine, scope, bound, place, floor or None, shown, sealed)

    def __str__(self) -> str:
        head = (self.grouping, self.bound or 0, self.place or 0, self.floor or 0)
        if self.sealed:
            return SEALED + seal(PACKING.to_bytes(head, self.shown), self.scope)
        return PACKING.pack(head, self.shown)

    def has_shown(self, key: str) -> bool:
        """Whether it names this group."""
        return digest(key, PACKING.size) in self.shown

    def went_on(self, keys: Iterable[str], *, place: int, bound: int, heads: Collection[int]) -> Self:
        """The scroll after a page with these groups more, which stand at these ids."""
        shown = (*self.shown, *(digest(key, PACKING.size) for key in keys))
        floor = self.floor if len(shown) <= REMEMBERED else place
        unseen = place not in heads or bound not in (self.bound, *heads)
        sealed = self.sealed or unseen or floor is not None
        return replace(self, bound=bound, place=place, floor=floor, shown=shown[-REMEMBERED:], sealed=sealed)
