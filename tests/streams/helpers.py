"""What the stream tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from activitystream.streams import Addition, StreamStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BIG = 1_700_000_000_000 << 21
"""Ids of today: 19 digits, too long for a double."""


def big(*offsets: int) -> list[int]:
    return [BIG + offset for offset in offsets]


def warm(
    store: StreamStore,
    stream: str,
    ids: Sequence[int],
    *,
    complete: bool = True,
    max_length: int | None = None,
) -> None:
    """Rebuild a stream so that it holds these ids."""
    assert store.begin(stream, "token")
    assert store.finish(stream, "token", ids, complete=complete, max_length=max_length)


def add(store: StreamStore, stream: str, ids: Iterable[int], max_length: int | None = None) -> None:
    store.add([Addition([stream], list(ids))], max_length=max_length)
