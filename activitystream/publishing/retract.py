"""Retract: take activities out of everything. Their rows go, and every page skips ids without a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.feeds import activity_ref, feeds_of
from activitystream.feeds.watched import changing, first_ids
from activitystream.graph import forget_row, get_graph, hand_over
from activitystream.journal import after_commit, drop, erase, forget, write_alias, writing
from activitystream.models import FOLLOW, Activity, ActivityQuerySet, Ref, role_filter
from activitystream.parts import in_parts
from activitystream.routers import primary_reads
from activitystream.signals import retracted
from activitystream.text import untranslated

from .pulling import take_apart

__all__ = ["refresh", "retract", "retract_about", "retract_keyed", "retract_rows"]

BATCH = 500
KEYED = 250
"""Activities that are looked for by a row and a key with one query."""


def retract(
    activity: Activity | int | None = None,
    *,
    actor: models.Model | None = None,
    verb: str | None = None,
    object: models.Model | None = None,
    target: models.Model | None = None,
    key: str | None = None,
) -> int:
    """Take activities out of every feed: one, or all that match. How many there were.

    `retract(activity)` (or its id), or by what it says: `retract(actor=ana, verb="like", object=photo)`,
    `retract(actor=ana, key="import-1")`. TypeError unless an activity, actor, object or target is named.
    """
    rows: dict[str, Any] = {"actor": actor, "object": object, "target": target}
    given = {role: Ref.of(row) for role, row in rows.items() if row is not None}
    if (activity is None) == (not given):
        raise TypeError("retract() takes an activity, or at least one of actor, object and target")
    matching = Activity.objects.using(write_alias())
    if activity is not None:
        matching = matching.filter(id=activity.id if isinstance(activity, Activity) else activity)
    for role, ref in given.items():
        matching = matching.filter(**role_filter(role, ref))
    if verb is not None:
        matching = matching.filter(verb=untranslated(verb))
    if key is not None:
        matching = matching.filter(key=key)
    return retract_rows(matching)


def retract_rows(matching: ActivityQuerySet) -> int:
    """Retract these activities."""
    started = perf_counter()
    with writing():
        ids = list(matching.order_by().values_list("id", flat=True))
        _retract_ids(ids, started)
    return len(ids)


def retract_keyed(role: str, keyed: Sequence[tuple[Ref, str]]) -> None:
    """Retract the activities that have one of these rows, which are of one model, in this role, and the key
    that is named with it. Few queries, however many they are."""
    started = perf_counter()
    ids: list[int] = []
    with writing():
        for some in in_parts(keyed, KEYED):
            wanted = {(ref.id, key) for ref, key in some}
            rows = Activity.objects.using(write_alias()).filter(
                **{f"{role}_type": some[0][0].content_type, f"{role}_id__in": {id for id, _ in wanted}},
                key__in={key for _, key in wanted},
            )
            found = rows.order_by().values_list("id", f"{role}_id", "key")
            ids += [id for id, *one in found if tuple(one) in wanted]
        _retract_ids(ids, started)


def _retract_ids(ids: Sequence[int], started: float) -> None:
    if not ids:
        return
    with changing(lambda: ids) as change:
        for some in in_parts(ids, BATCH):
            Activity.objects.using(write_alias()).delete_ids(some)
            change.forget(map(activity_ref, some), purge=some)
    _tell(len(ids), started)


def retract_about(ref: Ref) -> None:
    """Retract all activities of which a deleted row was actor, object or target; its follows go too.

    However many there are, one change in the store makes their bodies invalid, because bodies are bound to
    the refs they were made from; then their bytes are deleted. The rows are found by an index, and deleted
    some hundreds at a time. (While somebody watches a feed live, some of their ids are told, too.)
    """
    started = perf_counter()
    about = Activity.objects.using(write_alias()).about(ref)
    with (
        writing(),
        changing(
            lambda: first_ids(about), is_decidable=lambda: not _ends_follows(ref), is_row_gone=True
        ) as change,
    ):
        ids = [id for activities in about for id in _deleted(activities)]
        take_apart(ref)
        forget_row(ref)
        drop(feed(ref).stream for feed in feeds_of(ref))
        change.forget([str(ref)])
        for some in in_parts(ids, BATCH):
            erase(some)
        _tell(len(ids), started)


@primary_reads()
def _ends_follows(ref: Ref) -> bool:
    """Return True if follows may go with this row: then it is not known later who could see what."""
    is_user = ref.model == get_user_model()._meta.label_lower
    return is_user or bool(get_graph().perhaps_followed([ref], kinds=[FOLLOW]))


def _deleted(matching: ActivityQuerySet) -> Iterator[int]:
    """Delete the rows of these activities, some hundreds at a time, and give their ids."""
    while some := list(matching.order_by().values_list("id", flat=True)[:BATCH]):
        matching.delete_ids(some)
        yield from some
        if len(some) < BATCH:
            return


def _tell(count: int, started: float) -> None:
    if count:
        after_commit(retracted, Activity, count=count, seconds=perf_counter() - started)


def refresh(*objects: models.Model) -> None:
    """Show these rows as they are now, where no signal told of the change (`QuerySet.update`, raw SQL);
    requests for them go over to whose they are now."""
    with writing():
        for obj in objects:
            hand_over(obj)
        forget(str(Ref.of(obj)) for obj in objects)
