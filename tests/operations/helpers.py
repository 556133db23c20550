"""What the tests of commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from activitystream.streams import StreamStore


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def spoil(store: StreamStore, stream: str, ids: Iterable[int], *, complete: bool | None = None) -> None:
    """Put these ids into a stream, whatever it should hold. It stays complete, or trimmed, unless told."""
    held = store.contents(stream)
    store.delete([stream])
    assert store.begin(stream, "spoilt")
    complete = held.complete if complete is None else complete
    assert store.finish(stream, "spoilt", list(ids), complete=complete, max_length=None, note=held.note)
