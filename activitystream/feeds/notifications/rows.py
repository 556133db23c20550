"""Rows of notifications, and those of them whose activity the recipient may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from activitystream.feeds.bodies import activity_ref, load
from activitystream.feeds.entries import Entry
from activitystream.feeds.facts import Facts, facts_name
from activitystream.feeds.visibility import as_viewer, visible
from activitystream.journal import write_alias
from activitystream.models import ROLES, Activity, Notification, Ref

__all__ = ["Reader", "Row", "newest_first", "rows_of"]

BATCH = 100
"""Rows that are looked at together."""
EXCLUDED = 500
"""Groups that a query leaves out, at most; SQLite allows 999 parameters."""


class Row(NamedTuple):
    """One notification of a recipient."""

    activity: int
    group: str
    seen: bool
    read: bool


def rows_of(owner: Ref) -> QuerySet[Notification]:
    """All that this user is told of."""
    recipient: Any = owner.id
    return Notification.objects.using(write_alias()).filter(recipient=recipient)


def newest_first(rows: QuerySet[Notification], limit: int) -> list[Row]:
    """The newest of these."""
    values = rows.order_by("-activity_id").values_list("activity_id", "group", "seen", "read")
    return [Row(*row) for row in values[:limit]]


class Reader:
    """Reads what one recipient may see; each activity is loaded once."""

    def __init__(self, owner: Ref) -> None:
        self.viewer = as_viewer(owner)
        self._facts: Facts | None = None
        self._known: dict[int, Entry | None] = {}
        self._about: set[str] = set()
        self._hidden: list[int] = []

    def shown(self, rows: Sequence[Row]) -> list[tuple[Row, Entry]]:
        """Those of these rows that the recipient may see, in their order."""
        unknown = [row.activity for row in rows if row.activity not in self._known]
        if unknown:
            self._load(unknown)
        return [(row, entry) for row in rows if (entry := self._known[row.activity]) is not None]

    def _load(self, ids: Sequence[int]) -> None:
        loaded = load(ids, self.viewer if self._facts is None else None)
        self._facts = self._facts or loaded.facts
        entries = [loaded.entries[id] for id in ids if id in loaded.entries]
        seen = visible(entries, self.viewer, self._facts, muting=True)
        self._known |= dict.fromkeys(ids) | {entry.id: entry for entry in seen}
        for entry in entries:
            self._about.update(entry.access.refs)
        self._hidden += set(ids).difference(loaded.entries)

    def refs(self) -> set[str]:
        """Everything on which it depends whether what was asked for may be seen: when that is made again."""
        hidden = Activity.objects.using(write_alias()).filter(id__in=self._hidden) if self._hidden else ()
        rows = {str(ref) for row in hidden for role in ROLES if (ref := row.ref(role))}
        viewer = {str(self.viewer), facts_name(self.viewer)} if self.viewer else set()
        return {*map(activity_ref, self._known), *self._about, *rows, *viewer}

    def walk(
        self, rows: QuerySet[Notification], skip: set[str]
    ) -> Iterator[tuple[int, list[tuple[Row, Entry]]]]:
        """These rows, a batch after the other from the newest on: the last activity that was looked at, and
        what may be seen of the batch. Groups in `skip` are left out: more can be put into it meanwhile."""
        place = None
        while True:
            rest = rows.exclude(group__in=list(skip)[:EXCLUDED]) if skip else rows
            batch = newest_first(rest if place is None else rest.filter(activity__lt=place), BATCH)
            if batch:
                place = batch[-1].activity
                yield place, self.shown([row for row in batch if row.group not in skip])
            if len(batch) < BATCH:
                return
