"""`suggestions/`: whom I might want to follow."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.feeds.pages import parse_limit
from activitystream.graph import check_kind, suggestions
from activitystream.models import FOLLOW
from activitystream.registry import card_of, options_for

from .base import ApiViewSet

__all__ = ["SuggestionViewSet"]


class SuggestionViewSet(ApiViewSet):
    """People followed by the people I follow."""

    def list(self, request: Request) -> Response:
        """The best first, on one page."""
        asked = request.query_params
        limit, kind = parse_limit(asked.get("limit")), check_kind(asked.get("kind", FOLLOW))
        user = options_for(self.me.__class__)
        if kind not in user.public_kinds:  # what others follow as this kind is theirs to know
            self.permission_denied(request, f"Follows of the kind {kind!r} are not public.")
        found = suggestions(self.me, limit, kind)
        results = [{"user": card_of(one.user), "followed_by": one.count} for one in found]
        return Response({"results": results})
