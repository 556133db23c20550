"""The other commands: sweep, rebuild, inspect, stats."""

from __future__ import annotations

import io
import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management.base import OutputWrapper
from django.db import OperationalError
from django.utils import timezone

from activitystream import HomeFeed, OutboxFeed, follow, publish
from activitystream.journal import pending
from activitystream.management.common import span
from activitystream.management.progress import Progress
from activitystream.models import Activity, JournalEntry, Receipt, Sweep
from activitystream.streams import State
from activitystream.streams.memory import MemoryStore
from activitystream.testing import store_down
from tests.kit import Clocks, Shrink, Spying

from .helpers import Ran, spoil

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., Ran]

COMMANDS = ["sweep", "verify", "rebuild", "inspect", "stats"]


def module(name: str) -> Any:
    return import_module(f"activitystream.management.commands.activitystream_{name}")


@pytest.fixture
def taken(dispatched: list[JournalEntry]) -> list[JournalEntry]:
    """The fan-outs that no worker has taken yet."""
    return dispatched


@pytest.fixture
def down() -> Iterator[None]:
    """A store that does not answer."""
    with store_down():
        yield


# -- sweep ---------------------------------------------------------------------------------------------


def test_sweep_goes_on_with_what_stands_still(
    command: Command, store: MemoryStore, ana: Any, ben: Any, posted: list[Activity], taken: Any
) -> None:
    late = publish(actor=ana, verb="say")
    assert command("sweep") == (0, "done 1, failed 0, pending 0\n", "")
    assert store.contents(HomeFeed(ben).stream).ids[0] == late.id
    assert command("sweep") == (0, "done 0, failed 0, pending 0\n", "")


def test_sweep_leaves_young_entries_to_their_workers_unless_told(
    command: Command, settings: Any, ana: Any, ben: Any, taken: Any
) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "SWEEP_AFTER": 60}
    publish(actor=ana, verb="say")
    assert command("sweep").out == "done 0, failed 0, pending 1 (1 too young, see --now)\n"
    assert command("sweep", "--now").out == "done 1, failed 0, pending 0\n"


def test_sweep_tells_of_what_failed(command: Command, ana: Any, ben: Any, taken: Any, down: None) -> None:
    publish(actor=ana, verb="say")
    ran = command("sweep")
    assert (ran.code, ran.out) == (1, "done 0, failed 1, pending 1\n")
    assert pending().count() == 1


def test_sweep_every_goes_on_over_a_fault_until_sigterm(
    command: Command, ana: Any, ben: Any, taken: Any, monkeypatch: pytest.MonkeyPatch, clock: Clocks
) -> None:
    publish(actor=ana, verb="say")
    publish(actor=ana, verb="say")
    now = clock("management.commands.activitystream_sweep")
    sweep = module("sweep").sweep

    def fail_at_first(*args: Any, **kwargs: Any) -> Any:
        if not now.naps:
            raise OperationalError("server closed the connection")
        return sweep(*args, **kwargs)

    def nap(seconds: float) -> None:
        if len(now.naps) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    monkeypatch.setattr(module("sweep"), "sweep", fail_at_first)
    now.on_sleep = nap
    before = signal.getsignal(signal.SIGTERM)
    ran = command("sweep", "--every", "7")
    assert signal.getsignal(signal.SIGTERM) is before
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "Sweeping every 7 s.",
        "The database does not answer: OperationalError: server closed the connection",
        "done 2, failed 0, pending 0",
        "Stopped. An entry that was under way goes on where it stood, at the next sweep.",
    ]
    assert now.naps == [7, 7, 7]


def test_an_interrupted_sweep_loses_nothing(
    command: Command, ana: Any, ben: Any, taken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(actor=ana, verb="say")

    def interrupt(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MemoryStore, "add", interrupt)
        ran = command("sweep")
    assert ran.code == 130
    assert ran.out.startswith("Stopped.")
    assert command("sweep").out == "done 1, failed 0, pending 0\n"


NO_STREAMS = 'There are no streams (ACTIVITYSTREAM["STREAMS"] is None): only receipts are swept.'


@pytest.fixture
def receipts(ana: Any) -> None:
    """A receipt that is old, and one that is not."""
    for key, days in (("old", 8), ("new", 6)):
        Receipt.objects.create(user=ana, key=key, digest="d", activities=[])
        Receipt.objects.filter(key=key).update(created=timezone.now() - timedelta(days=days))


def kept() -> list[str]:
    return list(Receipt.objects.values_list("key", flat=True))


def test_sweep_forgets_old_receipts(command: Command, receipts: None, down: None) -> None:
    assert command("sweep") == (0, "done 0, failed 0, pending 0\n", "")
    assert kept() == ["new"]


def test_sweep_forgets_old_receipts_without_streams(command: Command, receipts: None, configure: Any) -> None:
    configure(STREAMS=None)
    assert command("sweep") == (0, f"{NO_STREAMS}\n", "")
    assert kept() == ["new"]
    assert "last sweep: never" not in command("stats").out


def test_sweep_every_forgets_them_again_and_again(
    command: Command, receipts: None, configure: Any, clock: Clocks
) -> None:
    configure(STREAMS=None)
    left: list[list[str]] = []

    def nap(seconds: float) -> None:
        left.append(kept())
        Receipt.objects.update(created=timezone.now() - timedelta(days=8))
        if len(left) == 2:
            raise KeyboardInterrupt

    clock("management.commands.activitystream_sweep").on_sleep = nap
    ran = command("sweep", "--every", "7")
    assert (ran.code, left) == (0, [["new"], []])
    assert ran.out.splitlines()[:2] == [NO_STREAMS, "Sweeping every 7 s."]


def test_sweep_leaves_the_journal_of_former_streams_alone(
    command: Command, ana: Any, ben: Any, taken: Any, configure: Any
) -> None:
    follow(ben, ana)
    publish(actor=ana, verb="say")
    configure(STREAMS=None)
    assert command("sweep", "--now") == (0, f"{NO_STREAMS}\n", "")
    assert pending().count() == 1


# -- interruption and faults ---------------------------------------------------------------------------


def test_interrupted_commands_say_where_to_go_on(
    command: Command,
    store: MemoryStore,
    ana: Any,
    ben: Any,
    posted: list[Activity],
    shrink: Shrink,
    store_with: Spying,
) -> None:
    users = [get_user_model().objects.create(username=f"u{n}") for n in range(5)]
    for user in users:
        OutboxFeed(user).page()
        HomeFeed(user).page()
    shrink("operations.verify", BATCH=2)
    shrink("management.commands.activitystream_verify", BATCH=2)
    calls: list[str] = []

    def stop_at_the_sixth(method: Any) -> Any:
        def call(stream: str, *args: Any) -> Any:
            calls.append(stream)
            if len(calls) == 6:
                raise KeyboardInterrupt
            return method(stream, *args)

        return call

    names = sorted(store.streams())
    store_with(contents=stop_at_the_sixth(store.contents))
    ran = command("verify")
    assert ran.code == 130
    assert ran.out == f"Interrupted: 5 of 11 streams verified; go on with --after {names[3]}.\n"
    assert command("verify", "--after", names[3]).out.startswith("7 of 7")
    calls.clear()
    store_with(begin=stop_at_the_sixth(store.begin))
    ran = command("rebuild", "--warm")
    assert ran == (130, f"Interrupted: 5 of 11 streams; go on with --after {names[4]}.\n", "")
    assert command("rebuild", "--warm", "--after", names[4]).out == "5 of 5 streams rebuilt.\n"
    calls.clear()
    ran = command("rebuild", "--all", "--feed", "home")
    assert f"5 of 7 streams; go on with --after auth.user:{users[2].pk}." in ran.out
    ran = command("rebuild", "--all", "--feed", "home", "--after", f"auth.user:{users[2].pk}")
    assert ran.out == "2 of 2 streams rebuilt.\n"


def test_interrupted_at_once_one_starts_again(
    command: Command, ben: Any, posted: list[Activity], store_with: Spying
) -> None:
    def interrupt(*args: Any) -> None:
        raise KeyboardInterrupt

    store_with(contents=interrupt)
    assert command("verify") == (130, "Interrupted: 0 of 1 streams verified; start again.\n", "")


@pytest.mark.parametrize(
    "line", ["verify", "rebuild --warm", "rebuild auth.user:1", "inspect auth.user:1", "stats"]
)
def test_a_store_that_does_not_answer_is_told_in_one_line(
    command: Command, ana: Any, ben: Any, down: None, line: str
) -> None:
    ran = command(*line.split())
    assert ran.code == 2
    assert ran.err == "The stream store does not answer: the server is down"


# -- rebuild -------------------------------------------------------------------------------------------


def test_rebuild_one_owner(command: Command, store: MemoryStore, ana: Any, ben: Any, posted: Any) -> None:
    spoil(store, HomeFeed(ben).stream, [])
    ran = command("rebuild", f"auth.user:{ben.pk}", "--feed", "home")
    assert ran == (0, "1 of 1 streams rebuilt.\n", "")
    assert list(store.streams()) == [HomeFeed(ben).stream]
    assert len(store.contents(HomeFeed(ben).stream).ids) == 5
    assert command("rebuild", f"auth.user:{ben.pk}").code == 0
    assert len(list(store.streams())) == len(import_module("activitystream.feeds").feeds())


def test_rebuild_what_is_warm(command: Command, store: MemoryStore, ana: Any, ben: Any, posted: Any) -> None:
    OutboxFeed(ana).page()
    for stream in list(store.streams()):
        spoil(store, stream, [])
    assert command("rebuild", "--warm", "--feed", "home").out == "1 of 1 streams rebuilt.\n"
    assert command("verify").code == 1
    assert command("rebuild", "--warm").out == "2 of 2 streams rebuilt.\n"
    assert command("verify").code == 0


def test_rebuild_all_owners(command: Command, store: MemoryStore, ana: Any, ben: Any, posted: Any) -> None:
    assert command("rebuild", "--all", "--feed", "home").out == "2 of 2 streams rebuilt.\n"
    assert set(store.streams()) == {HomeFeed(ana).stream, HomeFeed(ben).stream}
    assert command("rebuild", "--all").code == 2
    assert command("rebuild", "--all", "--feed", "home", "--after", "app.photo:1").code == 2
    assert command("rebuild", "--all", "--feed", "outbox").out == "2 of 2 streams rebuilt.\n"


@pytest.mark.parametrize(
    "line", ["rebuild", "rebuild --warm auth.user:1", "inspect", "inspect 7", "sweep --every 0"]
)
def test_wrong_arguments(command: Command, db: None, line: str) -> None:
    assert command(*line.split()).code != 0


# -- inspect -------------------------------------------------------------------------------------------


def test_inspect_in_words(command: Command, store: MemoryStore, ana: Any, ben: Any, posted: Any) -> None:
    line = ("inspect", f"auth.user:{ben.pk}", "--feed", "home")
    out = command(*line).out.splitlines()
    assert out[0] == HomeFeed(ben).stream
    assert re.fullmatch(
        r"  stream: warm and complete; 5 ids, newest of 20\S+ \S+ UTC, oldest of 20\S+ \S+ UTC", out[1]
    )
    assert out[2].startswith("          expires in 29 days 23 h unless it is read")
    assert re.fullmatch(r"  query:  5 ids, newest of .* UTC, in \d+\.\d ms", out[3])
    assert out[4] == "  they agree"
    store.delete([HomeFeed(ben).stream])
    assert "stream: cold; its next reader rebuilds it" in command(*line).out
    store.begin(HomeFeed(ben).stream, "token")
    assert "stream: being rebuilt" in command(*line).out
    assert store.contents(HomeFeed(ben).stream).state is State.BUILDING, "it changes nothing"


def test_inspect_lists_ids(command: Command, store: MemoryStore, ana: Any, ben: Any, posted: Any) -> None:
    ids = store.contents(HomeFeed(ben).stream).ids
    spoil(store, HomeFeed(ben).stream, [*ids[1:], 5])
    posted[1].delete()
    out = command("inspect", f"auth.user:{ben.pk}", "--feed", "home", "--ids", "9").out
    assert "they differ: 1 missing, 0 too many" in out
    assert "retracted or hidden ids that wait for a reader to meet them: 2" in out
    lines = [line.split(maxsplit=4) for line in out.splitlines() if line.startswith("    ") and "UTC" in line]
    told = {int(line[0]): line[4] for line in lines if line[0].isdigit()}
    assert told == {
        ids[0]: "in the query alone",
        ids[1]: "in both",
        ids[2]: "in both",
        ids[3]: "in the stream, retracted or hidden",
        ids[4]: "in both",
        5: "in the stream, retracted or hidden",
    }
    assert command("inspect", f"auth.user:{ben.pk}").out.count("stream:") == len(
        import_module("activitystream.feeds").feeds()
    )


# -- stats ---------------------------------------------------------------------------------------------


def test_stats(command: Command, store: MemoryStore, ana: Any, ben: Any, posted: Any, taken: Any) -> None:
    follow(ana, ben)
    HomeFeed(ana).page()
    JournalEntry.objects.create(kind="drop", payload={}, updated=timezone.now() - timedelta(hours=2))
    JournalEntry.objects.update(created=timezone.now() - timedelta(hours=2))
    ran = command("stats")
    assert ran.code == 1, "entries are stalled"
    assert re.search(r"^  home +2 of 2 \(100%\) +ids min 0, median 2, max 5$", ran.out, re.MULTILINE)
    assert re.search(r"^  outbox +0 of 2 \(0%\)$", ran.out, re.MULTILINE)
    assert "  1 pending, the oldest since 2 h; 1 stalled" in ran.out
    JournalEntry.objects.all().delete()
    ran = command("stats")
    assert ran.code == 0
    assert "  0 pending; 0 stalled" in ran.out


def test_stats_tell_of_the_last_sweep(command: Command, ana: Any, taken: Any) -> None:
    assert "last sweep: never; is activitystream_sweep run?" in command("stats").out
    publish(actor=ana, verb="say")
    command("sweep")
    command("sweep")
    Sweep.objects.update(ended=timezone.now() - timedelta(seconds=95))
    assert "  last sweep: 1 min 35 s ago, 0 done, 0 failed, in 0." in command("stats").out
    assert Sweep.objects.count() == 1


def test_stats_measure_a_redis(command: Command, settings: Any, ana: Any, ben: Any) -> None:
    settings.ACTIVITYSTREAM = {
        **settings.ACTIVITYSTREAM,
        "STREAMS": "activitystream.streams.redis.RedisStore",
    }
    publish(actor=ana, verb="say")
    HomeFeed(ben).page()
    out = command("stats").out
    assert re.search(r"^  streams +1 keys", out, re.MULTILINE)
    assert re.search(r"^  all +\d+ keys", out, re.MULTILINE)
    assert re.search(r"^  home +1 of 2 \(50%\) +ids min 1, median 1, max 1", out, re.MULTILINE)


# -- output --------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal(clock: Clocks) -> None:
    now = clock("management.progress")
    written = Terminal()
    progress = Progress(OutputWrapper(written), "verifying", 4)
    for _ in range(2):
        now.advance(0.2)
        progress.step()
    progress.clear()
    states = written.getvalue().split("\r")
    assert states[2] == f"verifying [{'#' * 15}{'.' * 15}] 2/4  50%, 0:00 left\x1b[K"
    assert states[-1] == "\x1b[K"


def test_lines_elsewhere(clock: Clocks) -> None:
    now = clock("management.progress")
    written = io.StringIO()
    progress = Progress(OutputWrapper(written), "verifying", 400)
    for _ in range(25):
        now.advance(1)
        progress.step()
    progress.clear()
    assert written.getvalue() == "verifying: 10 of 400\nverifying: 20 of 400\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_661, "1 h 1 min"),
        (86_400, "1 day"),
        (180_000, "2 days 2 h"),
    ],
)
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        module(name).Command().run_from_argv(["manage.py", f"activitystream_{name}", "--help"])
    assert "Exit code" in capsys.readouterr().out or name == "inspect"
