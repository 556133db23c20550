"""Pages by cursor: `after` it is older, `before` it is newer, and nothing comes twice or is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from django.template import loader
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from activitystream.feeds import Feed, Page

from .rawjson import Bodies, RawJSONRenderer

__all__ = ["CursorPagination", "Listing", "ListingPage", "Seen", "read"]


class Item(Protocol):
    """What pages consist of."""

    def as_dict(self) -> dict[str, Any]:
        """Its JSON."""


class ListingPage(Protocol):
    """A page of anything; `feeds.Page` is one."""

    @property
    def before(self) -> str | None:
        """The cursor of its first item."""

    @property
    def after(self) -> str | None:
        """The cursor of its last item."""

    @property
    def previous_cursor(self) -> str | None:
        """`before` for the page with what is newer; None: there is nothing."""

    @property
    def next_cursor(self) -> str | None:
        """`after` for the page with what is older; None: there is nothing."""

    def __iter__(self) -> Iterator[Item]: ...


class Listing(Protocol):
    """What has such pages."""

    def page(self, limit: Any = None, *, before: Any = None, after: Any = None) -> ListingPage:
        """InvalidCursor says what is allowed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A feed as this user (or an AnonymousUser) sees it."""

    feed: Feed
    viewer: Any

    def page(self, limit: Any = None, *, before: Any = None, after: Any = None) -> Page:
        """See `Feed.page`."""
        return self.feed.page(limit, before=before, after=after, viewer=self.viewer)


def read(listing: Listing, request: Request) -> ListingPage:
    """The page that the request asks for."""
    query = request.query_params
    return listing.page(query.get("limit"), before=query.get("before"), after=query.get("after"))


class CursorPagination(BasePagination):
    """`?limit=`, `?before=`, `?after=`, for feeds and for lists of follows."""

    template = "rest_framework/pagination/previous_and_next.html"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The items of the page that the request asks for, as JSON. `queryset` is a `Listing`."""
        page = self.page = read(queryset, request)
        self.display_page_controls = True
        url = request.build_absolute_uri()
        self.next_url = self._url(url, page.next_cursor, set_="after", drop="before")
        self.previous_url = self._url(url, page.previous_cursor, set_="before", drop="after")
        if isinstance(page, Page) and isinstance(request.accepted_renderer, RawJSONRenderer):
            return Bodies(page.entries)
        return [item.as_dict() for item in page]

    def _url(self, url: str, cursor: str | None, *, set_: str, drop: str) -> str | None:
        if cursor is None:
            return None
        return replace_query_param(remove_query_param(url, drop), set_, cursor)

    def get_paginated_response(self, data: Any) -> Response:
        links = [("next", self.next_url), ("prev", self.previous_url)]
        link = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links if url)
        body = {
            "next": self.next_url,
            "previous": self.previous_url,
            "paging": {"cursors": {"before": self.page.before, "after": self.page.after}},
            "results": data,
        }
        return Response(body, headers={"Link": link} if link else None)

    def to_html(self) -> str:
        """The controls of the browsable API: older is next."""
        context = {"previous_url": self.previous_url, "next_url": self.next_url}
        return loader.get_template(self.template).render(context)
