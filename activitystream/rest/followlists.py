"""Lists of follows and of requests, with the cards of what is followed and of who follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from activitystream.graph import Window, cards_for, get_graph, incoming, outgoing
from activitystream.ids import to_iso
from activitystream.models import Follow, FollowRequest, Ref
from activitystream.registry import CardDict

from .rowlists import ListItem, RowList

__all__ = ["FollowList", "RequestList", "follow_dict", "request_dict"]

Side = Literal["follower", "followee"]


def follow_dict(follow: Follow | FollowRequest, side: Side, card: CardDict) -> dict[str, Any]:
    """A follow (or a request for one) as JSON: seen from one side, it shows the card of the other."""
    return {
        "id": str(follow.pk),
        "kind": follow.kind,
        "actor_only": follow.actor_only,
        "created": follow.created and to_iso(follow.created),
        "requested": isinstance(follow, FollowRequest),
        side: card,
    }


def request_dict(request: FollowRequest, follower: CardDict, followee: CardDict) -> dict[str, Any]:
    """A request as JSON, with both sides: its owner has more than one thing to be asked for."""
    return {**follow_dict(request, "follower", follower), "followee": followee}


def follower_ref(follow: Follow | FollowRequest) -> Ref:
    """Who follows, or asks to."""
    return Ref.of_user(follow.follower_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowList(RowList):
    """What a user follows, or who follows a row."""

    viewer: Any
    kind: str
    follower_id: str | None = None
    followee: Ref | None = None
    models: Sequence[str] = ()
    """Only followees of these models; none named: of all."""

    @property
    def scope(self) -> str:
        return f"follows {self.kind} {self.follower_id} {self.followee} {self.models}"

    def read(self, window: Window) -> list[Follow]:
        return get_graph().latest(
            window,
            kind=self.kind,
            follower_id=self.follower_id,
            followee=self.followee,
            models=self.models,
        )

    def items(self, rows: Sequence[Follow]) -> list[ListItem]:
        side: Side = "followee" if self.followee is None else "follower"
        refs = [row.followee_ref if side == "followee" else follower_ref(row) for row in rows]
        cards = cards_for(self.viewer, refs)
        shown = [(row, cards[ref]) for row, ref in zip(rows, refs, strict=True) if ref in cards]
        return [ListItem(row.pk, follow_dict(row, side, card)) for row, card in shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestList(RowList):
    """Requests that wait for a user's answer, or that the user made."""

    user: Any
    is_incoming: bool

    @property
    def scope(self) -> str:
        return f"requests {self.is_incoming} {self.user.pk}"

    def read(self, window: Window) -> list[FollowRequest]:
        return window.of(incoming(self.user) if self.is_incoming else outgoing(self.user))

    def items(self, rows: Sequence[FollowRequest]) -> list[ListItem]:
        sides = [(follower_ref(row), row.followee_ref) for row in rows]
        cards = cards_for(self.user, {ref for side in sides for ref in side})
        return [
            ListItem(row.pk, request_dict(row, cards[follower], cards[followee]))
            for row, (follower, followee) in zip(rows, sides, strict=True)
            if follower in cards and followee in cards
        ]
