"""manage.py activitystream_inspect."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from activitystream.feeds import Feed, feeds_of
from activitystream.management.common import (
    StreamCommand,
    feed_argument,
    moment,
    owner_argument,
    positive,
    span,
)
from activitystream.models import Ref
from activitystream.operations import Comparison, Inspection, Where, inspect
from activitystream.streams import Contents, Measure, State, StreamStore

WHERE = {
    Where.BOTH: "in both",
    Where.STREAM: "in the stream alone",
    Where.QUERY: "in the query alone",
    Where.STALE: "in the stream, retracted or hidden",
}


class Command(StreamCommand):
    """Say what an owner's streams hold."""

    help = "Say in words what a row's streams hold, with their queries beside them. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("owner", type=owner_argument, help="the row, as auth.user:7")
        parser.add_argument("--feed", type=feed_argument, help="only this feed, such as home")
        parser.add_argument(
            "--ids", type=positive, default=0, metavar="N", help="list the newest N ids of stream and query"
        )

    def needs_one(self, options: dict[str, Any]) -> bool:
        return True

    def run(self, *args: Any, owner: Ref, feed: type[Feed] | None, ids: int, **options: Any) -> None:
        store = self.store()
        with self.ending_well():
            for one in [feed] if feed else feeds_of(owner):
                self._describe(one(owner), store, ids)

    def _describe(self, feed: Feed, store: StreamStore, ids: int) -> None:
        self.say(feed.stream)
        seen = inspect(feed, store)
        found = seen.comparison
        for line in [*_stream(found.contents, seen.measure), _query(seen), *_verdict(found)]:
            self.say(f"  {line}")
        for id, where in seen.newest(ids):
            self.say(f"    {id}  {moment(id)}  {WHERE[where]}")


def _stream(contents: Contents, measure: Measure) -> Iterator[str]:
    match contents.state:
        case State.COLD:
            yield "stream: cold; its next reader rebuilds it"
            return
        case State.BUILDING:
            yield "stream: being rebuilt; readers get the answer of the query"
        case _ if contents.complete:
            yield f"stream: warm and complete; {_held(contents.ids)}"
        case _:
            yield f"stream: warm and trimmed, older activities are in SQL; {_held(contents.ids)}"
    parts = [f"expires in {span(measure.ttl)} unless it is read"] if measure.ttl is not None else []
    parts += [f"{measure.size:,} bytes"] if measure.size is not None else []
    if parts:
        yield f"        {', '.join(parts)}"


def _query(seen: Inspection) -> str:
    more = " or more" if seen.has_more else ""
    return f"query:  {_held(seen.query, more)}, in {seen.seconds * 1_000:.1f} ms"


def _held(ids: list[int], more: str = "") -> str:
    if not ids:
        return "nothing"
    return f"{len(ids)} ids{more}, newest of {moment(ids[0])}, oldest of {moment(ids[-1])}"


def _verdict(found: Comparison) -> Iterator[str]:
    if found.contents.state is not State.WARM:
        return
    if found.differs:
        disorder = ", out of order" if found.disordered else ""
        yield f"they differ: {len(found.missing)} missing, {len(found.surplus)} too many{disorder}"
    else:
        yield "they agree"
    if found.stale:
        yield f"retracted or hidden ids that wait for a reader to meet them: {len(found.stale)}"
