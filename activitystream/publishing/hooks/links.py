"""Rows that are added to many-to-many fields, and taken out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import signals

from activitystream.models import Ref
from activitystream.publishing.drafts import Draft, own_key
from activitystream.publishing.publish import publish_many
from activitystream.publishing.retract import retract_keyed
from activitystream.registry import ModelActivity
from activitystream.text import untranslated

from .senders import Wire, is_raw, row_in

__all__ = ["wiring"]


def wiring(options: ModelActivity) -> Iterator[Wire]:
    """The signals that tell of it."""
    label = options.model._meta.label_lower
    for field in options.model._meta.many_to_many:  # what else is named, the system checks tell
        if (name := field.name) in options.on_add:
            through = field.remote_field.through
            receiver = partial(_m2m_changed, options, field)
            yield signals.m2m_changed, through, receiver, f"activitystream.m2m_changed.{label}.{name}"


def _m2m_changed(
    options: ModelActivity,
    field: Any,
    *,
    sender: type[models.Model],
    instance: Any,
    action: str,
    reverse: bool,
    pk_set: set[Any] | None,
    using: str,
    **kwargs: Any,
) -> None:
    """Rows were added to, or are taken out of, a field of `on_add`; from its own side or the other."""
    if action == "pre_clear":
        pk_set = _linked(sender, field, instance, reverse, using)
    if action not in ("post_add", "post_remove", "pre_clear") or not pk_set:
        return
    if kwargs.get("raw", is_raw(instance)):
        return
    near, far = (field.related_model, options.model) if reverse else (options.model, field.related_model)
    if not isinstance(instance, near):
        return
    instance = row_in(near, instance, using)
    if action == "post_add":
        others = far._base_manager.using(using).filter(pk__in=pk_set)
        _added(options, field, [(other, instance) if reverse else (instance, other) for other in others])
    else:
        here, there = Ref.of(instance), [Ref.of_key(far, pk) for pk in pk_set]
        _removed(field, [(other, here) if reverse else (here, other) for other in there])


def _linked(sender: type[models.Model], field: Any, instance: Any, reverse: bool, using: str) -> set[Any]:
    here, there = field.m2m_field_name(), field.m2m_reverse_field_name()
    if reverse:
        here, there = there, here
    links = sender._base_manager.using(using).filter(**{here: instance})
    return set(links.values_list(there, flat=True))


def _added(options: ModelActivity, field: Any, pairs: Iterable[tuple[Any, Any]]) -> None:
    verb = untranslated(options.on_add[field.name])
    drafts = []
    for row, added in pairs:
        if options.should_publish(row, verb):
            more: Any = {
                "verb": verb,
                "data": options.data(row, verb),
                "key": _key(field, Ref.of(row), Ref.of(added)),
                "notify": options.told_of(row, verb),
                "visibility": options.visibility_of(row),
            }
            if _are_users(field):
                drafts.append(Draft(actor=added, object=row, **more))
            else:
                drafts.append(Draft(actor=options.actor_of(row), object=added, target=row, **more))
    publish_many(drafts)


def _removed(field: Any, pairs: Iterable[tuple[Ref, Ref]]) -> None:
    role = "actor" if _are_users(field) else "object"
    retract_keyed(role, [(added, _key(field, row, added)) for row, added in pairs])


def _are_users(field: Any) -> bool:
    return issubclass(field.related_model, get_user_model())


def _key(field: Any, row: Ref, added: Ref) -> str:
    """The key of the activity of one link: the same when it is made again, found when it is taken away."""
    return own_key(field.name, row) if _are_users(field) else own_key(field.name, row, added)
