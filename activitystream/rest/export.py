"""`export/`: everything that the app holds about who is signed in, as a stream of JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from activitystream.operations import export_user
from activitystream.spaces import current, using

from .base import ApiViewSet

__all__ = ["ExportThrottle", "ExportViewSet"]

AT_ONCE = 100
"""Records that are sent together."""


class ExportThrottle(UserRateThrottle):
    """It reads all that there is of a user: not often."""

    scope = "activitystream_export"
    rate = "10/hour"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Two tenants have users of the same key."""
        key, space = super().get_cache_key(request, view), current()
        return f"{key}@{space}" if key and space else key


class ExportViewSet(ApiViewSet):
    """My data. There is no way to ask for another's."""

    throttle_classes = [*ApiViewSet.throttle_classes, ExportThrottle]

    def list(self, request: Request) -> Any:
        """One JSON array, in no memory as a whole."""
        parts = _in_space(current(), _parts(export_user(self.me)))
        # A server that is asynchronous would read all of a plain iterator first.
        asynchronous = isinstance(request._request, ASGIRequest)  # noqa: SLF001
        content: Any = _asynchronously(parts) if asynchronous else parts
        response = StreamingHttpResponse(content, content_type="application/json")
        response["Content-Disposition"] = 'attachment; filename="export.json"'
        response["Cache-Control"] = "no-store"
        return response


def _parts(records: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield "["
    first = True
    while some := list(islice(records, AT_ONCE)):
        lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in some)
        yield ("\n" if first else ",\n") + lines
        first = False
    yield "\n]\n"


def _in_space(space: str, parts: Iterator[str]) -> Iterator[str]:
    """Read each part in the space of the request: the server asks for them when the request has left it."""
    while True:
        with using(space):
            part = next(parts, None)
        if part is None:
            return
        yield part


async def _asynchronously(parts: Iterator[str]) -> AsyncIterator[str]:
    def take() -> str | None:
        return next(parts, None)

    while (part := await sync_to_async(take)()) is not None:
        yield part
