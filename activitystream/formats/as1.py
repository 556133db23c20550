"""Activity Streams 1.0 (JSON): what older readers take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from activitystream.feeds import Card, Entry
from activitystream.ids import to_iso

from .as2 import Document, html, present
from .iris import Iris

__all__ = ["activity", "collection", "row"]


def activity(entry: Entry, iris: Iris) -> Document:
    """One activity, its verb as it is."""
    content, title = entry.data.get("content"), entry.data.get("name")
    return present(
        {
            "id": iris.activity(entry.id),
            "published": to_iso(entry.published),
            "verb": entry.verb,
            "title": title if isinstance(title, str) else None,
            "content": content if isinstance(content, str) else None,
            "actor": row(entry.actor, iris),
            "object": entry.object and row(entry.object, iris),
            "target": entry.target and row(entry.target, iris),
            "data": {name: value for name, value in entry.data.items() if name not in ("content", "name")},
        }
    )


def row(card: Card, iris: Iris) -> Document:
    """What a card says."""
    return present(
        {
            "objectType": card.type.lower(),
            "id": iris.row(card.ref),
            "displayName": card.name,
            "url": iris.absolute(card.url),
            "image": {"url": iris.absolute(card.image)} if card.image else None,
            "content": html(card.content),
        }
    )


def collection(
    url: str, items: Iterable[Document], *, next: str | None, previous: str | None
) -> dict[str, Any]:
    """A page of a feed, newest first; `totalItems` where it is the whole of it."""
    found = list(items)
    links = {"next": {"href": next} if next else None, "prev": {"href": previous} if previous else None}
    return {"url": url, "items": found} | present(
        {"links": present(links), "totalItems": None if next or previous else len(found)}
    )
