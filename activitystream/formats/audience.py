"""Whom an activity is for: its visibility as Activity Streams addresses it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activitystream.feeds import Entry
from activitystream.models import Ref, Visibility

from .iris import Iris
from .refused import Refused

__all__ = ["ADDRESSED", "address", "read_visibility"]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ADDRESSED = ("to", "cc", "bto", "bcc", "audience")
_PUBLIC_NAMES = {PUBLIC, "as:Public", "Public"}


def address(entry: Entry, iris: Iris) -> dict[str, str]:
    """Who is named is not told: to be one of them is not to know the others."""
    match entry.visibility:
        case Visibility.PUBLIC:
            return {"to": PUBLIC}
        case Visibility.FOLLOWERS:
            return {"to": iris.list_of("followers", entry.actor.ref)}
    return {"visibility": entry.visibility}


def read_visibility(fields: Mapping[str, Any], iris: Iris, me: Ref | None) -> dict[str, Any]:
    """`visibility` and `to` of the API's body. Nothing said is public, as it is there."""
    found = {name: _whom(name, fields[name], iris, me) for name in ADDRESSED if name in fields}
    kinds = {kind for whom in found.values() for kind, _ in whom}
    people = [ref for whom in found.values() for kind, ref in whom if kind == "named" and ref]
    told = fields.get("visibility")
    if people and (kinds != {"named"} or told not in (None, "named")):
        raise Refused(next(iter(found)), "People are named alone, not beside Public or followers.")
    if told is not None:
        return {"visibility": told, "to": _rows(people)}
    if people:
        return {"visibility": "named", "to": _rows(people)}
    return {"visibility": "followers" if kinds == {"followers"} else "public"}


def _whom(name: str, value: Any, iris: Iris, me: Ref | None) -> list[tuple[str, Ref | None]]:
    """Each of a property's addresses: Public, my followers, or a person."""
    return [_one(name, item, iris, me) for item in (value if isinstance(value, list) else [value])]


def _one(name: str, item: Any, iris: Iris, me: Ref | None) -> tuple[str, Ref | None]:
    iri = (item.get("id") or item.get("href")) if isinstance(item, Mapping) else item
    if isinstance(iri, str) and iri in _PUBLIC_NAMES:
        return "public", None
    if isinstance(iri, str) and me is not None and iris.read(iri, "followers") == me:
        return "followers", None
    ref = iris.read(iri) if isinstance(iri, str) else None
    if ref is None:
        raise Refused(name, "It must be Public, your followers, or addresses of people here.")
    return "named", ref


def _rows(refs: list[Ref]) -> list[dict[str, str]]:
    return [{"type": ref.model, "id": ref.id} for ref in dict.fromkeys(refs)]
