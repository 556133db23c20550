"""The text of Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

import json
from typing import Any

from activitystream.streams.events import Position

__all__ = ["RETRY", "activity", "beat", "count", "remove", "reset"]

RETRY = b"retry: 3000\n\n"
"""How many milliseconds a browser waits before it connects again."""


def activity(position: Position, raw: bytes) -> bytes:
    """An activity, new or changed. JSON has no line breaks but those that are spelt."""
    return b"id: %b\nevent: activity\ndata: %b\n\n" % (str(position).encode(), raw)


def remove(position: Position, id: int) -> bytes:
    """An activity that is gone, or no longer for this reader."""
    return _event(position, "remove", {"id": str(id)})


def count(position: Position, told: dict[str, Any]) -> bytes:
    """How many are new."""
    return _event(position, "count", told)


def reset(position: Position) -> bytes:
    """The page must be read (again): all that happens after it comes here."""
    return _event(position, "reset", {})


def beat(position: Position) -> bytes:
    """Nothing, to keep the connection; and the position, so that who comes back begins there."""
    return b": \nid: %b\n\n" % str(position).encode()


def _event(position: Position, name: str, data: dict[str, Any]) -> bytes:
    return f"id: {position}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()
