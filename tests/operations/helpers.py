"""What the tests of commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from activitystream.streams.memory import MemoryStore


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def spoil(store: MemoryStore, stream: str, ids: Iterable[int], *, complete: bool | None = None) -> None:
    """Put these ids into a stream, whatever it should hold and in any order, which no method would do."""
    found = store._streams[stream]
    found.ids = list(ids)
    if complete is not None:
        found.complete = complete
