"""Which model a row is known by: a child in multi-table inheritance is the same row as its parent."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

__all__ = ["ask_registry", "identity", "parents_of"]

_is_registered: list[Callable[[str], bool]] = []


def ask_registry(is_registered: Callable[[str], bool]) -> None:
    """Let the registry, a layer above, say whether the model of a label in lower case is registered."""
    _is_registered[:] = [is_registered]


def identity(model: type[models.Model]) -> type[models.Model]:
    """Return the model that refs to rows of this model have.

    A proxy counts as its model. A child in multi-table inheritance that is not registered counts as its
    nearest parent that is; a child of the user model counts as the user, so that a human is one actor.
    """
    concrete, *parents = _same_rows(model)
    user = get_user_model()._meta.concrete_model
    if not parents or concrete is user or _registered(concrete):
        return concrete
    return next((parent for parent in parents if parent is user or _registered(parent)), concrete)


def parents_of(model: type[models.Model]) -> tuple[type[models.Model], ...]:
    """Return the parents whose rows have the same primary keys, the nearest first."""
    return _same_rows(model)[1:]


def _registered(model: type[models.Model]) -> bool:
    return any(ask(model._meta.label_lower) for ask in _is_registered)


@cache
def _same_rows(model: type[models.Model]) -> tuple[type[models.Model], ...]:
    """The model, and its parents as long as the link to the parent is the primary key."""
    found = [model._meta.concrete_model or model]
    link: Any = found[0]._meta.pk
    while link is not None and getattr(link.remote_field, "parent_link", False):
        found.append(link.related_model._meta.concrete_model)
        link = found[-1]._meta.pk
    return tuple(found)
