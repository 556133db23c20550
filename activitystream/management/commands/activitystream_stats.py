"""manage.py activitystream_stats."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from activitystream.management.common import StreamCommand, positive, span
from activitystream.models import Sweep
from activitystream.operations import FeedStats, Stats, gather
from activitystream.streams import get_store


class Command(StreamCommand):
    """Say what streams and the journal take up."""

    help = (
        "Say what streams and the journal take up: memory by kind of key and warm streams by feed (reckoned "
        "from a sample), journal entries that are pending and stalled. It walks all keys of the server in "
        "small steps. Exit code: 0, 1 if journal entries are stalled, 2 if the store does not answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sample",
            type=positive,
            default=1_000,
            metavar="N",
            help="keys measured of each kind, and streams of each feed (default: %(default)s)",
        )

    def run(self, *args: Any, sample: int, **options: Any) -> None:
        with self.ending_well():
            stats = gather(get_store(), sample)
        for line in _lines(stats):
            self.say(line)
        if stats.stalled:
            raise SystemExit(1)


def _lines(stats: Stats) -> Iterator[str]:
    yield "memory"
    for kind, used in stats.usage.items():
        yield f"  {kind:10} {used.keys:>12,} keys  {_size(used.size):>10}"
    if stats.usage:
        keys, size = map(sum, zip(*stats.usage.values(), strict=True))
        yield f"  {'all':10} {keys:>12,} keys  {_size(size):>10}"
    else:
        yield "  not known"
    if not stats.knows_its_server:
        yield "  the server does not give INFO to scripts: nothing notices if it comes back with older data"
    yield "warm streams"
    for name, feed in stats.feeds.items():
        yield f"  {name:10} {feed.warm:>12,} {_share(feed):22} {_lengths(feed)}".rstrip()
    yield "journal"
    since = (
        f", the oldest since {span((timezone.now() - stats.oldest).total_seconds())}" if stats.oldest else ""
    )
    yield f"  {stats.pending:,} pending{since}; {stats.stalled:,} stalled"
    yield f"  last sweep: {_sweep(stats.last_sweep)}"


def _sweep(last: Sweep | None) -> str:
    if last is None:
        return "never; is activitystream_sweep run?"
    ago = span((timezone.now() - last.ended).total_seconds())
    return f"{ago} ago, {last.done:,} done, {last.failed:,} failed, in {last.seconds:.1f} s"


def _size(size: int) -> str:
    return filesizeformat(size).replace("\xa0", " ")


def _share(feed: FeedStats) -> str:
    if feed.owners is None:
        return "of no declared feed"
    return f"of {feed.owners:,} ({feed.warm / feed.owners:.0%})" if feed.owners else "of 0"


def _lengths(feed: FeedStats) -> str:
    if not feed.lengths:
        return ""
    sizes = f", {sum(feed.sizes) // len(feed.sizes):,} bytes each" if feed.sizes else ""
    return f"ids min {min(feed.lengths)}, median {feed.median_length}, max {max(feed.lengths)}{sizes}"
