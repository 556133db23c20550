"""Attribute paths through several rows, loaded for many rows at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models

from .options import model_at
from .registry import registered

__all__ = ["prefetch_owners"]


def prefetch_owners(rows: Sequence[models.Model], *, themselves: bool = False) -> None:
    """Load the rows through which the paths to the owners of these rows lead ("photo.album" of
    "photo.album.owner"), and the owners `themselves`: a query for each part of a path."""
    for options in registered():
        path = options.owner_path
        some = [row for row in rows if isinstance(row, options.model)]
        if some and isinstance(path, str):
            parts = path.replace("__", ".").split(".")
            _prefetch_path(options.model, some, parts if themselves else parts[:-1])


def _prefetch_path(model: type[models.Model], rows: Sequence[models.Model], parts: Sequence[str]) -> None:
    if parts and model_at(model, parts):  # else a property or a method sees to it, with select_related
        models.prefetch_related_objects(list(rows), "__".join(parts))
