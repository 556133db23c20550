"""Lines in the log for what the signals tell, with the facts beside the text: `extra`, for logs as JSON.

All of the logger "activitystream". Work that is done all the time is told at the level DEBUG, a sweep that
had something to do at INFO.
"""

from __future__ import annotations

import logging
from typing import Any

from . import signals

__all__ = ["connect"]

logger = logging.getLogger("activitystream")

LINES = {
    "published": "published %(count)s activities in %(milliseconds).1f ms",
    "retracted": "retracted %(count)s activities in %(milliseconds).1f ms",
    "delivered": "fan-out: %(activities)s activities, %(count)s streams, %(milliseconds).1f ms, %(state)s",
    "rebuilt": "rebuilt %(stream)s: %(count)s ids in %(milliseconds).1f ms, %(state)s",
    "swept": "sweep: %(done)s done, %(failed)s failed, %(pending)s pending, in %(milliseconds).1f ms",
}
"""What is said of each signal. A page that is read is not worth a line."""


def connect() -> None:
    """Log what the signals tell."""
    signals.published.connect(_published, dispatch_uid="activitystream.logs")
    signals.retracted.connect(_retracted, dispatch_uid="activitystream.logs")
    signals.delivered.connect(_delivered, dispatch_uid="activitystream.logs")
    signals.rebuilt.connect(_rebuilt, dispatch_uid="activitystream.logs")
    signals.swept.connect(_swept, dispatch_uid="activitystream.logs")


def _log(event: str, level: int, seconds: float, **facts: Any) -> None:
    if logger.isEnabledFor(level):
        extra = {"event": event, "seconds": seconds, **facts}
        logger.log(level, LINES[event], {**extra, "milliseconds": seconds * 1e3}, extra=extra)


def _published(count: int, seconds: float, **_: Any) -> None:
    _log("published", logging.DEBUG, seconds, count=count)


def _retracted(count: int, seconds: float, **_: Any) -> None:
    _log("retracted", logging.DEBUG, seconds, count=count)


def _delivered(activities: int, count: int, done: bool, seconds: float, **_: Any) -> None:
    state = "done" if done else "to go on"
    _log("delivered", logging.DEBUG, seconds, activities=activities, count=count, state=state)


def _rebuilt(feed: str, stream: str, count: int, warm: bool, seconds: float, **_: Any) -> None:
    state = "warm" if warm else "dropped meanwhile"
    _log("rebuilt", logging.DEBUG, seconds, feed=feed, stream=stream, count=count, state=state)


def _swept(done: int, failed: int, pending: int, seconds: float, **_: Any) -> None:
    level = logging.INFO if done or failed else logging.DEBUG
    _log("swept", level, seconds, done=done, failed=failed, pending=pending)
