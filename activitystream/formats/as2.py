"""Activity Streams 2.0: activities, rows and feeds as JSON-LD documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.html import escape

from activitystream.feeds import Card, Entry
from activitystream.ids import to_iso

from .audience import address
from .iris import Iris
from .properties import split
from .types import ACTIVITY, ACTOR_TYPES, INTRANSITIVE, OBJECT_TYPES, type_of, verb_of

__all__ = ["CONTEXT", "activity", "collection", "html", "page", "present", "row", "with_context"]

ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
EXTENSION = "urn:activitystream:"
TERMS = {
    "verb": f"{EXTENSION}verb",
    "objectType": f"{EXTENSION}objectType",
    "visibility": f"{EXTENSION}visibility",
    "data": {"@id": f"{EXTENSION}data", "@type": "@json"},
}
CONTEXT = [ACTIVITY_STREAMS, TERMS]
"""What the names in documents mean; those of ours are for what Activity Streams has no word for."""

Document = dict[str, Any]


def with_context(document: Document) -> Document:
    """The document as it stands alone."""
    return {"@context": CONTEXT} | document


def activity(entry: Entry, iris: Iris) -> Document:
    """One activity. `verb` is there where the type does not say all of it."""
    properties, rest = split(entry.data)
    type = type_of(entry.verb)
    if entry.object is not None and type in INTRANSITIVE:
        type = ACTIVITY
    own = {
        "id": iris.activity(entry.id),
        "type": type,
        "verb": None if verb_of(type) == entry.verb else entry.verb,
        "actor": row(entry.actor, iris),
        "object": entry.object and row(entry.object, iris),
        "target": entry.target and row(entry.target, iris),
        "published": to_iso(entry.published),
        "data": rest,
    }
    return present(properties | own | address(entry, iris))


def row(card: Card, iris: Iris) -> Document:
    """What a card says, as an actor or an object."""
    type = _type(card)
    image = {"type": "Image", "url": iris.absolute(card.image)} if card.image else None
    return present(
        {
            "id": iris.row(card.ref),
            "type": type,
            "objectType": None if type == card.type else card.type,
            "name": card.name,
            "url": iris.absolute(card.url),
            "icon": image if type in ACTOR_TYPES else None,
            "image": image,
            "content": html(card.content),
        }
    )


def collection(id: str, *, first: str, last: str, total: int | None) -> Document:
    """A feed, without its activities. `total`: how many there are, if that is known."""
    return {"id": id, "type": "OrderedCollection"} | present(
        {"totalItems": total, "first": first, "last": last}
    )


def page(
    id: str, items: Iterable[Document], *, part_of: str, next: str | None, previous: str | None
) -> Document:
    """A page of a feed, newest first: `next` is older."""
    return {
        "id": id,
        "type": "OrderedCollectionPage",
        **present({"partOf": part_of, "next": next, "prev": previous, "orderedItems": list(items)}),
    }


def present(document: Document) -> Document:
    """The document without what is empty."""
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}


def html(text: str | None) -> str | None:
    """Plain text as the HTML that `content` is by default."""
    return None if text is None else str(escape(text)).replace("\n", "<br>")


def _type(card: Card) -> str:
    if card.deleted:
        return "Tombstone"
    if card.type in OBJECT_TYPES:
        return card.type
    return "Person" if card.model == get_user_model()._meta.label_lower else "Object"
