"""`<feed>/` and `<feed>/<type>/<id>/`: the pages of every declared feed, and how much is new (`new/`)."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponseBase
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.conf import settings
from activitystream.feeds import Feed, get_feed
from activitystream.feeds.pages import parse_cursor, scope_of
from activitystream.feeds.visibility import may_read
from activitystream.graph import find_for
from activitystream.models import Ref
from activitystream.registry import RowNotFound

from .base import ApiViewSet
from .errors import BadRequest
from .filters import filtered
from .grouping import Grouped
from .live import EventStreamRenderer, in_turn, open_stream
from .pagination import Seen
from .reading import Reading
from .renderers import FormatRenderer

__all__ = ["FeedViewSet"]

LIVE = [EventStreamRenderer]
WATCHING = ("watch", "watch_mine")


class FeedViewSet(ApiViewSet):
    """A feed, newest first. Who may read it is declared by the feed."""

    public_actions = ("retrieve", "count_new", "watch")
    shape = "feed"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = partial(super().dispatch, request, *args, **kwargs)
        return in_turn(request, answer) if self.action_map.get("get") in WATCHING else answer()

    def list(self, request: Request, feed: str) -> Response:
        """One's own."""
        return self._page(self._readable(feed))

    def retrieve(self, request: Request, feed: str, type: str, id: str) -> Response:
        """That of any row."""
        return self._page(self._readable(feed, type, id))

    @action(detail=False, url_path="new", url_name="my-new", shape=None)
    def count_my_new(self, request: Request, feed: str) -> Response:
        """How many are newer than `since` in one's own."""
        return self._count(self._readable(feed))

    @action(detail=True, url_path="new", url_name="new", shape=None)
    def count_new(self, request: Request, feed: str, type: str, id: str) -> Response:
        """How many are newer than `since` in that of any row."""
        return self._count(self._readable(feed, type, id))

    @action(detail=False, url_path="live", url_name="my-live", renderer_classes=LIVE, shape=None)
    def watch_mine(self, request: Request, feed: str) -> HttpResponseBase:
        """What happens to one's own, as it happens."""
        return open_stream(self, self._readable(feed))

    @action(detail=True, url_path="live", url_name="live", renderer_classes=LIVE, shape=None)
    def watch(self, request: Request, feed: str, type: str, id: str) -> HttpResponseBase:
        """What happens to that of any row, as it happens."""
        return open_stream(self, self._readable(feed, type, id))

    def _page(self, feed: Feed) -> Response:
        asked = filtered(feed, self.request.query_params)
        renderer, group = self.request.accepted_renderer, self.request.query_params.get("group")
        if isinstance(renderer, FormatRenderer):
            if group is not None:
                raise BadRequest(f"Groups are given as JSON, not as {renderer.format}.")
            return Response(renderer.feed(Reading(asked, self.request, self.iris), self.iris))
        user = self.request.user
        return self.page_of(Seen(asked, user) if group is None else Grouped(asked, group, user))

    def _count(self, feed: Feed) -> Response:
        """As many as the largest page has, at most, of what the reader may see."""
        filters = self.request.query_params.copy()
        since = filters.pop("since", [None])[-1]
        if since is None:
            raise BadRequest("since is needed: the cursor of what was seen last.")
        narrowed = filtered(feed, filters)
        newer = parse_cursor("since", since, scope_of(narrowed))
        page = narrowed.page(settings.MAX_PAGE_SIZE, before=newer, viewer=self.request.user)
        return Response({"count": len(page), "more": page.has_previous, "newest": page.before})

    def _readable(self, name: str, type: str | None = None, id: str = "") -> Feed:
        """The feed of a row, or one's own, if it may be read."""
        feed_class, missing = _feed(name), None
        if type is not None and not feed_class.may_own(Ref(type.lower(), id)):
            raise NotFound(f"{type.lower()} has no feed {name!r}")
        try:
            owner = Ref.of(self.me if type is None else find_for(self.request.user, type, id))
        except RowNotFound as error:
            owner, missing = Ref(str(type).lower(), id), error
        feed = feed_class(owner)
        # Asked first: of feeds that are not public, nobody learns whose there are.
        if not may_read(feed, self.request.user):
            self.permission_denied(self.request)
        if missing is not None:
            raise missing
        return feed


def _feed(name: str) -> type[Feed]:
    try:
        return get_feed(name)
    except LookupError as error:
        raise NotFound(str(error)) from error
