"""`notifications/`: what one is told of, in groups, with counts and marks, of who is signed in alone."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.exceptions import InvalidCursor
from activitystream.feeds import Group, Groups, NotificationsFeed
from activitystream.ids import parse_id
from activitystream.publishing.drafts import MAX_KEY

from .base import ApiViewSet
from .strict import StrictSerializer

__all__ = ["MarkSerializer", "NotificationViewSet"]


class ActivityIdField(serializers.CharField):
    """The id of an activity, a string or a number; valid, it is an `int`."""

    def to_internal_value(self, data: Any) -> Any:
        id = None if isinstance(data, bool) else parse_id(str(data)[:40])
        if id is None:
            raise serializers.ValidationError("This is not the id of an activity.")
        return id


class MarkSerializer(StrictSerializer):
    """What to mark: what all that is given says together; everything, if nothing is."""

    mark = serializers.ChoiceField(choices=["seen", "read"], help_text="What is read is seen, too.")
    activity = ActivityIdField(required=False, help_text="This activity alone.")
    group = serializers.CharField(
        trim_whitespace=False, required=False, max_length=MAX_KEY, help_text="The group with this key."
    )
    up_to = ActivityIdField(required=False, help_text="This activity and what is older.")


class NotificationViewSet(ApiViewSet):
    """What I am told of."""

    serializer_class = MarkSerializer

    def list(self, request: Request) -> Response:
        """Groups, the newest first."""
        return self.page_of(_Listing(NotificationsFeed(self.me)))

    @action(detail=False)
    def counts(self, request: Request) -> Response:
        """How many groups and activities are unseen, and unread."""
        return Response(NotificationsFeed(self.me).counts().as_dict())

    @action(detail=False, methods=["post"])
    def mark(self, request: Request) -> Response:
        """Mark as seen or read. How many were not before, of what I may see, and the counts now."""
        values = self.validated()
        feed = NotificationsFeed(self.me)
        kind, activity = values.pop("mark"), values.pop("activity", None)
        seen = feed.to_mark(kind, activity, **values)  # what is hidden is marked, and not told
        mark = feed.mark_read if kind == "read" else feed.mark_seen
        marked = min(mark(activity, **values), seen)
        return Response({"marked": marked, **feed.counts().as_dict()})


class _Listing:
    """Groups as a listing: `after` alone is a cursor."""

    def __init__(self, feed: NotificationsFeed) -> None:
        self.feed = feed

    def page(self, limit: Any = None, *, before: Any = None, after: Any = None) -> Groups[Group]:
        if before is not None:
            raise InvalidCursor("groups have no page before: begin anew")
        return self.feed.groups(limit, after=after)
