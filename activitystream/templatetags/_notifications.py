"""The bell with what is unseen, and the list of notifications."""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activitystream.exceptions import InvalidCursor
from activitystream.feeds import NotificationsFeed
from activitystream.ids import first_id
from activitystream.models import Ref

from ._context import query, render_named, unique_id, viewer, with_query
from ._new import COUNTED, addresses, counted_texts

__all__ = ["notification_bell", "notification_list"]


def notification_bell(context: Context, url: str) -> SafeString:
    """`{% notification_bell "/notifications/" %}`: a link to your page of notifications, with how many are
    unseen; our script keeps the number current. Nothing for visitors who are not signed in."""
    user = viewer(context)
    if user is None:
        return SafeString()
    unseen = NotificationsFeed(user).counts().unseen
    number = min(unseen.groups, COUNTED + 1) if not unseen.more else COUNTED + 1
    texts = [_("Notifications, nothing new"), *counted_texts(_unseen_text)]
    return render_named(
        context,
        "activitystream/_bell.html",
        url=url,
        number=number,
        shown=str(number) if number <= COUNTED else f"{COUNTED}+",
        text=texts[number],
        texts=texts,
        counts_url=reverse("activitystream:notification-counts"),
        watch=addresses(context, "notifications", Ref.of(user)),
        since=first_id(timezone.now()),
    )


def _unseen_text(number: int) -> str:
    return ngettext("Notifications, %(count)s new", "Notifications, %(count)s new", number)


def notification_list(context: Context, limit: int | None = None) -> SafeString:
    """`{% notification_list limit=20 %}`: what one is told of, in groups, the newest first.

    What is shown is marked as seen: by our script, once it is in view; without it by a button. Nothing for
    visitors who are not signed in. `?notifications-after=` of the address is its cursor.
    """
    user = viewer(context)
    if user is None:
        return SafeString()
    feed, param = NotificationsFeed(user), "notifications-after"
    groups = _groups(feed, limit, query(context).get(param))
    request = context.get("request")
    older = with_query(context, (param,), **{param: groups.next_cursor}) if groups.next_cursor else None
    return render_named(
        context,
        "activitystream/_notifications.html",
        groups=groups,
        unseen=any(not group.seen for group in groups),
        up_to=groups[0].id if groups else None,
        feed_id=unique_id(context, "notifications"),
        older_url=older,
        action=reverse("activitystream:seen"),
        next=request.get_full_path() if request is not None else "",
    )


def _groups(feed: NotificationsFeed, limit: int | None, after: str | None) -> Any:
    try:
        return feed.groups(limit, after=after)
    except InvalidCursor:
        return feed.groups(limit)  # a limit that is not allowed raises again
