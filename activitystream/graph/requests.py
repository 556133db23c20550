"""Requests: follows of what is private wait for its owner's answer."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError, models

from activitystream.exceptions import InvalidFollow
from activitystream.journal import after_commit, write_alias, writing
from activitystream.models import FOLLOW, Follow, FollowRequest, Ref, read_key, user_keys
from activitystream.parts import in_parts
from activitystream.registry import load_all, load_instances, options_for, options_for_label
from activitystream.routers import primary_reads
from activitystream.signals import accepted, requested

from .base import PARAMETERS, Pair, get_graph
from .blocks import keep_apart, refused_by_block
from .parties import Wanted, hold, owner_key, owner_keys, pair_of, pair_parts, parts

__all__ = [
    "accept",
    "ask",
    "asked_for",
    "hand_over",
    "incoming",
    "is_requested",
    "need_consent",
    "outgoing",
    "reject",
    "to_answer",
    "withdraw",
    "withdraw_all",
]

logger = logging.getLogger("activitystream")


def incoming(user: models.Model) -> models.QuerySet[FollowRequest]:
    """The requests that wait for this user's answer, the latest first."""
    return FollowRequest.objects.using(write_alias()).filter(owner=user.pk).order_by("-pk")


def outgoing(user: models.Model) -> models.QuerySet[FollowRequest]:
    """The requests of this user that wait for an answer, the latest first."""
    return FollowRequest.objects.using(write_alias()).filter(follower=user.pk).order_by("-pk")


@primary_reads()
def to_answer(user: models.Model, id: int) -> FollowRequest | None:
    """The request of this id, if it is this user's to answer: who gave the row away answers no more."""
    found = FollowRequest.objects.using(write_alias()).filter(pk=id).first()
    if found is None:
        return None
    row = load_instances([found.followee_ref]).get(found.followee_ref)
    return found if row is not None and owner_key(row) == Ref.of(user).id else None


@primary_reads()
def hand_over(obj: models.Model) -> None:
    """A row was saved: the requests for it wait for its owner, as it is now. Those of the new owner, and of
    people whom a block keeps apart from the new owner, end.

    In the transaction of the caller. One query where nobody asks; none where the row cannot be private, or is
    a user. Where it belongs to somebody through another row, a save of that one is not noticed.
    """
    ref = Ref.of(obj)
    if not _may_be_private(ref) or isinstance(obj, get_user_model()):
        return
    waiting = FollowRequest.objects.using(write_alias()).filter(
        followee_type=ref.content_type, followee_id=ref.id
    )
    asked = list(waiting.order_by().values_list("follower_id", "owner_id"))
    row = load_all([ref]).get(ref) if asked else None  # not all of `obj` may be saved
    if row is None:
        return
    try:
        owner = owner_key(row)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("nobody can say whose %s is: requests for it wait as they did", ref)
        return
    if all(_same(before, owner) for _, before in asked):
        return
    waiting.update(owner=owner)
    if owner is not None:
        apart = keep_apart(owner, user_keys(follower for follower, _ in asked))
        for some in in_parts([owner, *set().union(*apart)], PARAMETERS):
            waiting.filter(follower__in=list[Any](some)).delete()


def _same(owner_id: Any, key: str | None) -> bool:
    """Return True if a request waits for the user with this key (None: for nobody)."""
    return owner_id is key is None or (None not in (owner_id, key) and user_keys([owner_id]) == [key])


@primary_reads()
def accept(request: FollowRequest) -> Follow:
    """Make the follow that was asked for, and give it. Who may answer is for the caller to see to.

    InvalidFollow if the request does not wait any more: it was answered or withdrawn, or its row is gone.
    """
    with writing():
        hold(request.follower_id)
        row = load_instances([request.followee_ref]).get(request.followee_ref)
        if row is None or not _take(request):
            raise InvalidFollow("this request does not wait any more")
        follower = get_user_model()._base_manager.using(write_alias()).get(pk=request.follower_id)
        if refused_by_block({pair_of(follower, row): (follower, row)}):
            raise InvalidFollow("this request does not wait any more")
        made = get_graph().follow(follower, row, kind=request.kind, actor_only=request.actor_only)
        after_commit(accepted, FollowRequest, request=request, follow=made)
        return made


def reject(request: FollowRequest) -> bool:
    """Answer no; who asked is not told, and may ask again. Whether the request was still waiting."""
    with writing():
        return _take(request)


def _take(request: FollowRequest) -> bool:
    """Take the request away. Of several who answer at once, it is given to one."""
    deleted, _ = FollowRequest.objects.using(write_alias()).filter(pk=request.pk).delete()
    return bool(deleted)


def withdraw(user: models.Model, obj: models.Model, kind: str = FOLLOW) -> bool:
    """Take a request back. Whether there was one."""
    with writing():
        return any(asked.delete()[0] for asked in asked_for(user, [Ref.of(obj)], kind))


def withdraw_all(pairs: Collection[Pair], kind: str) -> bool:
    """Take back what requests of these users for these rows there are, in the transaction of the caller.
    Whether there were any. No query where no row of their models can be private."""
    waiting = _waiting([pair for pair in pairs if _may_be_private(pair[1])], kind)
    for some in in_parts([request.pk for request in waiting.values()], PARAMETERS):
        FollowRequest.objects.using(write_alias()).filter(pk__in=some).delete()
    return bool(waiting)


def _may_be_private(ref: Ref) -> bool:
    options = options_for_label(ref.model)
    return options is not None and options.private is not None


def is_requested(user: Any, obj: models.Model, kind: str = FOLLOW) -> bool:
    """Whether the user asks to follow it, and waits; False for somebody who is not signed in."""
    if getattr(user, "pk", None) is None:
        return False
    return any(asked.exists() for asked in asked_for(user, [Ref.of(obj)], kind))


@primary_reads()
def need_consent(pairs: Mapping[Pair, Wanted], kind: str) -> dict[Pair, Wanted]:
    """Those of these follows that must be asked for, with the rows as they are now: at hand they may be
    older."""
    perhaps = {ref: row for (_, ref), (_, row) in pairs.items() if _may_be_private(ref)}
    now = perhaps | load_instances(perhaps)
    owners = owner_keys(now)
    closed = {ref: row for ref, row in now.items() if _is_private(row)}
    private = {
        (key, ref): (user, closed[ref])
        for (key, ref), (user, _) in pairs.items()
        if ref in closed and owners.get(ref) != key
    }
    if not private:
        return {}
    followed = get_graph().followed_pairs(private, kinds=[kind], as_actor=True)
    return {pair: two for pair, two in private.items() if pair not in followed}


def _is_private(row: models.Model) -> bool:
    return options_for(row.__class__).is_private(row)


def ask(pairs: Mapping[Pair, Wanted], kind: str, actor_only: bool | None) -> dict[Pair, FollowRequest]:
    """Make requests for rows as they are now, in the transaction of the caller, which holds the users; asking
    again changes nothing but an `actor_only` that is given, and the owner."""
    owners = owner_keys({ref: row for (_, ref), (_, row) in pairs.items()})
    known = _waiting(pairs, kind)
    for (_, ref), one in known.items():
        wanted = one.actor_only if actor_only is None else actor_only
        if one.actor_only != wanted or not _same(one.owner_id, owners.get(ref)):
            one.actor_only, one.owner_id = wanted, owners.get(ref)
            one.save(update_fields=["actor_only", "owner"])
    new = [
        _request(user, ref, kind, actor_only, owners.get(ref))
        for (key, ref), (user, _) in pairs.items()
        if (key, ref) not in known
    ]
    if not new:
        return known
    FollowRequest.objects.using(write_alias()).bulk_create(new, batch_size=PARAMETERS)
    made = _waiting(pairs, kind)  # with their keys
    news = [one for pair, one in made.items() if pair not in known]
    after_commit(requested, FollowRequest, requests=news, count=len(news))
    return made


def _waiting(pairs: Collection[Pair], kind: str) -> dict[Pair, FollowRequest]:
    """The requests of these users for these rows that there are."""
    asked = FollowRequest.objects.using(write_alias()).filter(kind=kind)
    found: dict[Pair, FollowRequest] = {}
    for model, users, ids in pair_parts(pairs):
        for one in asked.filter(
            follower_id__in=users, followee_type=Ref(model, "").content_type, followee_id__in=ids
        ):
            (key,) = user_keys([one.follower_id])
            found[key, one.followee_ref] = one
    return {pair: found[pair] for pair in pairs if pair in found}


def _request(
    user: models.Model, followee: Ref, kind: str, actor_only: bool | None, owner: str | None
) -> FollowRequest:
    return FollowRequest(
        follower_id=read_key(user.__class__, user.pk),
        followee_type=followee.content_type,
        followee_id=followee.id,
        kind=kind,
        actor_only=actor_only,
        owner_id=owner,
    )


def asked_for(user: Any, followees: Iterable[Ref], kind: str) -> Iterator[models.QuerySet[FollowRequest]]:
    """The requests of this user for these rows: a query for each model, and each 500."""
    mine = FollowRequest.objects.using(write_alias()).filter(follower_id=user.pk, kind=kind)
    for model, ids in parts(followees):
        yield mine.filter(followee_type=Ref(model, "").content_type, followee_id__in=ids)
