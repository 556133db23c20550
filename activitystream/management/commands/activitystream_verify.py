"""manage.py activitystream_verify."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import CommandError

from activitystream.feeds import Feed, feeds_of
from activitystream.management.common import (
    INTERRUPTED,
    StreamCommand,
    feed_argument,
    moment,
    owner_argument,
    positive,
)
from activitystream.management.progress import Progress
from activitystream.models import Ref
from activitystream.operations import BATCH, Comparison, Outcome, Verdict, verify
from activitystream.streams import StreamStore
from activitystream.streams.sample import Reservoir

NAMED = 5
"""Ids that are named of each kind of difference."""


class Command(StreamCommand):
    """Compare every stream with its query."""

    help = (
        "Compare every stream that is in Redis with what its query gives, and say what differs. It may run "
        "while others write: a difference counts only if it outlasts the journal entries that are pending. "
        "Exit code: 0 nothing differs, 1 streams differ, 2 it cannot be told (the store does not answer, or "
        "the journal does not move: sweep), 130 interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--feed", type=feed_argument, help="only streams of this feed, such as home")
        parser.add_argument("--owner", type=owner_argument, help="only streams of this row, as auth.user:7")
        parser.add_argument("--sample", type=positive, metavar="N", help="only N streams, chosen at random")
        parser.add_argument(
            "--after", metavar="STREAM", help="go on after this one (an interrupted run tells)"
        )
        parser.add_argument(
            "--wait",
            type=positive,
            default=60,
            metavar="SECONDS",
            help="how long to wait for pending journal entries when streams differ (default: %(default)s)",
        )
        parser.add_argument(
            "--repair", action="store_true", help="drop streams that differ: the next reader rebuilds them"
        )

    def needs_one(self, options: dict[str, Any]) -> bool:
        return options["owner"] is not None or options["after"] is not None

    def run(
        self,
        *args: Any,
        feed: type[Feed] | None,
        owner: Ref | None,
        sample: int | None,
        after: str | None,
        wait: int,
        repair: bool,
        **options: Any,
    ) -> None:
        store = self.store()
        with self.ending_well():
            try:
                streams = _streams(store, feed, owner, sample)
            except KeyboardInterrupt:
                self.say("Interrupted before the first stream.")
                raise SystemExit(INTERRUPTED) from None
            if after is not None:
                streams = [stream for stream in streams if stream > after]
            tally = self._run(streams, store, wait, repair)
        self._finish(tally, repair)

    def _run(self, streams: Sequence[str], store: StreamStore, wait: int, repair: bool) -> _Tally:
        progress = Progress(self.stderr, "verifying", len(streams))
        tally = _Tally()
        try:
            for outcome in verify(streams, store, wait=wait):
                tally.add(outcome)
                progress.step()
                if outcome.verdict in (Verdict.DIFFERENT, Verdict.UNSETTLED):
                    progress.clear()
                    self._tell(outcome)
                    if repair and outcome.verdict is Verdict.DIFFERENT:
                        store.delete([outcome.stream])
        except KeyboardInterrupt:
            progress.clear()
            self.say(f"Interrupted: {_done(streams, progress.done)}")
            raise SystemExit(INTERRUPTED) from None
        progress.clear()
        return tally

    def _tell(self, outcome: Outcome) -> None:
        suffix = " (journal entries that may be the reason are pending)"
        self.say(f"{outcome.stream} differs{suffix if outcome.verdict is Verdict.UNSETTLED else ''}:")
        if outcome.comparison is not None:
            for line in _differences(outcome.comparison):
                self.say(f"  {line}")

    def _finish(self, tally: _Tally, repair: bool) -> None:
        verdicts = tally.verdicts
        same, different = verdicts[Verdict.SAME], verdicts[Verdict.DIFFERENT]
        unsettled = verdicts[Verdict.UNSETTLED]
        self.say(f"{same} of {verdicts.total()} streams agree with their query, {different} differ.")
        if verdicts[Verdict.UNREAD]:
            self.say(f"{verdicts[Verdict.UNREAD]} are cold or being rebuilt: they say nothing yet.")
        if tally.stale:
            self.say(f"Retracted or hidden ids that wait for a reader, which is lawful: {tally.stale}.")
        if verdicts[Verdict.ORPHANED]:
            self.say(
                f"{verdicts[Verdict.ORPHANED]} streams have no feed or owner any more; they will expire."
            )
        if different and repair:
            self.say(f"{different} dropped: their next readers rebuild them.")
        if different:
            raise SystemExit(1)
        if unsettled:
            raise CommandError(
                f"{unsettled} streams differ and journal entries are pending: run activitystream_sweep, then "
                "this again.",
                returncode=2,
            )


@dataclass(slots=True)
class _Tally:
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    stale: int = 0

    def add(self, outcome: Outcome) -> None:
        self.verdicts[outcome.verdict] += 1
        if outcome.comparison is not None:
            self.stale += len(outcome.comparison.stale)


def _streams(store: StreamStore, feed: type[Feed] | None, owner: Ref | None, sample: int | None) -> list[str]:
    """The streams asked for, in an order in which one can go on."""
    found: Iterable[str]
    if owner is not None:
        found = [one(owner).stream for one in ([feed] if feed else feeds_of(owner))]
    else:
        start = f"{feed.name}:" if feed else ""
        found = (stream for stream in store.streams() if stream.startswith(start))
    if sample is None:
        return sorted(set(found))
    reservoir: Reservoir[str] = Reservoir(sample)
    for stream in found:
        reservoir.offer(stream)
    return sorted(set(reservoir.items))


def _done(streams: Sequence[str], count: int) -> str:
    """How far it came, and how to go on: after the last batch whose differences were looked at again."""
    whole = count // BATCH * BATCH
    start = f"go on with --after {shlex.quote(streams[whole - 1])}" if whole else "start again"
    return f"{count} of {len(streams)} streams verified; {start}."


def _differences(found: Comparison) -> Iterator[str]:
    if found.missing:
        yield f"{len(found.missing)} missing: {_named(found.missing)}"
    if found.surplus:
        yield f"{len(found.surplus)} too many: {_named(found.surplus)}"
    if found.disordered:
        yield "its ids are out of order"


def _named(ids: Iterable[int]) -> str:
    newest = sorted(ids, reverse=True)
    names = [f"{id} of {moment(id)}" for id in newest[:NAMED]]
    return ", ".join(names) + (", …" if len(newest) > NAMED else "")
