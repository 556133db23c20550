"""`blocks/` and `mutes/`: whom I do not want to meet, and what I do not want to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.graph import (
    Window,
    block,
    cards_for,
    find_for,
    find_muted,
    find_person,
    is_blocked,
    is_muted,
    mute,
    unblock,
    unmute,
)
from activitystream.ids import to_iso
from activitystream.journal import write_alias
from activitystream.models import Block, Mute, Ref
from activitystream.registry import CardDict, bare_card, card_of

from .base import ApiViewSet
from .refs import RefSerializer
from .rowlists import ListItem, RowList

__all__ = ["BlockViewSet", "MuteViewSet"]


def _mark_dict(row: Block | Mute, what: str, card: CardDict) -> dict[str, Any]:
    return {"id": str(row.pk), "created": to_iso(row.created), what: card}


@dataclass(frozen=True, slots=True)
class _MarkList(RowList):
    """My blocks, or my mutes. What I have blocked is shown here: where else could I unblock it?"""

    rows: Any
    what: str
    user: Any

    @property
    def scope(self) -> str:
        return f"{self.what} {self.user.pk}"

    def read(self, window: Window) -> list[Any]:
        return window.of(self.rows)

    def items(self, rows: Sequence[Any]) -> list[ListItem]:
        refs = [_marked(row) for row in rows]
        cards = _people(self.user, refs) if self.what == "blocked" else cards_for(self.user, refs)
        shown = [(row, cards[ref]) for row, ref in zip(rows, refs, strict=True) if ref in cards]
        return [ListItem(row.pk, _mark_dict(row, self.what, card)) for row, card in shown]


def _marked(row: Block | Mute) -> Ref:
    if isinstance(row, Mute):
        return row.muted_ref
    return Ref.of_user(row.blocked_id)


def _people(viewer: Any, refs: Sequence[Ref]) -> dict[Ref, CardDict]:
    """The cards of people whom the viewer blocks, or may block. Of those who block the viewer, and who are
    hidden, no more is told than type and id."""
    cards = cards_for(viewer, refs, blocked_too=True)
    return {ref: cards[ref] if ref in cards else bare_card(ref) for ref in refs}


class BlockViewSet(ApiViewSet):
    """Whom I block. Whether others block me is not told."""

    serializer_class = RefSerializer

    def list(self, request: Request) -> Response:
        """Whom I block, the latest first."""
        rows = Block.objects.using(write_alias()).filter(blocker=self.me.pk)
        return self.page_of(_MarkList(rows, "blocked", self.me))

    def create(self, request: Request) -> Response:
        """Block a user: follows and requests between us end. 200: I do already."""
        row = find_person(self.me, *self.validated_ref())
        known = is_blocked(self.me, row)
        made = block(self.me, row)
        return Response(_mark_dict(made, "blocked", self._card(row)), status=200 if known else 201)

    def retrieve(self, request: Request, type: str, id: str) -> Response:
        """Do I block them?"""
        row = find_person(self.me, type, id)
        return Response({"blocking": is_blocked(self.me, row), "blocked": self._card(row)})

    def destroy(self, request: Request, type: str, id: str) -> Response:
        """Unblock. Nothing is wrong if I did not block."""
        unblock(self.me, find_person(self.me, type, id))
        return Response(status=204)

    def _card(self, person: Any) -> CardDict:
        ref = Ref.of(person)
        return _people(self.me, [ref])[ref]


class MuteViewSet(ApiViewSet):
    """What I have muted. Nobody else is told."""

    serializer_class = RefSerializer

    def list(self, request: Request) -> Response:
        """What I have muted, the latest first."""
        rows = Mute.objects.using(write_alias()).filter(user=self.me.pk)
        return self.page_of(_MarkList(rows, "muted", self.me))

    def create(self, request: Request) -> Response:
        """Mute a row. 200: I have already."""
        row = find_for(self.me, *self.validated_ref())
        known = is_muted(self.me, row)
        made = mute(self.me, row)
        return Response(_mark_dict(made, "muted", card_of(row)), status=200 if known else 201)

    def retrieve(self, request: Request, type: str, id: str) -> Response:
        """Have I muted it?"""
        row = find_for(self.me, type, id)
        return Response({"muting": is_muted(self.me, row), "muted": card_of(row)})

    def destroy(self, request: Request, type: str, id: str) -> Response:
        """Unmute. Nothing is wrong if it was not muted."""
        unmute(self.me, find_muted(self.me, type, id))
        return Response(status=204)
