"""Unfollow, and who follows what, for views, templates and the API."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

from activitystream.journal import forget, write_alias, writing
from activitystream.models import FOLLOW, FollowRequest, Mute, Ref, user_keys
from activitystream.registry import load_instances
from activitystream.routers import primary_reads

from .base import Window, get_graph
from .blocks import end_blocks, viewer_ref
from .parties import hold, pair_of
from .requests import withdraw_all
from .tables import end_follows

__all__ = [
    "followers",
    "following",
    "follows",
    "forget_person",
    "forget_row",
    "is_following",
    "unfollow",
]


@primary_reads()
def unfollow(user: models.Model, obj: models.Model, kind: str = FOLLOW) -> bool:
    """End a follow, or the request for one. Whether there was one."""
    with writing():
        hold(user.pk)  # it may just be accepted
        asked = withdraw_all([pair_of(user, obj)], kind)
        return get_graph().unfollow(user, obj, kind=kind) or asked


@primary_reads()
def forget_row(ref: Ref) -> None:
    """A row was deleted: follows, requests and mutes of it go, in the transaction of the caller."""
    get_graph().forget(ref)
    alias, content_type = write_alias(), ref.content_type
    requests = FollowRequest.objects.using(alias).filter(followee_type=content_type, followee_id=ref.id)
    mutes = Mute.objects.using(alias).filter(muted_type=content_type, muted_id=ref.id)
    # A key can be used again: then the cached viewer state would hide the new row.
    viewers = list(mutes.order_by().values_list("user_id", flat=True))
    for rows in (requests, mutes):
        rows.order_by()._raw_delete(alias)  # noqa: SLF001
    if viewers:
        forget(map(viewer_ref, viewers))


@primary_reads()
def forget_person(user_key: str) -> None:
    """What a user follows, asks to follow, blocks and mutes goes, and so do requests to the user and blocks
    by others, in the transaction of the caller. Few queries, however much it is."""
    key: Any = user_key
    end_follows(key)
    end_blocks(key)
    alias = write_alias()
    requests = FollowRequest.objects.using(alias).filter(Q(follower=key) | Q(owner=key))
    mutes = Mute.objects.using(alias).filter(user=key)
    for rows in (requests, mutes):
        rows.order_by()._raw_delete(alias)  # noqa: SLF001
    forget([viewer_ref(key)])


def is_following(user: Any, obj: models.Model, kind: str = FOLLOW) -> bool:
    """Whether the user follows it; False for somebody who is not signed in."""
    return getattr(user, "pk", None) is not None and follows(user.pk, Ref.of(obj), kind)


@primary_reads()
def follows(follower_id: Any, followee: Ref, kind: str) -> bool:
    """Whether the user of this key follows what this ref stands for."""
    return bool(get_graph().still_following(followee, user_keys([follower_id]), kinds=[kind], as_actor=True))


@primary_reads()
def followers(obj: models.Model, kind: str = FOLLOW) -> models.QuerySet[AbstractBaseUser]:
    """The users who follow it."""
    keys = get_graph().followers(Ref.of(obj), kinds=[kind], as_actor=True)
    return get_user_model()._default_manager.using(write_alias()).filter(pk__in=keys)


@primary_reads()
def following(user: models.Model, *of: type[models.Model], kind: str = FOLLOW) -> list[models.Model]:
    """What the user follows, the latest first; only rows of these models, if any are named.

    One query, and one for each model among the followees.
    """
    labels = [Ref.of_model(model).model for model in of]
    made = get_graph().latest(Window(limit=None), kind=kind, follower_id=Ref.of(user).id, models=labels)
    refs = [row.followee_ref for row in made]
    rows = load_instances(refs)
    return [rows[ref] for ref in refs if ref in rows]
