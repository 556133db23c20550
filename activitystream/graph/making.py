"""Making follows, one or many: what speaks against one, what must be asked for, what is made at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models

from activitystream.conf import settings
from activitystream.exceptions import ActivityStreamError, InvalidFollow
from activitystream.journal import writing
from activitystream.models import FOLLOW, Follow, FollowRequest, Ref
from activitystream.registry import RowNotFound
from activitystream.routers import primary_reads

from .base import get_graph
from .blocks import refused_by_block
from .parties import check_user, followable, hold
from .requests import ask, need_consent, withdraw_all
from .seen import closed_to

__all__ = ["check_kind", "follow", "follow_many", "refusals"]

MAX_KIND = 32


def check_kind(kind: Any) -> str:
    """The kind if it can be one; else InvalidFollow."""
    if not isinstance(kind, str) or not 0 < len(kind) <= MAX_KIND or not kind.isprintable():
        raise InvalidFollow(f"kind must be a word of 1 to {MAX_KIND} characters, not {kind!r}")
    return kind


def follow(
    user: models.Model, obj: models.Model, kind: str = FOLLOW, actor_only: bool | None = None
) -> Follow | FollowRequest:
    """Let a user follow a row of a registered model. Following again changes nothing.

    What is private is asked for: then it gives a `FollowRequest`, which waits for its owner (see `accept`).
    `actor_only`: follow only what it does, not what is done to it; None: as its registration says (people for
    what they do, everything else for everything about it).
    InvalidFollow if it is not followable, or is the user (unless the setting SELF_FOLLOW allows that), or its
    owner is blocked by the user. RowNotFound if its owner blocks the user, who is not told so, or it is
    hidden from the user in another way (see `seen.unseen`).
    """
    return follow_many(user, [obj], kind, actor_only)[0]


@primary_reads()
def follow_many(
    user: models.Model,
    rows: Sequence[models.Model],
    kind: str = FOLLOW,
    actor_only: bool | None = None,
    *,
    consent: bool = False,
) -> list[Follow | FollowRequest]:
    """The same for many rows: all are checked before any is followed. Gives the follows and requests in the
    order of the rows. A few queries, however many there are, and the user's home is made anew once.

    `consent`: the owners of what is private have agreed already (an import of old follows): ask nobody.
    """
    check_kind(kind)
    check_user(user)
    with writing():
        hold(user.pk)
        for error in refusals(user, rows, consent=consent):
            if error is not None:
                raise error
        by_ref = {Ref.of(row): row for row in rows}
        waiting = {} if consent else need_consent(user, by_ref, kind)
        asked = ask(user, list(waiting.values()), kind, actor_only)
        at_once = [row for ref, row in by_ref.items() if ref not in waiting]
        withdraw_all(user, at_once, kind)
        made = get_graph().follow_many(user, at_once, kind=kind, actor_only=actor_only)
    every: list[Follow | FollowRequest] = [*made, *asked]
    found = {one.followee_ref: one for one in every}
    return [found[Ref.of(row)] for row in rows]


@primary_reads()
def refusals(
    user: Any, rows: Sequence[models.Model], *, consent: bool = False
) -> list[ActivityStreamError | None]:
    """What speaks against a follow of each of these rows by the user; None: nothing. `consent`: owners of
    private accounts have agreed to follows of what is theirs."""
    found: list[ActivityStreamError | None] = []
    for row in rows:
        try:
            oneself = followable(row) == Ref.of(user) and not settings.SELF_FOLLOW
            # the API's clients read this: it names no setting
            found.append(InvalidFollow("one cannot follow oneself") if oneself else None)
        except InvalidFollow as error:
            found.append(error)
    good = {Ref.of(row): row for row, error in zip(rows, found, strict=True) if error is None}
    closed = set() if consent else closed_to(user, good)
    refused = refused_by_block(user, list(good.values())) | {ref: RowNotFound.of(ref) for ref in closed}
    return [error or refused.get(Ref.of(row)) for row, error in zip(rows, found, strict=True)]
