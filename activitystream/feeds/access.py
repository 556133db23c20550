"""What must be known of an activity to decide who may see it: kept with its body, never given out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from activitystream.models import ROLES, Activity, Ref, Visibility
from activitystream.registry import Belongings, Limit

__all__ = ["Access", "access_of"]


class Access(NamedTuple):
    """Refs are strings here, as they are kept."""

    visibility: str
    author: str | None
    """The user who acts, or whose row does."""
    about: Sequence[str]
    """Everything it is about, and everybody to whom that belongs: who blocks one of them does not see it."""
    gates: Sequence[str]
    """The private accounts among these: it is for their followers."""
    named: Sequence[str]
    """The people it is addressed to, if it is for named people."""
    between: Sequence[str] = ()
    """The rows that say to whom it belongs, besides: what is made of this depends on them, too."""
    limits: Sequence[tuple[str | None, Sequence[str]]] = ()
    """For each row it is about that is not for everybody: whose followers see it, and the people who do."""
    models: Sequence[str] = ()
    """The models of its actor, object and target: all must be registered still."""

    @property
    def refs(self) -> list[str]:
        """The rows on which it depends."""
        return [*self.about, *self.between]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> Access:
        """The inverse of what JSON makes of it: a list."""
        return cls(*value)


def access_of(row: Activity, named: Sequence[Ref], belongings: Mapping[Ref, Belongings]) -> Access:
    """What is known of an activity, from the rows that it is about."""
    about: dict[Ref, bool] = {}
    between: set[Ref] = set()
    limits: set[Limit] = set()
    for role in ROLES:
        if ref := row.ref(role):
            about |= belongings[ref].private
            between |= belongings[ref].between
            limits |= belongings[ref].limits
    actor = row.ref("actor")
    author = belongings[actor].person if actor else None
    return Access(
        visibility=row.visibility,
        author=author and str(author),
        about=[str(ref) for ref in about],
        gates=[str(ref) for ref, private in about.items() if private],
        named=[str(ref) for ref in named] if row.visibility == Visibility.NAMED else [],
        between=sorted(str(ref) for ref in between - about.keys()),
        models=sorted({ref.model for role in ROLES if (ref := row.ref(role))}),
        limits=[(gate and str(gate), sorted(map(str, people))) for gate, people in limits],
    )
