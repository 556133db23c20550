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
from activitystream.operations import (
    BATCH,
    Comparison,
    Outcome,
    ValueOutcome,
    Verdict,
    drop_value,
    verify,
    verify_values,
)
from activitystream.streams import StreamStore
from activitystream.streams.sample import Reservoir

STREAMS, VALUES = PARTS = ("streams", "values")
NAMED = 5
"""Ids that are named of each kind of difference."""


class Command(StreamCommand):
    """Compare every stream with its query, and every cached value with the database."""

    help = (
        "Compare every stream that is in Redis with what its query gives, and every cached value (bodies of "
        "activities, blocks and mutes of users, counts) with the database, and say what differs. It may run "
        "while others write: a difference counts only if it outlasts the journal entries that are pending. "
        "Exit code: 0 nothing differs, 1 something differs, 2 it cannot be told (the store does not answer, "
        "or the journal does not move: sweep), 130 interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--feed", type=feed_argument, help="only streams of this feed, such as home")
        parser.add_argument("--owner", type=owner_argument, help="only streams of this row, as auth.user:7")
        parser.add_argument(
            "--only", choices=PARTS, help="only streams, or only values; --feed, --owner and --after: streams"
        )
        parser.add_argument(
            "--sample",
            type=positive,
            metavar="N",
            help="only N streams, and N values of each kind, chosen at random",
        )
        parser.add_argument(
            "--after", metavar="STREAM", help="go on after this one (an interrupted run tells)"
        )
        parser.add_argument(
            "--wait",
            type=positive,
            default=60,
            metavar="SECONDS",
            help="how long to wait for pending journal entries when something differs (default: %(default)s)",
        )
        parser.add_argument(
            "--repair", action="store_true", help="drop what differs: the next reader makes it anew"
        )

    def needs_one(self, options: dict[str, Any]) -> bool:
        return options["owner"] is not None or options["after"] is not None

    def run(
        self,
        *args: Any,
        feed: type[Feed] | None,
        owner: Ref | None,
        only: str | None,
        sample: int | None,
        after: str | None,
        wait: int,
        repair: bool,
        **options: Any,
    ) -> None:
        store = self.store()
        if only is None and (feed or owner or after is not None):
            only = STREAMS
        tally, values = _Tally(), Counter[Verdict]()
        with self.ending_well():
            if only != VALUES:
                tally = self._verify_streams(_choice(store, feed, owner, sample, after), store, wait, repair)
            if only != STREAMS:
                values = self._verify_values(store, sample, wait, repair)
        if only != VALUES:
            self._tell_streams(tally, repair)
        if only != STREAMS:
            self._tell_values(values, repair)
        self._finish(tally.verdicts + values)

    def _verify_streams(self, choice: Iterable[str], store: StreamStore, wait: int, repair: bool) -> _Tally:
        tally = _Tally()
        try:
            streams = sorted(set(choice))
        except KeyboardInterrupt:
            self.say("Interrupted before the first stream.")
            raise SystemExit(INTERRUPTED) from None
        progress = Progress(self.stderr, "verifying", len(streams))
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

    def _verify_values(
        self, store: StreamStore, sample: int | None, wait: int, repair: bool
    ) -> Counter[Verdict]:
        verdicts = Counter[Verdict]()
        try:
            for outcome in verify_values(store, sample=sample, wait=wait):
                verdicts[outcome.verdict] += 1
                if outcome.verdict is not Verdict.SAME:
                    self.say(_sentence(outcome))
                    if repair and outcome.verdict is Verdict.DIFFERENT:
                        drop_value(outcome.name, store)
        except KeyboardInterrupt:
            self.say(f"Interrupted: {verdicts.total()} values verified; start again with --only values.")
            raise SystemExit(INTERRUPTED) from None
        return verdicts

    def _tell(self, outcome: Outcome) -> None:
        self.say(f"{outcome.stream} differs{_suffix(outcome.verdict)}:")
        if outcome.comparison is not None:
            for line in _differences(outcome.comparison):
                self.say(f"  {line}")

    def _tell_streams(self, tally: _Tally, repair: bool) -> None:
        verdicts = tally.verdicts
        same, different = verdicts[Verdict.SAME], verdicts[Verdict.DIFFERENT]
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

    def _tell_values(self, verdicts: Counter[Verdict], repair: bool) -> None:
        same, different = verdicts[Verdict.SAME], verdicts[Verdict.DIFFERENT]
        self.say(f"{same} of {verdicts.total()} cached values agree with the database, {different} differ.")
        if different and repair:
            self.say(f"{different} deleted: their next readers make them anew.")

    def _finish(self, verdicts: Counter[Verdict]) -> None:
        if verdicts[Verdict.DIFFERENT]:
            raise SystemExit(1)
        if unsettled := verdicts[Verdict.UNSETTLED]:
            raise CommandError(
                f"{unsettled} streams or values differ and journal entries are pending: run "
                "activitystream_sweep, then this again.",
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


def _sentence(outcome: ValueOutcome) -> str:
    fields = f" in {', '.join(outcome.differs_in)}" if outcome.differs_in else ""
    return f"{outcome.kind} {outcome.name} differs{fields}{_suffix(outcome.verdict)}"


def _suffix(verdict: Verdict) -> str:
    pending = " (journal entries that may be the reason are pending)"
    return pending if verdict is Verdict.UNSETTLED else ""


def _choice(
    store: StreamStore,
    feed: type[Feed] | None,
    owner: Ref | None,
    sample: int | None,
    after: str | None,
) -> Iterator[str]:
    """The streams asked for."""
    found: Iterable[str]
    if owner is not None:
        found = [one(owner).stream for one in ([feed] if feed else feeds_of(owner))]
    else:
        start = f"{feed.name}:" if feed else ""
        found = (stream for stream in store.streams() if stream.startswith(start))
    if sample is not None:
        reservoir: Reservoir[str] = Reservoir(sample)
        for stream in found:
            reservoir.offer(stream)
        found = reservoir.items
    yield from (stream for stream in found if after is None or stream > after)


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
