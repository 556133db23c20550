"""The text of Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from __future__ import annotations

import json
import random
from typing import Any

from activitystream.feeds.sealed import seal, unseal
from activitystream.streams.events import Position

__all__ = ["activity", "beat", "count", "later", "parse", "remove", "reset", "retry"]

RETRY = (2_000, 12_000)
"""Milliseconds that a browser waits before it connects again, at random: else all who lost their connections
to a process that was restarted would come back in the same moment."""
LATER = (10_000, 40_000)
"""The same if there is no place for it now."""

SCOPE = "live:"
SEQ = 8


def parse(text: str) -> Position | None:
    """The position that an id stands for; None if it is none of ours."""
    log, _, sealed = text.partition("-")
    try:
        return Position(log, int.from_bytes(unseal(sealed, SCOPE + log)))
    except ValueError:
        return None


def _id(position: Position) -> str:
    """Sealed: it would tell when something happened, also to those who may not see it."""
    return f"{position.log}-{seal(position.seq.to_bytes(SEQ), SCOPE + position.log)}"


def retry() -> bytes:
    """When to come back after a lost connection."""
    return _retry(RETRY)


def later() -> bytes:
    """When to come back, for who cannot be taken in now."""
    return _retry(LATER)


def _retry(between: tuple[int, int]) -> bytes:
    return b"retry: %d\n\n" % random.randint(*between)  # noqa: S311  (it spreads, it hides nothing)


def activity(position: Position, raw: bytes) -> bytes:
    """An activity, new or changed. JSON has no line breaks but those that are spelt."""
    return b"id: %b\nevent: activity\ndata: %b\n\n" % (_id(position).encode(), raw)


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
    return b": \nid: %b\n\n" % _id(position).encode()


def _event(position: Position, name: str, data: dict[str, Any]) -> bytes:
    return f"id: {_id(position)}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()
