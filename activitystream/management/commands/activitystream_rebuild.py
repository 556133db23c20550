"""manage.py activitystream_rebuild."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import router, transaction

from activitystream.feeds import Feed, feeds, feeds_of
from activitystream.management.common import INTERRUPTED, StreamCommand, feed_argument, owner_argument
from activitystream.management.progress import Progress
from activitystream.models import Ref
from activitystream.operations import count_owners, owner_models, owners, rebuild_anew
from activitystream.registry.lookup import REFUSALS
from activitystream.streams import StreamStore


class Command(StreamCommand):
    """Make streams anew from their queries."""

    help = (
        "Make streams anew from their queries: one owner's, those that are warm, or all of a feed. Pages do "
        "not need it (a cold stream is rebuilt by its first reader): it warms up an empty Redis before "
        "readers come, or ends a difference at once. Exit code: 0, 2 if the store does not answer, 130 "
        "interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("owner", nargs="?", type=owner_argument, help="the row, as auth.user:7")
        which.add_argument("--warm", action="store_true", help="every stream that is in Redis now")
        which.add_argument("--all", action="store_true", help="every owner of --feed, warm or cold")
        parser.add_argument("--feed", type=feed_argument, help="only this feed, such as home")
        parser.add_argument(
            "--after", metavar="WHICH", help="go on after this one (an interrupted run tells)"
        )

    def needs_one(self, options: dict[str, Any]) -> bool:
        return options["owner"] is not None or options["after"] is not None

    def run(
        self,
        *args: Any,
        owner: Ref | None,
        warm: bool,
        feed: type[Feed] | None,
        after: str | None,
        **options: Any,
    ) -> None:
        store = self.store()
        chosen = [feed] if feed else feeds() if owner is None else feeds_of(owner)
        with self.ending_well():
            if owner is not None:
                self._run(store, [one(owner) for one in chosen], len(chosen))
            elif warm:
                found = _warm(store, chosen, after)
                self._run(store, found, len(found))
            elif feed is None:
                raise CommandError("--all needs --feed: one feed at a time.", returncode=2)
            else:
                everyone = owners(feed, after=_place(feed, after))
                self._run(store, (feed(ref) for ref in everyone), count_owners(feed), by_owner=True)

    def _run(self, store: StreamStore, found: Iterable[Feed], total: int, *, by_owner: bool = False) -> None:
        progress = Progress(self.stderr, "rebuilding", total)
        rebuilt, last = 0, ""
        try:
            for feed in found:
                rebuilt += rebuild_anew(feed, store)
                last = str(feed.owner) if by_owner else feed.stream
                progress.step()
        except KeyboardInterrupt:
            progress.clear()
            start = f"go on with --after {shlex.quote(last)}" if last else "start again"
            self.say(f"Interrupted: {progress.done} of {total} streams; {start}.")
            raise SystemExit(INTERRUPTED) from None
        progress.clear()
        self.say(f"{rebuilt} of {progress.done} streams rebuilt.")
        if rebuilt < progress.done:
            self.say(f"{progress.done - rebuilt} were changed meanwhile: their next readers rebuild them.")


def _warm(store: StreamStore, chosen: Sequence[type[Feed]], after: str | None) -> list[Feed]:
    """The feeds whose streams are not cold, in an order in which one can go on."""
    names = {feed.name for feed in chosen}
    found = {stream for stream in store.streams() if after is None or stream > after}
    parsed = (Feed.parse_stream(stream) for stream in sorted(found))
    return [feed for feed in parsed if feed is not None and feed.name in names]


def _place(feed: type[Feed], after: str | None) -> Ref | None:
    if after is None:
        return None
    try:
        ref = owner_argument(after)
    except ArgumentTypeError as error:
        raise CommandError(str(error), returncode=2) from error
    if ref.model not in {model._meta.label_lower for model in owner_models(feed)}:
        raise CommandError(f"{ref} cannot own a {feed.name} feed.", returncode=2)
    try:
        with transaction.atomic(using=router.db_for_write(apps.get_model(ref.model))):
            next(owners(feed, after=ref), None)
    except REFUSALS as error:
        raise CommandError(f"--after: no row can have the key {ref.id!r}: {error}", returncode=2) from error
    return ref
