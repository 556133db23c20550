"""What a request asks of a feed, for the open formats: a page, and the addresses around it."""

from __future__ import annotations

from functools import cached_property

from django.http import QueryDict
from rest_framework.request import Request

from activitystream.feeds import Feed, OutboxFeed, Page
from activitystream.formats.iris import Iris
from activitystream.graph import cards_for

from .pagination import Seen, read

__all__ = ["Reading"]

CURSORS = ("before", "after", "page")


class Reading:
    """A request for a feed. Its addresses name the owner, also where one's own was asked for by its short
    address: they are the same thing to everybody."""

    def __init__(self, feed: Feed, request: Request, iris: Iris) -> None:
        self.feed, self._request = feed, request
        self._url = iris.feed(feed.name, feed.owner)

    @cached_property
    def page(self) -> Page:
        """The page that is asked for; the first if none is."""
        page: Page = read(Seen(self.feed, self._request.user), self._request)  # type: ignore[assignment]  # that of a feed
        return page

    @property
    def title(self) -> str:
        """What to call the feed: its owner, and its name where it is not what the owner does."""
        cards = cards_for(self._request.user, [self.feed.owner])
        owner = cards[self.feed.owner]["name"] if self.feed.owner in cards else ""
        return owner if self.feed.name == OutboxFeed.name else f"{owner} ({self.feed.name})"

    @property
    def pages(self) -> bool:
        """Whether a page is asked for, and not the feed as a whole."""
        return any(name in self._request.query_params for name in CURSORS)

    @property
    def here(self) -> str:
        """The address that was asked for."""
        return self._with(self._request.query_params)

    @property
    def next(self) -> str | None:
        """The page with what is older."""
        cursor = self.page.next_cursor
        return None if cursor is None else self.url(after=cursor)

    @property
    def previous(self) -> str | None:
        """The page with what is newer."""
        cursor = self.page.previous_cursor
        return None if cursor is None else self.url(before=cursor)

    def url(self, **cursor: str) -> str:
        """The address of the feed, or of one of its pages; filters and the size of pages stay."""
        query = self._request.query_params.copy()
        for name in CURSORS:
            query.pop(name, None)
        query.update(cursor)
        return self._with(query)

    def _with(self, query: QueryDict) -> str:
        return f"{self._url}?{query.urlencode()}" if query else self._url
