"""What the commands share: their arguments, their ends."""

from __future__ import annotations

import signal
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable, UnknownSpace
from activitystream.feeds import Feed, get_feed
from activitystream.ids import to_datetime
from activitystream.models import Ref
from activitystream.spaces import current, names, using
from activitystream.streams import StreamStore, get_store

__all__ = ["INTERRUPTED", "StreamCommand", "feed_argument", "moment", "owner_argument", "positive", "span"]

INTERRUPTED = 130
"""What a shell gives for a program that Ctrl-C ended."""


def owner_argument(text: str) -> Ref:
    """`auth.user:7`, as argparse wants it."""
    try:
        ref = Ref.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    if (model := Ref(ref.model.lower(), "").model_class) is None:
        raise ArgumentTypeError(f"there is no model {ref.model!r}")
    found = Ref.of_text(*ref)
    if found is None:
        raise ArgumentTypeError(f"{ref.id!r} cannot be a key of {model._meta.label}")
    return found


def feed_argument(text: str) -> type[Feed]:
    """The name of a feed, as argparse wants it."""
    try:
        return get_feed(text)
    except LookupError as error:
        raise ArgumentTypeError(str(error)) from error


def positive(text: str) -> int:
    """A whole number from 1 on, as argparse wants it."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def moment(id: int) -> str:
    """When the activity of this id was published, for people."""
    return to_datetime(id).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(seconds: float) -> str:
    """A time in its two largest units: "29 days 23 h"."""
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((at for at, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number) or "0 s"


class StreamCommand(BaseCommand):
    """A command about streams, or about the rows of the app.

    On a site with `SPACES` it runs in each space in turn, or in the one that `--space` names. Subclasses
    implement `run`.
    """

    requires_migrations_checks = True

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if settings.SPACES is not None:
            parser.add_argument("--space", metavar="NAME", help="only in this space, such as acme.12")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = options.pop("space", None)
        if settings.SPACES is None:
            self.run(**options)
        elif chosen is not None or self.needs_one(options):
            with using(self.known(chosen)):
                self.run(**options)
        else:
            self._run_in_all(options)

    def run(self, *args: Any, **options: Any) -> None:
        """Do the work, in the current space."""
        raise NotImplementedError

    def needs_one(self, options: dict[str, Any]) -> bool:
        """Whether with these options the command is about rows of one space."""
        return False

    def known(self, space: str | None) -> str:
        """The name, if there is such a space; without a name, that of the current space."""
        known, name = names(), current() if space is None else space
        if name in known:
            return name
        some = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
        raise CommandError(
            f"Name one of the spaces with --space: {some or 'there is none yet'}.", returncode=2
        )

    def _run_in_all(self, options: dict[str, Any]) -> None:
        """Run in every space, whatever happens in one; the exit code is the highest."""
        worst = 0
        for space in names():
            self.say(f"{space}:")
            try:
                with using(space):
                    self.run(**options)
            except UnknownSpace:
                self.say("It was deleted meanwhile.")
            except CommandError as error:
                self.stderr.write(f"{space}: {error}")
                worst = max(worst, error.returncode)
            except Exception as error:  # noqa: BLE001  (the others do not depend on it)
                self.stderr.write(f"{space}: {type(error).__name__}: {str(error).strip()}")
                worst = max(worst, 2)
            except SystemExit as end:
                if end.code == INTERRUPTED:
                    raise
                worst = max(worst, int(end.code or 0))
        if worst:
            raise SystemExit(worst)

    def store(self) -> StreamStore:
        """The store; CommandError if feeds are answered by SQL alone."""
        store = get_store()
        if store is None:
            raise CommandError('There are no streams: ACTIVITYSTREAM["STREAMS"] is None.', returncode=2)
        return store

    def say(self, text: str = "") -> None:
        """A line of the output."""
        self.stdout.write(text)

    @contextmanager
    def ending_well(self) -> Iterator[None]:
        """One line where the store does not answer; SIGTERM ends the command as Ctrl-C does."""
        before = _on_sigterm(_interrupt)
        try:
            yield
        except StoreUnavailable as error:
            raise CommandError(f"The stream store does not answer: {error}", returncode=2) from error
        finally:
            _on_sigterm(before)


def _interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def _on_sigterm(handler: Any) -> Any:
    """Set the handler; what it was. Only the main thread of a program may."""
    try:
        return signal.signal(signal.SIGTERM, handler)
    except ValueError:
        return None
