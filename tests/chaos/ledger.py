"""What the clients know: every fact with the times at which it changed, and who may see what because of it.

A change is under way from the moment a client sends it until the answer is there, so a fact is certain during
a period only if no change to it was under way then. A lost answer leaves both values possible until the next
change that was answered. A check of what a client saw asks for a period, and gets True, False, or None, which
means that it could be either.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["Ledger", "Made", "Period", "Timeline", "both", "opposite"]

FOREVER = float("inf")


class Period(NamedTuple):
    """From one moment to another, in seconds of the monotonic clock."""

    begin: float
    end: float


class Change(NamedTuple):
    """A fact got this value between two moments. If it is not `sure`, it may have kept its old one."""

    begin: float
    end: float
    value: Any
    sure: bool


@dataclass(slots=True)
class Timeline:
    """One fact."""

    first: Any
    changes: list[Change] = field(default_factory=list)

    def add(self, period: Period, value: Any, *, sure: bool = True) -> None:
        """Write down a change."""
        self.changes.append(Change(*period, value, sure))

    def values(self, period: Period) -> set[Any]:
        """All values that it may have had in this period."""
        begun = [change for change in self.changes if change.begin <= period.end]
        over = max((c.begin for c in begun if c.sure and c.end < period.begin), default=-FOREVER)
        found = {change.value for change in begun if change.end >= over}
        return found if over > -FOREVER else found | {self.first}

    def holds(self, period: Period, value: Any) -> bool | None:
        """Whether it had this value all the time; None if that is not certain."""
        values = self.values(period)
        if value not in values:
            return False
        return True if len(values) == 1 else None


@dataclass(eq=False, slots=True)
class Made:
    """An activity that a client published, and knows the id of."""

    id: int
    verb: str
    actor: int
    owner: int | None
    """The person whose photo the activity is about."""
    photo: int | None
    born: Period
    """When it was published."""
    exists: Timeline
    audience: Timeline
    """Visibility, and those who are named."""
    version: Timeline
    """The number in its data."""


def both(*parts: bool | None) -> bool | None:
    """And, where None is "it could be either"."""
    if False in parts:
        return False
    return None if None in parts else True


def opposite(value: bool | None) -> bool | None:
    """Not."""
    return None if value is None else not value


class Ledger:
    """All facts; clients write them down in many threads."""

    def __init__(self, people: Iterable[int], follows: Iterable[tuple[int, int]]) -> None:
        self.people = list(people)
        begun = set(follows)
        self._lock = threading.Lock()
        self.follows = {
            (one, other): Timeline((one, other) in begun)
            for one in self.people
            for other in self.people
            if one != other
        }
        self.blocks = {pair: Timeline(False) for pair in self.follows}
        self.private = {one: Timeline(False) for one in self.people}
        self.made: dict[int, Made] = {}
        self._alive: dict[int, dict[int, Made]] = defaultdict(dict)
        self._lost: dict[tuple[int, int], float] = {}
        """Likes without an answer, by person and photo, and when they were sent first."""

    def since_lost(self, like: tuple[int, int], period: Period, is_lost: bool) -> Period:
        """When a like was made that is answered now: perhaps by an earlier request, whose answer was lost."""
        with self._lock:
            begin = min(self._lost.pop(like, period.begin), period.begin)
            if is_lost:
                self._lost[like] = begin
        return period._replace(begin=begin)

    def publish(self, made: Made) -> None:
        """Write down a new activity, or one that was there already."""
        with self._lock:
            if made.id in self.made:
                return
            self.made[made.id] = made
            self._alive[made.actor][made.id] = made

    def retract(self, made: Made, period: Period, *, sure: bool) -> None:
        """Write down that it was retracted."""
        with self._lock:
            made.exists.add(period, False, sure=sure)
            if sure:
                self._alive[made.actor].pop(made.id, None)

    def of(self, actor: int, verb: str) -> list[Made]:
        """The activities of a person that are there, as far as is known."""
        with self._lock:
            return [made for made in self._alive[actor].values() if made.verb == verb]

    def note(self, timeline: Timeline, period: Period, value: Any, *, sure: bool) -> None:
        """Write down a change of a fact."""
        with self._lock:
            timeline.add(period, value, sure=sure)

    def set_apart(self, one: int, other: int, period: Period, *, sure: bool) -> None:
        """Write down a block: follows end in both directions."""
        self.note(self.blocks[one, other], period, True, sure=sure)
        self.note(self.follows[one, other], period, False, sure=sure)
        self.note(self.follows[other, one], period, False, sure=sure)


class Sight:
    """Who may see what during one period; answers about pairs of people are kept."""

    def __init__(self, ledger: Ledger, period: Period) -> None:
        self._ledger, self.period = ledger, period
        self._known: dict[tuple[str, int, int], bool | None] = {}

    def may_see(self, viewer: int, made: Made) -> bool | None:
        """Whether the activity was there, and was for this viewer."""
        there = made.exists.holds(self.period, True)
        if there is False:
            return False
        about = {made.actor, made.owner} - {None, viewer}
        people = [self._meets(viewer, person) for person in about if person is not None]
        return both(there, *people, self._addressed(viewer, made))

    def shows(self, feed: Any, made: Made) -> bool | None:
        """Whether it was in this feed for its reader."""
        viewer, owner = feed.viewer, feed.owner
        match feed.name:
            case "home":
                if made.actor == owner:
                    return False
                belongs = self._follows(owner, made.actor)
            case "outbox":
                belongs = made.actor == owner
            case "object":
                belongs = owner in (made.actor, made.photo and -made.photo)
            case _:
                belongs = False if made.owner != owner or made.actor == owner else self._notified(made)
        return False if belongs is False else both(belongs, self.may_see(viewer, made))

    def _notified(self, made: Made) -> bool | None:
        """Whether the owner was notified: only of what they could see when it was published."""
        assert made.owner is not None
        return Sight(self._ledger, made.born).meets(made.owner, made.actor)

    def meets(self, viewer: int, person: int) -> bool | None:
        """Whether no block and no private account is between them."""
        return self._meets(viewer, person)

    def _meets(self, viewer: int, person: int) -> bool | None:
        key = ("meets", viewer, person)
        if key not in self._known:
            blocks, period = self._ledger.blocks, self.period
            private = self._ledger.private[person].holds(period, True)
            follows = self._follows(viewer, person)
            shut = both(private, opposite(follows))
            self._known[key] = both(
                blocks[viewer, person].holds(period, False),
                blocks[person, viewer].holds(period, False),
                opposite(shut),
            )
        return self._known[key]

    def _follows(self, viewer: int, person: int) -> bool | None:
        key = ("follows", viewer, person)
        if key not in self._known:
            self._known[key] = self._ledger.follows[viewer, person].holds(self.period, True)
        return self._known[key]

    def _addressed(self, viewer: int, made: Made) -> bool | None:
        if viewer == made.actor:
            return True
        found = {self._reaches(viewer, made, *value) for value in made.audience.values(self.period)}
        return found.pop() if len(found) == 1 else None

    def _reaches(self, viewer: int, made: Made, visibility: str, named: frozenset[int]) -> bool | None:
        match visibility:
            case "public":
                return True
            case "followers":
                return self._follows(viewer, made.actor)
            case "named":
                return viewer in named
        return False
