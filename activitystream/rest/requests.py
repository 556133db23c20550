"""`requests/`: follows that wait for an answer, mine to give or mine to get."""

from __future__ import annotations

from typing import Any

from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.graph import accept, cards_for, incoming, outgoing, reject, to_answer
from activitystream.ids import parse_id
from activitystream.models import FollowRequest
from activitystream.registry import CardDict

from .base import ApiViewSet
from .errors import BadRequest
from .followlists import RequestList, follow_dict, follower_ref, request_dict
from .strict import StrictSerializer

__all__ = ["RequestViewSet"]

INCOMING, OUTGOING = "incoming", "outgoing"


class RequestViewSet(ApiViewSet):
    """Requests that I may answer or take back; of others there are none."""

    lookup_value_converter = "str"
    serializer_class = StrictSerializer  # an answer needs no body

    def list(self, request: Request) -> Response:
        """Those that wait for my answer, the latest first; `?direction=outgoing`: those that I made."""
        direction = request.query_params.get("direction", INCOMING)
        if direction not in (INCOMING, OUTGOING):
            raise BadRequest(f"direction must be {INCOMING} or {OUTGOING}, not {direction[:40]!r}")
        return self.page_of(RequestList(user=self.me, is_incoming=direction == INCOMING))

    def retrieve(self, request: Request, pk: str) -> Response:
        """One of them."""
        found = self._find(outgoing(self.me), pk) or self._find(incoming(self.me), pk)
        return Response(request_dict(*self._cards(found)))

    def destroy(self, request: Request, pk: str) -> Response:
        """Take mine back, or say no: who asked is not told."""
        mine = self._find(outgoing(self.me), pk) or self._to_answer(pk)
        reject(_or_404(mine))
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Say yes, and get the follow."""
        self.validated()
        asked = _or_404(self._to_answer(pk))
        _, follower, _ = self._cards(asked)
        return Response(follow_dict(accept(asked), "follower", follower), status=201)

    def _find(self, requests: Any, pk: str) -> FollowRequest | None:
        id = parse_id(pk)
        found: FollowRequest | None = None if id is None else requests.filter(pk=id).first()
        return found

    def _to_answer(self, pk: str) -> FollowRequest | None:
        id = parse_id(pk)
        return None if id is None else to_answer(self.me, id)

    def _cards(self, found: FollowRequest | None) -> tuple[FollowRequest, CardDict, CardDict]:
        asked = _or_404(found)
        refs = follower_ref(asked), asked.followee_ref
        cards = cards_for(self.me, refs)
        if len(cards) < len(set(refs)):
            raise NotFound
        return asked, cards[refs[0]], cards[refs[1]]


def _or_404(request: FollowRequest | None) -> FollowRequest:
    if request is None:
        raise NotFound
    return request
