"""manage.py activitystream_import_follows."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.management.base import CommandError
from django.db import models, transaction

from activitystream.exceptions import InvalidFollow
from activitystream.graph import check_kind, follow_pairs, hold
from activitystream.journal import write_alias, writing
from activitystream.management.common import INTERRUPTED, StreamCommand, positive
from activitystream.management.progress import Progress
from activitystream.models import FOLLOW, Follow, FollowRequest, Ref, to_key
from activitystream.parts import in_parts
from activitystream.registry import find_rows

COLUMNS = ("follower", "followee")
OPTIONAL = ("kind",)
BATCH = 1000
"""Lines that are read, and written, together."""
PARAMETERS = 500
"""Values that one query takes."""


class Line(NamedTuple):
    """A follow to be made, and the line of the file that says so."""

    number: int
    follower: str
    followee: str
    kind: str
    surplus: bool
    """Whether it has more cells than there are columns."""
    broken: str = ""
    """Why it is no line of a CSV file, if it is none."""


class Refused(Exception):
    """Why a line makes no follow."""


class Command(StreamCommand):
    """Follow what a CSV file says."""

    help = (
        "Follow what a CSV file (UTF-8) says. Its first line names the columns: follower (a user's key), "
        "followee (a user's key, or any row: photos.album:7) and, if you like, kind. Follows that there are "
        "already change nothing, so a file can be imported again. Lines that cannot be are told with their "
        "numbers; the others are done. Exit code: 0, 1 if a line was refused, 2 if the file cannot be read, "
        "130 interrupted (go on with --after)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and write nothing"
        )
        parser.add_argument("--after", type=positive, default=1, metavar="LINE", help="go on after this line")
        parser.add_argument(
            "--by", default="pk", metavar="FIELD", help="users are named by this unique field"
        )
        parser.add_argument(
            "--accepted", action="store_true", help="make follows of private accounts, too, and no requests"
        )

    def needs_one(self, options: dict[str, Any]) -> bool:
        return True

    def run(self, *args: Any, file: Path, after: int, by: str, **options: Any) -> None:
        importer = _Importer(_field(by), consent=options["accepted"], dry_run=options["dry_run"])
        last = after
        try:
            with self.ending_well():
                progress = Progress(self.stderr, "importing", max(0, _count_lines(file) - after))
                for batch in _batches(_lines(file, after)):
                    wrong = importer.take(batch)
                    last = batch[-1].number
                    progress.clear()
                    for number, reason in wrong:
                        self.stderr.write(f"line {number}: {reason}")
                    for _ in batch:
                        progress.step()
                progress.clear()
        except KeyboardInterrupt:
            self.say(f"Interrupted: {importer.told()}. Go on with --after {last}.")
            raise SystemExit(INTERRUPTED) from None
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            text = f"{file} cannot be read: {error}. Done up to line {last}: {importer.told()}."
            raise CommandError(text, returncode=2) from error
        self.say(importer.told())
        if importer.refused:
            raise CommandError(f"{importer.refused} lines were refused.", returncode=1)


def _field(name: str) -> models.Field[Any, Any]:
    """The field that names users, if no two have the same."""
    meta = get_user_model()._meta
    try:
        field = meta.pk if name == "pk" else meta.get_field(name)
    except FieldDoesNotExist as error:
        raise CommandError(f"--by: {meta.label} has no field {name!r}", returncode=2) from error
    if not isinstance(field, models.Field) or not (field.unique or field.primary_key):
        raise CommandError(f"--by: {name} is not unique: it names no user", returncode=2)
    return field


def _count_lines(file: Path) -> int:
    with file.open("rb") as opened:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: opened.read(1 << 20), b""))


def _lines(file: Path, after: int) -> Iterator[Line]:
    """The lines after this one, one at a time: the file may be larger than the memory."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened, strict=True)
        names = reader.fieldnames or []
        if not set(COLUMNS) <= set(names) <= {*COLUMNS, *OPTIONAL} or len(names) > len(set(names)):
            wanted = ", ".join(COLUMNS)
            raise CommandError(
                f"{file}: the first line must name the columns {wanted} (and kind, if you like), each once, "
                f"not {', '.join(names)[:100] or 'nothing'}",
                returncode=2,
            )
        last: int | None = max(after, reader.line_num)
    while last is not None:
        last = yield from _records(file, names, last)


def _records(file: Path, names: Sequence[str], last: int) -> Generator[Line, None, int | None]:
    """Yield the lines after this one. Return the number of a line whose quote is open to the end of the file:
    what follows it is to be read anew; None at the end."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        for _ in range(last):
            opened.readline()
        reader = csv.reader(opened, strict=True)
        while True:
            begin = last + reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error as error:
                yield Line(begin, "", "", "", surplus=False, broken=f"it cannot be read: {error}")
                if last + reader.line_num > begin:
                    return begin
                continue
            if row is None:
                return None
            if row:
                cells = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
                kind = cells.get("kind") or FOLLOW
                named = cells.get("follower", ""), cells.get("followee", "")
                yield Line(last + reader.line_num, *named, kind, surplus=len(row) > len(names))


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


class _Importer:
    """Makes the follows of lines, a batch in a transaction, and counts."""

    def __init__(self, field: models.Field[Any, Any], *, consent: bool, dry_run: bool) -> None:
        self._field, self._consent, self._dry_run = field, consent, dry_run
        self.following = self.requested = self.refused = 0

    def told(self) -> str:
        """What was done."""
        would = "dry run: would be " if self._dry_run else ""
        return f"{would}followed {self.following}, requested {self.requested}, refused {self.refused}"

    def take(self, batch: list[Line]) -> list[tuple[int, str]]:
        """Make these follows. The lines that are refused, and why."""
        wrong: list[tuple[int, str]] = []
        with writing():
            users, rows = self._users(batch), self._rows(batch)
            of_kind: dict[str, list[tuple[Any, Any, int]]] = {}
            for line in batch:
                try:
                    follower, row = _checked(line, users, rows)
                except Refused as error:
                    wrong.append((line.number, str(error)))
                else:
                    of_kind.setdefault(line.kind, []).append((follower, row, line.number))
            hold(*{follower.pk for lines in of_kind.values() for follower, _, _ in lines})
            for kind, lines in of_kind.items():
                wrong += self._follow(kind, lines)
            if self._dry_run:
                transaction.set_rollback(True, using=write_alias())
        self.refused += len(wrong)
        return sorted(wrong)

    def _follow(self, kind: str, lines: Sequence[tuple[Any, Any, int]]) -> Iterator[tuple[int, str]]:
        wanted = [(follower, row) for follower, row, _ in lines]
        made = follow_pairs(wanted, kind, consent=self._consent)
        for one in {id(one): one for one in made}.values():  # a line may be repeated
            self.requested += isinstance(one, FollowRequest)
            self.following += isinstance(one, Follow)
        for (_, _, number), one in zip(lines, made, strict=True):
            if isinstance(one, Exception):
                yield number, str(one)

    def _users(self, batch: list[Line]) -> dict[str, Any]:
        """The users that the batch names, by what it calls them."""
        names = {name for line in batch for name in (line.follower, line.followee)}
        values = {name: value for name in names if (value := self._value(name)) is not None}
        users = get_user_model()._default_manager.using(write_alias())
        found = {
            getattr(user, self._field.attname): user
            for some in in_parts(list(values.values()), PARAMETERS)
            for user in users.filter(**{f"{self._field.name}__in": some})
        }
        return {name: found[value] for name, value in values.items() if value in found}

    def _value(self, name: str) -> Any:
        if self._field.primary_key:
            return to_key(get_user_model(), name) if name else None
        try:
            return self._field.to_python(name) if name and "\0" not in name else None
        except ValidationError:
            return None

    def _rows(self, batch: list[Line]) -> dict[str, Any]:
        """The other rows that the batch names, by their refs, if they may be shown."""
        refs = {}
        for name in {line.followee for line in batch if ":" in line.followee}:
            try:
                ref = Ref.parse(name)
            except ValueError:
                continue
            refs[name] = Ref(ref.model.lower(), ref.id)
        rows = {
            ref: row
            for some in in_parts(list(refs.values()), PARAMETERS)
            for ref, row in find_rows(some).items()
        }
        return {name: rows[ref] for name, ref in refs.items() if ref in rows}


def _checked(line: Line, users: Mapping[str, Any], rows: Mapping[str, Any]) -> tuple[Any, Any]:
    if line.broken:
        raise Refused(line.broken)
    if line.surplus:
        raise Refused("it has more cells than the first line names columns")
    if line.follower not in users:
        raise Refused(f"there is no follower {line.follower[:100]!r}")
    row = rows.get(line.followee, users.get(line.followee))
    if row is None:
        raise Refused(f"there is no followee {line.followee[:100]!r}")
    try:
        check_kind(line.kind)
    except InvalidFollow as error:
        raise Refused(str(error)) from error
    return users[line.follower], row
