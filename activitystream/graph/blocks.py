"""Blocks: two people meet nothing of each other any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, router
from django.db.models.signals import post_delete, post_save

from activitystream.exceptions import ActivityStreamError, InvalidFollow
from activitystream.journal import forget, write_alias, writing
from activitystream.models import Block, FollowRequest, Ref, read_key, to_keys, user_keys
from activitystream.registry import RowNotFound, options_for_label
from activitystream.registry.lookup import rows_of
from activitystream.routers import primary_reads

from .base import Pair, Window, get_graph
from .parties import Wanted, check_user, hold, owner_keys, pair_parts, parts

__all__ = [
    "VIEWER",
    "apart_from",
    "block",
    "blocked",
    "end_blocks",
    "is_blocked",
    "keep_apart",
    "refused_by_block",
    "unblock",
    "viewer_ref",
]

VIEWER = "viewer:"
"""What the name of everything begins with that is cached about what a user may see."""


def viewer_ref(user_key: Any) -> str:
    """What is cached about what a user may see has this name, and is bound to it as a ref."""
    return f"{VIEWER}{Ref.of_user(user_key)}"


def block(user: models.Model, other: models.Model) -> Block:
    """Let a user block another. Blocking again changes nothing.

    Follows and requests between them end, in both directions, those of what the other owns too; new ones
    cannot be made. InvalidFollow unless these are two saved users.
    """
    check_user(user)
    check_user(other)
    if Ref.of(user) == Ref.of(other):
        raise InvalidFollow("one cannot block oneself")
    with writing():
        hold(user.pk, other.pk)
        blocks = Block.objects.using(write_alias())
        made, _ = blocks.get_or_create(
            blocker_id=read_key(user.__class__, user.pk), blocked_id=read_key(other.__class__, other.pk)
        )
    return made


def unblock(user: models.Model, other: models.Model) -> bool:
    """End a block. Whether there was one. What it ended does not come back."""
    with writing():
        rows = Block.objects.using(write_alias()).filter(blocker_id=user.pk, blocked_id=other.pk)
        deleted, _ = rows.delete()
    return bool(deleted)


def end_blocks(user_key: Any) -> None:
    """End all blocks of and by a user, in the transaction of the caller: told at once, however many."""
    others = apart_from(user_key)
    rows = Block.objects.using(write_alias()).order_by()
    for some in (rows.filter(blocker=user_key), rows.filter(blocked=user_key)):
        some._raw_delete(write_alias())  # noqa: SLF001
    if others:
        forget(map(viewer_ref, [user_key, *others]))


def is_blocked(user: Any, other: models.Model) -> bool:
    """Whether the user blocks the other; False for somebody who is not signed in."""
    rows = Block.objects.using(write_alias())
    return getattr(user, "pk", None) is not None and rows.filter(blocker=user.pk, blocked=other.pk).exists()


def blocked(user: models.Model) -> models.QuerySet[AbstractBaseUser]:
    """The users whom the user blocks, the latest first."""
    blocks = Block.objects.using(write_alias()).filter(blocker=user.pk)
    users = get_user_model()._default_manager.using(write_alias()).filter(pk__in=blocks.values("blocked"))
    # a subquery, and no join: the relation has no name on the user model
    latest = blocks.filter(blocked=models.OuterRef("pk")).order_by().values("pk")
    return users.order_by(models.Subquery(latest).desc())


def apart_from(user_key: Any) -> set[str]:
    """All people whom this user blocks, and those who block this user."""
    rows = Block.objects.using(write_alias()).order_by()
    # two, so that each has its index
    mine = rows.filter(blocker=user_key).values_list("blocked_id", flat=True)
    theirs = rows.filter(blocked=user_key).values_list("blocker_id", flat=True)
    return set(user_keys(mine.union(theirs, all=True).order_by()))


def keep_apart(user_key: Any, others: Collection[str]) -> tuple[set[str], set[str]]:
    """Those of these people whom the user blocks, and those who block the user."""
    (me,) = user_keys([user_key])
    mine, theirs = _apart({(me, other) for other in others})
    return {other for _, other in mine}, {other for _, other in theirs}


def _apart(pairs: Collection[tuple[str, str]]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Those of these pairs of people of whom the first blocks the second, and the other way round."""
    mine: set[tuple[str, str]] = set()
    theirs: set[tuple[str, str]] = set()
    rows = Block.objects.using(write_alias()).order_by()
    label = get_user_model()._meta.label_lower
    wanted = set(pairs)
    for _, users, others in pair_parts([(one, Ref(label, other)) for one, other in pairs]):
        # two, so that each has its index
        by_me = rows.filter(blocker__in=users, blocked__in=others).values_list("blocker", "blocked")
        by_them = rows.filter(blocked__in=users, blocker__in=others).values_list("blocker", "blocked")
        for found in by_me.union(by_them, all=True).order_by():
            blocker, blocked = user_keys(found)
            mine |= {(blocker, blocked)} & wanted
            theirs |= {(blocked, blocker)} & wanted
    return mine, theirs


def refused_by_block(
    pairs: Mapping[Pair, Wanted],
) -> dict[Pair, ActivityStreamError]:
    """Those of these pairs, of a user and a row, that a block keeps apart, and the error to tell: who is
    blocked does not learn of it, for to them the row is not there."""
    owners = owner_keys({ref: row for (_, ref), (_, row) in pairs.items()})
    people = {(key, ref): (key, owners[ref]) for key, ref in pairs if owners.get(ref, key) != key}
    mine, theirs = _apart(set(people.values()))
    unseen: dict[Pair, ActivityStreamError] = {
        pair: RowNotFound.of(pair[1]) for pair, two in people.items() if two in theirs
    }
    blocked = InvalidFollow("unblock this person first")
    return {pair: blocked for pair, two in people.items() if two in mine} | unseen


def _part(follower: models.Model, owner: models.Model) -> None:
    """End what the one follows, or asks to, that is the other's."""
    FollowRequest.objects.using(write_alias()).filter(follower=follower.pk, owner=owner.pk).delete()
    graph, key = get_graph(), Ref.of(follower).id
    for kind in graph.kinds_of(key):
        followed = graph.latest(Window(limit=None), kind=kind, follower_id=key)
        for row in _owned([follow.followee_ref for follow in followed], Ref.of(owner).id):
            graph.unfollow(follower, row, kind=kind)


def _owned(refs: Collection[Ref], user_key: str) -> list[models.Model]:
    """Those of these rows that are this user's, also such as may not be shown now."""
    found: list[models.Model] = []
    for label, ids in parts(refs):
        options = options_for_label(label)
        if options is not None:
            rows = options.model._base_manager.using(router.db_for_write(options.model))
            by_ref = {Ref.of(row): row for row in rows_of(rows, to_keys(options.model, ids))}
            found += [by_ref[ref] for ref, owner in owner_keys(by_ref).items() if owner == user_key]
    return found


def _changed(*, instance: Block, **kwargs: Any) -> None:
    forget([viewer_ref(instance.blocker_id), viewer_ref(instance.blocked_id)])


@primary_reads()
def _saved(*, instance: Block, created: bool, raw: bool, **kwargs: Any) -> None:
    if raw:
        return
    _changed(instance=instance)
    if created:
        with writing():
            _part(instance.blocker, instance.blocked)
            _part(instance.blocked, instance.blocker)


def _deleted(*, instance: Block, origin: Any, **kwargs: Any) -> None:
    # with a user who is deleted goes all that there is to see, or to hide
    if getattr(origin, "model", type(origin)) is Block:
        _changed(instance=instance)


# Signals, so that the admin, and blocks that are made and deleted without us, are told of too.
post_save.connect(_saved, sender=Block, dispatch_uid="activitystream.blocks.saved")
post_delete.connect(_deleted, sender=Block, dispatch_uid="activitystream.blocks.deleted")
