"""Attribute paths through several rows: loaded for many rows at once, and followed back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models

from activitystream.routers import primary_reads

from .attributes import model_at, path_parts
from .options import ModelActivity
from .registry import registered

__all__ = ["is_shown_with", "models_between", "names_of_key", "parts_of", "prefetch_owners"]

_SHOWN = ("name", "url", "image", "content", "private", "visibility")


@primary_reads()
def prefetch_owners(rows: Sequence[models.Model], *, themselves: bool = False) -> None:
    """Load the rows through which the paths to the owners and the visibility of these rows lead
    ("photo.album" of "photo.album.owner"), and the owners `themselves`: a query for each part of a path."""
    for options in registered():
        path = options.owner_path
        some = [row for row in rows if isinstance(row, options.model)]
        if some and isinstance(path, str):
            parts = path_parts(path)
            _prefetch_path(options.model, some, parts if themselves else parts[:-1])
        if some and isinstance(options.visibility, str):
            _prefetch_path(options.model, some, path_parts(options.visibility)[:-1])


def _prefetch_path(model: type[models.Model], rows: Sequence[models.Model], parts: Sequence[str]) -> None:
    if parts and model_at(model, parts):  # else a property or a method sees to it, with select_related
        models.prefetch_related_objects(list(rows), "__".join(parts))


def models_between(options: ModelActivity) -> set[type[models.Model]]:
    """The models on a path of foreign keys to what decides who sees a row (its owner, its actor, its
    visibility): of "photo" and "album" in "photo.album.owner"."""
    paths = {
        path for path in (options.owner_path, options.actor, options.visibility) if isinstance(path, str)
    }
    every = [path_parts(path)[:-1] for path in paths]
    found = [model_at(options.model, parts[: end + 1]) for parts in every for end in range(len(parts))]
    return {model._meta.concrete_model for model in found if model is not None}  # type: ignore[misc]


def parts_of(options: ModelActivity) -> dict[str, Any]:
    """The relations to what is part of how a row is shown, by their lookups."""
    paths = [path for name in _SHOWN if isinstance(path := getattr(options, name), str)]
    found = dict(_to_owner(options))
    for path in (*paths, *options.shown_with):
        found |= dict(_relations(options.model, path))
    return found


def names_of_key(relation: Any) -> set[str]:
    """The fields of what a relation leads to that say to which row it belongs, if it is said there."""
    if relation.concrete:
        return set()
    if isinstance(relation, models.ForeignObjectRel):
        return {relation.field.name, relation.field.attname}
    kind = relation.content_type_field_name  # it is generic
    return {relation.object_id_field_name, kind, f"{kind}_id"}


def _to_owner(options: ModelActivity) -> list[tuple[str, Any]]:
    """The relations to where the owner is said. One that is a key to the owner is said in the row before."""
    path = options.owner_path
    found = list(_relations(options.model, path)) if isinstance(path, str) else []
    return found[:-1] if found and len(found) == len(path_parts(path)) and found[-1][1].concrete else found


def is_shown_with(options: ModelActivity, path: str) -> bool:
    """Whether all of this path are relations to what belongs to one row."""
    return len(list(_relations(options.model, path))) == len(path_parts(path))


def _relations(model: type[models.Model], path: str) -> Iterator[tuple[str, Any]]:
    """The relations at the beginning of a path to what belongs to one row, with their lookups: what is saved
    there concerns one row here, and not, as with an album, its thousand photos."""
    at, lookup = model, ""
    for part in path_parts(path):
        relation = _named(at, part)
        if relation is None or not (relation.one_to_one or relation.one_to_many):
            return
        at, lookup = relation.related_model, f"{lookup}__{relation.name}".removeprefix("__")
        yield lookup, relation


def _named(model: type[models.Model], name: str) -> Any:
    """The relation behind an attribute of rows."""
    for field in model._meta.get_fields():
        accessor = field.get_accessor_name() if isinstance(field, models.ForeignObjectRel) else field.name
        if field.is_relation and field.related_model and accessor == name:
            return field
    return None
