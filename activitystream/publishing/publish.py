"""Publish: the activity and its journal entry in one transaction; the fan-out after its commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from django.db import IntegrityError, models
from django.db.models import Q

from activitystream.ids import start_anew
from activitystream.journal import after_commit, record, write_alias, writing
from activitystream.models import Activity, Addressee, Ref, Visibility, role_filter
from activitystream.parts import in_parts
from activitystream.signals import published

from .drafts import Draft, Prepared, prepare
from .telling import tell

__all__ = ["fan_out_again", "publish", "publish_many", "write"]

TRIES = 5
"""How often a clash of ids or keys with another process is tried again; each is a matter of milliseconds."""
PARAMETERS = 900
BATCH = 500
"""Activities whose fan-out is one journal entry."""


def publish(
    *,
    actor: models.Model,
    verb: str,
    object: models.Model | None = None,
    target: models.Model | None = None,
    data: Mapping[str, Any] | None = None,
    key: str | None = None,
    published: datetime | None = None,
    visibility: str = Visibility.PUBLIC.value,
    to: Iterable[models.Model] = (),
    notify: Iterable[models.Model] = (),
) -> Activity:
    """Publish an activity: see `Draft` for the arguments. It reaches feeds when the transaction commits.

    With a `key` that this actor has used before, the first activity is the answer and nothing is written.
    NotRegistered names a model that does not take part; InvalidActivity says what else is wrong.
    """
    draft = Draft(
        actor=actor,
        verb=verb,
        object=object,
        target=target,
        data=data or {},
        key=key,
        published=published,
        visibility=visibility,
        to=to,
        notify=notify,
    )
    return publish_many([draft])[0]


def publish_many(drafts: Iterable[Draft]) -> list[Activity]:
    """Publish many activities at once: one insert and one fan-out for all. All are checked first."""
    return write([prepare(draft) for draft in drafts])


def write(prepared: Sequence[Prepared]) -> list[Activity]:
    """The activities of these drafts, in their order: new ones, or those that their keys name."""
    started = perf_counter()
    for attempt in range(1, TRIES + 1):
        known = _known(prepared)
        new = _new_rows(prepared, known)
        try:
            with writing():
                Activity.objects.using(write_alias()).bulk_create(new.values())
                made = [(new[who], draft) for who, draft in _identified(prepared) if who in new]
                _address(made)
                _tell(list(new.values()), perf_counter() - started)
                _record([row.id for row in new.values()])
                tell((row, draft) for row, draft in made if draft.notify)
            break
        except IntegrityError:
            if attempt == TRIES:
                raise
            start_anew()
    return [known.get(who) or new[who] for who, _ in _identified(prepared)]


def _tell(activities: list[Activity], seconds: float) -> None:
    if activities:
        facts = {"activities": activities, "count": len(activities), "seconds": seconds}
        after_commit(published, Activity, **facts)


def _address(made: Iterable[tuple[Activity, Prepared]]) -> None:
    rows = [Addressee(activity=row, user_id=key) for row, draft in made for key in draft.to]
    if rows:
        Addressee.objects.using(write_alias()).bulk_create(rows, ignore_conflicts=True)


def fan_out_again(ids: Sequence[int]) -> None:
    """Write these activities to the streams that they belong into; those that have them stay as they are."""
    with writing():
        _record(ids)


def _record(ids: Sequence[int]) -> None:
    for some in in_parts(ids, BATCH):
        record("fan_out", {"activities": some})


Identity = tuple[Ref, str] | int


def _identified(prepared: Iterable[Prepared]) -> Iterator[tuple[Identity, Prepared]]:
    """The drafts, with what makes two of them the same activity: the key for its actor, or else nothing."""
    for position, draft in enumerate(prepared):
        yield (position if draft.key is None else (draft.actor, draft.key)), draft


def _new_rows(prepared: Sequence[Prepared], known: Mapping[Identity, Activity]) -> dict[Identity, Activity]:
    rows: dict[Identity, Activity] = {}
    for identity, draft in _identified(prepared):
        if identity not in known and identity not in rows:
            rows[identity] = draft.to_row()
    return rows


def _known(prepared: Sequence[Prepared]) -> dict[Identity, Activity]:
    """The activities that are there already, by actor and key."""
    keys: dict[Ref, list[str]] = {}
    for draft in prepared:
        if draft.key is not None:
            keys.setdefault(draft.actor, []).append(draft.key)
    known: dict[Identity, Activity] = {}
    for condition in _conditions(keys):
        for row in Activity.objects.using(write_alias()).filter(condition):
            known[Ref.from_row(row.actor_type_id, row.actor_id), str(row.key)] = row
    return known


def _conditions(keys: Mapping[Ref, Sequence[str]]) -> Iterable[Q]:
    """The look-ups for these keys: few queries, each with no more parameters than SQLite allows (999)."""
    group, size = Q(), 0
    for actor, some in keys.items():
        for part in in_parts(some, PARAMETERS // 2):
            if size + len(part) + 2 > PARAMETERS:
                yield group
                group, size = Q(), 0
            group |= Q(**role_filter("actor", actor), key__in=part)
            size += len(part) + 2
    if size:
        yield group
