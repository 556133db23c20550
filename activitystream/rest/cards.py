"""`cards/<type>/<id>/`: what a registered model gives out about a row. In documents it is the row's name."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.feeds import Card
from activitystream.feeds.entries import Instances
from activitystream.graph import find_for
from activitystream.registry import card_of

from .base import ApiViewSet
from .renderers import FormatRenderer

__all__ = ["CardViewSet"]


class CardViewSet(ApiViewSet):
    """A row as activities show it."""

    public_actions = ("retrieve",)
    shape = "card"

    def retrieve(self, request: Request, type: str, id: str) -> Response:
        """The card of a row: its type, name, address, image and text."""
        row = find_for(request.user, type, id)
        card = card_of(row)
        renderer = request.accepted_renderer
        if isinstance(renderer, FormatRenderer):
            return Response(renderer.card(Card(**card, instances=Instances()), self.iris))
        return Response(card)
