"""Which rows a viewer may see: decided here for rows, as `feeds.visibility` decides it for activities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.models import FOLLOW, Ref
from activitystream.registry import (
    Belongings,
    CardDict,
    Kept,
    cards_of,
    hidden_by_hooks,
    load_belongings,
    load_instances,
    load_kept,
)
from activitystream.routers import primary_reads

from .base import get_graph
from .blocks import keep_apart

__all__ = ["cards_for", "closed_between", "closed_to", "unseen"]


@primary_reads()
def cards_for(viewer: Any, refs: Iterable[Ref], *, blocked_too: bool = False) -> dict[Ref, CardDict]:
    """Return the cards of those of these rows that the viewer may see: one query for each model.

    `viewer` is a user, or anything else for somebody who is not signed in. See `unseen`.
    """
    wanted = set(refs)
    rows = load_instances(wanted)
    kept = load_kept(wanted - rows.keys())
    hidden = unseen(viewer, rows, kept, blocked_too=blocked_too)
    return {ref: card for ref, card in cards_of(rows, kept).items() if ref not in hidden}


@primary_reads()
def unseen(
    viewer: Any, rows: Mapping[Ref, models.Model], kept: Kept | None = None, *, blocked_too: bool = False
) -> set[Ref]:
    """Return those of these rows, and of what is `kept` of gone ones, that are hidden from the viewer.

    Hidden is what belongs to a private account that the viewer does not follow (the account itself is seen,
    because one asks it), what the `visibility` of a registration or its `visible_rows` does not allow, and
    all that is of people with whom the viewer has a block. `blocked_too`: people whom the viewer blocks are
    seen, as they are in the viewer's own list of blocks; what belongs to them is not. One query for all
    blocks, one for all follows.
    """
    me = _ref_of(viewer)
    found = load_belongings(rows, [*rows, *(kept or ())], kept)
    apart = _apart(me, found, blocked_too=blocked_too)
    rest = {ref: one for ref, one in found.items() if ref not in apart}
    return apart | {ref for _, ref in _closed({me: rest}, rows)}


def closed_to(viewer: Any, rows: Mapping[Ref, models.Model]) -> set[Ref]:
    """The same without blocks: for those who ask about blocks themselves."""
    return {ref for _, ref in closed_between({_ref_of(viewer): rows})}


@primary_reads()
def closed_between(of_viewer: Mapping[Ref | None, Mapping[Ref, models.Model]]) -> set[tuple[Ref | None, Ref]]:
    """The same for several viewers, each with rows of their own: pairs of a viewer and a row."""
    rows = {ref: row for some in of_viewer.values() for ref, row in some.items()}
    found = load_belongings(rows, rows)
    return _closed({me: {ref: found[ref] for ref in some} for me, some in of_viewer.items()}, rows)


def _ref_of(viewer: Any) -> Ref | None:
    return Ref.of(viewer) if isinstance(viewer, get_user_model()) and viewer.pk is not None else None


def _closed(
    of_viewer: Mapping[Ref | None, Mapping[Ref, Belongings]], rows: Mapping[Ref, models.Model]
) -> set[tuple[Ref | None, Ref]]:
    """Those for followers, or for some people, of whom the viewer is none, and those that hooks hide."""
    gates: dict[tuple[Ref | None, Ref], set[Ref]] = {}
    closed: set[tuple[Ref | None, Ref]] = set()
    for me, found in of_viewer.items():
        for ref, one in found.items():
            needed = _gates(me, ref, one)
            if needed is None:
                closed.add((me, ref))
            elif needed:
                gates[me, ref] = needed
    asked = {(me.id, gate) for (me, _), needed in gates.items() if me is not None for gate in needed}
    followed = get_graph().followed_pairs(asked, kinds=[FOLLOW], as_actor=True) if asked else set()
    for (me, ref), needed in gates.items():
        if me is None or not all((me.id, gate) in followed for gate in needed):
            closed.add((me, ref))
    for me, found in of_viewer.items():
        about = {owner for ref in found if (me, ref) not in closed for owner in found[ref].private}
        refused = hidden_by_hooks(about, me, rows)
        closed |= {(me, ref) for ref, one in found.items() if not refused.isdisjoint(one.private)}
    return closed


def _gates(me: Ref | None, ref: Ref, one: Belongings) -> set[Ref] | None:
    """What the viewer must follow to see the row; None: nothing opens it."""
    limits = [limit for limit in one.limits if me not in limit.people]
    if any(limit.gate is None for limit in limits):
        return None
    private = {owner for owner, is_private in one.private.items() if is_private} - {ref}
    return {gate for gate in private | {limit.gate for limit in limits} if gate not in (None, me)}


def _apart(me: Ref | None, found: Mapping[Ref, Belongings], *, blocked_too: bool) -> set[Ref]:
    """Those of people with whom the viewer has a block."""
    if me is None:
        return set()
    owners = {ref: person for ref, one in found.items() if (person := one.person) not in (None, me)}
    mine, theirs = keep_apart(me.id, {person.id for person in owners.values()})
    apart = {ref for ref, person in owners.items() if person.id in mine | theirs}
    if blocked_too:
        apart -= {ref for ref in apart if owners[ref] == ref and ref.id not in theirs}
    return apart
