"""How much of one's notifications is unseen, and unread: of what the recipient may see.

The counts are kept in the store, bound to everything they depend on: each activity that was counted and the
rows it is about, whom the recipient blocks, mutes and follows, and what is told and marked. So a page costs
no query for them, and they are never wrong. On a site whose registrations have `visible_rows` they are read
each time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any

from activitystream.feeds.entries import Entry
from activitystream.feeds.values import read
from activitystream.models import Ref
from activitystream.registry import hooks_hide_rows
from activitystream.streams import Body, Name

from .rows import Reader, Row, newest_first, rows_of

__all__ = ["Count", "Counts", "count", "make_counts"]

COUNTED = 1_000
"""Unread notifications that are looked at."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of notifications."""

    groups: int
    items: int
    """Activities: the members of these groups that are unseen, or unread, themselves."""
    more: bool
    """There are more: the newest 1,000 were counted."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a user is told of and has not seen, and not read."""

    unseen: Count
    unread: Count

    def as_dict(self) -> dict[str, Any]:
        """As the API gives it."""
        return asdict(self)


def count(owner: Ref, name: str) -> Counts:
    """The counts of a user. `name`: under which they are kept, and the ref to forget when they change."""

    def make(names: Collection[Name]) -> list[Body]:
        return [make_counts(owner, name)]

    # Whom `visible_rows` shows a row may change without a word to us: then the counts are not kept.
    found = make_counts(owner, name).payload if hooks_hide_rows() else read([name], make)[name]
    unseen, unread = json.loads(found)
    return Counts(Count(*unseen), Count(*unread))


def make_counts(owner: Ref, name: str) -> Body:
    """Read the counts from SQL."""
    reader = Reader(owner)
    counts = _read(reader, owner)
    return Body(name, json.dumps(astuple(counts)).encode(), [name, *sorted(reader.refs())])


def _read(reader: Reader, owner: Ref) -> Counts:
    unread = newest_first(rows_of(owner).filter(read=False), COUNTED + 1)
    unseen = [row for row in unread if not row.seen]
    if len(unread) > COUNTED:  # what is unseen may lie below
        unseen = newest_first(rows_of(owner).filter(seen=False), COUNTED + 1)
    return Counts(_count(reader, unseen), _count(reader, unread))


def _count(reader: Reader, rows: Sequence[Row]) -> Count:
    shown: list[tuple[Row, Entry]] = reader.shown(rows[:COUNTED])
    return Count(len({row.group for row, _ in shown}), len(shown), len(rows) > COUNTED)
