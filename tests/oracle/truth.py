"""What every feed must hold, worked out from the tables in the plainest way."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth import get_user_model

from activitystream import NotificationsFeed
from activitystream.feeds import Feed
from activitystream.models import ROLES, Activity, Follow, Notification, Ref


def expected(feed: Feed) -> list[int]:
    """The ids of a feed, newest first."""
    rule = {"home": _home, "outbox": _outbox, "object": _object, "notifications": _notifications}[feed.name]
    return [row.id for row in Activity.objects.order_by("-id") if rule(feed.owner, row)]


def shown(feed: Feed) -> list[int]:
    """Those of them that a page shows: not what was published about a row that was deleted just before."""
    rows = Activity.objects.in_bulk(expected(feed))
    return [
        id
        for id, row in sorted(rows.items(), reverse=True)
        if all(map(_exists, (row.ref(role) for role in ROLES)))
    ]


def _exists(ref: Ref | None) -> bool:
    return ref is None or ref.model_class._base_manager.filter(pk=ref.id).exists()  # type: ignore[union-attr]


def _outbox(owner: Ref, row: Activity) -> bool:
    return row.ref("actor") == owner


def _object(owner: Ref, row: Activity) -> bool:
    return owner in [row.ref(role) for role in ROLES]


def _home(owner: Ref, row: Activity) -> bool:
    if row.ref("actor") == owner:
        return False
    follows = Follow.objects.filter(follower_id=owner.id, kind="follow")
    return any(
        row.ref("actor") == made.followee_ref
        or (not made.actor_only and made.followee_ref in (row.ref("object"), row.ref("target")))
        for made in follows
    )


def _notifications(owner: Ref, row: Activity) -> bool:
    """An activity of these tests names those who are told in its data."""
    return row.ref("actor") != owner and owner.id in row.data.get("told", [])


def check_notifications(feed: NotificationsFeed, size: int) -> None:
    """Nothing is lost and nothing is doubled: rows, groups, and counts, also those that are kept."""
    rows = Notification.objects.filter(recipient=feed.owner.id).order_by("-activity_id")
    assert [row.activity_id for row in rows] == expected(feed)
    alive = set(shown(feed))
    rows = [row for row in rows if row.activity_id in alive]
    sizes = Counter(row.group for row in rows)
    page = feed.groups(size)
    groups = list(page)
    while page.next_cursor:
        page = feed.groups(size, after=page.next_cursor)
        groups += page
    assert [(group.key, group.count) for group in groups] == list(sizes.items())
    for _ in range(2):  # the second time from what is kept
        counts = feed.counts()
        for count, open_ in (
            (counts.unseen, [row for row in rows if not row.seen]),
            (counts.unread, [row for row in rows if not row.read]),
        ):
            assert (count.items, count.groups) == (len(open_), len({row.group for row in open_}))


def everybody() -> list[NotificationsFeed]:
    """The notifications of all users."""
    return [NotificationsFeed(user) for user in get_user_model().objects.order_by("pk")]


def pages(feed: Feed, size: int) -> tuple[list[int], list[int]]:
    """All ids by paging from the newest to the oldest, and by paging back from there."""
    there, page = [], feed.page(size)
    there += [entry.id for entry in page]
    while page.next_cursor:
        page = feed.page(size, after=page.next_cursor)
        there += [entry.id for entry in page]
    back = [entry.id for entry in page]
    while page.previous_cursor:
        page = feed.page(size, before=page.previous_cursor)
        back = [entry.id for entry in page] + back
    return there, back
