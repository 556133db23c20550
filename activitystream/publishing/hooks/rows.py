"""Rows that are created, changed and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import models
from django.db.models import signals

from activitystream.graph import hand_over
from activitystream.journal import forget, writing
from activitystream.models import Ref
from activitystream.publishing.drafts import own_key
from activitystream.publishing.keep import keep, kept_of, last_of
from activitystream.publishing.publish import publish
from activitystream.publishing.retract import retract_about
from activitystream.registry import ModelActivity
from activitystream.text import untranslated

from .senders import Wire, derived, is_new, key_in, note_raw, senders

__all__ = ["row_saved", "wiring"]

_STASH = "_activitystream_updated"
_LAST = "_activitystream_last"


def wiring(options: ModelActivity) -> Iterator[Wire]:
    """The signals that tell of it."""
    label = options.model._meta.label_lower
    for sender in senders(options.model):
        if options.on_update:
            yield signals.pre_save, sender, partial(_before_save, options), f"activitystream.pre_save.{label}"
        yield signals.post_save, sender, partial(_saved, options), f"activitystream.post_save.{label}"
        if options.on_delete == "keep":
            yield (
                signals.pre_delete,
                sender,
                partial(_before_delete, options),
                f"activitystream.pre_delete.{label}",
            )
        yield signals.post_delete, sender, partial(_deleted, options), f"activitystream.post_delete.{label}"
    for sender in derived(options.model):
        yield signals.post_save, sender, partial(row_saved, options.model), f"activitystream.child.{label}"


def _before_save(
    options: ModelActivity, *, instance: Any, raw: bool, using: str, update_fields: Any, **kwargs: Any
) -> None:
    """Note the verbs of the fields that this save changes, compared with the row as it is in the database."""
    instance.__dict__.pop(_STASH, None)  # of a save that failed
    fields: list[Any] = [options.model._meta.get_field(name) for name in options.on_update]
    if update_fields is not None:
        fields = [field for field in fields if not update_fields.isdisjoint((field.name, field.attname))]
    if raw or not fields or is_new(instance):
        return
    columns = [field.attname for field in fields]
    row = options.model._base_manager.using(using).filter(pk=instance.pk).values(*columns).first()
    if row is not None:
        changed = [field.name for field in fields if row[field.attname] != _value(instance, field)]
        setattr(instance, _STASH, list(dict.fromkeys(options.on_update[name] for name in changed)))


def _value(instance: models.Model, field: Any) -> Any:
    """The value about to be saved, as it will be read back."""
    value = getattr(instance, field.attname)
    if hasattr(value, "resolve_expression"):  # F("views") + 1: whatever it gives, it is a change
        return value
    return field.to_python(value)


def _saved(options: ModelActivity, *, instance: Any, created: bool, raw: bool, **kwargs: Any) -> None:
    verbs = instance.__dict__.pop(_STASH, [])
    note_raw(instance, raw=raw)
    if raw:
        return
    if created:
        verbs = [options.on_create] if options.on_create else []
    if not created or options.on_delete == "keep":  # a new row can be one that was deleted, come back
        ref = Ref.of(instance)
        with writing():
            if created:
                kept_of(ref).delete()
            else:
                hand_over(instance)
            forget([str(ref)])
    for verb in map(untranslated, verbs):
        if options.should_publish(instance, verb):
            key = own_key("create", Ref.of(instance)) if created else None
            publish(
                actor=options.actor_of(instance),
                verb=verb,
                object=instance,
                target=options.value(instance, "target"),
                data=options.data(instance, verb),
                key=key,
                notify=options.told_of(instance, verb),
                visibility=options.visibility_of(instance),
            )


def _before_delete(options: ModelActivity, *, instance: Any, using: str, **kwargs: Any) -> None:
    setattr(instance, _LAST, last_of(options, instance, using))


def _deleted(options: ModelActivity, *, instance: Any, **kwargs: Any) -> None:
    if instance.pk is None:
        return
    ref = Ref.of(instance)
    if options.on_delete == "keep":
        keep(options, ref, instance.__dict__.pop(_LAST, None))
    else:
        retract_about(ref)


def row_saved(model: type[models.Model], *, instance: Any, raw: bool, **kwargs: Any) -> None:
    """The row of this model is saved that is the instance, or its parent."""
    if not raw:
        with writing():
            forget([str(Ref.of_key(model, key_in(model, instance)))])
