"""A system check: reads that a site's database routers send to replicas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import models, router

from activitystream.models import Activity
from activitystream.routers import PrimaryReads

from .paths import models_between, parts_of
from .registry import registered

__all__ = ["check_reads"]

TRIES = 50
"""How often routers are asked about a model: one that chooses at random may choose the primary many times."""
NAMED = 5
"""Models that the message names at most."""


def check_reads(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn if models that decide visibility, or are cached, are read from replicas."""
    if router.routers and isinstance(router.routers[0], PrimaryReads):
        return []
    routed = {model: aliases for model in _models() if (aliases := _replicas(model))}
    if not routed:
        return []
    labels = sorted(model._meta.label for model in routed)
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    text = (
        f"DATABASE_ROUTERS sends reads of {', '.join(labels[:NAMED])}{more} to "
        f"{', '.join(sorted(set().union(*routed.values())))}: a replica that lags behind would decide who "
        "sees what, and its answer would be cached."
    )
    hint = 'Put "activitystream.routers.PrimaryReads" first in DATABASE_ROUTERS.'
    return [checks.Warning(text, hint=hint, id="activitystream.W004")]


def _models() -> Iterator[type[models.Model]]:
    """The models of this app, those that are registered, and those on the paths of registrations."""
    found = set(apps.get_app_config(Activity._meta.app_label).get_models())
    for options in registered():
        found |= {options.model, *models_between(options)}
        found |= {relation.related_model for relation in parts_of(options).values()}
    yield from found


def _replicas(model: type[models.Model]) -> set[str]:
    """Other databases than the one that the model is written to, from which it is read."""
    return {router.db_for_read(model) for _ in range(TRIES)} - {router.db_for_write(model)}
