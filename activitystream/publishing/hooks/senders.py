"""Which models send the signals of a model's rows, and which row of it an instance of theirs is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models

__all__ = ["Wire", "derived", "is_new", "is_raw", "key_in", "note_raw", "row_in", "senders"]

_RAW = "_activitystream_raw"

Wire = tuple[Any, Any, Callable[..., None], str]
"""A signal, its sender, a receiver, and the id of both."""


def senders(model: type[models.Model]) -> list[type[models.Model]]:
    """The model, and its proxies."""
    return [some for some in apps.get_models() if some._meta.concrete_model is model]


def derived(model: type[models.Model]) -> list[type[models.Model]]:
    """The models whose rows have a row of this model as their parent, and their proxies."""
    return [
        child
        for child in apps.get_models()
        if issubclass(child, model) and child._meta.concrete_model is not model
    ]


def is_new(instance: Any) -> bool:
    """Whether this row cannot be in the database yet."""
    return instance.pk is None or (instance._state.adding and instance._meta.pk.has_default())


def note_raw(instance: models.Model, *, raw: bool) -> None:
    """Note whether the last save of this instance loaded it from a fixture: see `is_raw`."""
    vars(instance)[_RAW] = raw


def is_raw(instance: models.Model) -> bool:
    """Return whether this instance is being loaded from a fixture.

    Django sets its many-to-many fields after its save. Before Django 6.1, the signal for that has no `raw`.
    """
    return bool(vars(instance).get(_RAW))


def row_in(model: type[models.Model], instance: Any, using: str) -> Any:
    """The row of this model that is the instance, or its parent."""
    if instance._meta.concrete_model is model._meta.concrete_model:
        return instance
    return model._base_manager.using(using).get(pk=key_in(model, instance))


def key_in(model: type[models.Model], instance: Any) -> Any:
    """The key of the row of this model that is the instance, or its parent."""
    key = getattr(instance, model._meta.pk.attname)
    link = instance._meta.get_ancestor_link(model) if key is None else None
    return key if link is None else getattr(instance, link.attname)
