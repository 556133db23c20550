"""The router: which viewset answers which address, and the first page of the API."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.routers import DefaultRouter, Route

from activitystream.conf import settings
from activitystream.feeds import feeds

from .activities import ActivityViewSet
from .base import Answers, ApiViewSet
from .blocks import BlockViewSet, MuteViewSet
from .cards import CardViewSet
from .converters import register_converters
from .export import ExportViewSet
from .feeds import FeedViewSet
from .follows import FollowersViewSet, FollowingViewSet, FollowViewSet
from .notifications import NotificationViewSet
from .requests import RequestViewSet
from .suggestions import SuggestionViewSet

__all__ = ["VIEWSETS", "make_router", "router"]

register_converters()
ROW = "<activitystream_type:type>/<activitystream_id:id>"
"""A row of a registered model in an address: "photos.photo/12"."""


class RootView(Answers):
    """Where everything of one's own is."""

    versioning_class = None
    _ignore_model_permissions = True

    def get(self, request: Request) -> Response:
        """The addresses of what there is to read."""

        namespace = request.resolver_match.namespace  # type: ignore[union-attr]  # it was resolved

        def url(name: str, **kwargs: str) -> str:
            return reverse(f"{namespace}:{name}", kwargs=kwargs, request=request)

        names = {"follows": "follow", "requests": "request", "suggestions": "suggestion"}
        names |= {"blocks": "block", "mutes": "mute"}
        addresses = {feed.name: url("feed-list", feed=feed.name) for feed in feeds()}
        return Response(addresses | {what: url(f"{name}-list") for what, name in names.items()})


class Router(DefaultRouter):
    """Viewsets whose details are rows of any model have two parts in the address."""

    include_format_suffixes = False  # ids have dots
    root_view_name = "api-root"
    # an id takes the rest of the address, so what comes after one is looked for before
    routes = sorted(DefaultRouter.routes, key=lambda route: isinstance(route, Route) and route.detail)

    def __init__(self) -> None:
        super().__init__(use_regex_path=False)

    def get_api_root_view(self, api_urls: Any = None) -> Any:
        return RootView.as_view()

    def get_lookup_regex(self, viewset: Any, lookup_prefix: str = "") -> str:
        if getattr(viewset, "lookup_value_converter", None):
            return super().get_lookup_regex(viewset, lookup_prefix)
        return ROW


# In this order: the feeds take any word.
VIEWSETS: dict[str, tuple[str, type[ApiViewSet]]] = {
    "activities": ("activity", ActivityViewSet),
    "cards": ("card", CardViewSet),
    "follows": ("follow", FollowViewSet),
    "followers": ("followers", FollowersViewSet),
    "following": ("following", FollowingViewSet),
    "notifications": ("notification", NotificationViewSet),
    "requests": ("request", RequestViewSet),
    "suggestions": ("suggestion", SuggestionViewSet),
    "blocks": ("block", BlockViewSet),
    "mutes": ("mute", MuteViewSet),
    "export": ("export", ExportViewSet),
    "feeds": ("feed", FeedViewSet),
}
"""By their addresses, as the setting VIEWSETS names them: what `reverse()` calls them, and what answers."""


def make_router() -> Router:
    """The router, with those viewsets that the site has in the place of ours."""
    router, own = Router(), settings.VIEWSETS or {}
    for address, (basename, viewset) in VIEWSETS.items():
        prefix = "<activitystream_feed:feed>" if address == "feeds" else address
        router.register(prefix, import_string(own[address]) if address in own else viewset, basename=basename)
    return router


router = make_router()
