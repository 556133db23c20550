"""Registrations of models for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models

from activitystream.registry import ModelActivity, options_for, options_for_label, register, unregister
from activitystream.registry.registry import isolated

__all__ = ["isolated_registry", "override", "override_registration", "registered", "replace"]


@contextmanager
def isolated_registry() -> Iterator[None]:
    """Restore all registrations at the end of the block, whatever it registered or unregistered."""
    with isolated():
        yield


@contextmanager
def registered(model: type[models.Model], /, **attributes: Any) -> Iterator[ModelActivity]:
    """Register a model inside the block with these attributes alone: `registered(Note, actor="author")`.

    A registration that it has already is replaced. A function among the attributes becomes a method.
    """
    with isolated():
        yield replace(model, ModelActivity, attributes)


@contextmanager
def override_registration(model: type[models.Model], /, **attributes: Any) -> Iterator[ModelActivity]:
    """Replace attributes of a model's registration inside the block; the others stay as they are.

    A function among the attributes becomes a method, in which `super()` is not available. NotRegistered if
    the model is not registered; TypeError if a registration has no attribute of that name.
    """
    with isolated():
        yield override(model, attributes)


def replace(
    model: type[models.Model], base: type[ModelActivity], attributes: dict[str, Any]
) -> ModelActivity:
    """Register a model as a class derived from `base`, in place of its registration."""
    if options_for_label((model._meta.concrete_model or model)._meta.label_lower) is not None:
        unregister(model)
    register(model)(type(f"{model.__name__}Activity", (base,), attributes))
    return options_for(model)


def override(model: type[models.Model], attributes: dict[str, Any]) -> ModelActivity:
    """Register a model as before, but for these attributes."""
    before = type(options_for(model))
    for name in attributes:
        if not hasattr(before, name):
            raise TypeError(f"{before.__name__} has no attribute {name!r}.")
    return replace(model, before, attributes)
