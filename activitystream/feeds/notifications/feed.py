"""The feed of notifications: its owner alone reads it, and marks what is seen and read."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import Any, overload

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from activitystream.feeds.base import USER_MODEL, Feed
from activitystream.feeds.entries import Entry
from activitystream.feeds.groups import By, Group, Groups
from activitystream.feeds.told import tell_page
from activitystream.journal import forget, writing
from activitystream.models import Activity, Notification, Ref

from .counts import COUNTED, Counts, count
from .groups import NotificationGroup, read_groups
from .rows import Reader, newest_first, rows_of

__all__ = ["NotificationsFeed"]


class NotificationsFeed(Feed):
    """What a user is told of: one by one as in any feed (`page`), or in groups (`groups`)."""

    name = "notifications"
    muting = True
    owner_models = (USER_MODEL,)
    needs = ("notifications",)

    @classmethod
    def recipients(cls, activity: Activity) -> Iterable[Ref]:
        return [Ref.of_user(row.recipient_id) for row in activity.notifications.all()]

    def sources(self) -> list[QuerySet[Activity]]:
        if self.owner.model != get_user_model()._meta.label_lower:
            return []
        recipient: Any = self.owner.id
        return [Activity.objects.filter(notifications__recipient=recipient)]

    @overload
    def groups(
        self, limit: int | None = None, *, by: None = None, after: str | None = None, viewer: Any = None
    ) -> Groups[NotificationGroup]: ...
    @overload
    def groups(
        self, limit: int | None = None, *, by: By | None = None, after: str | None = None, viewer: Any = None
    ) -> Groups[Group]: ...
    def groups(
        self,
        limit: int | None = None,
        *,
        by: By | None = None,
        after: str | None = None,
        viewer: Any = None,
    ) -> Groups[Group]:
        """A page of groups, the newest first, each once in a scroll however many come meanwhile.

        As they are told (`NotificationGroup`s), unless `by` says otherwise: see `Feed.groups`. Everything in
        them is what the owner may see, who alone reads it.
        """
        if by is not None:
            return super().groups(limit, by=by, after=after, viewer=self.owner)
        started = perf_counter()
        groups = read_groups(self.owner, self.stream, limit, after)
        tell_page(self, len(groups.groups), started)
        return groups

    def counts(self) -> Counts:
        """How many groups, and activities, are unseen and unread: of what the owner may see. Exact up to
        1,000 activities. Kept in the store until something changes: then it is one round trip and no SQL."""
        return count(self.owner, self.stream)

    def mark_seen(
        self,
        activity: Activity | Entry | int | None = None,
        *,
        group: str | None = None,
        up_to: int | None = None,
    ) -> int:
        """Mark as seen: one activity, a group (by its key), everything up to an activity (its id, and older),
        both, or everything if nothing is said. How many were not seen before. One query, in the transaction
        of the caller, if there is one."""
        rows = self._named(activity, group, up_to).filter(seen=False)
        return self._mark(rows, seen=True)

    def mark_read(
        self,
        activity: Activity | Entry | int | None = None,
        *,
        group: str | None = None,
        up_to: int | None = None,
    ) -> int:
        """Mark as read, and so as seen: see `mark_seen`. How many were not read before."""
        rows = self._named(activity, group, up_to).filter(read=False)
        return self._mark(rows, seen=True, read=True)

    def to_mark(
        self,
        mark: str,
        activity: Activity | Entry | int | None = None,
        *,
        group: str | None = None,
        up_to: int | None = None,
    ) -> int:
        """How many `mark_seen` or `mark_read` ("seen", "read") would mark of what the owner may see, of the
        newest 1,000."""
        rows = self._named(activity, group, up_to).filter(**{mark: False})
        return len(Reader(self.owner).shown(newest_first(rows, COUNTED)))

    def _named(
        self, activity: Activity | Entry | int | None, group: str | None, up_to: int | None
    ) -> QuerySet[Notification]:
        rows = rows_of(self.owner)
        if activity is not None:
            rows = rows.filter(activity=activity if isinstance(activity, int) else activity.id)
        if group is not None:
            rows = rows.filter(group=group)
        if up_to is not None:
            rows = rows.filter(activity__lte=up_to)
        return rows

    def _mark(self, rows: QuerySet[Notification], **marks: bool) -> int:
        with writing():
            marked = rows.update(**marks)
            if marked:
                forget([self.stream])
        return marked
