"""Groups of a feed: `?group=verb,object`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from activitystream.exceptions import InvalidCursor, InvalidFilter
from activitystream.feeds import Feed, Group, Groups

__all__ = ["Grouped"]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A feed whose pages are of groups. `by`: fields with commas between; empty: what the feed declares."""

    feed: Feed
    by: str
    viewer: Any

    def page(self, limit: Any = None, *, before: Any = None, after: Any = None) -> Groups[Group]:
        """See `Feed.groups`."""
        if before is not None:
            raise InvalidCursor("groups have no before: what is newer is on the first page")
        by = self.by.split(",") if self.by else None
        if by is None and self.feed.group_by is None:
            raise InvalidFilter(
                f"{self.feed.name} does not say what it is grouped by: name it, as in group=verb"
            )
        return self.feed.groups(limit, by=by, after=after, viewer=self.viewer)
