"""Groups of notifications, each exactly once on the pages of one scroll.

A group stands where its newest activity is that the recipient may see; what comes after the scroll began is
not in it. The cursor names the groups that were shown (see `groups.cursor`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from activitystream.feeds.entries import Entry
from activitystream.feeds.groups import Group, Groups, Scroll
from activitystream.feeds.pages import parse_limit
from activitystream.models import Notification, Ref

from .rows import Reader, Row, newest_first, rows_of

__all__ = ["COUNTED", "NotificationGroup", "read_groups"]

COUNTED = 500
"""How many activities of a group are looked at."""
PATIENCE = 20
"""Batches that a page looks at where most may not be shown: it is short then, and goes on."""


@dataclass(frozen=True, kw_only=True)
class NotificationGroup(Group):
    """Activities that a user is told of as one. `id` is the `up_to` for a mark."""

    seen: bool
    read: bool

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "seen": self.seen, "read": self.read}


def read_groups(
    owner: Ref, scope: str, limit: int | str | None, after: str | None
) -> Groups[NotificationGroup]:
    """See `NotificationsFeed.groups`. `scope`: where cursors that are sealed are good."""
    size, reader, rows = parse_limit(limit), Reader(owner), rows_of(owner)
    scroll = Scroll.parse("notifications", scope, after)
    bound = scroll.bound or next((row.activity for row in newest_first(rows, 1)), 0)
    rows = rows.filter(activity__lte=bound)
    heads, place = _heads(reader, rows, scroll, size)
    keys = list(heads)[:size]
    cursor = None
    if place is not None:
        cursor = str(scroll.went_on(keys, place=place, bound=bound, heads=[heads[key] for key in keys]))
    return Groups(groups=_made(reader, rows, keys), next_cursor=cursor)


def _heads(
    reader: Reader, rows: QuerySet[Notification], scroll: Scroll, size: int
) -> tuple[dict[str, int], int | None]:
    """The groups of a page (and perhaps more), each with where it stands; and the place to go on from."""
    heads: dict[str, int] = {}
    decided: set[str] = set()
    rest = rows if scroll.place is None else rows.filter(activity__lt=scroll.place)
    for batch, (place, shown) in enumerate(reader.walk(rest, decided), 1):
        new: dict[str, int] = {}
        for row, _ in shown:
            new.setdefault(row.group, row.activity)
        earlier = _earlier(reader, rows, scroll, set(new))
        heads |= {group: at for group, at in new.items() if group not in earlier}
        decided.update(new)  # in place: the walk leaves them out from now on
        if len(heads) > size:
            return heads, list(heads.values())[size - 1]
        if batch == PATIENCE:
            return heads, place
    return heads, None


def _earlier(reader: Reader, rows: QuerySet[Notification], scroll: Scroll, groups: set[str]) -> set[str]:
    """Those of these groups that stood on an earlier page: the cursor names them, or they have a member that
    is newer than all that it can name."""
    found = {group for group in groups if scroll.has_shown(group)}
    if scroll.floor is not None and found != groups:
        newer = rows.filter(activity__gte=scroll.floor, group__in=groups - found)
        for _, shown in reader.walk(newer, found):
            found.update(row.group for row, _ in shown)
            if found == groups:
                break
    return found


def _made(reader: Reader, rows: QuerySet[Notification], keys: Sequence[str]) -> list[NotificationGroup]:
    """The groups of these keys: their newest `COUNTED` members are looked at, with one query for all."""
    if not keys:
        return []
    ranked = rows.filter(group__in=keys).annotate(
        rank=Window(RowNumber(), partition_by=[F("group")], order_by=[F("activity_id").desc()])
    )
    members: dict[str, list[Row]] = {key: [] for key in keys}
    for row in newest_first(ranked.filter(rank__lte=COUNTED + 1), (COUNTED + 1) * len(keys)):
        members[row.group].append(row)
    shown: dict[str, list[tuple[Row, Entry]]] = {key: [] for key in keys}
    for row, entry in reader.shown([row for some in members.values() for row in some[:COUNTED]]):
        shown[row.group].append((row, entry))
    # none left: the last one was retracted, or hidden, between the queries
    return [_group(key, shown[key], len(members[key]) > COUNTED) for key in keys if shown[key]]


def _group(key: str, shown: Sequence[tuple[Row, Entry]], more: bool) -> NotificationGroup:
    return NotificationGroup.of(
        key,
        [entry for _, entry in shown],
        more=more,
        seen=all(row.seen for row, _ in shown),
        read=all(row.read for row, _ in shown),
    )
