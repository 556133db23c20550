"""`live/`: what happens to a feed, as Server-Sent Events.

The view is an ordinary one: who asks is found out as everywhere, and so is whether they may. Its answer is
read by the event loop of the ASGI server, so an open connection needs no thread, and no database.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable
from activitystream.feeds import Feed
from activitystream.feeds.pages import parse_cursor, scope_of
from activitystream.feeds.visibility import as_viewer, may_read
from activitystream.graph import find_for
from activitystream.live import TooMany, TooManyOfOne, Watcher, client_of, frames, get_hub
from activitystream.registry import RowNotFound
from activitystream.spaces import current
from activitystream.streams import get_events
from activitystream.streams.events import Position

from .errors import BadRequest
from .renderers import FormatRenderer

if TYPE_CHECKING:
    from .base import ApiViewSet

__all__ = ["EventStreamRenderer", "in_turn", "open_stream"]

logger = logging.getLogger("activitystream")

HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx keeps nothing back
    "Content-Encoding": "identity",  # nor does the middleware that would pack it
}


AT_ONCE = 8
"""Connections of a process that begin at once: each needs a connection to the database while it does."""
TURN = 10.0
"""Seconds that one waits for its turn; then it is asked to come back later."""
ADDRESS = 200
"""Characters of an address that are looked at: a client can send a long one."""
COME_BACK = 30
"""Seconds after which a client may come back that has too many connections."""

_turns = threading.BoundedSemaphore(AT_ONCE)


class EventStreamRenderer(FormatRenderer):
    """So that `Accept: text/event-stream` is taken; errors are JSON."""

    media_type = "text/event-stream"
    format = "sse"


class TooManyConnections(Throttled):
    """One client has enough of them: there is the poll."""

    extra_detail_singular = extra_detail_plural = ""

    def __init__(self) -> None:
        most = settings.LIVE_PER_CLIENT
        super().__init__(
            COME_BACK,
            f"You have {most} live connections, as many as one client may have. Close some, or ask "
            "new/?since= instead.",
        )


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
    viewer = as_viewer(request.user)
    address = (BaseThrottle().get_ident(request) or "")[:ADDRESS]
    space = current()  # what follows runs in the event loop, which has no space
    try:
        get_hub().members.check(client_of(viewer, address, space))
    except TooManyOfOne:
        raise TooManyConnections from None
    except TooMany:
        return _later()
    stream = _stream(
        feed,
        viewer,
        address=address,
        may_stay=_may_stay(view, feed),
        after=after,
        since=since,
        counting=counting,
        space=space,
    )
    return StreamingHttpResponse(stream, content_type="text/event-stream", headers=HEADERS)


def in_turn(request: Any, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer a request for a live feed, a few at a time, and let its connections to databases go.

    After a restart all clients come back together: each has a thread of its own then, and would open a
    connection to the database.
    """
    if not isinstance(request, ASGIRequest):
        return answer()
    with _turn() as mine:
        if not mine:
            return _later()
        try:
            return answer()
        finally:
            _close_connections()


def _later() -> HttpResponseBase:
    """A stream that ends at once: browsers come back then, which they do not after an error."""
    return HttpResponse(frames.later(), content_type="text/event-stream", headers=HEADERS)


@contextmanager
def _turn() -> Iterator[bool]:
    """Wait for a turn; False: it did not come in time."""
    mine = _turns.acquire(timeout=TURN)
    try:
        yield mine
    finally:
        if mine:
            _turns.release()


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
    address: str,
    may_stay: Callable[[], bool],
    after: Position | None,
    since: int | None,
    counting: bool,
    space: str,
) -> AsyncIterator[bytes]:
    hub, counted = get_hub(), since if counting else None
    watcher = Watcher(feed, viewer, address=address, may_stay=may_stay, counting=counted, space=space)
    try:
        _free_thread()
        if not await sync_to_async(_join)(watcher, after, since):
            yield frames.later()
            return
        _free_thread()
        async for frame in watcher.frames(settings.LIVE_HEARTBEAT):
            yield frame
    finally:
        hub.leave(watcher)


def _join(watcher: Watcher, after: Position | None, since: int | None) -> bool:
    """Whether it could join. Its connections to databases must not stay open as long as it."""
    with _turn() as mine:
        try:
            if mine:
                get_hub().join(watcher, after=after, since=since)
        except (TooMany, StoreUnavailable):
            return False
        except Exception:
            logger.exception("live feeds: a connection could not begin")
            return False
        finally:
            _close_connections()
    return mine


def _close_connections() -> None:
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
            if as_viewer(again.user) != viewer or not may_read(feed, again.user):
                return False
            if "type" in view.kwargs:  # the row may be hidden by now
                find_for(again.user, view.kwargs["type"], view.kwargs["id"])
        except (APIException, RowNotFound):
            return False
        return True

    return may_stay


def _anew(request: Request) -> Any:
    """The request as it would come now: its session is read again."""
    fresh: Any = copy(request._request)  # noqa: SLF001
    session = getattr(fresh, "session", None)
    if session is not None:
        fresh.session = type(session)(session.session_key)
        fresh.user = get_user(fresh)
    return fresh
