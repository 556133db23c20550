"""Signal hooks: what happens to rows of registered models becomes activities.

Every receiver is connected with a sender. One without would switch off Django's fast deletes for every model
of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models, router, transaction
from django.db.models import signals

from activitystream.graph import hand_over
from activitystream.journal import forget, write_alias
from activitystream.models import Ref
from activitystream.registry import ModelActivity, is_registered
from activitystream.registry.paths import models_between, names_of_key, parts_of

from .drafts import Draft, own_key
from .keep import keep, kept_of, last_of
from .publish import publish, publish_many
from .retract import retract_about, retract_keyed

__all__ = ["connect", "disconnect", "senders"]

_STASH = "_activitystream_updated"
_LAST = "_activitystream_last"
_LED = "_activitystream_led"

Wire = tuple[Any, Any, Callable[..., None], str]
"""A signal, its sender, a receiver, and the id of both."""


def connect(options: ModelActivity) -> None:
    """Listen to the signals of a registered model (and of its proxies, which send their own; and, for what is
    kept of its rows, of the models derived from it: a save of theirs sends none for the parent)."""
    for signal, sender, receiver, uid in _wiring(options):
        signal.connect(receiver, sender=sender, weak=False, dispatch_uid=uid)


def disconnect(options: ModelActivity) -> None:
    """Listen no longer."""
    for signal, sender, _receiver, uid in _wiring(options):
        signal.disconnect(sender=sender, dispatch_uid=uid)


def _wiring(options: ModelActivity) -> Iterator[Wire]:
    yield from _row_signals(options)
    yield from _link_signals(options)
    yield from _part_signals(options)


def _row_signals(options: ModelActivity) -> Iterator[Wire]:
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
        yield signals.post_save, sender, partial(_row_saved, options.model), f"activitystream.child.{label}"


def _link_signals(options: ModelActivity) -> Iterator[Wire]:
    label = options.model._meta.label_lower
    for field in options.model._meta.many_to_many:  # what else is named, the system checks tell
        if (name := field.name) in options.on_add:
            through = field.remote_field.through
            receiver = partial(_m2m_changed, options, field)
            yield signals.m2m_changed, through, receiver, f"activitystream.m2m_changed.{label}.{name}"


def _part_signals(options: ModelActivity) -> Iterator[Wire]:
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


# -- rows ------------------------------------------------------------------------------------------------


def _before_save(
    options: ModelActivity, *, instance: Any, raw: bool, using: str, update_fields: Any, **kwargs: Any
) -> None:
    """Note the verbs of the fields that this save changes, compared with the row as it is in the database."""
    instance.__dict__.pop(_STASH, None)  # of a save that failed
    fields: list[Any] = [options.model._meta.get_field(name) for name in options.on_update]
    if update_fields is not None:
        fields = [field for field in fields if not update_fields.isdisjoint((field.name, field.attname))]
    if raw or not fields or _is_new(instance):
        return
    columns = [field.attname for field in fields]
    row = options.model._base_manager.using(using).filter(pk=instance.pk).values(*columns).first()
    if row is not None:
        changed = [field.name for field in fields if row[field.attname] != _value(instance, field)]
        setattr(instance, _STASH, list(dict.fromkeys(options.on_update[name] for name in changed)))


def _is_new(instance: Any) -> bool:
    """Whether this row cannot be in the database yet."""
    return instance.pk is None or (instance._state.adding and instance._meta.pk.has_default())


def _value(instance: models.Model, field: Any) -> Any:
    """The value about to be saved, as it will be read back."""
    value = getattr(instance, field.attname)
    if hasattr(value, "resolve_expression"):  # F("views") + 1: whatever it gives, it is a change
        return value
    return field.to_python(value)


def _saved(options: ModelActivity, *, instance: Any, created: bool, raw: bool, **kwargs: Any) -> None:
    verbs = instance.__dict__.pop(_STASH, [])
    if raw:
        return
    if created:
        verbs = [options.on_create] if options.on_create else []
    if not created or options.on_delete == "keep":  # a new row can be one that was deleted, come back
        ref = Ref.of(instance)
        with transaction.atomic(using=write_alias()):
            if created:
                kept_of(ref).delete()
            else:
                hand_over(instance)
            forget([str(ref)])
    for verb in verbs:
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
    if not (raw or stays or _is_new(instance)):
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
        with transaction.atomic(using=write_alias()):
            forget(sorted(refs))


def _led(options: ModelActivity, lookup: str) -> str:
    """Where to note it on the row."""
    return f"{_LED}.{options.model._meta.label_lower}.{lookup}"


def _shown_with(
    options: ModelActivity, lookup: str, model: type[models.Model], instance: models.Model
) -> set[str]:
    """The rows that are shown with this one."""
    rows = options.model._base_manager.using(router.db_for_write(options.model))
    found = rows.filter(**{f"{lookup}__pk": _key_in(model, instance)})
    return {str(Ref.of(row)) for row in found.only("pk")}


def _row_saved(model: type[models.Model], *, instance: Any, raw: bool, **kwargs: Any) -> None:
    """The row of this model is saved that is the instance, or its parent."""
    if not raw:
        with transaction.atomic(using=write_alias()):
            forget([str(Ref(Ref.of_model(model).model, str(_key_in(model, instance))))])


def _between_saved(model: type[models.Model], **kwargs: Any) -> None:
    """The same, for a row that says whose others are. One that is registered tells of itself."""
    is_new = kwargs["created"] and kwargs["instance"]._meta.concrete_model is model
    if not (is_new or is_registered(model)):
        _row_saved(model, **kwargs)


def _row_in(model: type[models.Model], instance: Any, using: str) -> Any:
    """The row of this model that is the instance, or its parent."""
    if instance._meta.concrete_model is model._meta.concrete_model:
        return instance
    return model._base_manager.using(using).get(pk=_key_in(model, instance))


def _key_in(model: type[models.Model], instance: Any) -> Any:
    """The key of the row of this model that is the instance, or its parent."""
    key = getattr(instance, model._meta.pk.attname)
    link = instance._meta.get_ancestor_link(model) if key is None else None
    return key if link is None else getattr(instance, link.attname)


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


# -- many-to-many ----------------------------------------------------------------------------------------


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
    near, far = (field.related_model, options.model) if reverse else (options.model, field.related_model)
    if not isinstance(instance, near):
        return
    instance = _row_in(near, instance, using)
    if action == "post_add":
        others = far._base_manager.using(using).filter(pk__in=pk_set)
        _added(options, field, [(other, instance) if reverse else (instance, other) for other in others])
    else:
        here, there = (
            Ref.of(instance),
            [Ref(far._meta.concrete_model._meta.label_lower, str(pk)) for pk in pk_set],
        )
        _removed(field, [(other, here) if reverse else (here, other) for other in there])


def _linked(sender: type[models.Model], field: Any, instance: Any, reverse: bool, using: str) -> set[Any]:
    here, there = field.m2m_field_name(), field.m2m_reverse_field_name()
    if reverse:
        here, there = there, here
    links = sender._base_manager.using(using).filter(**{here: instance})
    return set(links.values_list(there, flat=True))


def _added(options: ModelActivity, field: Any, pairs: Iterable[tuple[Any, Any]]) -> None:
    verb = options.on_add[field.name]
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
