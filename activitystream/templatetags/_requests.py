"""Requests to follow: who waits for the answer of who is signed in."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString

from activitystream.feeds import Card
from activitystream.feeds.entries import Instances
from activitystream.graph import cards_for, incoming
from activitystream.models import FollowRequest, Ref

from ._context import render_named, unique_id, viewer

__all__ = ["Waiting", "follow_requests"]


class Waiting(NamedTuple):
    """A request with the cards that show it."""

    request: FollowRequest
    follower: Card
    followee: Card
    form_id: str


def follow_requests(context: Context, limit: int = 20) -> SafeString:
    """`{% follow_requests %}`: who asks to follow what is the reader's, with forms to accept and to reject.

    The latest first, at most `limit`; nothing for visitors who are not signed in. One query, and one for each
    model among who asks and what they ask for.
    """
    user = viewer(context)
    if user is None:
        return SafeString()
    found = list(incoming(user)[:limit])
    request = context.get("request")
    return render_named(
        context,
        "activitystream/_requests.html",
        waiting=_with_cards(context, user, found),
        action=reverse("activitystream:answer"),
        next=request.get_full_path() if request is not None else "",
        me=Ref.of(user),
    )


def _with_cards(context: Context, user: Any, found: list[FollowRequest]) -> list[Waiting]:
    follower = {one.pk: Ref.of_user(one.follower_id) for one in found}
    cards: dict[Ref, Any] = dict(cards_for(user, {*follower.values(), *(one.followee_ref for one in found)}))
    shown = {ref: Card(**card, instances=Instances()) for ref, card in cards.items()}
    return [
        Waiting(
            one, shown[follower[one.pk]], shown[one.followee_ref], unique_id(context, "request", str(one.pk))
        )
        for one in found
        if follower[one.pk] in shown and one.followee_ref in shown
    ]
