"""The short kinds of journal work: streams to make cold, refs whose bodies are wrong, bodies to delete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from activitystream.models import JournalEntry
from activitystream.streams import get_store

from .entries import handler, record, write_alias

__all__ = ["drop", "erase", "fans_out", "forget"]


def drop(streams: Iterable[str], *, moved: Iterable[str] = (), forgotten: Iterable[str] = ()) -> None:
    """Make these streams cold once the current transaction has committed.

    `moved`: the followees that somebody stopped following. Their epochs change *before* the streams are
    dropped, so that a fan-out that read the old followers notices (see `publishing.fanout`). While there are
    fan-outs the entry stays, and the sweeper drops the streams again: one of them may have died unnoticed.
    `forgotten`: refs whose bodies are no longer right, as of `forget`.
    """
    record("drop", {"streams": list(streams), "moved": list(moved), "forgotten": list(forgotten)})


@handler("drop", at_once=True)
def _drop(payload: dict[str, Sequence[str]], cursor: Any) -> Any:
    store = get_store()
    if store is None:
        return None
    first = cursor is None and bool(payload["moved"])
    if first:
        store.advance(payload["moved"])
    # A fan-out that is under way may have read the old followers, and die after it has written to them and
    # before it looks at the epochs again: nobody else takes that back. So the sweeper drops them once more.
    again = first and fans_out()
    if payload["streams"]:
        store.delete(payload["streams"])
    if forgotten := payload.get("forgotten"):
        store.forget(forgotten)
    return "again" if again else None


def fans_out() -> bool:
    """Whether there are fan-outs, which may have read what was before a commit. To be asked before streams
    are dropped: what has ended by then has written all that it writes."""
    return JournalEntry.objects.using(write_alias()).filter(kind="fan_out").exists()


def erase(names: Sequence[int | str], *, texts: bool = False) -> None:
    """Delete these cached values once the current transaction has committed: not even their bytes stay.

    `texts`: what is kept for live pages of changed activities goes, too, so that those pages are read again.
    """
    record("erase", {"names": list(names), **({"texts": True} if texts else {})})


@handler("erase", at_once=True)
def _erase(payload: dict[str, Any], cursor: Any) -> None:
    store = get_store()
    if store is not None:
        store.erase(payload["names"])
        if payload.get("texts") and store.events is not None:
            store.events.discard([name for name in payload["names"] if isinstance(name, int)])


def forget(refs: Iterable[str], *, purge: Sequence[int] = ()) -> JournalEntry | None:
    """Make cached bodies with these refs invalid once the current transaction has committed.

    `purge`: the activities whose bodies are deleted, too. What is invalid is never given out, but its bytes
    would stay until they expire.
    """
    return record("forget", {"refs": list(refs), **({"purge": list(purge)} if purge else {})})


@handler("forget", at_once=True)
def _forget(payload: dict[str, Sequence[str]], cursor: Any) -> None:
    store = get_store()
    if store is not None:
        store.forget(payload["refs"])
        if purge := payload.get("purge"):
            store.erase(purge)
