"""Every stream compared with its query, while others write.

A difference counts only if it is still there after all journal entries that were pending when it was seen
are done: whatever committed before the first look has reached the streams by then. What was published,
followed or retracted between the readings of one look is different at the next, so three looks see only what
stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from activitystream.feeds import Feed
from activitystream.journal import pending
from activitystream.streams import State, StreamStore

from .compare import Comparison, compare
from .owners import is_there

__all__ = ["BATCH", "LOOKS", "Outcome", "Verdict", "verify", "wait_for_journal"]

BATCH = 2_000
"""Streams whose differences are looked at again together."""
LOOKS = 3
_POLL = 0.05


class Verdict(StrEnum):
    """What is known of a stream."""

    SAME = "same"
    DIFFERENT = "different"
    UNSETTLED = "unsettled"
    """It differs, and journal entries that may be the reason are not done yet: sweep."""
    UNREAD = "unread"
    """It is cold, or being built: it says nothing that could be wrong."""
    ORPHANED = "orphaned"
    """Its feed, or its owner, is gone: nobody reads it, and it leaves by its time to live."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A stream and what is known of it."""

    stream: str
    verdict: Verdict
    comparison: Comparison | None = None


def verify(streams: Iterable[str], store: StreamStore, *, wait: float = 60.0) -> Iterator[Outcome]:
    """The outcome of each stream, `BATCH` after `BATCH`: those that differ come at the end of their batch.

    `wait`: seconds to wait for pending journal entries. Call it outside of transactions.
    """
    rest = iter(streams)
    while batch := list(islice(rest, BATCH)):
        suspects: dict[str, Comparison] = {}
        for stream in batch:
            outcome = _look(stream, store)
            if outcome.verdict is Verdict.DIFFERENT and outcome.comparison is not None:
                suspects[stream] = outcome.comparison
            else:
                yield outcome
        yield from _confirm(suspects, store, wait)


def _look(stream: str, store: StreamStore, earlier: Comparison | None = None) -> Outcome:
    feed = Feed.parse_stream(stream)
    if feed is None:
        return Outcome(stream, Verdict.ORPHANED)
    comparison = compare(feed, store)
    if earlier is not None:
        comparison = comparison.still(earlier)
    if comparison.contents.state is not State.WARM:
        return Outcome(stream, Verdict.UNREAD, comparison)
    if comparison.differs:
        return Outcome(stream, Verdict.DIFFERENT if is_there(feed.owner) else Verdict.ORPHANED, comparison)
    return Outcome(stream, Verdict.SAME, comparison)


def _confirm(suspects: dict[str, Comparison], store: StreamStore, wait: float) -> Iterator[Outcome]:
    """Look again at those that differed, once the journal entries pending now are done."""
    settled = True
    for _ in range(1, LOOKS):
        if not suspects or not settled:
            break
        settled = wait_for_journal(wait)
        for stream, earlier in list(suspects.items()):
            outcome = _look(stream, store, earlier)
            if outcome.verdict is Verdict.DIFFERENT and outcome.comparison is not None:
                suspects[stream] = outcome.comparison
            else:
                del suspects[stream]
                yield outcome
    verdict = Verdict.DIFFERENT if settled else Verdict.UNSETTLED
    yield from (Outcome(stream, verdict, comparison) for stream, comparison in suspects.items())


def wait_for_journal(seconds: float) -> bool:
    """Wait until all entries that are pending now are done. Whether they are."""
    last = pending().order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return True
    before = pending().filter(pk__lte=last)
    deadline = time.monotonic() + seconds
    while before.exists():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL)
    return True
