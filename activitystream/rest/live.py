"""`live/`: what happens to a feed, as Server-Sent Events.

The view is an ordinary one: who asks is found out as everywhere, and so is whether they may. Its answer is
read by the event loop of the ASGI server, so an open connection needs no thread, and no database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from copy import copy
from typing import TYPE_CHECKING, Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable
from activitystream.feeds import Feed
from activitystream.feeds.pages import parse_cursor, scope_of
from activitystream.feeds.visibility import as_viewer, may_read
from activitystream.live import TooMany, Watcher, frames, get_hub
from activitystream.spaces import current, using
from activitystream.streams import get_events
from activitystream.streams.events import Position

from .errors import BadRequest
from .renderers import FormatRenderer

if TYPE_CHECKING:
    from .base import ApiViewSet

__all__ = ["EventStreamRenderer", "open_stream"]

HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx keeps nothing back
    "Content-Encoding": "identity",  # nor does the middleware that would pack it
}


class EventStreamRenderer(FormatRenderer):
    """So that `Accept: text/event-stream` is taken; errors are JSON."""

    media_type = "text/event-stream"
    format = "sse"


class NotLive(APIException):
    """This site cannot do it: there is the poll."""

    status_code = 406
    default_code = "not_live"
    default_detail = (
        "Live feeds need an ASGI server and a stream store that tells of events. Ask new/?since= instead."
    )


def open_stream(view: ApiViewSet, feed: Feed) -> HttpResponseBase:
    """The answer: it goes on until the client, the server or the reader's right to read ends."""
    request: Request = view.request
    if not isinstance(request._request, ASGIRequest) or get_events() is None:  # noqa: SLF001
        raise NotLive
    after, since, counting = _asked(request, feed)
    if request.method == "HEAD":
        return HttpResponse(content_type="text/event-stream", headers=HEADERS)
    stream = _stream(
        feed,
        as_viewer(request.user),
        may_stay=_may_stay(view, feed),
        after=after,
        since=since,
        counting=counting,
        space=current(),  # what follows runs in the event loop, which has no space
    )
    return StreamingHttpResponse(stream, content_type="text/event-stream", headers=HEADERS)


def _asked(request: Request, feed: Feed) -> tuple[Position | None, int | None, bool]:
    """Where to begin, and whether only to count. What a client remembers of another server is no error."""
    query = request.query_params
    since = parse_cursor("since", query.get("since"), scope_of(feed))
    counting = "count" in query
    if counting and since is None:
        raise BadRequest("count needs since: the cursor of what was seen last.")
    remembered = request.headers.get("Last-Event-ID") or query.get("last_event_id", "")
    return (frames.parse(remembered) or Position("", 0) if remembered else None), since, counting


async def _stream(
    feed: Feed,
    viewer: Any,
    *,
    may_stay: Callable[[], bool],
    after: Position | None,
    since: int | None,
    counting: bool,
    space: str,
) -> AsyncIterator[bytes]:
    hub = get_hub()
    counted = since if counting else None
    watcher = Watcher(feed, viewer, may_stay=may_stay, counting=counted, space=space)
    try:
        try:
            await sync_to_async(_join)(watcher, after, since)
        except (TooMany, StoreUnavailable):
            yield b"retry: 30000\n\n"
            return
        _free_thread()
        async for frame in watcher.frames(settings.LIVE_HEARTBEAT):
            yield frame
    finally:
        hub.leave(watcher)


def _join(watcher: Watcher, after: Position | None, since: int | None) -> None:
    """Runs in the thread of the request: its connections to databases must not stay open as long as this."""
    try:
        with using(watcher.space):
            get_hub().join(watcher, after=after, since=since)
    finally:
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()


def _free_thread() -> None:
    """Let the thread go that Django has made for this request, if any: a thousand connections would keep a
    thousand of them. asgiref makes another if one is needed."""
    context = SyncToAsync.thread_sensitive_context.get(None)
    if context is None or getattr(context, "_executor", None) is not None:
        return  # it is not a thread of its own
    executor = SyncToAsync.context_to_thread_executor.pop(context, None)
    if executor is not None:
        executor.shutdown(wait=False)


def _may_stay(view: ApiViewSet, feed: Feed) -> Callable[[], bool]:
    """Whether the request would be answered for the same reader still, were it made again."""
    request: Request = view.request
    viewer = as_viewer(request.user)

    def may_stay() -> bool:
        fresh = _anew(request)
        again = Request(fresh, authenticators=APIView.get_authenticators(view))
        try:
            return as_viewer(again.user) == viewer and may_read(feed, again.user)
        except APIException:
            return False

    return may_stay


def _anew(request: Request) -> Any:
    """The request as it would come now: its session is read again."""
    fresh: Any = copy(request._request)  # noqa: SLF001
    session = getattr(fresh, "session", None)
    if session is not None:
        fresh.session = type(session)(session.session_key)
        fresh.user = get_user(fresh)
    return fresh
