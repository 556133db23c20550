"""Who may see a row: its registration's `visibility`, and the batched hook `visible_rows`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import DatabaseError, models

from activitystream.models import Ref, Visibility, by_model

from .attributes import path_parts, walk
from .kept import load_kept
from .lookup import load_all, load_instances
from .options import ModelActivity
from .registry import options_for_label, registered

__all__ = ["NOBODY", "Limit", "hidden_by_hooks", "hooks_hide_rows", "limit_of"]

logger = logging.getLogger("activitystream")


class Limit(NamedTuple):
    """The viewers of a row that is not for everybody."""

    gate: Ref | None
    """Its followers may see the row; None: no follower may."""
    people: frozenset[Ref] = frozenset()
    """The users who may see it in any case."""


NOBODY = Limit(None)
"""Nobody may see it."""


def limit_of(options: ModelActivity, row: models.Model, person: Ref | None) -> tuple[Limit | None, list[Ref]]:
    """Return who may see a row that belongs to this person (None: everybody), and the rows that say so: the
    album of "album.audience".

    If the registration raises, or says what is no visibility, only the person may: this fails closed.
    """
    own = frozenset() if person is None else frozenset({person})
    try:
        visibility = options.visibility_of(row)
        if visibility == Visibility.PUBLIC:
            return None, _between(row, options.visibility)
        actor = options.person_who_acts(row)
        between = _between(row, options.visibility) + _between(row, options.actor)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("%s.visibility failed for %s", type(options).__name__, Ref.of(row))
        return Limit(None, own), []
    gate = (actor or person or Ref.of(row)) if visibility == Visibility.FOLLOWERS else None
    return Limit(gate, own if actor is None else own | {actor}), between


def _between(row: models.Model, path: Any) -> list[Ref]:
    return walk(row, path_parts(path)[:-1])[1] if isinstance(path, str) else []


def hooks_hide_rows() -> bool:
    """Return True if any registration has the hook `visible_rows`."""
    return any(options.hides_rows for options in registered())


def hidden_by_hooks(
    refs: Iterable[Ref], viewer: Ref | None, rows: Mapping[Ref, models.Model] | None = None
) -> set[Ref]:
    """Return those of these refs that `visible_rows` of their registration hides from the viewer.

    One call for each model that has the hook. `rows` are those that are loaded already; the others cost one
    query for each such model, and none for a model without the hook. Of a row that is gone and kept by its
    name the hook was asked when it was deleted.
    """
    deciding = {options.model._meta.label_lower for options in registered() if options.hides_rows}
    asked = {ref for ref in refs if ref.model in deciding}
    if not asked:
        return set()
    known = {ref: row for ref, row in (rows or {}).items() if ref in asked}
    known |= load_instances(asked - known.keys())
    if missing := asked - known.keys():
        known |= load_all(missing)  # what belongs to a hidden row is asked about, too
    hidden = asked - known.keys()
    if hidden:
        hidden -= load_kept(hidden).keys()
    for label, ids in by_model(known).items():
        options = options_for_label(label)
        some = [known[Ref(label, id)] for id in ids]
        seen = {Ref.of(row) for row in options.visible_rows(some, viewer)} if options else set()
        hidden |= {Ref(label, id) for id in ids} - seen
    return hidden
