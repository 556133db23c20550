"""Which models take part in activities: `@register` and its look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from activitystream.exceptions import NotRegistered
from activitystream.models.identity import ask_registry, identity, parents_of

from .options import ModelActivity

__all__ = [
    "is_registered",
    "isolated",
    "observe",
    "options_for",
    "options_for_label",
    "register",
    "registered",
    "unregister",
]

T = TypeVar("T", bound=type[ModelActivity])
Hook = Callable[[ModelActivity], None]

_registered: dict[str, ModelActivity] = {}
_on_register: list[Hook] = []
_on_unregister: list[Hook] = []

ask_registry(_registered.__contains__)


def register(*models_: type[models.Model]) -> Callable[[T], T]:
    """Class decorator: rows of these models take part in activities, as the decorated class says.

    Write it in `activities.py` of an app: that module is imported at start, as `admin.py` is.
    ImproperlyConfigured for what cannot take part: an abstract model, a composite primary key, a model that
    is registered already.
    """
    if not models_:
        raise ImproperlyConfigured("@register() needs at least one model: @register(Photo)")

    def decorate(options_class: T) -> T:
        if not (isinstance(options_class, type) and issubclass(options_class, ModelActivity)):
            raise ImproperlyConfigured(
                f"@register decorates a subclass of ModelActivity, not {options_class!r}"
            )
        for model in models_:
            _register(model, options_class)
        return options_class

    return decorate


def _register(model: type[models.Model], options_class: type[ModelActivity]) -> None:
    label = _label(model)
    if label in _registered:
        raise ImproperlyConfigured(f"{label} is registered already, as {type(_registered[label]).__name__}")
    options = options_class(model._meta.concrete_model or model)
    _registered[label] = options
    for hook in _on_register:
        hook(options)


def _label(model: type[models.Model]) -> str:
    meta = model._meta
    if meta.abstract or meta.concrete_model is None:
        raise ImproperlyConfigured(f"{meta.label} is abstract: register the models that derive from it")
    if isinstance(meta.pk, models.CompositePrimaryKey):
        raise ImproperlyConfigured(
            f"{meta.label} has a composite primary key, and an activity refers to a row by one value: give "
            "the model a primary key of one column (a UniqueConstraint keeps the combination unique)"
        )
    if get_user_model()._meta.concrete_model in parents_of(model):
        user = get_user_model()._meta.label
        raise ImproperlyConfigured(
            f"{meta.label} is a child of the user model, and its rows take part as users: register {user} "
            "alone, so that nobody is two actors"
        )
    return meta.concrete_model._meta.label_lower


def unregister(*models_: type[models.Model]) -> None:
    """Undo `register` (for tests, and to replace what another app registered)."""
    for model in models_:
        options = _registered.pop(_label(model), None)
        if options is None:
            raise NotRegistered(f"{model._meta.label} is not registered")
        for hook in _on_unregister:
            hook(options)


def observe(on_register: Hook, on_unregister: Hook) -> None:
    """Call these for each model that is, or will be, registered or taken out: for the layers above."""
    for options in _registered.values():
        on_register(options)
    _on_register.append(on_register)
    _on_unregister.append(on_unregister)


def registered() -> Iterable[ModelActivity]:
    """All that are registered."""
    return list(_registered.values())


def is_registered(model: type[models.Model]) -> bool:
    """Return whether rows of this model take part: by its registration, or as rows of a parent."""
    return model._meta.concrete_model is not None and identity(model)._meta.label_lower in _registered


def options_for(model: type[models.Model]) -> ModelActivity:
    """What a model says about itself; NotRegistered names the line to add."""
    if not is_registered(model):
        meta = identity(model)._meta
        raise NotRegistered(
            f"{meta.label} is not registered. Add to {meta.app_config.name if meta.app_config else '…'}"
            f".activities:\n\n    @register({meta.object_name})\n"
            f"    class {meta.object_name}Activity(ModelActivity):\n        pass\n"
        )
    return _registered[identity(model)._meta.label_lower]


def options_for_label(label: str) -> ModelActivity | None:
    """What the model of this lower-case label ("photos.photo") says; None if it is not registered."""
    return _registered.get(label)


@contextmanager
def isolated() -> Iterator[None]:
    """Restore all registrations and observers at the end of the block, in their order (for tests)."""
    before = dict(_registered)
    observers = list(_on_register), list(_on_unregister)
    try:
        yield
    finally:
        _on_register[:], _on_unregister[:] = observers
        _restore(before)


def _restore(before: dict[str, ModelActivity]) -> None:
    for label, options in list(_registered.items()):
        if before.get(label) is not options:
            del _registered[label]
            for hook in _on_unregister:
                hook(options)
    for label, options in before.items():
        if label not in _registered:
            _registered[label] = options
            for hook in _on_register:
                hook(options)
    for label in before:  # the order in which they were registered
        _registered[label] = _registered.pop(label)
