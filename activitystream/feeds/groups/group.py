"""A group, and a page of them: of any feed, and of notifications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar, overload

from activitystream.feeds.entries import Card, Entry
from activitystream.models import Ref

__all__ = ["MEMBERS", "Group", "Groups"]

MEMBERS = 3
"""Entries, and people, that a group shows."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Activities that are told as one: "Ana, Bo and 3 others liked your photo"."""

    key: str
    """What they have in common, as a text: the same for the same group."""
    entries: Sequence[Entry]
    """The latest at most three, newest first."""
    actors: Sequence[Card]
    """Who acted, each once: the latest at most three."""
    count: int
    """Activities of it that the reader may see."""
    actor_count: int
    """How many acted."""
    more: bool
    """There are more than were counted."""

    @classmethod
    def of(cls, key: str, members: Sequence[Entry], *, more: bool = False, **kwargs: Any) -> Self:
        """The group of these entries, newest first; one at least."""
        actors: dict[Ref, Card] = {}
        for entry in members:
            actors.setdefault(entry.actor.ref, entry.actor)
        return cls(
            key=key,
            entries=list(members[:MEMBERS]),
            actors=list(actors.values())[:MEMBERS],
            count=len(members),
            actor_count=len(actors),
            more=more,
            **kwargs,
        )

    @property
    def latest(self) -> Entry:
        """The newest of its activities."""
        return self.entries[0]

    @property
    def id(self) -> int:
        """The id of the newest of its activities."""
        return self.latest.id

    @property
    def verb(self) -> str:
        """That of the newest; so are `object`, `target` and `published`."""
        return self.latest.verb

    @property
    def object(self) -> Card | None:
        return self.latest.object

    @property
    def target(self) -> Card | None:
        return self.latest.target

    @property
    def published(self) -> datetime:
        return self.latest.published

    @property
    def others(self) -> int:
        """How many acted besides those in `actors`."""
        return self.actor_count - len(self.actors)

    def as_dict(self) -> dict[str, Any]:
        """The group as the API gives it."""
        entries = [entry.as_dict() for entry in self.entries]
        return {
            "key": self.key,
            "id": str(self.id),
            "verb": self.verb,
            "published": entries[0]["published"],
            "object": entries[0]["object"],
            "target": entries[0]["target"],
            "count": self.count,
            "actor_count": self.actor_count,
            "others": self.others,
            "more": self.more,
            "actors": [actor.as_dict() for actor in self.actors],
            "entries": entries,
        }


G = TypeVar("G", bound=Group, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups(Sequence[G], Generic[G]):
    """A page of groups, newest first."""

    groups: Sequence[G]
    next_cursor: str | None
    """`after` for the next (older) page of this scroll; None: there is none."""
    previous_cursor: None = None
    """There is none: who wants what is newer begins anew."""
    before: None = None

    @property
    def has_next(self) -> bool:
        return self.next_cursor is not None

    @property
    def after(self) -> str | None:
        """As `next_cursor`."""
        return self.next_cursor

    def __len__(self) -> int:
        return len(self.groups)

    @overload
    def __getitem__(self, index: int) -> G: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[G]: ...
    def __getitem__(self, index: int | slice) -> G | Sequence[G]:
        return self.groups[index]
