"""The event log: what happened to the streams that somebody watches, in the order in which it happened.

It is short (minutes), and it is a cache as all else is: a reader that comes too late, or finds another log
than it knew, is told so and reads its page again. What happens to a stream that nobody watches is not written
down.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Self

__all__ = [
    "KEPT",
    "KEPT_TEXTS",
    "WATCH",
    "Arrivals",
    "Event",
    "EventLog",
    "Kind",
    "Listener",
    "Position",
    "Text",
    "Told",
]

WATCH = 90
"""Seconds that a stream is watched after somebody said so: watchers say it again in time."""
KEPT = 600
"""Seconds that events are kept: who was away longer begins anew."""
KEPT_TEXTS = 60
"""Seconds that the texts of changed activities are kept: who was away longer, and missed such a change,
begins anew. It is a short time, because the activity may be gone everywhere else."""
MAX_EVENTS = 50_000
"""Events kept at most."""


class Kind(StrEnum):
    """What can happen."""

    ADDED = "+"
    """An id was written to the stream, whether it was new, late or backdated."""
    CHANGED = "~"
    """An activity in the stream was retracted, edited or shown to others than before."""
    DROPPED = "!"
    """The stream was made cold: what it holds may be quite different now."""
    BEGAN = "^"
    """Somebody began to watch: what was before was not written down."""


class Position(NamedTuple):
    """A place in a log. Those of one log are ordered; those of two say nothing of each other."""

    log: str
    seq: int


class Event(NamedTuple):
    """One thing that happened to one stream."""

    seq: int
    stream: str
    kind: Kind
    id: int
    """Of the activity; 0 where the stream as a whole is meant."""
    note: str
    """What who told it has to say beside."""


class Told(NamedTuple):
    """The same thing for each of these streams and ids."""

    kind: Kind
    streams: Sequence[str]
    ids: Sequence[int] = (0,)
    note: str = ""


class Text(NamedTuple):
    """What an activity was before a change."""

    id: int
    name: str
    """Says what is in it (a digest)."""


class Arrivals(NamedTuple):
    """What happened after a position."""

    position: Position
    """Where to go on."""
    events: Sequence[Event] = ()
    more: bool = False
    lost: bool = False
    """The position was of another log, or events after it are no longer kept: it begins anew, here."""


class Listener:
    """Waits for events. This one, for stores that cannot tell, just waits: then they are asked."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop."""

    def wait(self, seconds: float) -> None:
        """Return as soon as there may be events, or after this time."""
        time.sleep(seconds)


Holding = Callable[[Sequence[str], Sequence[int]], list[list[int] | None]]


class EventLog(ABC):
    """The log of a store. Methods may raise `StoreUnavailable`; all may be called again.

    `holding` is the store's: which of some ids are in each of some streams.
    """

    def __init__(self, holding: Holding) -> None:
        self._holding = holding

    @abstractmethod
    def watch(self, streams: Sequence[str]) -> Position:
        """Write down what happens to these streams from now on, for WATCH seconds. The end of the log.

        A stream that was not watched until now has an event BEGAN.
        """

    @abstractmethod
    def watched(self) -> list[str]:
        """The streams that somebody watches."""

    @abstractmethod
    def tell(self, told: Iterable[Told]) -> None:
        """Write down what happened, of streams that are watched.

        ADDED is written once for a stream and id; anything else moves to the end of the log. If nobody
        watches anything, it is one short look.
        """

    @abstractmethod
    def since(self, position: Position, limit: int = 1_000) -> Arrivals:
        """What happened after this position, oldest first."""

    @abstractmethod
    def keep(self, texts: Mapping[Text, bytes]) -> None:
        """Keep these texts for KEPT_TEXTS seconds."""

    @abstractmethod
    def kept(self, texts: Sequence[Text]) -> dict[Text, bytes]:
        """Return those of these texts that are still kept."""

    @abstractmethod
    def discard(self, ids: Sequence[int]) -> None:
        """Keep no text of these activities any longer."""

    def holding(self, streams: Sequence[str], ids: Sequence[int]) -> list[list[int] | None]:
        """For each stream, which of these ids are in it; None: it is cold, or being built."""
        return self._holding(streams, ids)

    def listen(self) -> Listener:
        """A listener; use it in a with statement, in one thread."""
        return Listener()
