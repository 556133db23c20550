"""One stream compared with its query."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from activitystream.feeds import Feed, load, pull, read_note
from activitystream.journal import write_alias
from activitystream.models import Activity
from activitystream.parts import in_parts
from activitystream.routers import primary_reads
from activitystream.streams import Contents, State, StreamStore

__all__ = ["Comparison", "compare"]

MORE = 100
"""Ids of the query that are looked at beyond as many as the stream has: so many can be found missing."""
PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a stream says that its query does not, and the other way round."""

    contents: Contents
    query: tuple[int, ...] = ()
    """The part of the query's answer that the stream stands for, newest first."""
    missing: frozenset[int] = frozenset()
    """Ids that the query gives and the stream lacks."""
    surplus: frozenset[int] = frozenset()
    """Ids that a page would show and the query does not give."""
    stale: frozenset[int] = frozenset()
    """Ids that were retracted, or that no page shows: they may stay until a reader meets them."""
    disordered: bool = False
    """The ids are not in falling order, each once."""

    @property
    def differs(self) -> bool:
        """Whether a reader could notice."""
        return bool(self.missing or self.surplus or self.disordered)

    def still(self, earlier: Comparison) -> Self:
        """This comparison with only those differences that an earlier one had as well."""
        return type(self)(
            contents=self.contents,
            query=self.query,
            missing=self.missing & earlier.missing,
            surplus=self.surplus & earlier.surplus,
            stale=self.stale,
            disordered=self.disordered and earlier.disordered,
        )


@primary_reads()
def compare(feed: Feed, store: StreamStore) -> Comparison:
    """Compare a stream with its query: of a trimmed stream, the newest part that it stands for.

    The stream is read first. What is written between the two readings shows as a difference that is none:
    look again (see `verify`).
    """
    contents = store.contents(feed.stream)
    ids = contents.ids
    if contents.state is not State.WARM:
        return Comparison(contents)
    limit = len(ids) + MORE
    lowest = None if contents.complete or not ids else ids[-1] - 1
    query = pull(feed.sources(), limit=limit, before=lowest, windowed=feed.windowed)
    unknown = set(ids) - set(query)
    if len(query) == limit:  # there may be more: nothing is known of ids outside of these
        unknown = {id for id in unknown if query[-1] <= id <= query[0]}
    surplus = set(_shown(unknown))
    missing = set(query).difference(ids)
    return Comparison(
        contents,
        query=tuple(query),
        missing=frozenset(missing.difference(_merged(contents.note, missing))),
        surplus=frozenset(surplus),
        stale=frozenset(unknown - surplus),
        disordered=any(newer <= older for newer, older in pairwise(ids)),
    )


def _merged(note: str, ids: Collection[int]) -> Iterator[int]:
    """Those of these ids that a reader gets from the feeds that this stream is merged with."""
    for stream in read_note(note) if ids else []:
        feed = Feed.parse_stream(stream)
        for source in feed.sources() if feed is not None else []:
            yield from source.using(write_alias()).filter(id__in=ids).order_by().values_list("id", flat=True)


def _shown(ids: Collection[int]) -> Iterator[int]:
    """Those of these ids that a page would show to some viewer."""
    for some in in_parts(sorted(ids), PARAMETERS):
        rows = Activity.objects.using(write_alias()).filter(id__in=some)
        yield from load(list(rows.values_list("id", flat=True))).entries
