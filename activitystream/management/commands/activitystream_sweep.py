"""manage.py activitystream_sweep."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connections

from activitystream.exceptions import StoreUnavailable, UnknownSpace
from activitystream.journal import Swept, pending, stalled, sweep
from activitystream.management.common import INTERRUPTED, StreamCommand, positive
from activitystream.management.progress import Progress
from activitystream.publishing import forget_receipts, review
from activitystream.spaces import names, using
from activitystream.streams import get_whole_store


class Command(StreamCommand):
    """Go on with journal entries that stand still; forget what no client asks for any more."""

    help = (
        "Go on with journal entries that stand still because a worker, Redis or the database failed under "
        "them. Run it every minute (cron), or let it run (--every 10). Several at once do no harm. Receipts "
        "of requests to the API that are a week old are deleted: without streams, that is all. Exit code: 0, "
        "or 1 if entries failed again and stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every",
            type=positive,
            metavar="SECONDS",
            help="sweep again and again, with this pause, until SIGTERM or Ctrl-C",
        )
        parser.add_argument(
            "--now",
            action="store_true",
            help="take all pending entries, not only those older than the setting SWEEP_AFTER",
        )

    def handle(self, *args: Any, every: int | None, now: bool, **options: Any) -> None:
        if get_whole_store() is None:
            self.say('There are no streams (ACTIVITYSTREAM["STREAMS"] is None): only receipts are swept.')
        try:
            with self.ending_well():
                if every is None:
                    super().handle(now=now, **options)
                else:
                    self._again_and_again(every, now, options.get("space"))
        except KeyboardInterrupt:
            self.say("Stopped. An entry that was under way goes on where it stood, at the next sweep.")
            raise SystemExit(INTERRUPTED if every is None else 0) from None

    def run(self, *args: Any, now: bool, **options: Any) -> None:
        swept = self._sweep(now)
        if get_whole_store() is not None:
            self.say(_told(swept, pending().count(), now))
        if swept.failed:
            raise CommandError(f"{swept.failed} failed and stay: the log says why.", returncode=1)

    def _sweep(self, now: bool) -> Swept:
        older_than = 0.0 if now else None
        forget_receipts()
        review()
        progress = Progress(self.stderr, "sweeping", stalled(older_than).count())
        try:
            return sweep(lambda swept: progress.step(), older_than=older_than)
        finally:
            progress.clear()

    def _again_and_again(self, every: int, now: bool, space: str | None) -> None:
        self.say(f"Sweeping every {every} s.")
        while True:
            try:
                for name in names() if space is None else [self.known(space)]:
                    self._one_of_many(name, now)
            except DatabaseError as error:
                self.say(f"The database does not answer: {type(error).__name__}: {str(error).strip()}")
                connections.close_all()  # the next sweep connects anew
            self.stdout.flush()
            time.sleep(every)

    def _one_of_many(self, space: str, now: bool) -> None:
        """Sweep one space. What is wrong with it stops the others only if it is the server that fails."""
        try:
            with using(space):
                swept = self._sweep(now)
                if swept.done or swept.failed:
                    told = _told(swept, pending().count(), now)
                    self.say(f"{space}: {told}" if space else told)
        except UnknownSpace:
            return  # it was deleted meanwhile
        except (InterfaceError, OperationalError, StoreUnavailable):
            raise
        except Exception as error:
            if not space:
                raise
            self.say(f"{space}: {type(error).__name__}: {str(error).strip()}")


def _told(swept: Swept, left: int, now: bool) -> str:
    young = 0 if now else left - swept.failed
    hint = f" ({young} too young, see --now)" if young > 0 else ""
    return f"done {swept.done}, failed {swept.failed}, pending {left}{hint}"
