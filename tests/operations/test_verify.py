"""`activitystream_verify`: it finds every lie, and calls nothing a lie that is lawful."""

from __future__ import annotations

import threading
import time
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from activitystream import (
    HomeFeed,
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    follow,
    publish,
    retract,
    unfollow,
)
from activitystream.journal import sweep
from activitystream.models import Activity, JournalEntry
from activitystream.operations import Verdict, compare, verify
from activitystream.streams import StreamStore, get_store
from tests.app.models import Photo
from tests.kit import Clocks

from .helpers import Ran, spoil

if TYPE_CHECKING:
    from collections.abc import Callable

    from activitystream.streams.memory import MemoryStore

    Command = Callable[..., Ran]

verify_module = import_module("activitystream.operations.verify")  # not the function of that name


def home_ids(store: StreamStore, user: Any) -> list[int]:
    return store.contents(HomeFeed(user).stream).ids


def verdict(store: StreamStore, user: Any, wait: float = 5.0) -> Verdict:
    [outcome] = verify([HomeFeed(user).stream], store, wait=wait)
    return outcome.verdict


def test_streams_that_agree(command: Command, ben: Any, posted: list[Activity]) -> None:
    ran = command("verify")
    assert ran.out.splitlines() == [
        "1 of 1 streams agree with their query, 0 differ.",
        "6 of 6 cached values agree with the database, 0 differ.",
    ]
    assert (ran.code, ran.err) == (0, "")


def test_a_missing_id_is_named(
    command: Command, store: MemoryStore, ben: Any, posted: list[Activity]
) -> None:
    stream = HomeFeed(ben).stream
    spoil(store, stream, [id for id in home_ids(store, ben) if id != posted[2].id])
    ran = command("verify")
    assert ran.code == 1
    assert f"{stream} differs:\n  1 missing: {posted[2].id} of 20" in ran.out
    assert "0 of 1 streams agree with their query, 1 differ." in ran.out


def test_an_id_too_many_is_named(
    command: Command, store: MemoryStore, ana: Any, ben: Any, posted: list[Activity]
) -> None:
    photo = Photo.objects.create(owner=ben, caption="a")
    own = Activity.objects.get(object_id=photo.pk)
    spoil(store, HomeFeed(ben).stream, [own.id, *home_ids(store, ben)])
    ran = command("verify")
    assert ran.code == 1
    assert f"1 too many: {own.id}" in ran.out


def test_disorder_is_a_difference(
    command: Command, store: MemoryStore, ben: Any, posted: list[Activity]
) -> None:
    ids = home_ids(store, ben)
    spoil(store, HomeFeed(ben).stream, [ids[1], ids[0], *ids[2:]])
    assert "its ids are out of order" in command("verify").out
    spoil(store, HomeFeed(ben).stream, [ids[0], *ids])
    assert command("verify").code == 1


@pytest.mark.parametrize("count", [20, 21, 25])
def test_a_trimmed_stream_stands_for_the_newest_part(
    command: Command, store: MemoryStore, ana: Any, ben: Any, count: int
) -> None:
    for _ in range(count):
        publish(actor=ana, verb="say")
    HomeFeed(ben).page()
    assert store.contents(HomeFeed(ben).stream).complete == (count == 20)
    assert command("verify").code == 0
    ids = home_ids(store, ben)
    spoil(store, HomeFeed(ben).stream, [ids[0], *ids[2:]])
    assert f"1 missing: {ids[1]}" in command("verify").out
    spoil(store, HomeFeed(ben).stream, ids[:-1])  # at its end it may be shorter, if it was trimmed
    assert command("verify").code == (count == 20)


def test_many_missing_ids_do_not_make_old_ones_look_wrong(
    store: MemoryStore, ana: Any, ben: Any, posted: list[Activity]
) -> None:
    """The query is read only so far; what lies beyond is not called a surplus."""
    for _ in range(130):
        publish(actor=ana, verb="say")
    stream = HomeFeed(ben).stream
    spoil(store, stream, [posted[1].id, posted[0].id], complete=True)
    [outcome] = verify([stream], store, wait=0.1)
    assert outcome.verdict is Verdict.DIFFERENT
    assert outcome.comparison is not None
    assert outcome.comparison.surplus == frozenset()
    assert len(outcome.comparison.missing) >= 100


def test_a_retracted_id_is_lawful(
    command: Command, store: MemoryStore, ben: Any, posted: list[Activity]
) -> None:
    retract(posted[3])
    assert posted[3].id in home_ids(store, ben)
    ran = command("verify")
    assert ran.code == 0
    assert "Retracted or hidden ids that wait for a reader, which is lawful: 1." in ran.out
    HomeFeed(ben).page()
    assert "Retracted" not in command("verify").out


def test_a_hidden_id_too_many_is_lawful(
    command: Command, store: MemoryStore, ana: Any, ben: Any, posted: list[Activity]
) -> None:
    photo = Photo.objects.create(owner=ben, caption="a")
    own = Activity.objects.get(object_id=photo.pk)
    spoil(store, HomeFeed(ben).stream, [own.id, *home_ids(store, ben)])
    photo.hidden = True
    photo.save()
    ran = command("verify")
    assert ran.code == 0
    assert "which is lawful: 1." in ran.out


def test_repair_drops_what_differs_and_nothing_else(
    command: Command, store: MemoryStore, ana: Any, ben: Any, posted: list[Activity]
) -> None:
    OutboxFeed(ana).page()
    spoil(store, HomeFeed(ben).stream, [])
    ran = command("verify", "--repair")
    assert ran.code == 1
    assert "1 dropped" in ran.out
    assert sorted(store.streams()) == [OutboxFeed(ana).stream]
    assert [entry.id for entry in HomeFeed(ben).page()] == [one.id for one in reversed(posted)]
    assert command("verify").code == 0


def test_a_choice_of_streams(command: Command, ana: Any, ben: Any, posted: list[Activity]) -> None:
    OutboxFeed(ana).page()
    ObjectFeed(ana).page()
    assert command("verify").out.startswith("3 of 3")
    assert command("verify", "--feed", "home").out.startswith("1 of 1")
    assert command("verify", "--owner", f"auth.user:{ana.pk}", "--feed", "outbox").out.startswith("1 of 1")
    assert command("verify", "--owner", f"auth.user:{ana.pk}").out.startswith("2 of 4")
    assert command("verify", "--sample", "2").out.startswith("2 of 2")
    assert command("verify", "--after", ObjectFeed(ana).stream).out.startswith("1 of 1")
    for wrong in (("--feed", "none"), ("--owner", "7"), ("--owner", "no.model:7"), ("--sample", "0")):
        assert command("verify", *wrong).code == 1


def test_what_has_no_feed_or_owner_any_more_is_told_apart(
    command: Command, store: MemoryStore, ben: Any, posted: list[Activity]
) -> None:
    for stream in (
        "old:auth.user:1",
        "home:old.model:1",
        "nonsense",
        "home:auth.user:999",
        "home:auth.user:x",
    ):
        store.begin(stream, "t")
        store.finish(stream, "t", [posted[0].id], complete=True, max_length=None)
    ran = command("verify")
    assert ran.code == 0
    assert "1 of 6 streams agree" in ran.out
    assert "5 streams have no feed or owner" in ran.out


def test_a_stream_being_rebuilt_says_nothing(
    command: Command, store: MemoryStore, ben: Any, posted: list[Activity]
) -> None:
    store.delete([HomeFeed(ben).stream])
    store.begin(HomeFeed(ben).stream, "token")
    ran = command("verify")
    assert ran.code == 0
    assert "1 are cold or being rebuilt" in ran.out


def test_without_streams_there_is_nothing_to_verify(command: Command, settings: Any, db: None) -> None:
    settings.ACTIVITYSTREAM = {"STREAMS": None}
    ran = command("verify")
    assert ran.code == 2
    assert '["STREAMS"] is None' in ran.err


# -- while others write --------------------------------------------------------------------------------


@pytest.fixture
def taken(dispatched: list[JournalEntry]) -> list[JournalEntry]:
    """The fan-outs that no worker has taken yet."""
    return dispatched


def test_a_difference_that_the_journal_explains_is_unsettled_until_it_is_swept(
    command: Command, ana: Any, posted: list[Activity], taken: list[JournalEntry]
) -> None:
    publish(actor=ana, verb="say")
    ran = command("verify", "--wait", "1", "--repair")
    assert ran.code == 2
    assert "(journal entries that may be the reason are pending)" in ran.out
    assert "run activitystream_sweep" in ran.err
    assert len(taken) == 1
    assert sweep().done == 1
    assert command("verify").out.startswith("1 of 1")


def test_a_difference_is_looked_at_again_when_the_journal_is_done(
    store: MemoryStore,
    ana: Any,
    ben: Any,
    posted: list[Activity],
    taken: list[JournalEntry],
    clock: Clocks,
) -> None:
    publish(actor=ana, verb="say")
    clock("operations.verify").on_sleep = lambda seconds: sweep()
    assert verdict(store, ben, wait=30) is Verdict.SAME
    assert taken


def test_what_changes_between_looks_is_no_difference(
    store: MemoryStore, ana: Any, ben: Any, posted: list[Activity], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look comes just before the fan-out of another activity: nothing is missing twice."""
    stream = HomeFeed(ben).stream
    looks: list[int] = []

    def late(feed: Any, store: MemoryStore) -> Any:
        publish(actor=ana, verb="say")
        ids = home_ids(store, ben)
        spoil(store, stream, ids[1:])
        looks.append(ids[0])
        try:
            return compare(feed, store)
        finally:
            spoil(store, stream, ids)

    monkeypatch.setattr(verify_module, "compare", late)
    assert verdict(store, ben) is Verdict.SAME
    assert len(looks) == 2


def write(ana: Any, ben: Any, photos: list[Photo], round: int) -> None:
    publish(actor=ana, verb="say", object=photos[round % 3])
    follow(ben, photos[round % 3])
    if round % 3 == 0:
        retract(publish(actor=ana, verb="say"))
    if round % 2:
        unfollow(ben, ana)
        HomeFeed(ben).page()
        follow(ben, ana)
    HomeFeed(ben).page()


@pytest.mark.slow
def test_verify_is_right_while_others_write(
    store: MemoryStore, ana: Any, ben: Any, posted: list[Activity]
) -> None:
    photos = [Photo.objects.create(owner=ana, caption="a") for _ in range(3)]
    stop = threading.Event()
    failed: list[BaseException] = []

    def keep_writing() -> None:
        try:
            for round in count():
                if stop.is_set():
                    break
                write(ana, ben, photos, round)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=keep_writing, daemon=True)
    thread.start()
    verdicts = set()
    try:
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and not failed:
            verdicts.update(outcome.verdict for outcome in verify([HomeFeed(ben).stream] * 20, store))
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert not failed
    assert Verdict.SAME in verdicts
    assert verdicts <= {Verdict.SAME, Verdict.UNREAD}


def test_notifications_are_verified_rebuilt_and_mended(command: Command, ana: Any, ben: Any) -> None:
    told = publish(actor=ben, verb="wave", notify=[ana]).id
    assert command("rebuild", "--all", "--feed", "notifications").code == 0
    stream = NotificationsFeed(ana).stream
    store = get_store()
    assert store is not None
    assert store.contents(stream).ids == [told]
    assert command("verify", "--feed", "notifications").out.startswith("2 of 2")  # users alone own it
    store.remove([stream], [told])
    assert command("verify", "--feed", "notifications").code == 1
    command("verify", "--feed", "notifications", "--repair")
    assert [entry.id for entry in NotificationsFeed(ana).page()] == [told]
