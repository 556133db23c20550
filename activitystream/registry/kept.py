"""Rows that are gone, and whose activities are kept: the last name, and whose they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import router

from activitystream.models import DeletedObject, Ref, by_model, to_key

from .lookup import load_all
from .registry import options_for_label

__all__ = ["Kept", "load_kept"]

Kept = Mapping[Ref, DeletedObject]
"""Rows that are gone, and what is kept of them."""


def load_kept(refs: Iterable[Ref]) -> dict[Ref, DeletedObject]:
    """What is kept of those of these rows that are gone; two queries for each model of which anything is.

    A row that is there, hidden or come back, is not gone, whatever was kept of it once.
    """
    found: dict[Ref, DeletedObject] = {}
    for label, ids in by_model(ref for ref in refs if _keeps(ref)).items():
        rows = DeletedObject.objects.using(router.db_for_write(DeletedObject)).filter(
            content_type=Ref(label, ids[0]).content_type, object_id__in=ids
        )
        kept = {Ref(label, row.object_id): row for row in rows}
        there = load_all(kept) if kept else {}
        found |= {ref: row for ref, row in kept.items() if ref not in there}
    return found


def _keeps(ref: Ref) -> bool:
    options = options_for_label(ref.model)
    return options is not None and options.on_delete == "keep" and to_key(options.model, ref.id) is not None
