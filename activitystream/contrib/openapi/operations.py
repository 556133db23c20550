"""Each action of each viewset: its parameters, what it takes and what it answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from activitystream.models import FOLLOW
from activitystream.rest.activities import ActivitySerializer
from activitystream.rest.follows import FollowSerializer

from . import shapes
from .parts import (
    answers,
    event_stream,
    example,
    feed_parameter,
    filter_parameters,
    kind_parameter,
    nothing,
    one_or_many,
    page,
    paging_parameters,
    path,
    plain,
    query,
    row_parameters,
    shown,
)

__all__ = ["operations_of"]

Operation = dict[str, Any]


def operations_of(view: type) -> dict[str, Operation]:
    """What is known of the actions of a view, or of the one it derives from."""
    known = _operations()
    found = next((known[base.__name__] for base in view.__mro__ if base.__name__ in known), {})
    return {
        action: does | {"operation_id": f"activitystream_{does['operation_id']}"}
        for action, does in found.items()
    }


def _page_example(*results: Any) -> dict[str, Any]:
    cursors = {"before": results[0]["id"], "after": results[-1]["id"]}
    return {"next": None, "previous": None, "paging": {"cursors": cursors}, "results": list(results)}


def _operations() -> dict[str, dict[str, Operation]]:
    return {
        "RootView": {"get": _root()},
        "ActivityViewSet": _activities(),
        "CardViewSet": _cards(),
        "FeedViewSet": _feeds(),
        "FollowViewSet": _follows(),
        "RequestViewSet": _requests(),
        "ExportViewSet": {"list": _export()},
        "SuggestionViewSet": {
            "list": {
                "operation_id": "suggestions",
                "parameters": [kind_parameter(), paging_parameters()[0]],
                "responses": answers(plain(200, shapes.Suggestions, "The best first.")),
            }
        },
        "BlockViewSet": _marks("block", "blocking", shapes.Blocked, shapes.BlockedPage, shapes.BlockState),
        "MuteViewSet": _marks("mute", "muting", shapes.Muted, shapes.MutedPage, shapes.MuteState),
        "NotificationViewSet": _notifications(),
        "FollowersViewSet": {
            "retrieve": {
                "operation_id": "followers",
                "parameters": [*row_parameters(), kind_parameter(), *paging_parameters()],
                "responses": answers(plain(200, shapes.FollowerPage, "Who follows it.")),
            }
        },
        "FollowingViewSet": {
            "retrieve": {
                "operation_id": "following",
                "parameters": [*row_parameters(), kind_parameter(), *paging_parameters()],
                "responses": answers(plain(200, shapes.FollowedPage, "What the user follows.")),
            }
        },
    }


def _root() -> Operation:
    addresses = {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}
    return {"operation_id": "root", "responses": answers(plain(200, addresses, "The addresses."))}


def _export() -> Operation:
    record = {"type": "object"}  # of a list
    return {"operation_id": "export", "responses": answers(plain(200, record, "A record each."))}


def _activities() -> dict[str, Operation]:
    asked = {
        "verb": "like",
        "object": {"type": "photos.photo", "id": "12"},
        "data": {},
        "key": "like-12",
    }
    examples = [
        example("A like", asked, request=True),
        example("An activity", shapes.example_entry()),
    ]
    id = path("id", "The id of an activity.")
    key = OpenApiParameter(
        "Idempotency-Key",
        str,
        OpenApiParameter.HEADER,
        description="Your own name for this request: sent again, it gets the first answer.",
    )
    return {
        "create": {
            "operation_id": "publish",
            "parameters": [key],
            "request": {
                "application/json": one_or_many("Publish", ActivitySerializer),
                "application/activity+json": shapes.SENT_ACTIVITY,
            },
            "examples": examples,
            "responses": answers(
                shown(
                    201, one_or_many("Published", shapes.ActivityEntry), "The activity, or all of the list."
                ),
                410,
                422,
                sends=True,
            ),
        },
        "retrieve": {
            "operation_id": "activity",
            "parameters": [id],
            "examples": examples[1:],
            "responses": answers(shown(200, shapes.ActivityEntry, "The activity.")),
        },
        "partial_update": {
            "operation_id": "edit",
            "parameters": [id],
            "examples": [example("New data", {"data": {"mood": "glad"}}, request=True)],
            "responses": answers(shown(200, shapes.ActivityEntry, "The activity."), sends=True),
        },
        "destroy": {
            "operation_id": "retract",
            "parameters": [id],
            "responses": answers(nothing("It is gone."), sends=True),
        },
    }


def _cards() -> dict[str, Operation]:
    photo = example("A photo", shapes.example_card("photos.photo", "12", "Image", "Summit", "/photos/12/"))
    responses = answers(shown(200, shapes.ActivityCard, "The card."))
    return {
        "retrieve": {
            "operation_id": "card",
            "parameters": row_parameters(),
            "examples": [photo],
            "responses": responses,
        }
    }


def _feeds() -> dict[str, Operation]:
    read: Operation = {
        "examples": [example("A page", _page_example(shapes.example_entry()))],
        "responses": answers(page("A page.")),
    }
    new: Operation = {
        "examples": [example("Three", {"count": 3, "more": False, "newest": "3765454898490750911"})],
        "responses": answers(plain(200, shapes.NewCount, "How many.")),
    }
    live: Operation = {"responses": answers(event_stream("What happens, as it happens."))}
    begin = [
        query("since", "The cursor of what was seen last: begin with what is newer."),
        query("count", "Only count what is newer than `since`."),
        query("last_event_id", "As the header Last-Event-ID: go on after this event."),
    ]
    group = query("group", "Groups: by verb, object, target, actor, day, with commas between.")
    since = query("since", "The cursor of what was seen last.", required=True)
    narrowed = [parameter for parameter in filter_parameters() if parameter.name != "since"]
    return {
        "count_my_new": {
            "operation_id": "own_feed_new",
            "parameters": [feed_parameter(), since, *narrowed],
            **new,
        },
        "count_new": {
            "operation_id": "feed_new",
            "parameters": [feed_parameter(), *row_parameters(), since, *narrowed],
            **new,
        },
        "watch_mine": {
            "operation_id": "own_feed_live",
            "parameters": [feed_parameter(), *begin],
            **live,
        },
        "watch": {
            "operation_id": "feed_live",
            "parameters": [feed_parameter(), *row_parameters(), *begin],
            **live,
        },
        "list": {
            "operation_id": "own_feed",
            "parameters": [feed_parameter(), *paging_parameters(), *filter_parameters(), group],
            **read,
        },
        "retrieve": {
            "operation_id": "feed",
            "parameters": [
                feed_parameter(),
                *row_parameters(),
                *paging_parameters(),
                *filter_parameters(),
                group,
            ],
            **read,
        },
    }


def _follows() -> dict[str, Operation]:
    followee = shapes.example_card("auth.user", "7", "Person", "ana")
    made = {
        "id": "3",
        "kind": FOLLOW,
        "actor_only": True,
        "created": "2026-11-24T08:26:53.138Z",
        "requested": False,
        "followee": followee,
    }
    state = {"kind": FOLLOW, "following": True, "requested": False, "followers": 1, "followee": followee}
    return {
        "list": {
            "operation_id": "follows",
            "parameters": [kind_parameter(), *paging_parameters()],
            "examples": [example("A page", _page_example(made))],
            "responses": answers(plain(200, shapes.FollowedPage, "What I follow.")),
        },
        "create": {
            "operation_id": "follow",
            "examples": [
                example("A user", {"type": "auth.user", "id": "7"}, request=True),
                example("A follow", made),
            ],
            "responses": answers(
                plain(201, shapes.Followed, "I follow it.")
                | plain(202, shapes.Followed, "It is asked for.")
                | plain(200, shapes.Followed, "I did already, and nothing changed."),
                sends=True,
            ),
        },
        "bulk": {
            "operation_id": "follow_many",
            "request": FollowSerializer(many=True),
            "examples": [
                example("A user", {"type": "auth.user", "id": "7"}, request=True),
            ],
            "responses": answers(
                plain(201, shapes.Followed(many=True), "The follows, or the requests, in the same order."),
                sends=True,
            ),
        },
        "retrieve": {
            "operation_id": "follow_state",
            "parameters": [*row_parameters(), kind_parameter()],
            "examples": [example("Followed", state)],
            "responses": answers(plain(200, shapes.FollowState, "Whether I do.")),
        },
        "destroy": {
            "operation_id": "unfollow",
            "parameters": [*row_parameters(), kind_parameter()],
            "responses": answers(nothing("I do not follow it."), sends=True),
        },
    }


def _requests() -> dict[str, Operation]:
    id = path("id", "The id of a request.")
    direction = query("direction", "Those to me, or mine.", enum=["incoming", "outgoing"], default="incoming")
    return {
        "list": {
            "operation_id": "requests",
            "parameters": [direction, *paging_parameters()],
            "responses": answers(plain(200, shapes.RequestedPage, "Those that wait.")),
        },
        "retrieve": {
            "operation_id": "request",
            "parameters": [id],
            "responses": answers(plain(200, shapes.Requested, "The request.")),
        },
        "accept": {
            "operation_id": "accept_request",
            "parameters": [id],
            "request": None,
            "responses": answers(plain(201, shapes.Follower, "They follow."), sends=True),
        },
        "destroy": {
            "operation_id": "reject_request",
            "parameters": [id],
            "responses": answers(nothing("It is gone."), sends=True),
        },
    }


def _marks(word: str, doing: str, mark: Any, page: Any, state: Any) -> dict[str, Operation]:
    """Blocks and mutes."""
    ref = example("A user", {"type": "auth.user", "id": "7"}, request=True)
    card = shapes.example_card("auth.user", "7", "Person", "ana")
    done = {"block": "blocked", "mute": "muted"}[word]
    made = {"id": "3", "created": "2026-11-24T08:26:53.138Z", done: card}
    new = plain(201, mark, "It is done.") | plain(200, mark, "It was already.")
    return {
        "list": {
            "operation_id": f"{word}s",
            "parameters": paging_parameters(),
            "responses": answers(plain(200, page, "The latest first.")),
        },
        "create": {
            "operation_id": word,
            "examples": [ref, example("Done", made)],
            "responses": answers(new, sends=True),
        },
        "retrieve": {
            "operation_id": f"{word}_state",
            "parameters": row_parameters(),
            "examples": [example("Yes", {doing: True, done: card})],
            "responses": answers(plain(200, state, "Whether I do.")),
        },
        "destroy": {
            "operation_id": f"un{word}",
            "parameters": row_parameters(),
            "responses": answers(nothing("It is not any more."), sends=True),
        },
    }


def _notifications() -> dict[str, Operation]:
    left = {
        "unseen": {"groups": 0, "items": 0, "more": False},
        "unread": {"groups": 2, "items": 5, "more": False},
    }
    paging = [parameter for parameter in paging_parameters() if parameter.name != "before"]
    return {
        "list": {
            "operation_id": "notifications",
            "parameters": paging,
            "responses": answers(plain(200, shapes.NotificationPage, "The newest first.")),
        },
        "counts": {
            "operation_id": "notification_counts",
            "examples": [example("Some", left)],
            "responses": answers(plain(200, shapes.NotificationCounts, "How many.")),
        },
        "mark": {
            "operation_id": "mark_notifications",
            "examples": [
                example("Seen", {"mark": "seen"}, request=True),
                example("Some", {"marked": 3, **left}),
            ],
            "responses": answers(plain(200, shapes.NotificationMarked, "Marked."), sends=True),
        },
    }
