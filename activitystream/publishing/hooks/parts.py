"""What rows are shown with: a profile beside a user, and rows on the path to an owner."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import models, router
from django.db.models import signals

from activitystream.journal import forget, writing
from activitystream.models import Ref
from activitystream.registry import ModelActivity, is_registered
from activitystream.registry.paths import models_between, names_of_key, parts_of

from .rows import row_saved
from .senders import Wire, derived, is_new, key_in, senders

__all__ = ["wiring"]

_LED = "_activitystream_led"


def wiring(options: ModelActivity) -> Iterator[Wire]:
    """The signals that tell of it."""
    label = options.model._meta.label_lower
    for lookup, relation in parts_of(options).items():
        model, keys = relation.related_model._meta.concrete_model, names_of_key(relation)
        receiver, uid = partial(_part_changed, options, lookup, model), f"activitystream.{label}.{lookup}"
        before = partial(_before_part, options, lookup, model, keys)
        for sender in senders(model) + derived(model):
            if keys:
                yield signals.pre_save, sender, before, f"{uid}.before"
            yield signals.post_save, sender, receiver, f"{uid}.saved"
        for sender in senders(model):  # with a child, its parent is deleted, which sends its own
            yield signals.pre_delete, sender, receiver, f"{uid}.deleted"  # after, nothing leads to the row
    for model in models_between(options):
        for sender in senders(model) + derived(model):
            receiver = partial(_between_saved, model)
            yield signals.post_save, sender, receiver, f"activitystream.{label}.between.{model._meta.label}"


def _before_part(
    options: ModelActivity,
    lookup: str,
    model: type[models.Model],
    keys: set[str],
    *,
    instance: Any,
    raw: bool,
    update_fields: Any,
    **kwargs: Any,
) -> None:
    """Note to which rows it belongs, as the database has it: the save may move it to others."""
    vars(instance).pop(_led(options, lookup), None)  # of a save that failed
    stays = update_fields is not None and keys.isdisjoint(update_fields)
    if not (raw or stays or is_new(instance)):
        vars(instance)[_led(options, lookup)] = _shown_with(options, lookup, model, instance)


def _part_changed(
    options: ModelActivity,
    lookup: str,
    model: type[models.Model],
    *,
    instance: Any,
    raw: bool = False,
    **kwargs: Any,
) -> None:
    """What a row is shown with is saved, or about to be deleted."""
    if raw:
        return
    before = vars(instance).pop(_led(options, lookup), set())
    if refs := before | _shown_with(options, lookup, model, instance):
        with writing():
            forget(sorted(refs))


def _led(options: ModelActivity, lookup: str) -> str:
    """Where to note it on the row."""
    return f"{_LED}.{options.model._meta.label_lower}.{lookup}"


def _shown_with(
    options: ModelActivity, lookup: str, model: type[models.Model], instance: models.Model
) -> set[str]:
    """The rows that are shown with this one."""
    rows = options.model._base_manager.using(router.db_for_write(options.model))
    found = rows.filter(**{f"{lookup}__pk": key_in(model, instance)})
    return {str(Ref.of(row)) for row in found.only("pk")}


def _between_saved(model: type[models.Model], **kwargs: Any) -> None:
    """The same, for a row that says whose others are. One that is registered tells of itself."""
    is_new = kwargs["created"] and kwargs["instance"]._meta.concrete_model is model
    if not (is_new or is_registered(model)):
        row_saved(model, **kwargs)
