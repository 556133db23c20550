"""A page of groups: each stands where its newest member is that the viewer may see, and nowhere else.

The entries of the feed are read from the place on, newest first. One whose group was not shown yet is the
newest of it: there the group stands. Its members are then asked for, so that it is counted. Nothing is
written for groups, so a fan-out costs what it costs without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from activitystream.feeds.entries import Entry
from activitystream.feeds.facts import Facts
from activitystream.feeds.pages import parse_limit, scope_of, shown
from activitystream.feeds.slices import ask, next_ids
from activitystream.feeds.told import tell_page
from activitystream.feeds.visibility import Viewer
from activitystream.parts import in_parts

from .cursor import Scroll
from .group import Group, Groups
from .keys import Grouping

if TYPE_CHECKING:
    from activitystream.feeds.base import Feed

__all__ = ["read_groups"]

COUNTED = 1_000
"""Members of a group that are counted. (`more`: there are others.)"""
TOGETHER = 2_000
"""Members of all groups of a page that are counted: what small ones leave, large ones have."""
ASKED = 5_000
"""Ids of members that are asked for, where there are more than these: of each group as many as of any."""
ROUNDS = (1, 50, COUNTED)
"""Members of each group that are looked at to find one that may be seen."""
SPENT = 5_000
"""Entries that are looked at in search of groups: the page is short then, and goes on."""
SCANNED = 10_000
"""Entries that are looked at for a page where a function says what groups there are."""
SLAB = 50
"""Entries that are read at once in search of groups, at least."""
EXCLUDED = 100
"""Groups that a query leaves out: those met last."""
PATIENCE = 20
"""Slabs that a page looks at where most may not be shown, or was: it is short, and goes on."""


def read_groups(
    feed: Feed, by: Any, limit: int | str | None, after: str | None, viewer: Viewer
) -> Groups[Group]:
    """See `Feed.groups`."""
    started = perf_counter()
    size = parse_limit(limit)
    grouping = Grouping.of(by)
    scroll = Scroll.parse(grouping.name, scope_of(feed), after)
    reader = (_InSql if grouping.in_sql else _ByFunction)(feed, grouping, viewer, scroll)
    heads = reader.heads(size + 1)
    page = dict(list(heads.items())[:size])
    more = len(heads) > size or not reader.exhausted
    place = list(page.values())[-1].id if len(heads) > size else reader.place
    next_cursor = None
    if more and place is not None:
        stand_at = [entry.id for entry in page.values()]
        next_cursor = str(scroll.went_on(page, place=place, bound=reader.bound or place, heads=stand_at))
    groups = Groups(groups=list(reader.groups(page)), next_cursor=next_cursor)
    tell_page(feed, len(groups.groups), started)
    return groups


@dataclass
class _Reader:
    """Reads the entries of a feed, and finds the groups among them."""

    feed: Feed
    grouping: Grouping
    viewer: Viewer
    scroll: Scroll
    facts: Facts | None = None
    met: dict[str, Entry] = field(default_factory=dict)
    """An entry of each group that was met, whether it stands here or was shown before."""
    exhausted: bool = False
    closed: bool = False
    """Whether nothing of the feed is for this viewer (see `pages.Shown`)."""
    looked_at: int = 0
    """Entries, in search of those that may be shown."""

    def __post_init__(self) -> None:
        self.bound, self.place = self.scroll.bound, self.scroll.place

    def heads(self, wanted: int) -> dict[str, Entry]:
        """The groups that stand past the place, by key: the entries at which they stand."""
        heads: dict[str, Entry] = {}
        for _ in range(PATIENCE):
            heads |= self.not_shown(self._new(self.slab(max(wanted, SLAB))))
            if len(heads) >= wanted or self.exhausted or self.looked_at > SPENT:
                break
        return heads

    def _new(self, entries: Sequence[Entry]) -> dict[str, Entry]:
        """The groups among these entries that were not met before."""
        new: dict[str, Entry] = {}
        for entry in entries:
            key = self.grouping.key(entry)
            if key not in self.met:
                self.met[key] = new[key] = entry
        if self.bound is None and entries:
            self.bound = entries[0].id
        return {key: entry for key, entry in new.items() if not self.scroll.has_shown(key)}

    def visible(self, ids: Sequence[int]) -> list[Entry]:
        """Those of these entries that the viewer may see."""
        entries: list[Entry] = []
        for part in in_parts(ids, COUNTED):
            some, self.facts, self.closed = shown(self.feed, list(part), self.viewer, self.facts)
            entries += some
        self.looked_at += len(ids)
        return entries

    def slab(self, size: int) -> list[Entry]:
        """The next entries, past the place, which moves on."""
        ids, self.exhausted = self.next_ids(size)
        self.place = ids[-1] if ids else self.place
        entries = self.visible(ids)
        self.exhausted |= self.closed
        return entries

    def next_ids(self, size: int) -> tuple[list[int], bool]:
        """The next ids past the place, and whether there are no more."""
        return next_ids(self.feed, size, self.place, newer=False)

    def not_shown(self, heads: Mapping[str, Entry]) -> dict[str, Entry]:
        """Without those that were shown so long ago that the cursor does not name them."""
        raise NotImplementedError

    def groups(self, page: Mapping[str, Entry]) -> Iterator[Group]:
        """The groups that stand at these entries."""
        raise NotImplementedError


@dataclass
class _InSql(_Reader):
    """Groups by fields: queries tell what is of a group, and what is of none that was met."""

    def next_ids(self, size: int) -> tuple[list[int], bool]:
        if not self.met:
            return super().next_ids(size)
        others = [self.grouping.like(entry) for entry in list(self.met.values())[-EXCLUDED:]]

        def without(source: Any) -> list[Any]:
            for condition in others:
                source = source.exclude(condition)
            return [source]

        ids = ask(self.feed, without, limit=size, after=self.place)
        return ids, len(ids) < size

    def not_shown(self, heads: Mapping[str, Entry]) -> dict[str, Entry]:
        if self.scroll.floor is None:
            return dict(heads)
        shown, left = set[str](), dict(heads)
        for most in ROUNDS:  # mostly the newest members tell
            members = self._members(left, self.scroll.floor - 1, most)
            shown |= {key for key, (seen, _) in members.items() if seen}
            left = {key: heads[key] for key, (seen, more) in members.items() if more and not seen}
            if not left or self.looked_at > SPENT:
                break
        for key, head in left.items():  # whatever it costs: a group comes once
            if self._members({key: head}, self.scroll.floor - 1)[key][0]:
                shown.add(key)
        return {key: entry for key, entry in heads.items() if key not in shown}

    def groups(self, page: Mapping[str, Entry]) -> Iterator[Group]:
        for key, (members, more) in self._members(page).items():
            yield Group.of(key, members or [page[key]], more=more)

    def _members(
        self, heads: Mapping[str, Entry], low: int | None = None, most: int = COUNTED
    ) -> dict[str, tuple[list[Entry], bool]]:
        """The members of each that the viewer may see, and whether there are more than were looked at.

        One question for all; and where there are very many, one for each.
        """
        if not heads:
            return {}
        together = COUNTED if len(heads) == 1 else TOGETHER
        ids = self._ids(list(heads.values()), low, together)
        more = set[str]()
        if len(ids) > together:
            limit = min(most, ASKED // len(heads))
            alone = len(heads) == 1
            each = {key: ids if alone else self._ids([head], low, limit) for key, head in heads.items()}
            share = min(limit, _share([len(some) for some in each.values()], together))
            ids = [id for some in each.values() for id in some[:share]]
            more = {key for key, some in each.items() if len(some) > share}
        members: dict[str, list[Entry]] = {key: [] for key in heads}
        for entry in self.visible(ids):
            members.get(self.grouping.key(entry), []).append(entry)
        return {key: (entries, key in more) for key, entries in members.items()}

    def _ids(self, examples: Sequence[Entry], low: int | None, limit: int) -> list[int]:
        """One more than the limit, if there are so many."""

        def narrow(source: Any) -> list[Any]:
            if len(examples) == 1:
                return [source.filter(self.grouping.like(examples[0]))]
            return self.grouping.narrow(source, examples)

        high = None if self.bound is None else self.bound + 1
        windowed = False if self.grouping.by_row else None  # rows have an index of their own
        return ask(self.feed, narrow, limit=limit + 1, low=low, high=high, windowed=windowed)


def _share(sizes: Iterable[int], total: int) -> int:
    """How many each may have, so that all have the total at most: what small ones leave is for others."""
    left, some = total, sorted(sizes)
    for place, size in enumerate(some):
        others = len(some) - place
        if size * others > left:
            return left // others
        left -= size
    return total


@dataclass
class _ByFunction(_Reader):
    """Groups by a function: the feed is read on, entry by entry, to the end or as far as is allowed."""

    read: list[Entry] = field(default_factory=list)
    scanned: int = 0

    def slab(self, size: int) -> list[Entry]:
        entries = super().slab(size)
        self.read += entries
        return entries

    def next_ids(self, size: int) -> tuple[list[int], bool]:
        ids, exhausted = super().next_ids(SCANNED // PATIENCE)
        self.scanned += len(ids)
        return ids, exhausted

    def not_shown(self, heads: Mapping[str, Entry]) -> dict[str, Entry]:
        floor, bound = self.scroll.floor, self.scroll.bound
        if floor is None or bound is None or not heads:
            return dict(heads)
        known: set[str] = set()
        place, exhausted = bound + 1, False
        while place > floor and not exhausted:
            ids, exhausted = next_ids(self.feed, SCANNED // PATIENCE, place, newer=False)
            place = ids[-1] if ids else floor
            known |= {self.grouping.key(entry) for entry in self.visible(ids) if entry.id >= floor}
        return {key: entry for key, entry in heads.items() if key not in known}

    def groups(self, page: Mapping[str, Entry]) -> Iterator[Group]:
        while page and not self.exhausted and self.scanned < SCANNED:
            self.slab(SLAB)
        members: dict[str, list[Entry]] = {key: [] for key in page}
        for entry in self.read:
            members.get(self.grouping.key(entry), []).append(entry)
        for key, entries in members.items():
            yield Group.of(key, entries, more=not self.exhausted)
