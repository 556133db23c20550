"""Verbs and types: what Activity Streams 2.0 calls what is done, and what it is done by and to."""

from __future__ import annotations

from activitystream.conf import settings

__all__ = ["ACTIVITY", "ACTIVITY_TYPES", "ACTOR_TYPES", "INTRANSITIVE", "OBJECT_TYPES", "type_of", "verb_of"]

ACTIVITY = "Activity"
"""The type of an activity whose verb has none."""

# Of several verbs with one type, the first is what the type is read as.
_TYPES = {
    "accept": "Accept",
    "add": "Add",
    "share": "Announce",
    "announce": "Announce",
    "repost": "Announce",
    "arrive": "Arrive",
    "block": "Block",
    "post": "Create",
    "create": "Create",
    "publish": "Create",
    "upload": "Create",
    "write": "Create",
    "delete": "Delete",
    "dislike": "Dislike",
    "flag": "Flag",
    "report": "Flag",
    "follow": "Follow",
    "ignore": "Ignore",
    "invite": "Invite",
    "join": "Join",
    "leave": "Leave",
    "like": "Like",
    "favorite": "Like",
    "listen": "Listen",
    "move": "Move",
    "offer": "Offer",
    "question": "Question",
    "ask": "Question",
    "read": "Read",
    "reject": "Reject",
    "remove": "Remove",
    "tentative-accept": "TentativeAccept",
    "tentative-reject": "TentativeReject",
    "travel": "Travel",
    "undo": "Undo",
    "update": "Update",
    "edit": "Update",
    "view": "View",
}
ACTIVITY_TYPES = frozenset(_TYPES.values())
INTRANSITIVE = frozenset({"Arrive", "Question", "Travel"})
"""Types of activities that have no object."""
ACTOR_TYPES = frozenset({"Application", "Group", "Organization", "Person", "Service"})
OBJECT_TYPES = ACTOR_TYPES | {
    *("Article", "Audio", "Collection", "Document", "Event", "Image", "Note", "Object", "OrderedCollection"),
    *("Page", "Place", "Profile", "Relationship", "Tombstone", "Video"),
}
"""Types that a card may have in documents."""


def type_of(verb: str) -> str:
    """The type of a verb: as the setting VERB_TYPES says, then as the app knows it, else `ACTIVITY`."""
    own = (settings.VERB_TYPES or {}).get(verb)
    return own or _TYPES.get(verb.lower(), ACTIVITY)


def verb_of(type: str) -> str | None:
    """What a type is read as; None if it says nothing of what was done."""
    known = [*(settings.VERB_TYPES or {}).items(), *_TYPES.items()]
    return next((verb for verb, its_type in known if its_type == type), None)
