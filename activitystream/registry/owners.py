"""To whom rows belong, which of them are private accounts, and who may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.models import Ref
from activitystream.routers import primary_reads

from .kept import Kept, load_kept
from .limits import NOBODY, Limit, limit_of
from .lookup import load_all, load_instances
from .options import ModelActivity
from .paths import prefetch_owners
from .registry import options_for_label, registered

__all__ = ["Belongings", "load_belongings"]

STEPS = 20
"""How often an owner's owner is asked for, each with a query: a thread of comments may be much longer."""


@dataclass(slots=True)
class Belongings:
    """A row and those to whom it belongs, each with whether it is a private account."""

    private: dict[Ref, bool] = field(default_factory=dict)
    between: set[Ref] = field(default_factory=set)
    """The rows on the paths to these owners ("photo" of "photo.author"), and to the visibility of a row
    ("album" of "album.audience"): they say who the owners are, and who may see it."""
    limits: set[Limit] = field(default_factory=set)
    """Who may see the row, and what it belongs to, where that is not everybody: all must allow it."""

    @property
    def person(self) -> Ref | None:
        """The user whose row it is, or who it is."""
        label = get_user_model()._meta.label_lower
        return next((ref for ref in self.private if ref.model == label), None)


@primary_reads()
def load_belongings(
    rows: Mapping[Ref, models.Model],
    refs: Iterable[Ref],
    kept: Kept | None = None,
) -> dict[Ref, Belongings]:
    """The owners of these refs, of which `rows` are loaded, and what is `kept` of those that are gone, if
    any: few queries, and none where all owners are named by foreign keys and no account is private.

    An owner's owner is asked for, too, until there is none or one comes again: a query for each step. Where
    that takes more than `STEPS`, nobody knows whose it is, and it is as if it were private."""
    found = {ref: Belongings({ref: False}) for ref in refs}
    loaded = dict(rows)
    owners, hidden = _owners(kept or {}), set[Ref]()
    ends = {ref: ref for ref in found}
    for _ in range(STEPS):
        prefetch_owners([loaded[end] for end in set(ends.values()) if end in loaded])
        ends = _next(ends, loaded, owners, found)
        more = {end for end in ends.values() if end not in loaded and _has_more(end)}
        loaded |= load_instances(more) if more else {}
        if missing := more - loaded.keys():
            veiled = load_all(missing)
            hidden |= veiled.keys()
            loaded |= veiled  # what is in a hidden album is still somebody's
            owners |= _owners(load_kept(missing - veiled.keys()))
        if not ends:
            break
    _mark_private(found, {ref: row for ref, row in loaded.items() if ref not in hidden})
    _limit(found, loaded)
    for ref, end in ends.items():
        found[ref].private[end] = True
    return found


def _owners(kept: Kept) -> dict[Ref, Ref]:
    """Whose these rows were, by what is kept of them."""
    return {ref: Ref.of_user(row.owner_id) for ref, row in kept.items() if row.owner_id is not None}


def _next(
    ends: Mapping[Ref, Ref],
    loaded: Mapping[Ref, models.Model],
    owners: Mapping[Ref, Ref],
    found: Mapping[Ref, Belongings],
) -> dict[Ref, Ref]:
    """One owner further on, for each row whose chain has one more."""
    further: dict[Ref, Ref] = {}
    for ref, end in ends.items():
        options = options_for_label(end.model)
        owner = owners.get(end)
        if options and end in loaded:
            owner, between = options.way_to_owner(loaded[end])
            found[ref].between.update(between)
        if owner is not None and owner not in found[ref].private:
            found[ref].private[owner] = False
            further[ref] = owner
    return further


def _has_more(ref: Ref) -> bool:
    """Whether the row itself must be known: it has an owner, or may be a private account."""
    options = options_for_label(ref.model)
    return options is not None and (
        options.private is not None or options.visibility is not None or _has_owner(options)
    )


def _has_owner(options: ModelActivity) -> bool:
    return options.owner_path is not None and not issubclass(options.model, get_user_model())


def _mark_private(found: Mapping[Ref, Belongings], loaded: dict[Ref, models.Model]) -> None:
    if not any(options.private is not None for options in registered()):
        return
    for belongings in found.values():
        itself = next(iter(belongings.private))
        for ref in belongings.private:
            options = options_for_label(ref.model)
            if options is not None and options.private is not None:
                row = loaded.get(ref)
                # An owner who is hidden may be private. (What is hidden itself is not shown at all, and what
                # was private is not kept when it is deleted.)
                belongings.private[ref] = options.is_private(row) if row else ref != itself


def _limit(found: Mapping[Ref, Belongings], loaded: Mapping[Ref, models.Model]) -> None:
    """Note who may see these rows, as the `visibility` of their registrations says."""
    if not any(options.visibility is not None for options in registered()):
        return
    known: dict[Ref, tuple[Limit | None, list[Ref]]] = {}  # of one row there is one person
    for itself, belongings in found.items():
        for ref in belongings.private:
            options = options_for_label(ref.model)
            if options is None or options.visibility is None or (ref == itself and ref not in loaded):
                continue
            if ref not in known:
                # of an owner that is gone nobody knows who might see it
                row = loaded.get(ref)
                known[ref] = (NOBODY, []) if row is None else limit_of(options, row, belongings.person)
            limit, between = known[ref]
            belongings.between.update(between)
            if limit is not None:
                belongings.limits.add(limit)
