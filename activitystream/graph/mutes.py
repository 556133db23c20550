"""Mutes: what a user follows on, or not, and does not want to see."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save

from activitystream.exceptions import InvalidFollow
from activitystream.journal import forget, write_alias, writing
from activitystream.models import Mute, Ref, read_key
from activitystream.registry import load_instances

from .blocks import viewer_ref
from .parties import check_user, registered_ref

__all__ = ["is_muted", "mute", "muted", "unmute"]


def mute(user: models.Model, obj: models.Model) -> Mute:
    """Let a user see no more of a row of a registered model in feeds. Muting again changes nothing.

    InvalidFollow for what is not registered, and for oneself.
    """
    check_user(user)
    ref = registered_ref(obj)
    if ref == Ref.of(user):
        raise InvalidFollow("one cannot mute oneself")
    with writing():
        made, _ = Mute.objects.using(write_alias()).get_or_create(
            user_id=read_key(user.__class__, user.pk), muted_type=ref.content_type, muted_id=ref.id
        )
    return made


def unmute(user: models.Model, obj: models.Model) -> bool:
    """Let the user see it again. Whether it was muted."""
    with writing():
        deleted, _ = _mutes(user, Ref.of(obj)).delete()
    return bool(deleted)


def is_muted(user: Any, obj: models.Model) -> bool:
    """Whether the user has muted it; False for somebody who is not signed in."""
    return getattr(user, "pk", None) is not None and _mutes(user, Ref.of(obj)).exists()


def muted(user: models.Model) -> list[models.Model]:
    """What the user has muted, the latest first. One query, and one for each model among the rows."""
    mutes = Mute.objects.using(write_alias()).filter(user_id=user.pk).order_by("-pk")
    refs = [mute.muted_ref for mute in mutes]
    rows = load_instances(refs)
    return [rows[ref] for ref in refs if ref in rows]


def _mutes(user: Any, ref: Ref) -> models.QuerySet[Mute]:
    return Mute.objects.using(write_alias()).filter(
        user_id=user.pk, muted_type=ref.content_type, muted_id=ref.id
    )


def _changed(*, instance: Mute, **kwargs: Any) -> None:
    forget([viewer_ref(instance.user_id)])


def _saved(*, instance: Mute, raw: bool, **kwargs: Any) -> None:
    if not raw:
        _changed(instance=instance)


def _deleted(*, instance: Mute, origin: Any, **kwargs: Any) -> None:
    if getattr(origin, "model", type(origin)) is Mute:  # not with its user, nor with what is muted
        _changed(instance=instance)


post_save.connect(_saved, sender=Mute, dispatch_uid="activitystream.mutes.saved")
post_delete.connect(_deleted, sender=Mute, dispatch_uid="activitystream.mutes.deleted")
