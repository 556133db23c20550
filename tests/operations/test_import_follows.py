"""manage.py activitystream_import_follows."""

from __future__ import annotations

import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activitystream import block, is_following
from activitystream.graph import making
from activitystream.management.commands import activitystream_import_follows as command
from activitystream.models import Follow, FollowRequest, JournalEntry
from tests.app.models import Album
from tests.kit import Shrink

pytestmark = pytest.mark.usefixtures("transactional_db")


class Ran:
    """What a run of the command said."""

    def __init__(self, file: Path, **options: Any) -> None:
        self.out, self.err, self.code = StringIO(), StringIO(), 0
        try:
            call_command("activitystream_import_follows", file, stdout=self.out, stderr=self.err, **options)
        except CommandError as error:
            self.code, self.error = error.returncode, str(error)
        except SystemExit as error:
            self.code = int(error.code or 0)

    @property
    def said(self) -> str:
        return self.out.getvalue().strip()

    @property
    def told(self) -> list[str]:
        return self.err.getvalue().splitlines()


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def make(*lines: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "follows.csv"
        path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
        return path

    return make


def test_a_file(ana: Any, ben: Any, write: Any) -> None:
    album = Album.objects.create(title="Alps", owner=ben)
    file = write(
        "follower,followee,kind",
        f"{ana.pk},{ben.pk},",
        f"{ana.pk},app.Album:{album.pk},watch",
        f" {ben.pk} , {ana.pk} ,follow",
        encoding="utf-8-sig",
    )
    ran = Ran(file)
    assert (ran.code, ran.said) == (0, "followed 3, requested 0, refused 0")
    assert is_following(ana, ben)
    assert is_following(ben, ana)
    assert is_following(ana, album, "watch")
    assert Ran(file).said == ran.said  # again: nothing changes
    assert Follow.objects.count() == 3


def test_users_by_another_field(ana: Any, ben: Any, write: Any) -> None:
    assert Ran(write("followee,follower", "ben,ana"), by="username").code == 0
    assert is_following(ana, ben)
    for field in ("email", "nothing"):
        assert Ran(write("followee,follower"), by=field).code == 2


def test_lines_that_are_refused_have_numbers(ana: Any, ben: Any, people: Any, write: Any) -> None:
    [eve] = people("eve")
    block(eve, ana)
    file = write(
        "follower,followee,kind",
        f"{ana.pk},{ben.pk},follow",
        "999,1,",
        f"{ana.pk},{ana.pk},",
        f"{ana.pk},auth.user:{eve.pk},",
        f"{ana.pk},app.album:{uuid.uuid4()},",
        f"{ana.pk},no.thing:1,",
        f"{ana.pk},,",
        f"{ana.pk},{ben.pk},{'k' * 33}",
        f"{ana.pk},{ben.pk},follow,more",
        f"{2**70},{ben.pk},",
        "\0,x,",
    )
    ran = Ran(file)
    assert (ran.code, ran.said) == (1, "followed 1, requested 0, refused 10")
    assert [line.split(":")[0] for line in ran.told] == [f"line {number}" for number in range(3, 13)]
    assert "no follower '999'" in ran.told[0]
    assert "oneself" in ran.told[1]
    assert f"there is no auth.user with the id '{eve.pk}'" in ran.told[2]
    assert "no followee 'no.thing:1'" in ran.told[4]
    assert "kind must be" in ran.told[6]
    assert "more cells" in ran.told[7]
    assert is_following(ana, ben)


def test_a_dry_run_writes_nothing(ana: Any, ben: Any, write: Any) -> None:
    ran = Ran(write("follower,followee", f"{ana.pk},{ben.pk}", "9,9"), dry_run=True)
    assert ran.said == "dry run: would be followed 1, requested 0, refused 1"
    assert not is_following(ana, ben)
    assert not JournalEntry.objects.exists()


def test_private_accounts_are_asked(ana: Any, ben: Any, private_rows: None, write: Any) -> None:
    ben.last_name = "private"
    ben.save()
    file = write("follower,followee", f"{ana.pk},{ben.pk}")
    assert Ran(file).said == "followed 0, requested 1, refused 0"
    assert FollowRequest.objects.count() == 1
    assert Ran(file, accepted=True).said == "followed 1, requested 0, refused 0"
    assert is_following(ana, ben)
    assert not FollowRequest.objects.exists()


def test_an_interrupted_run_goes_on(
    ana: Any, people: Any, write: Any, monkeypatch: pytest.MonkeyPatch, shrink: Shrink
) -> None:
    others = people(4)
    shrink("management.commands.activitystream_import_follows", BATCH=2)
    file = write("follower,followee", *(f"{ana.pk},{other.pk}" for other in others))
    real, calls = making.follow_pairs, []

    def then_stop(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(command, "follow_pairs", then_stop)
    ran = Ran(file)
    assert (ran.code, ran.said[-len("Go on with --after 3.") :]) == (130, "Go on with --after 3.")
    assert Follow.objects.count() == 2
    assert Ran(file, after=3).said == "followed 2, requested 0, refused 0"
    assert Follow.objects.count() == 4


def test_files_that_cannot_be_read(tmp_path: Path, write: Any) -> None:
    broken = tmp_path / "latin.csv"
    broken.write_bytes(b"follower,followee\n1,\xe9\n")
    for file in (
        tmp_path / "none.csv",
        broken,
        tmp_path,
        write(),
        write("a,b"),
    ):
        assert Ran(file).code == 2, file


def test_the_queries_do_not_grow_with_the_lines(ana: Any, people: Any, write: Any) -> None:
    others = people(40)
    counts = []
    for some in (others[:1], others[1:3], others[3:]):  # the first fills the cache of content types
        file = write("follower,followee", *(f"{ana.pk},{other.pk}" for other in some))
        with CaptureQueriesContext(connection) as captured:
            assert Ran(file).code == 0
        counts.append(len(captured))
    assert counts[1] == counts[2]


@pytest.mark.parametrize("private", [False, True])
def test_a_thousand_lines_of_a_thousand_followers(
    private: bool, people: Any, write: Any, private_rows: Any
) -> None:
    """A query for each line, or for each follower, would be too many: an import is of a whole site."""
    users = people(1000)
    if private:
        get_user_model().objects.update(last_name="private")
    pairs = zip(users, users[1:] + users[:1], strict=True)
    file = write("follower,followee", *(f"{one.pk},{other.pk}" for one, other in pairs))
    block(users[2], users[1])
    with CaptureQueriesContext(connection) as captured:
        ran = Ran(file)
    made = FollowRequest if private else Follow
    assert made.objects.count() == 999
    assert ran.said == f"followed {0 if private else 999}, requested {999 if private else 0}, refused 1"
    assert [line.split(":")[0] for line in ran.told] == ["line 3"]
    assert len(captured) < 80
    with CaptureQueriesContext(connection) as again:
        Ran(file)
    assert made.objects.count() == 999
    assert len(again) < 80


def test_each_refused_line_is_reported(ana: Any, ben: Any, write: Any) -> None:
    block(ana, ben)
    ran = Ran(write("follower,followee", *[f"{ana.pk},{ben.pk}"] * 2, f"0{ana.pk},auth.user:{ben.pk}"))
    assert [line.split(":")[0] for line in ran.told] == ["line 2", "line 3", "line 4"]
    assert ran.said == "followed 0, requested 0, refused 3"


@pytest.mark.parametrize("header", ["follower,followee,follower", "follower,followee,kind,kind"])
def test_a_repeated_column(header: str, write: Any) -> None:
    ran = Ran(write(header, "1,2,3,4"))
    assert ran.code == 2
    assert "each once" in ran.error


@pytest.mark.parametrize("broken", ['"1"2,3', '"1,2'])
def test_a_broken_quote_costs_one_line(broken: str, ana: Any, ben: Any, write: Any) -> None:
    file = write("follower,followee", f"{ana.pk},{ben.pk}", broken, f"{ben.pk},{ana.pk}")
    ran = Ran(file)
    assert [line.split(": ")[:2] for line in ran.told] == [["line 3", "it cannot be read"]]
    assert (ran.said, ran.code) == ("followed 2, requested 0, refused 1", 1)
    assert Ran(file, after=3).said == "followed 1, requested 0, refused 0"
