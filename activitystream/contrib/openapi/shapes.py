"""What the API sends and answers, as serializers: names and types for the schema, without any other use."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    PolymorphicProxySerializer,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers

from activitystream.models import FOLLOW, Visibility

__all__ = [
    "ACTIVITY_STREAMS_1",
    "ACTIVITY_STREAMS_2",
    "SENT_ACTIVITY",
    "ActivityCard",
    "ActivityEntry",
    "ActivityError",
    "ActivityGroup",
    "ActivityPage",
    "BlockState",
    "Blocked",
    "BlockedPage",
    "FollowState",
    "Followed",
    "FollowedPage",
    "Follower",
    "FollowerPage",
    "MuteState",
    "Muted",
    "MutedPage",
    "NewCount",
    "NotificationCounts",
    "NotificationGroup",
    "NotificationMarked",
    "NotificationPage",
    "Requested",
    "RequestedPage",
    "Suggestion",
    "Suggestions",
    "example_card",
    "example_entry",
]

SENT_ACTIVITY = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "object": {"oneOf": [{"type": "string", "format": "uri"}, {"type": "object"}]},
        "target": {"oneOf": [{"type": "string", "format": "uri"}, {"type": "object"}]},
        "content": {"type": "string"},
    },
    "required": ["type"],
}


def _document(name: str, **fields: Any) -> Any:
    """A document of an open format. No plain dict: drf-spectacular takes those of a list for its items."""
    made = type(name, (serializers.Serializer,), {"__doc__": "A document.", **fields})
    return extend_schema_serializer(many=False)(made)


ACTIVITY_STREAMS_1 = _document(
    "ActivityStreams1",
    id=serializers.URLField(required=False),
    verb=serializers.CharField(required=False),
    items=serializers.ListField(required=False),
)
ACTIVITY_STREAMS_2 = _document(
    "ActivityStreams2",
    **{
        "@context": serializers.ListField(),
        "id": serializers.URLField(),
        "type": serializers.CharField(),
    },
)


def example_card(model: str, id: str, type: str, name: str, url: str | None = None) -> dict[str, Any]:
    """A card."""
    return {
        "type": type,
        "model": model,
        "id": id,
        "name": name,
        "url": url,
        "image": None,
        "content": None,
        "deleted": False,
    }


def example_entry() -> dict[str, Any]:
    """An activity."""
    return {
        "id": "3765454898490750911",
        "verb": "like",
        "published": "2026-11-24T08:26:53.138Z",
        "actor": example_card("auth.user", "7", "Person", "ana"),
        "object": example_card("photos.photo", "12", "Image", "Summit", "/photos/12/"),
        "target": None,
        "data": {},
        "visibility": "public",
    }


class ActivityError(serializers.Serializer[Any]):
    """What is wrong: `detail`, or a list of messages under the name of each wrong field."""

    detail = serializers.CharField(required=False)


class ActivityCard(serializers.Serializer[Any]):
    """What a registered model gives out about one of its rows."""

    type = serializers.CharField(help_text="What kind of thing it is.")
    model = serializers.CharField(help_text='The label of its model: "photos.photo".')
    id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField(allow_null=True, help_text="Where its page is.")
    image = serializers.CharField(allow_null=True)
    content = serializers.CharField(allow_null=True)
    deleted = serializers.BooleanField(help_text="It is gone, and its name is all that is left.")


@extend_schema_field({"type": "object", "additionalProperties": {}})
class _Data(serializers.JSONField):
    pass


class ActivityEntry(serializers.Serializer[Any]):
    """An activity."""

    id = serializers.CharField()
    verb = serializers.CharField()
    published = serializers.DateTimeField()
    actor = ActivityCard()
    object = ActivityCard(allow_null=True)
    target = ActivityCard(allow_null=True)
    data = _Data(help_text="What was given when it was published.")  # type: ignore[assignment]
    visibility = serializers.ChoiceField(Visibility.choices, help_text="Who may see it, besides its actor.")


class _Cursors(serializers.Serializer[Any]):
    before = serializers.CharField(
        allow_null=True, help_text="The first item's: `before` it is what is newer."
    )
    after = serializers.CharField(allow_null=True, help_text="The last item's: `after` it is what is older.")


class _Paging(serializers.Serializer[Any]):
    cursors = _Cursors()


class _Page(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="What is older; null: nothing is.")
    previous = serializers.URLField(allow_null=True, help_text="What is newer; null: nothing was.")
    paging = _Paging()


class _Follow(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.CharField(default=FOLLOW)
    actor_only = serializers.BooleanField(
        help_text="It means what the followee does, not what is done to it."
    )
    created = serializers.DateTimeField(allow_null=True)
    requested = serializers.BooleanField(help_text="It waits for an answer.")


class Followed(_Follow):
    """A follow, as who follows sees it."""

    followee = ActivityCard()


class Follower(_Follow):
    """A follow, as what is followed sees it."""

    follower = ActivityCard()


@extend_schema_serializer(many=False)
class FollowedPage(_Page):
    """What somebody follows, the latest first."""

    results = Followed(many=True)


@extend_schema_serializer(many=False)
class FollowerPage(_Page):
    """Who follows a row, the latest first."""

    results = Follower(many=True)


class Requested(_Follow):
    """A follow that waits for an answer."""

    follower = ActivityCard()
    followee = ActivityCard()


@extend_schema_serializer(many=False)
class RequestedPage(_Page):
    """Follows that wait for an answer, the latest first."""

    results = Requested(many=True)


class Suggestion(serializers.Serializer[Any]):
    """Somebody whom people that I follow follow."""

    user = ActivityCard()
    followed_by = serializers.IntegerField(help_text="How many of those whom I follow follow them.")


@extend_schema_serializer(many=False)
class Suggestions(serializers.Serializer[Any]):
    """Whom I might want to follow, the best first."""

    results = Suggestion(many=True)


class _Mark(serializers.Serializer[Any]):
    id = serializers.CharField()
    created = serializers.DateTimeField()


class Blocked(_Mark):
    """A block."""

    blocked = ActivityCard()


class Muted(_Mark):
    """A mute."""

    muted = ActivityCard()


@extend_schema_serializer(many=False)
class BlockedPage(_Page):
    """Whom I block, the latest first."""

    results = Blocked(many=True)


@extend_schema_serializer(many=False)
class MutedPage(_Page):
    """What I have muted, the latest first."""

    results = Muted(many=True)


class BlockState(serializers.Serializer[Any]):
    """Whether I block somebody."""

    blocking = serializers.BooleanField()
    blocked = ActivityCard()


class MuteState(serializers.Serializer[Any]):
    """Whether I have muted a row."""

    muting = serializers.BooleanField()
    muted = ActivityCard()


class ActivityGroup(serializers.Serializer[Any]):
    """Activities that are shown together."""

    key = serializers.CharField()
    id = serializers.CharField(help_text="Of its newest activity.")
    verb = serializers.CharField()
    published = serializers.DateTimeField()
    object = ActivityCard(allow_null=True)
    target = ActivityCard(allow_null=True)
    count = serializers.IntegerField()
    actor_count = serializers.IntegerField()
    others = serializers.IntegerField(help_text="Actors beside those that are listed.")
    more = serializers.BooleanField()
    actors = ActivityCard(many=True)
    entries = ActivityEntry(many=True)


class NotificationGroup(ActivityGroup):
    """Activities that are told of together."""

    seen = serializers.BooleanField()
    read = serializers.BooleanField()


@extend_schema_serializer(many=False)
class ActivityPage(_Page):
    """Activities, newest first; with `group`, groups of them, and no `previous`."""

    results = PolymorphicProxySerializer(
        component_name="ActivityOrGroup",
        serializers=[ActivityEntry, ActivityGroup],
        resource_type_field_name=None,
        many=True,
    )


@extend_schema_serializer(many=False)
class NotificationPage(_Page):
    """What one is told of, the newest first. There is no `previous`."""

    results = NotificationGroup(many=True)


class _Count(serializers.Serializer[Any]):
    groups = serializers.IntegerField()
    items = serializers.IntegerField()
    more = serializers.BooleanField()


class NotificationCounts(serializers.Serializer[Any]):
    """What is not seen, and not read."""

    unseen = _Count()
    unread = _Count()


class NotificationMarked(NotificationCounts):
    """What was marked, and what is left."""

    marked = serializers.IntegerField(
        min_value=0, help_text="How many were not before, of what one may see: 1,000 at most."
    )


class NewCount(serializers.Serializer[Any]):
    """How many activities came since."""

    count = serializers.IntegerField(min_value=0)
    more = serializers.BooleanField(help_text="There are more than that.")
    newest = serializers.CharField(allow_null=True, help_text="The cursor of the newest.")


class FollowState(serializers.Serializer[Any]):
    """Whether one follows a row, and how many do."""

    kind = serializers.CharField()
    following = serializers.BooleanField()
    requested = serializers.BooleanField(help_text="One waits for an answer.")
    followers = serializers.IntegerField(allow_null=True, help_text="Null for kinds that are not public.")
    followee = ActivityCard()
