"""Who is concerned by a follow: the user, and the owner of the row. Changes between two people take turns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, models

from activitystream.exceptions import InvalidFollow, NotRegistered
from activitystream.journal import write_alias
from activitystream.models import Ref, by_model
from activitystream.parts import in_parts
from activitystream.registry import load_belongings, options_for
from activitystream.routers import primary_reads

from .base import PARAMETERS, Pair

__all__ = [
    "Wanted",
    "check_user",
    "followable",
    "hold",
    "owner_key",
    "owner_keys",
    "pair_of",
    "pair_parts",
    "parts",
    "registered_ref",
]

Wanted = tuple[models.Model, models.Model]
"""A user, and the row to be followed."""
TOGETHER = 100
"""Pairs of several users that are looked for with one query."""


def check_user(user: models.Model) -> None:
    """InvalidFollow unless it is a saved row of the user model."""
    if not isinstance(user, get_user_model()) or user.pk is None:
        raise InvalidFollow(
            f"a follower is a saved {get_user_model()._meta.label}, not a {type(user).__name__}"
        )


def registered_ref(obj: models.Model) -> Ref:
    """The ref of a saved row of a registered model; InvalidFollow for any other."""
    try:
        options_for(obj.__class__)  # not type(): request.user is a lazy object
        return Ref.of_saved(obj)
    except (NotRegistered, ValueError) as error:
        raise InvalidFollow(str(error)) from error


def followable(obj: models.Model) -> Ref:
    """The ref of a row that may be followed; InvalidFollow for any other."""
    ref = registered_ref(obj)
    options = options_for(obj.__class__)
    if not options.followable:
        raise InvalidFollow(f"{options.model._meta.label} cannot be followed")
    return ref


@primary_reads()
def owner_keys(rows: Mapping[Ref, models.Model]) -> dict[Ref, str]:
    """Whose these rows are, by the users' keys, also where a photo belongs to an album that is somebody's.
    Rows of nobody are left out."""
    found = load_belongings(rows, rows)
    return {ref: person.id for ref, one in found.items() if (person := one.person) is not None}


def owner_key(obj: models.Model) -> str | None:
    """Whose row of a registered model it is, by the user's key."""
    return owner_keys({Ref.of(obj): obj}).get(Ref.of(obj))


def hold(*user_keys: Any) -> None:
    """Let no other transaction change whom these users follow, ask or block before this one has ended.

    A block that is made while a follow is (each would miss the other) waits for it, and the other way round.
    SQLite lets one transaction write at a time anyway.
    """
    features = connections[write_alias()].features
    if features.has_select_for_update:
        users: models.QuerySet[Any] = get_user_model()._base_manager.using(write_alias())
        # one order for all, so that two who hold two users do not wait for each other
        held = users.filter(pk__in=set(user_keys)).order_by("pk")
        # on PostgreSQL, rows that refer to these users can be written meanwhile
        list(
            held.select_for_update(no_key=features.has_select_for_no_key_update).values_list("pk", flat=True)
        )


def pair_of(user: models.Model, row: models.Model) -> Pair:
    """A user and a row, by the key and the ref."""
    return Ref.of(user).id, Ref.of(row)


def pair_parts(pairs: Collection[Pair]) -> Iterator[tuple[str, set[Any], set[Any]]]:
    """The model, the users and the rows of some of these pairs at a time. A query that names both finds what
    else there is between them, too: for that, fewer pairs of many users are together."""
    by_model: dict[str, list[tuple[str, str]]] = {}
    for user, ref in pairs:
        by_model.setdefault(ref.model, []).append((user, ref.id))
    size = PARAMETERS if len({user for user, _ in pairs}) == 1 else TOGETHER
    for model, found in by_model.items():
        for some in in_parts(sorted(found), size):
            yield model, {user for user, _ in some}, {id for _, id in some}


def parts(refs: Iterable[Ref]) -> Iterator[tuple[str, list[str]]]:
    """The keys of these refs by model, as many at a time as a query takes."""
    for model, ids in by_model(refs).items():
        for some in in_parts(ids, PARAMETERS):
            yield model, list(some)
