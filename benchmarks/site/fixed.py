"""What Django and REST framework cost by themselves: a view that answers with 20 items it has."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

CARD = {
    "type": "Image",
    "model": "site.photo",
    "id": "123456",
    "name": "Photo 123456",
    "url": "/photos/123456/",
    "image": None,
    "content": None,
    "deleted": False,
}
ITEMS = [
    {
        "id": str(3_765_000_000_000_000_000 + n),
        "verb": "post",
        "published": "2026-11-24T12:00:00.000Z",
        "actor": CARD,
        "object": CARD,
        "target": None,
        "data": {},
        "visibility": "public",
    }
    for n in range(20)
]


class FixedView(APIView):
    """For who is signed in, as a home is."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response({"next": None, "previous": None, "results": ITEMS})
