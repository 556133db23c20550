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

from .base import Pair, get_graph
from .blocks import refused_by_block
from .parties import Wanted, check_user, followable, hold, pair_of
from .requests import ask, need_consent, withdraw_all
from .seen import closed_between

__all__ = ["check_kind", "follow", "follow_many", "follow_pairs", "refusals"]

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
    wanted = [(user, row) for row in rows]
    with writing():
        hold(user.pk)
        for error in _refusals(wanted, consent=consent):
            if error is not None:
                raise error
        made = _make(wanted, kind, actor_only, consent=consent)
    return [made[pair_of(user, row)] for row in rows]


@primary_reads()
def follow_pairs(
    wanted: Sequence[Wanted], kind: str = FOLLOW, *, consent: bool = False
) -> list[Follow | FollowRequest | ActivityStreamError]:
    """Let each of these users follow the row that is named with them. Gives, in their order, the follow or
    the request, or the error that speaks against one: the others are made. Of each hundred, about ten
    queries. InvalidFollow if the kind cannot be one, or a user is none.
    """
    check_kind(kind)
    for user in {id(user): user for user, _ in wanted}.values():
        check_user(user)
    with writing():
        hold(*(user.pk for user, _ in wanted))
        errors = _refusals(wanted, consent=consent)
        good = [two for two, error in zip(wanted, errors, strict=True) if error is None]
        made = _make(good, kind, None, consent=consent)
    return [error or made[pair_of(*two)] for two, error in zip(wanted, errors, strict=True)]


def _make(
    wanted: Sequence[Wanted], kind: str, actor_only: bool | None, *, consent: bool
) -> dict[Pair, Follow | FollowRequest]:
    """Make the follows against which nothing speaks, or ask for them."""
    pairs = {pair_of(*two): two for two in wanted}
    waiting = {} if consent else need_consent(pairs, kind)
    asked = ask(waiting, kind, actor_only)
    at_once = {pair: two for pair, two in pairs.items() if pair not in waiting}
    withdraw_all(at_once, kind)
    made = get_graph().follow_pairs(list(at_once.values()), kind=kind, actor_only=actor_only)
    return {**asked, **dict(zip(at_once, made, strict=True))}


def refusals(user: Any, rows: Sequence[models.Model]) -> list[ActivityStreamError | None]:
    """What speaks against a follow of each of these rows by the user; None: nothing."""
    return _refusals([(user, row) for row in rows], consent=False)


@primary_reads()
def _refusals(wanted: Sequence[Wanted], *, consent: bool) -> list[ActivityStreamError | None]:
    """What speaks against each of these follows. `consent`: owners of private accounts have agreed to follows
    of what is theirs."""
    found = [_refusal(user, row) for user, row in wanted]
    good = {pair_of(*two): two for two, error in zip(wanted, found, strict=True) if error is None}
    refused = refused_by_block(good)
    if not consent:
        of_user: dict[Ref | None, dict[Ref, models.Model]] = {}
        for (_, ref), (user, row) in good.items():
            of_user.setdefault(Ref.of(user), {})[ref] = row
        closed = closed_between(of_user)
        refused |= {(me.id, ref): RowNotFound.of(ref) for me, ref in closed if me is not None}
    return [error or refused.get(pair_of(*two)) for two, error in zip(wanted, found, strict=True)]


def _refusal(user: Any, row: models.Model) -> ActivityStreamError | None:
    """What speaks against a follow whoever they are."""
    try:
        oneself = followable(row) == Ref.of(user) and not settings.SELF_FOLLOW
    except InvalidFollow as error:
        return error
    # the API's clients read this: it names no setting
    return InvalidFollow("one cannot follow oneself") if oneself else None
