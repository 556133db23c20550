"""A home with django-activity-stream, as who knows it well would write it.

Its own viewset would serialize whole rows (the password hash of every actor, too) with nested queries, and
without pagination the whole stream. Here: the fields that ours gives, related rows prefetched (which is what
`user_stream` does by itself), and pages by cursor, so that nothing is counted.
"""

from __future__ import annotations

from typing import Any

from actstream.models import user_stream
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.serializers import Serializer


class ActionSerializer(Serializer[Any]):
    """An action with its cards."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {
            "id": str(instance.id),
            "verb": instance.verb,
            "published": instance.timestamp.isoformat(),
            "actor": _card(instance.actor, "Person"),
            "object": _card(instance.action_object, "Image"),
            "target": _card(instance.target, "Collection"),
        }


def _card(row: Any, type: str) -> dict[str, Any] | None:
    if row is None:
        return None
    url = row.get_absolute_url() if hasattr(row, "get_absolute_url") else None
    return {"type": type, "model": row._meta.label_lower, "id": str(row.pk), "name": str(row), "url": url}


class ActionPagination(CursorPagination):
    """Twenty at a time."""

    page_size = 20
    ordering = "-timestamp"


class HomeView(ListAPIView[Any]):
    """What a user's followees did."""

    permission_classes = [IsAuthenticated]
    serializer_class = ActionSerializer
    pagination_class = ActionPagination

    def get_queryset(self) -> Any:
        return user_stream(self.request.user)
