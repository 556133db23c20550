"""Who owns the streams of a feed."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models, router

from activitystream.feeds import Feed
from activitystream.models import Ref, to_key, to_keys
from activitystream.registry import registered
from activitystream.registry.lookup import rows_of

__all__ = ["count_owners", "is_there", "owner_models", "owners"]


def owner_models(feed: type[Feed]) -> list[type[models.Model]]:
    """The models whose rows can own this feed: those it names, or all registered ones."""
    labels = feed.owner_labels()
    found = [options.model for options in registered()] if labels is None else map(apps.get_model, labels)
    return sorted(found, key=lambda model: model._meta.label_lower)


def _owned_rows(model: type[models.Model]) -> models.QuerySet[models.Model]:
    """The rows of a model of owners, hidden ones too, where they are written."""
    return model._base_manager.using(router.db_for_write(model))


def is_there(ref: Ref) -> bool:
    """Return True if the row exists, hidden or not."""
    model = ref.model_class
    return model is not None and bool(rows_of(_owned_rows(model), to_keys(model, [ref.id])))


def count_owners(feed: type[Feed]) -> int:
    """How many owners there are."""
    return sum(_owned_rows(model).count() for model in owner_models(feed))


def owners(feed: type[Feed], *, after: Ref | None = None) -> Iterator[Ref]:
    """Every owner of this feed by model, then by key: an order to go on in. `after`: from there on."""
    for model in owner_models(feed):
        label = model._meta.label_lower
        if after is not None and label < after.model:
            continue
        rows = _owned_rows(model).order_by("pk")
        if after is not None and label == after.model:
            rows = rows.filter(pk__gt=to_key(model, after.id))
        for pk in rows.values_list("pk", flat=True).iterator(chunk_size=1_000):
            yield Ref.of_key(model, pk)
