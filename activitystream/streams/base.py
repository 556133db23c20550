"""The stream store interface: what Redis, memory or a store of your own must do.

A *stream* is a list of activity ids, newest (largest) first, each at most once, under a string id. It is a
cache of a query's answer, so it is in one of these states (`State`). A store also keeps *bodies* (activities
as JSON) and *epochs* (random strings that change when something happened).

A store knows ids and strings only. Every method may raise `StoreUnavailable`; nothing else is raised for a
fault of the store, and a method that failed may be called again: all writes are idempotent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.core.checks import CheckMessage

    from activitystream.streams.events import EventLog

__all__ = [
    "Addition",
    "Bodies",
    "Body",
    "Contents",
    "Measure",
    "Name",
    "Slice",
    "State",
    "StoreOptions",
    "StreamStore",
    "Usage",
    "slack",
]


def slack(max_length: int | None) -> int:
    """How many ids a stream may have past its maximum before it is trimmed: trimming each time is slow."""
    return 0 if max_length is None else max(10, max_length // 8)


class State(StrEnum):
    """What a stream can say about a page."""

    COLD = "cold"
    """There is no such stream: ask the query, and rebuild."""
    BUILDING = "building"
    """Somebody is rebuilding it: ask the query."""
    BEYOND = "beyond"
    """The cursor lies past the end of a trimmed stream: ask the query."""
    WARM = "warm"
    """The ids of this page are the stream's."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of ids, newest first, and what is known of the rest."""

    state: State
    ids: list[int] = field(default_factory=list)
    exhausted: bool = False
    """Nothing lies beyond these ids in the direction of the page, neither here nor in SQL."""
    note: str = ""
    """What was noted when the stream was built (of warm streams)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything a stream holds (for `verify` and `inspect`; pages use `StreamStore.page`)."""

    state: State
    ids: list[int] = field(default_factory=list)
    complete: bool = False
    """The stream holds everything its query gives; else it was trimmed and older ids are in SQL only."""
    note: str = ""
    """What was noted when the stream was built."""


class Measure(NamedTuple):
    """What a stream takes up. None: not known, or there is no such stream."""

    length: int | None
    """Ids."""
    ttl: float | None = None
    """Seconds after which it goes unless it is read."""
    size: int | None = None
    """Bytes."""


class Usage(NamedTuple):
    """What one kind of keys takes up in the whole store."""

    keys: int
    size: int
    """Bytes, reckoned from a sample."""


class Addition(NamedTuple):
    """Ids to write to each of these streams."""

    streams: Sequence[str]
    ids: Sequence[int]


Name = int | str
"""What a body is kept under: the id of its activity; for anything else made from SQL, a word with a colon."""


class Body(NamedTuple):
    """An activity (or something else) and the refs it was made from: one forgotten, it is invalid."""

    id: Name
    payload: bytes
    refs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Bodies:
    """The valid bodies that were found, and a stamp to hand back to `StreamStore.put` for the others."""

    found: Mapping[Name, bytes]
    stamp: Mapping[Name, str]
    """By name, for each that was asked for: the state of the cache *before* the caller reads SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """What a store is made from; the defaults of the settings are in `activitystream.conf`."""

    alias: str = "default"
    """The name in `CACHES`."""
    prefix: str = "activitystream"
    space: str = ""
    """Whose keys these are, on a site with `SPACES`: see `StreamStore.in_space`."""
    shards: int = 256
    """Into how many slots streams are grouped: one script call serves the streams of one (on a cluster)."""
    body_shards: int = 4
    """The same for bodies; on a cluster alone."""
    stream_ttl: int = 30 * 86400
    """Seconds after its last read that a stream is kept."""
    building_ttl: int = 60
    """Seconds after which a rebuild that did not finish is given up."""
    body_ttl: int = 86400
    """Seconds that a body is kept: the longest time that a change no signal tells of can stay unseen."""
    retry_after: float = 1.0
    """Seconds to leave a store alone after it could not be reached."""


class StreamStore(ABC):
    """Base of all stores; chosen by dotted path in `ACTIVITYSTREAM["STREAMS"]`."""

    events: EventLog | None = None
    """What happens to streams that somebody watches; None: nobody can."""

    def __init__(self, options: StoreOptions) -> None:
        self.options = options

    def in_space(self, name: str) -> StreamStore:
        """Return a store on the same server that shares nothing with this one, nor with those of other names.

        Asked again for a name it gives what was written there. Only the site's own setting `SPACES` needs it.
        """
        raise NotImplementedError(f"{type(self).__name__} needs in_space(): the setting SPACES asks for it.")

    # -- streams ---------------------------------------------------------------------------------------

    @abstractmethod
    def add(self, additions: Iterable[Addition], *, max_length: int | None) -> None:
        """Write ids to streams, each at its place by id; an id that is there stays as it is.

        A cold stream is skipped. So is an id older than the last of a trimmed stream (SQL has it). A stream
        that grows past `max_length` and some slack is trimmed to `max_length`; None: never. A stream that is
        being built is never trimmed. Many streams cost few round trips. Those who watch a stream are told, be
        it cold or not (`events`).
        """

    def page(self, stream: str, *, limit: int, before: int | None = None, after: int | None = None) -> Slice:
        """The page of one stream: see `pages`."""
        return self.pages([stream], limit=limit, before=before, after=after)[0]

    @abstractmethod
    def pages(
        self, streams: Sequence[str], *, limit: int, before: int | None = None, after: int | None = None
    ) -> list[Slice]:
        """The page at the same place of each of these streams, in one round trip.

        Up to `limit` ids, newest first; at most one of the cursors is given.

        No cursor: the newest. `after`: those directly older than it. `before`: those directly newer than it
        (not the newest). A cursor need not be in the stream. Renews the stream's time to live.
        The page of a trimmed stream can be short: what is missing from it is in SQL.
        """

    @abstractmethod
    def contents(self, stream: str) -> Contents:
        """All of a stream, without renewing its time to live."""

    @abstractmethod
    def remove(self, streams: Sequence[str], ids: Sequence[int]) -> None:
        """Take ids out of streams: only for activities that are gone for good."""

    @abstractmethod
    def length(self, stream: str) -> int | None:
        """How many ids the stream holds; None if it is cold."""

    @abstractmethod
    def delete(self, streams: Iterable[str]) -> None:
        """Make streams cold: always safe. Ends a rebuild that is under way. Those who watch are told."""

    @abstractmethod
    def begin(self, stream: str, token: str) -> bool:
        """Start to rebuild a cold stream: from now on `add` writes into it. False: it is not cold.

        Asked again with the same token (after a failure, say) it is True while that rebuild is under way.
        """

    @abstractmethod
    def finish(
        self,
        stream: str,
        token: str,
        ids: Sequence[int],
        *,
        complete: bool,
        max_length: int | None,
        note: str = "",
    ) -> bool:
        """Merge the query's answer (newest first) with what was added since `begin`, and make it warm.

        `complete`: the query gives nothing older than `ids`. The stream is complete then, unless it had to
        be trimmed. If not, what was added meanwhile and is older than the last of `ids` is left out: between
        them there may be ids that only SQL has. Takes effect only while the very rebuild of this token is
        under way; else False. False, too, for no ids that are not complete: the stream is cold again.
        `note` is kept with the stream and given with each of its pages.
        """

    # -- epochs ----------------------------------------------------------------------------------------

    @abstractmethod
    def epochs(self, names: Sequence[str]) -> list[str]:
        """A string for each name that stays the same until `advance`, and changes if the store forgot it."""

    @abstractmethod
    def advance(self, names: Sequence[str]) -> None:
        """Change the epoch of each name to one never seen before."""

    # -- bodies ----------------------------------------------------------------------------------------

    def get(self, id: Name) -> bytes | None:
        """One valid body, or None."""
        return self.get_many([id]).found.get(id)

    @abstractmethod
    def get_many(self, ids: Sequence[Name]) -> Bodies:
        """The valid bodies among these, in one round trip."""

    @abstractmethod
    def put(self, bodies: Iterable[Body], stamp: Mapping[Name, str]) -> None:
        """Keep bodies that were made from SQL rows read *after* `get_many` gave the stamp.

        A body is valid while none of its refs was forgotten since the stamp was given, so a slow reader
        cannot put back what was changed or retracted meanwhile.
        """

    @abstractmethod
    def forget(self, refs: Iterable[str]) -> None:
        """Make every body with one of these refs invalid, at once, however many there are."""

    def erase(self, names: Iterable[Name]) -> None:
        """Delete these values: what was forgotten is never given out, but its bytes stay till they expire."""
        raise NotImplementedError(f"{type(self).__name__} needs erase(): a user who is deleted must be gone")

    # -- operations ------------------------------------------------------------------------------------

    @abstractmethod
    def streams(self) -> Iterator[str]:
        """The id of every stream that is not cold, at least once each, in no order.

        One that comes or goes meanwhile may be among them, or not.
        """

    def names(self) -> Iterator[Name]:
        """The name of each value that is kept, valid or not, at least once each. Empty: it cannot be told."""
        return iter(())

    def knows_its_server(self) -> bool:
        """Return False if older data of a server that was restarted or replaced would not be noticed."""
        return True

    def measure(self, streams: Sequence[str]) -> list[Measure]:
        """What each of these streams takes up, without renewing its time to live."""
        return [Measure(self.length(stream)) for stream in streams]

    def usage(self, sample: int) -> dict[str, Usage]:
        """What each kind of keys takes up; `sample` keys of each are measured. Empty: not known."""
        return {}

    def check(self) -> list[CheckMessage]:
        """System check messages about the settings this store depends on (no connection is made)."""
        return []
