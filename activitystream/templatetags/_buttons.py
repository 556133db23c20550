"""Buttons: forms that follow, mute and block, and come back to where the reader was."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString

from activitystream.conf import settings
from activitystream.feeds import Card
from activitystream.models import FOLLOW, Ref
from activitystream.registry import options_for_label
from activitystream.text import clean_text

from ._context import ref_of, render_named, unique_id, viewer
from ._relations import blocks, follows, mutes, requested

__all__ = ["block_button", "follow_button", "follows_as", "is_following", "mute_button"]


def follow_button(
    context: Context,
    obj: models.Model | Card | Ref | None,
    kind: str = FOLLOW,
    label: str | None = None,
    following_label: str | None = None,
) -> SafeString:
    """`{% follow_button obj kind="follow" %}`: a form that follows, or ends the follow, and comes back here.

    For a private account it asks to follow, and then takes the request back. Nothing for visitors who are
    not signed in, for oneself, and for what cannot be followed. `obj` is a row of a registered model or a
    card. `label` and `following_label` replace "Follow" and "Following", as other kinds than "follow" will
    want. All buttons of a kind cost one query together, and one more where accounts can be private.
    """
    user, ref = viewer(context), ref_of(obj)
    if user is None or ref is None or not _may_follow(user, ref):
        return SafeString()
    state = _follow_state(user, ref, kind)
    values = {"kind": kind, "label": label, "following_label": following_label, "followee": ref}
    done = state in ("following", "requested")
    return _form(context, obj, ref, "follow", "unfollow", state=state, done=done, **values)


def mute_button(context: Context, obj: models.Model | Card | Ref | None) -> SafeString:
    """`{% mute_button obj %}`: a form that mutes a row (it is followed, and not seen), or ends that.

    Nothing for visitors who are not signed in, and for oneself. All such buttons cost one query together.
    """
    user, ref = viewer(context), ref_of(obj)
    if user is None or ref is None or ref == Ref.of(user):
        return SafeString()
    return _form(context, obj, ref, "mute", "unmute", done=mutes(user, ref))


def block_button(context: Context, obj: models.Model | Card | Ref | None) -> SafeString:
    """`{% block_button person %}`: a form that blocks a user, or ends that.

    Nothing for visitors who are not signed in, for oneself, and for what is no user. All such buttons cost
    one query together.
    """
    user, ref = viewer(context), ref_of(obj)
    if user is None or ref is None or ref == Ref.of(user) or ref.model != get_user_model()._meta.label_lower:
        return SafeString()
    return _form(context, obj, ref, "block", "unblock", done=blocks(user, ref))


def is_following(user: Any, obj: models.Model | Card | None) -> bool:
    """`{% if user|is_following:photo %}`: whether the user follows it (kind "follow").

    A filter takes no kind; the tag of this name does. One query for all that a page asks of this user: the
    follow buttons ask the same one.
    """
    ref = ref_of(obj)
    return ref is not None and getattr(user, "pk", None) is not None and follows(user, ref, FOLLOW)


def follows_as(context: Context, obj: models.Model | Card | None, kind: str = FOLLOW) -> bool:
    """`{% is_following obj kind="watch" as watching %}`: whether who is signed in follows it, in this kind.

    It asks what `follow_button` asks: beside a button of that kind it costs nothing.
    """
    user, ref = viewer(context), ref_of(obj)
    return user is not None and ref is not None and follows(user, ref, kind)


def _form(
    context: Context,
    obj: Any,
    ref: Ref,
    does: str,
    undoes: str,
    *,
    done: bool,
    **values: Any,
) -> SafeString:
    """One form; its `next` leads back to itself, so that the reader stays where they were."""
    id = unique_id(context, does, ref.model, ref.id, values.get("kind", ""))
    request = context.get("request")
    return render_named(
        context,
        f"activitystream/_{does}_button.html",
        form_id=id,
        action=reverse(f"activitystream:{undoes if done else does}"),
        done=done,
        ref=ref,
        name=_name(obj, ref),
        next=f"{request.get_full_path()}#{id}" if request is not None else "",
        **values,
    )


def _name(obj: Any, ref: Ref) -> str:
    """What the row is called, for those who do not see what stands beside the button."""
    if isinstance(obj, Card):
        return obj.name
    options = options_for_label(ref.model)
    return clean_text(str(options.name_of(obj))) if options and isinstance(obj, models.Model) else ""


def _follow_state(user: Any, ref: Ref, kind: str) -> str:
    if follows(user, ref, kind):
        return "following"
    options = options_for_label(ref.model)
    asks = getattr(options, "private", None) is not None  # only then can there be requests
    return "requested" if asks and requested(user, ref, kind) else ""


def _may_follow(user: Any, ref: Ref) -> bool:
    options = options_for_label(ref.model)
    if options is None or not options.followable:
        return False
    return settings.SELF_FOLLOW or ref != Ref.of(user)
