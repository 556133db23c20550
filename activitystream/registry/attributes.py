"""Attribute paths in registrations: "album.owner"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models

from activitystream.models import Ref

__all__ = ["follow_path", "model_at", "path_parts", "ref_of", "value_at", "walk"]


def follow_path(obj: Any, path: str) -> Any:
    """The value at an attribute path ("album.owner", "album__owner"); methods on it are called.

    None as soon as a part of the path is None, or a row that there is not (the profile of a user without
    one); AttributeError if there is no such attribute.
    """
    for name in path_parts(path):
        if obj is None:
            return None
        obj = value_at(obj, name)
    return obj


def value_at(obj: Any, name: str) -> Any:
    """Return the value of one attribute; methods are called. None for a row that there is not."""
    try:
        value = getattr(obj, name)
    except ObjectDoesNotExist:
        return None
    return value() if callable(value) and not isinstance(value, (models.Model, models.Manager)) else value


def walk(obj: Any, parts: Iterable[str]) -> tuple[Any, list[Ref]]:
    """Return what these attributes, one after the other, lead to (None as soon as one is), and the rows that
    were met."""
    met: list[Ref] = []
    for name in parts:
        obj = value_at(obj, name)
        if obj is None:
            break
        if (ref := ref_of(obj)) is not None:
            met.append(ref)
    return obj, met


def ref_of(value: Any) -> Ref | None:
    """Return the ref of a saved row; None for anything else."""
    return Ref.of(value) if isinstance(value, models.Model) and value.pk is not None else None


def path_parts(path: str) -> list[str]:
    """The names on an attribute path: of \"album.owner\" and \"album__owner\" alike."""
    return path.replace("__", ".").split(".")


def model_at(model: type[models.Model], parts: Iterable[str]) -> type[models.Model] | None:
    """The model to which a path of foreign keys leads; None if a part of it is anything else."""
    at: Any = model
    for part in parts:
        key = {field.name: field for field in at._meta.concrete_fields}.get(part)
        if not isinstance(key, models.ForeignKey):
            return None
        at = key.related_model
    return at  # type: ignore[no-any-return]
