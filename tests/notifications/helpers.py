"""What one is told of, made and read in few words."""

from __future__ import annotations

from typing import Any

from activitystream import NotificationsFeed, publish
from activitystream.feeds import Group
from activitystream.models import Activity, Notification
from tests.app.models import Photo


def like(actor: Any, photo: Photo, **more: Any) -> Activity:
    """Somebody likes a photo, and its owner is told."""
    return publish(actor=actor, verb="like", object=photo, notify=[photo.owner], **more)


def told() -> list[tuple[str, str, str]]:
    """Who is told of what, and the group of it."""
    rows = Notification.objects.order_by("activity_id", "recipient__username").select_related("activity")
    return [(row.recipient.username, row.activity.verb, row.group) for row in rows]


def scroll(user: Any, limit: int, meanwhile: Any = lambda: None) -> list[Group]:
    """All groups, page after page, with something going on between any two."""
    page = NotificationsFeed(user).groups(limit)
    groups = list(page)
    while page.next_cursor is not None:
        meanwhile()
        page = NotificationsFeed(user).groups(limit, after=page.next_cursor)
        groups += page
    return groups


def numbers(user: Any) -> list[int]:
    """The counts: groups and activities that are unseen, the same that are unread."""
    counts = NotificationsFeed(user).counts()
    return [counts.unseen.groups, counts.unseen.items, counts.unread.groups, counts.unread.items]
