"""Looking up a row that a visitor names by type and id: in a form, or in an address of the API."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from django.db import DataError, IntegrityError, connections, models, router, transaction

from activitystream.exceptions import ActivityStreamError
from activitystream.models import Ref, by_model, is_sure, to_key, to_keys
from activitystream.routers import primary_reads

from .options import ModelActivity
from .paths import prefetch_owners
from .registry import options_for_label, registered

__all__ = ["REFUSALS", "RowNotFound", "find_row", "find_rows", "load_all", "load_instances", "rows_of"]

REFUSALS = (DataError, IntegrityError, OverflowError, ValueError)
"""What is raised for a key that the database refuses: by a domain with a CHECK (IntegrityError), or already
by the driver (OverflowError of SQLite for large integers, ValueError of psycopg for an `inet`)."""


class RowNotFound(ActivityStreamError, LookupError):
    """No such row, or it may not be shown: which of the two is not told."""

    @classmethod
    def of(cls, ref: Ref) -> RowNotFound:
        """The error for this row."""
        if options_for_label(ref.model) is None:
            types = ", ".join(sorted(options.model._meta.label_lower for options in registered()))
            return cls(f"there is no type {ref.model[:100]!r}; there are: {types}")
        return cls(f"there is no {ref.model} with the id {ref.id[:100]!r}")


@primary_reads()
def find_row(label: str, id: str) -> models.Model:
    """The row of this registered model ("photos.photo") and primary key, if it may be shown.

    RowNotFound says what there is not. Nothing but the `get_queryset()` of registered models is asked, so
    that no other table can be probed.
    """
    options = options_for_label(label.lower())
    if options is not None:
        keys = to_keys(options.model, [id])
        for row in rows_of(_written(options, options.get_queryset()), keys):
            return row
    raise RowNotFound.of(Ref(label.lower(), id))


@primary_reads()
def find_rows(refs: Iterable[Ref]) -> dict[Ref, models.Model]:
    """The same for many, by the refs as they were written: one query for each model, and one for whose they
    are: whether one may publish about a row is asked of that. A ref that is missing is `RowNotFound`."""
    found = _rows(refs)
    prefetch_owners(list(found.values()), themselves=True)
    return found


def load_instances(refs: Iterable[Ref]) -> dict[Ref, models.Model]:
    """The rows of these refs that exist and may be shown: one query for each model."""
    return {Ref.of(row): row for row in _rows(refs).values()}


def load_all(refs: Iterable[Ref]) -> dict[Ref, models.Model]:
    """The rows of these refs that exist, shown or hidden: for what is decided, and never to be shown."""
    return {Ref.of(row): row for row in _rows(refs, hidden=True).values()}


@primary_reads()
def _rows(refs: Iterable[Ref], *, hidden: bool = False) -> dict[Ref, models.Model]:
    found: dict[Ref, models.Model] = {}
    for label, ids in by_model(refs).items():
        options = options_for_label(label)
        if options is not None:
            keys = {id: key for id in ids if (key := to_key(options.model, id)) is not None}
            some = options.model._base_manager.all() if hidden else options.get_queryset()
            rows = {Ref.of(row): row for row in rows_of(_written(options, some), keys.values())}
            refs_of = {id: Ref.of_key(options.model, key) for id, key in keys.items()}
            found |= {Ref(label, id): rows[ref] for id, ref in refs_of.items() if ref in rows}
    return found


@primary_reads()
def rows_of(rows: models.QuerySet[Any], keys: Iterable[Any]) -> list[models.Model]:
    """Return those of these rows that have one of these keys. A key that the database refuses names no row.

    If a key may be refused, the query runs in a savepoint, so the caller's transaction can continue. After a
    refusal the keys are split in halves and tried again, so one bad key does not hide the others.
    """
    some = list(dict.fromkeys(keys))
    if not some:
        return []
    model: type[models.Model] = rows.model
    sure = is_sure(model) or connections[rows.db].get_autocommit()
    try:
        with nullcontext() if sure else transaction.atomic(using=rows.db):
            return list(rows.filter(pk__in=some))
    except REFUSALS:
        half = len(some) // 2
        return [row for part in (some[:half], some[half:]) if half for row in rows_of(rows, part)]


def _written(options: ModelActivity, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Read where they are written: a replica that lags behind would put an old name into the cache."""
    return rows.using(router.db_for_write(options.model))
