"""Where other software finds a feed: links for the head of a page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from activitystream.feeds import get_feed
from activitystream.feeds.visibility import may_read

from ._context import ref_of

__all__ = ["feed_links"]

FORMATS = {
    "rss": ("application/rss+xml", "RSS"),
    "atom": ("application/atom+xml", "Atom"),
    "as2": ("application/activity+json", "Activity Streams"),
}


def feed_links(name: str, owner: Any) -> SafeString:
    """`{% feed_links "outbox" person %}`: links to the feed as RSS, Atom and Activity Streams, for the head.

    Nothing for a feed that not everybody may read, and for nobody's.
    """
    ref = ref_of(owner)
    if ref is None or not may_read(get_feed(name)(ref), AnonymousUser()):
        return SafeString()
    address = reverse("activitystream:feed-detail", kwargs={"feed": name, "type": ref.model, "id": ref.id})
    return format_html_join(
        "\n",
        '<link rel="alternate" type="{}" title="{}" href="{}?format={}"/>',
        ((type, title, address, format) for format, (type, title) in FORMATS.items()),
    )
