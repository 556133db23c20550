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

from .base import ApiViewSet

__all__ = ["ExportThrottle", "ExportViewSet"]

AT_ONCE = 100
"""Records that are sent together."""


class ExportThrottle(UserRateThrottle):
    """It reads all that there is of a user: not often."""

    scope = "activitystream_export"
    rate = "10/hour"


class ExportViewSet(ApiViewSet):
    """My data. There is no way to ask for another's."""

    throttle_classes = [*ApiViewSet.throttle_classes, ExportThrottle]

    def list(self, request: Request) -> Any:
        """One JSON array, in no memory as a whole."""
        parts = _parts(export_user(self.me))
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


async def _asynchronously(parts: Iterator[str]) -> AsyncIterator[str]:
    def take() -> str | None:
        return next(parts, None)

    while (part := await sync_to_async(take)()) is not None:
        yield part
