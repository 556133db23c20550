"""What a viewer does not want to meet, and who does not want to be met by them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from activitystream.graph import VIEWER, apart_from, viewer_ref
from activitystream.journal import write_alias
from activitystream.models import Mute, Ref
from activitystream.streams import Body, Name

from .values import read

__all__ = [
    "NOTHING",
    "Facts",
    "facts_name",
    "is_facts_name",
    "load_facts",
    "load_many_facts",
    "make_facts",
    "parse_facts",
]


@dataclass(frozen=True, slots=True)
class Facts:
    """Refs as strings."""

    blocked: frozenset[str]
    """The users whom the viewer blocks, and those who block the viewer."""
    muted: frozenset[str]
    """What the viewer has muted."""


NOTHING = Facts(frozenset(), frozenset())


def facts_name(viewer: Ref) -> str:
    """The name under which they are kept, which is also the ref to forget when they change."""
    return viewer_ref(viewer.id)


def is_facts_name(name: str) -> bool:
    """Return True if this is the name of the facts of some viewer."""
    return name.startswith(VIEWER)


def make_facts(name: Name) -> Body:
    """Read the facts from SQL: two queries."""
    viewer = Ref.parse(str(name).removeprefix(VIEWER))
    key: Any = viewer.id
    blocked = {str(Ref(viewer.model, other)) for other in apart_from(key)}
    mutes = Mute.objects.using(write_alias()).filter(user=key).order_by()
    muted = sorted(str(row.muted_ref) for row in mutes)
    return Body(name, json.dumps([sorted(blocked), muted]).encode(), [str(name)])


def load_facts(viewer: Ref | None) -> Facts:
    """The facts of one viewer."""
    return load_many_facts([viewer])[viewer]


def load_many_facts(viewers: Collection[Ref | None]) -> dict[Ref | None, Facts]:
    """The facts of many viewers: one round trip if the store has them all. None is nobody signed in."""
    names = {viewer: facts_name(viewer) for viewer in viewers if viewer is not None}
    values = read(list(names.values()), lambda missing: map(make_facts, missing))
    return {None: NOTHING, **{viewer: parse_facts(values[name]) for viewer, name in names.items()}}


def parse_facts(value: bytes) -> Facts:
    """The facts as they are kept."""
    blocked, muted = json.loads(value)
    return Facts(frozenset(blocked), frozenset(muted)) if blocked or muted else NOTHING
