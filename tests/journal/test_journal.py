"""The journal: nothing that must follow a commit is lost, whatever dies, and nothing is done wrong twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from activitystream import HomeFeed, OutboxFeed, StoreUnavailable, follow, publish, retract, unfollow
from activitystream.journal import entries, erase, handler, pending, record, run, run_step, stalled, sweep
from activitystream.journal.entries import work_on
from activitystream.journal.tasks import run_journal_entry
from activitystream.models import JournalEntry
from activitystream.streams import Body, StreamStore
from activitystream.testing import store_down
from tests.fixtures import People
from tests.kit import handling

pytestmark = pytest.mark.usefixtures("transactional_db")


def nobody(entry: JournalEntry) -> None:
    """A dispatch whose worker never starts."""


def broken(entry: JournalEntry) -> None:
    raise ConnectionError("the queue is down")


@pytest.fixture
def dying(configure: Any) -> None:
    configure(DISPATCH="tests.journal.test_journal.nobody")


@pytest.fixture
def steps() -> Iterator[list[Any]]:
    """A kind of work in three steps; what it was asked to do."""
    asked: list[Any] = []

    def work(payload: Any, cursor: Any) -> Any:
        asked.append((payload, cursor))
        if payload == "fails":
            raise RuntimeError("no")
        if payload == "down":
            raise StoreUnavailable("down")
        done = (cursor or 0) + 1
        return done if done < 3 else None

    with handling("test", work):
        yield asked


def make(payload: Any = "x", kind: str = "test", age: float = 0) -> JournalEntry:
    updated = timezone.now() - timedelta(seconds=age)
    return JournalEntry.objects.create(kind=kind, payload=payload, updated=updated)


def long_after() -> Any:
    """The sweeper comes when entries have stood still for long."""
    JournalEntry.objects.update(updated=timezone.now() - timedelta(hours=1))
    return sweep()


# -- entries -------------------------------------------------------------------------------------------------


def test_work_is_done_after_the_commit_and_then_gone(steps: list[Any]) -> None:
    with transaction.atomic():
        record("test", {"a": 1})
        assert pending().count() == 1
        assert steps == []
    assert steps == [({"a": 1}, None), ({"a": 1}, 1), ({"a": 1}, 2)]
    assert not pending().exists()


def test_the_function_that_a_handler_decorates_is_still_that_function() -> None:
    def work(payload: Any, cursor: Any) -> None:
        """Do nothing."""

    try:
        assert handler("test")(work) is work
    finally:
        del entries._kinds["test"]


def test_what_is_erased_is_gone_after_the_commit_and_not_before(store: StreamStore) -> None:
    stamp = store.get_many([1, 2]).stamp
    store.put([Body(name, b"{}", ["a"]) for name in stamp], stamp)
    with transaction.atomic():
        erase([1])
        assert set(store.get_many([1, 2]).found) == {1, 2}
    assert set(store.get_many([1, 2]).found) == {2}


def test_work_of_what_is_rolled_back(steps: list[Any]) -> None:
    with transaction.atomic():
        record("test", "x")
        transaction.set_rollback(True)
    assert (steps, pending().count()) == ([], 0)


def test_nothing_is_recorded_without_streams(steps: list[Any], configure: Any) -> None:
    configure(STREAMS=None)
    record("test", "x")
    assert (steps, pending().count()) == ([], 0)


def test_each_step_is_written_down(steps: list[Any]) -> None:
    entry = make(age=90)
    assert run_step(entry) is True
    found = JournalEntry.objects.get()
    assert (found.cursor, found.step) == (1, 1) == (entry.cursor, entry.step)
    assert timezone.now() - found.updated < timedelta(seconds=30)
    assert run_step(found) is True
    assert run_step(found) is False
    assert not pending().exists()


def test_of_two_workers_at_one_step_one_goes_on(steps: list[Any]) -> None:
    make()
    one, two = JournalEntry.objects.get(), JournalEntry.objects.get()
    assert run_step(one) is True
    assert run_step(two) is False
    assert run_step(one) is True
    assert JournalEntry.objects.get().step == 2


def test_a_slow_worker_does_not_bring_back_what_is_done(steps: list[Any]) -> None:
    slow = make()
    run(JournalEntry.objects.get())
    assert run_step(slow) is False
    assert not pending().exists()


def test_a_store_that_is_down_keeps_the_entry(steps: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    assert run(make("down")) is False
    assert JournalEntry.objects.get().cursor is None
    assert "waits for the sweeper" in caplog.text


def test_a_queue_that_is_down_loses_nothing(
    ana: Any, configure: Any, store: StreamStore, caplog: pytest.LogCaptureFixture
) -> None:
    configure(DISPATCH="tests.journal.test_journal.broken")
    OutboxFeed(ana).page()
    publish(actor=ana, verb="wave")  # the caller's work is done, and not undone
    assert "the queue is down" in caplog.text
    assert pending().count() == 1
    assert long_after().done == 1
    assert store.length(OutboxFeed(ana).stream) == 1


def test_a_worker_does_one_step_and_dispatches_the_next(steps: list[Any]) -> None:
    entry, given = make(), []
    for _ in range(3):
        work_on(entry.pk, given.append)
    assert steps == [("x", None), ("x", 1), ("x", 2)]
    assert given == [entry, entry], "the last step has none after it"
    work_on(entry.pk, given.append)  # a message that came twice
    assert (len(steps), len(given)) == (3, 2)


def test_the_task_of_an_entry(steps: list[Any]) -> None:
    run_journal_entry.func(make().pk)
    assert steps == [("x", None), ("x", 1), ("x", 2)]


def test_an_entry_of_many_steps_without_workers(ana: Any, people: People, configure: Any, store: Any) -> None:
    """They are a loop: as tasks of the immediate backend they would be a recursion."""
    configure(CHUNK_SIZE=1)
    fans = people(100)
    for fan in fans:
        follow(fan, ana)
        HomeFeed(fan).page()
    publish(actor=ana, verb="wave")
    assert [store.length(HomeFeed(fan).stream) for fan in fans] == [1] * 100
    assert not pending().exists()


def test_streams_are_dropped_once_more_while_there_are_fan_outs(dying: None, store: StreamStore) -> None:
    make(kind="fan_out")
    entry = make({"streams": [], "moved": ["auth.user:7"]}, kind="drop")
    before = store.epochs(["auth.user:7"])
    assert run_step(entry) is True
    moved = store.epochs(["auth.user:7"])
    assert moved != before
    assert run_step(entry) is False, "and not for as long as others fan out"
    assert store.epochs(["auth.user:7"]) == moved


# -- the sweeper -------------------------------------------------------------------------------------------


def test_what_stands_still_is_taken_up_where_it_stands(steps: list[Any]) -> None:
    entry = make(age=61)
    JournalEntry.objects.update(cursor=2, step=2)
    make("young", age=50)
    swept = sweep()
    assert (swept.done, swept.failed) == (1, 0)
    assert steps == [("x", 2)]
    assert [left.payload for left in pending()] == ["young"]
    assert entry.pk not in pending().values_list("pk", flat=True)


def test_sweep_after(steps: list[Any], configure: Any) -> None:
    make(age=61)
    configure(SWEEP_AFTER=100)
    assert sweep().done == 0
    configure(SWEEP_AFTER=0)
    assert sweep().done == 1


def test_entries_of_a_process_whose_clock_is_ahead(steps: list[Any]) -> None:
    """They would look young for minutes; `--now` takes them whatever their time is."""
    make("a little ahead", age=-50)
    make("far ahead", age=-300)
    assert [entry.payload for entry in stalled()] == ["far ahead"]
    assert sweep().done == 1
    assert [entry.payload for entry in stalled(0)] == ["a little ahead"]
    assert sweep(older_than=0).done == 1


def test_one_that_fails_does_not_stop_the_others(steps: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    make("fails", age=99)
    make("of a kind that is gone", kind="unknown", age=98)
    make("down", age=97)
    make("works", age=96)
    progress: list[int] = []
    swept = sweep(lambda so_far: progress.append(so_far.done + so_far.failed))
    assert (swept.done, swept.failed, progress) == (1, 3, [1, 2, 3, 4])
    assert "RuntimeError: no" in caplog.text
    assert pending().count() == 3
    assert sweep().failed == 0  # not again at once
    assert not stalled().exists()


def test_of_two_sweepers_one_takes_an_entry(steps: list[Any]) -> None:
    from activitystream.journal.sweep import _claim

    make(age=99)
    one, two = JournalEntry.objects.get(), JournalEntry.objects.get()
    assert (_claim(one), _claim(two)) == (True, False)


# -- crashes: the process dies between commit and run -------------------------------------------------------


def test_a_publish(ana: Any, people: People, store: StreamStore, dying: None) -> None:
    (fan,) = people("fan")
    follow(fan, ana)
    HomeFeed(fan).page()
    publish(actor=ana, verb="wave")
    assert store.length(HomeFeed(fan).stream) == 0
    assert long_after().done == 1
    assert store.length(HomeFeed(fan).stream) == 1


@pytest.mark.parametrize("what", ["follow", "unfollow", "retract", "edit", "delete"])
def test_what_is_done_at_once(
    ana: Any, people: People, store: StreamStore, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    from tests.app.models import Photo

    (fan,) = people("fan")
    photo = Photo.objects.create(caption="Lake", owner=ana)
    if what != "follow":
        follow(fan, ana)
    HomeFeed(fan).page()
    act: dict[str, Callable[[], Any]] = {
        "follow": lambda: follow(fan, ana),
        "unfollow": lambda: unfollow(fan, ana),
        "retract": lambda: retract(object=photo),
        "edit": lambda: setattr(photo, "caption", "Sea") or photo.save(update_fields=["caption"]),  # type: ignore[func-returns-value]
        "delete": photo.delete,
    }
    with monkeypatch.context() as patched:
        patched.setattr(entries, "_start", lambda entry: None)  # the process dies here
        act[what]()
    assert pending().exists()
    assert long_after().failed == 0
    shown = [(entry.verb, entry.object and entry.object.name) for entry in HomeFeed(fan).page()]
    expected: dict[str, list[Any]] = {
        "follow": [("post", "Lake")],
        "unfollow": [],
        "retract": [],
        "edit": [("edit", "Sea"), ("post", "Sea")],
        "delete": [],
    }
    assert shown == expected[what]
    assert not pending().exists()


def test_a_store_that_was_down_for_a_while(ana: Any, people: People, store: StreamStore) -> None:
    (fan,) = people("fan")
    gone = publish(actor=ana, verb="gone").id
    follow(fan, ana)
    HomeFeed(fan).page()
    with store_down():
        retract(gone)
        publish(actor=ana, verb="wave")
        unfollow(fan, ana)
        assert sweep().done == 0
        assert long_after().failed == 4  # of the retraction two: what is forgotten, and what may be watched
    assert long_after().done == 4
    assert [entry.verb for entry in HomeFeed(fan).page()] == []
    assert [entry.verb for entry in OutboxFeed(ana).page()] == ["wave"]


def test_a_fan_out_that_dies_in_the_middle(
    ana: Any, people: People, store: StreamStore, dying: None, configure: Any
) -> None:
    configure(CHUNK_SIZE=2)
    fans = people(5)
    for fan in fans:
        follow(fan, ana)
        HomeFeed(fan).page()
    publish(actor=ana, verb="wave")
    run_step(JournalEntry.objects.get())
    written = [store.length(HomeFeed(fan).stream) for fan in fans]
    assert written == [1, 1, 0, 0, 0]
    assert long_after().done == 1
    assert [store.length(HomeFeed(fan).stream) for fan in fans] == [1] * 5


def test_errors_after_the_commit_are_logged_and_not_raised(
    ana: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with handling("fan_out", lambda payload, cursor: 1 / 0), caplog.at_level(logging.ERROR):
        publish(actor=ana, verb="wave")
    assert "ZeroDivisionError" in caplog.text
    assert pending().count() == 1
