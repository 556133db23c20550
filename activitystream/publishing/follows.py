"""A follow as an activity, if the setting FOLLOW_VERB wants it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth import get_user_model

from activitystream.conf import settings
from activitystream.graph import Change
from activitystream.models import FOLLOW, Ref
from activitystream.registry import options_for, options_for_label
from activitystream.text import untranslated

from .drafts import Prepared, own_key
from .publish import write
from .retract import retract_keyed
from .telling import Told, told_of_follows

__all__ = ["on_change"]


def on_change(changes: Sequence[Change]) -> None:
    """Publish new follows, retract those that ended."""
    changes = [change for change in changes if change.kind == FOLLOW]
    if settings.FOLLOW_VERB is None or not changes:
        return
    options_for(get_user_model())
    new = [change for change in changes if _is_told(change)]
    if new:
        told = told_of_follows({change.followee for change in new}, untranslated(settings.FOLLOW_VERB))
        write([draft for change in new for draft in _drafts(change, told.get(change.followee, Told()))])
    ended = [change for change in changes if not change.following]
    if ended:
        retract_keyed("actor", [(actor, _key(change)) for change in ended for actor in _actors(change)])


def _is_told(change: Change) -> bool:
    """Whether people are told who follows this."""
    followee = options_for_label(change.followee.model)
    return change.following and followee is not None and FOLLOW in followee.public_kinds


def _actors(change: Change) -> list[Ref]:
    return [Ref(get_user_model()._meta.label_lower, id) for id in change.follower_ids]


def _key(change: Change) -> str:
    return own_key("follow", change.followee)


def _drafts(change: Change, told: Told) -> list[Prepared]:
    verb, key = untranslated(settings.FOLLOW_VERB or ""), _key(change)
    return [
        Prepared(actor=actor, verb=verb, object=change.followee, key=key, **told._asdict())
        for actor in _actors(change)
    ]
