"""What operations are put together from: parameters, answers, examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
)
from rest_framework.serializers import Serializer

from activitystream.conf import settings
from activitystream.feeds import feeds
from activitystream.models import FOLLOW
from activitystream.registry import registered

from . import shapes

__all__ = [
    "answers",
    "event_stream",
    "example",
    "feed_parameter",
    "filter_parameters",
    "kind_parameter",
    "nothing",
    "one_or_many",
    "page",
    "paging_parameters",
    "path",
    "plain",
    "query",
    "row_parameters",
    "shown",
]

JSON = "application/json"
DOCUMENTS = {
    "application/activity+json": shapes.ACTIVITY_STREAMS_2,
    "application/ld+json": shapes.ACTIVITY_STREAMS_2,
    "application/stream+json": shapes.ACTIVITY_STREAMS_1,
}
SYNDICATION = ("application/rss+xml", "application/atom+xml")
_ERRORS = {
    400: "What was sent cannot be; the answer says what is allowed.",
    401: "Sign in.",
    403: "Sign in, or: it is not yours.",
    404: "There is no such thing, or it may not be shown.",
    406: "No such format.",
    410: "It was there, and was retracted.",
    411: "A body without its length.",
    415: "The body has another format or coding than is read.",
    422: "The key was used for another request.",
    429: "Too many requests.",
    503: "A service that is needed does not answer.",
}
_READ_ERRORS = (400, 401, 403, 404, 406, 429, 503)


def query(name: str, description: str, **more: Any) -> OpenApiParameter:
    """A parameter of the query."""
    return OpenApiParameter(
        name, more.pop("type", str), OpenApiParameter.QUERY, description=description, **more
    )


def path(name: str, description: str, **more: Any) -> OpenApiParameter:
    """A parameter of the address."""
    return OpenApiParameter(name, str, OpenApiParameter.PATH, description=description, **more)


def row_parameters() -> list[OpenApiParameter]:
    """A row, in the address."""
    labels = [options.model._meta.label_lower for options in registered()]
    return [path("type", "The label of a model.", enum=labels or None), path("id", "A primary key.")]


def feed_parameter() -> OpenApiParameter:
    """A feed, in the address."""
    return path("feed", "The name of a feed.", enum=[feed.name for feed in feeds()])


def paging_parameters() -> list[OpenApiParameter]:
    """What all lists take."""
    limit = {
        "type": "integer",
        "minimum": 1,
        "maximum": settings.MAX_PAGE_SIZE,
        "default": settings.PAGE_SIZE,
    }
    return [
        OpenApiParameter("limit", limit, description="Items on the page."),
        query("after", "A cursor that a page of this list gave: what is older. Not together with `before`."),
        query("before", "A cursor that a page of this list gave: what is directly newer."),
    ]


def filter_parameters() -> list[OpenApiParameter]:
    """What narrows a feed."""
    several = {
        "verb": "These verbs.",
        "actor_type": "Actors of these models.",
        "object_type": "Objects of these models.",
        "target_type": "Targets of these models.",
        "kind": "What follows of these kinds brought.",
    }
    return [
        *(query(name, text, many=True) for name, text in several.items()),
        query("since", "From this time on.", type=OpenApiTypes.DATETIME),
        query("until", "Before this time.", type=OpenApiTypes.DATETIME),
    ]


def kind_parameter() -> OpenApiParameter:
    """Of what kind of follow."""
    return query("kind", "The kind of follow.", default=FOLLOW)


def answers(good: Mapping[Any, Any], *more: int, sends: bool = False) -> dict[Any, Any]:
    """Good answers, and the errors that there may be; `more`: others than usual, `sends`: there is a body."""
    codes = (*_READ_ERRORS, *((411, 415) if sends else ()), *more)
    errors = {
        (code, JSON): OpenApiResponse(shapes.ActivityError, description=_ERRORS[code]) for code in codes
    }
    return {**good, **errors}


def shown(code: int, shape: Any, description: str) -> dict[Any, Any]:
    """An answer in plain JSON and in the open formats."""
    return {
        (code, JSON): OpenApiResponse(shape, description=description),
        **{(code, format): OpenApiResponse(document) for format, document in DOCUMENTS.items()},
    }


def page(description: str) -> dict[Any, Any]:
    """A page of a feed, in all formats."""
    xml = {(200, format): OpenApiResponse(OpenApiTypes.STR) for format in SYNDICATION}
    return shown(200, shapes.ActivityPage, description) | xml


def event_stream(description: str) -> dict[Any, Any]:
    """An answer that goes on, as Server-Sent Events."""
    return {(200, "text/event-stream"): OpenApiResponse(OpenApiTypes.STR, description=description)}


def plain(code: int, shape: Any, description: str) -> dict[Any, Any]:
    """An answer in plain JSON alone."""
    return {(code, JSON): OpenApiResponse(shape, description=description)}


def nothing(description: str) -> dict[Any, Any]:
    """An answer without a body."""
    return {204: OpenApiResponse(description=description)}


def one_or_many(name: str, serializer: type[Serializer[Any]]) -> Any:
    """One of these, or a list."""
    return PolymorphicProxySerializer(
        component_name=name,
        serializers=[serializer, serializer(many=True)],
        resource_type_field_name=None,
        many=False,
    )


def example(name: str, value: Any, *, request: bool = False) -> OpenApiExample:
    """An example of an answer, or of what is sent."""
    return OpenApiExample(
        name, value, request_only=request, response_only=not request, media_type=JSON, status_codes=None
    )
