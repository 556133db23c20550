"""Activity Streams 2.0 as it is sent in: the body of the API that says the same.

Documents are read as JSON, by the names of the official context. Other contexts are not looked at, let alone
fetched; so a name that is not known is refused, for what it means nobody could tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activitystream.models import Ref

from .as2 import ACTIVITY_STREAMS, TERMS
from .audience import ADDRESSED, read_visibility
from .iris import Iris
from .properties import KEPT, fits, is_iri
from .refused import Refused
from .types import ACTIVITY, ACTIVITY_TYPES, INTRANSITIVE, type_of, verb_of

__all__ = ["read"]

ROLES = ("object", "target")
_PREFIXES = ("as:", f"{ACTIVITY_STREAMS}#")
_OWN = {*("type", "verb", "actor", "attributedTo", "data", "visibility"), *ROLES, *ADDRESSED}
_IGNORED = {"@context", "id"}  # it gets an id here
_MAPS = {"name": "nameMap", "summary": "summaryMap", "content": "contentMap"}

Fields = dict[str, Any]


def read(document: Any, iris: Iris, me: Ref | None) -> dict[str, Any]:
    """The body of `POST activities/` for an activity of mine; Refused says what of it cannot be taken."""
    if not isinstance(document, Mapping):
        raise Refused("type", "An activity is a JSON object.")
    fields = _fields(document)
    _check_context(document.get("@context"))
    verb = _verb(fields)
    actor = _row("actor", fields, iris)
    if "attributedTo" in fields and _row("attributedTo", fields, iris) != actor:
        raise Refused("attributedTo", "It is the actor's: leave it out.")
    rows = {role: ref for role in ROLES if (ref := _row(role, fields, iris))}
    body = {"verb": verb, "data": _data(fields), **rows, **read_visibility(fields, iris, me)}
    return body | {"actor": actor} if actor else body


def _fields(document: Mapping[str, Any]) -> Fields:
    """Its properties by their short names, without what is empty, a list of one as the one."""
    found: Fields = {}
    for name, value in document.items():
        short = _short(name.removeprefix("@") if name in ("@id", "@type") else name)
        if short in found:
            raise Refused(short, "It is there twice.")
        if short not in _OWN and short not in _IGNORED and short not in KEPT:
            raise Refused(short, _unknown(short))
        single = value[0] if isinstance(value, list) and len(value) == 1 else value
        if single is not None and single != []:
            found[short] = single
    return _with_languages(found)


def _short(name: str) -> str:
    """A name of the vocabulary without its prefix."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _unknown(name: str) -> str:
    if name == "published":
        return "It is now: leave it out."
    return "This property is not kept. What is yours can be in data."


def _with_languages(fields: Fields) -> Fields:
    """JSON-LD's own way to write a text, {"@value": …, "@language": …}, as the plain one."""
    for name, its_map in _MAPS.items():
        value = fields.get(name)
        if isinstance(value, Mapping) and set(value) <= {"@value", "@language"} and "@value" in value:
            text = fields.pop(name)
            if not isinstance(text.get("@language", ""), str):
                raise Refused(name, "Its @language is a text.")
            fields |= (
                {its_map: {text["@language"]: text["@value"]}}
                if "@language" in text
                else {name: text["@value"]}
            )
    return fields


def _check_context(context: Any) -> None:
    """The official one, if any, beside which others may say what other names mean."""
    given = context if isinstance(context, list) else [context]
    official = {ACTIVITY_STREAMS, f"{ACTIVITY_STREAMS}#", ACTIVITY_STREAMS.replace("https:", "http:")}
    if context is not None and not any(item in official for item in given if isinstance(item, str)):
        raise Refused("@context", f"It must have {ACTIVITY_STREAMS}.")
    ours = {*_OWN, *KEPT, "id", "as"} - set(TERMS)
    for item in given:
        if not (item is None or isinstance(item, (str, Mapping))):
            raise Refused("@context", "It has addresses and objects.")
        if isinstance(item, Mapping) and (changed := sorted(ours & set(item))):
            raise Refused("@context", f"It must not change what {changed[0]!r} means.")


def _verb(fields: Fields) -> str:
    type, verb = fields.get("type"), fields.get("verb")
    if not isinstance(type, str):
        raise Refused("type", "It must be the one type of the activity.")
    type = _short(type)
    if type not in ACTIVITY_TYPES and type not in (ACTIVITY, "IntransitiveActivity"):
        raise Refused("type", f"{type[:40]!r} is no type of an activity that is known here.")
    if type in (*INTRANSITIVE, "IntransitiveActivity") and "object" in fields:
        raise Refused("object", f"{type} has none.")
    if verb is None and verb_of(type) is None:
        raise Refused("type", "It says nothing of what was done: give a verb, too.")
    if verb is None:
        return str(verb_of(type))
    if not isinstance(verb, str) or (type in ACTIVITY_TYPES and type_of(verb) != type):
        raise Refused("verb", f"It is no verb of the type {type}.")
    return verb


def _row(name: str, fields: Fields, iris: Iris) -> dict[str, Any] | None:
    """The row that a property names: by its address here, or by the label of its model and its key."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, Mapping):
        type, id = (value.get(part, value.get(f"@{part}")) for part in ("type", "id"))
        value = value.get("href") if type == "Link" else id
        if isinstance(type, str) and "." in type and not is_iri(id) and id is not None:
            return {"type": type, "id": id}
    ref: Ref | None = iris.read(value) if isinstance(value, str) else None
    if ref is None:
        raise Refused(name, "It must be the address of one row of this site, or its type and id.")
    return {"type": ref.model, "id": ref.id}


def _data(fields: Fields) -> dict[str, Any]:
    """What is kept as it is: the properties that `data` may have, and the rest under its own name."""
    own = fields.get("data", {})
    if not isinstance(own, Mapping):
        raise Refused("data", "It must be a JSON object.")
    kept = {name: value for name, value in fields.items() if name in KEPT}
    for name, value in kept.items():
        if name in own:
            raise Refused(name, "It is in data, too.")
        if not fits(name, value):
            raise Refused(name, "This is not what it may be.")
    return {**own, **kept}
