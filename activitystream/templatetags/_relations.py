"""What stands between a user and a row, read once for all buttons of a page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from activitystream.graph import Window, get_graph
from activitystream.graph import follows as follows_now
from activitystream.journal import write_alias
from activitystream.models import Block, FollowRequest, Mute, Ref

__all__ = ["blocks", "follows", "mutes", "requested"]

AT_ONCE = 1000
"""Rows that are read with the first question. Of follows, who has more costs a query for each row that is
not among the latest ones; nobody has so many requests, blocks or mutes that show on one page."""
_ATTRIBUTE = "_activitystream_relations"


class _Followed:
    """The follows of one user and kind."""

    def __init__(self, user: Ref, kind: str) -> None:
        self.user, self.kind = user, kind
        latest = get_graph().latest(Window(limit=AT_ONCE + 1), kind=kind, follower_id=user.id)
        self.complete = len(latest) <= AT_ONCE
        self.known = {made.followee_ref: True for made in latest}

    def __contains__(self, ref: Ref) -> bool:
        if ref not in self.known and not self.complete:
            self.known[ref] = follows_now(self.user.id, ref, self.kind)
        return self.known.get(ref, False)


def follows(user: AbstractBaseUser, ref: Ref, kind: str) -> bool:
    """Whether a signed-in user follows it: one query for each kind and user object, on first use.

    As Django does with permissions, the answer stays with the user object, which for `request.user` lasts as
    long as the request. Load the user again to see a later follow.
    """
    return ref in _once(user, f"follow {kind}", lambda: _Followed(Ref.of(user), kind))


def requested(user: AbstractBaseUser, ref: Ref, kind: str) -> bool:
    """Whether the user has asked to follow it, and waits for an answer."""

    def read() -> set[Ref]:
        rows = FollowRequest.objects.using(write_alias()).filter(follower_id=user.pk, kind=kind)
        return {row.followee_ref for row in rows.order_by("-pk")[:AT_ONCE]}

    return ref in _once(user, f"request {kind}", read)


def mutes(user: AbstractBaseUser, ref: Ref) -> bool:
    """Whether the user has muted it."""

    def read() -> set[Ref]:
        rows = Mute.objects.using(write_alias()).filter(user_id=user.pk)
        return {row.muted_ref for row in rows.order_by("-pk")[:AT_ONCE]}

    return ref in _once(user, "mutes", read)


def blocks(user: AbstractBaseUser, ref: Ref) -> bool:
    """Whether the user blocks them."""

    def read() -> set[Ref]:
        rows = Block.objects.using(write_alias()).filter(blocker_id=user.pk).order_by("-pk")
        return {Ref.of_user(pk) for pk in rows.values_list("blocked_id", flat=True)[:AT_ONCE]}

    return ref in _once(user, "blocks", read)


def _once(user: AbstractBaseUser, what: str, read: Any) -> Any:
    known: dict[str, Any] | None = getattr(user, _ATTRIBUTE, None)
    if known is None:
        known = {}
        setattr(user, _ATTRIBUTE, known)
    if what not in known:
        known[what] = read()
    return known[what]
