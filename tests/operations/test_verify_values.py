"""`activitystream_verify` compares cached bodies, viewer state and counts with the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model

from activitystream import HomeFeed, NotificationsFeed, OutboxFeed, block, publish, retract
from activitystream.feeds import activity_ref, facts_name
from activitystream.models import Activity, JournalEntry, Ref
from activitystream.operations import Verdict, verify_values
from activitystream.streams import Body, Name, StreamStore
from tests.fixtures import STORES, InUse
from tests.kit import Shrink

from .helpers import Ran

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., Ran]

AGREE = "cached values agree with the database, "


@pytest.fixture(params=["fakeredis", "memory"])
def store(request: pytest.FixtureRequest, configure: Any) -> StreamStore:
    configure(STREAMS=STORES[request.param], SWEEP_AFTER=0)
    return InUse()  # type: ignore[return-value]


@pytest.fixture
def cleo(ana: Any) -> Any:
    """A user whom ana blocks."""
    cleo = get_user_model().objects.create(username="cleo")
    block(ana, cleo)
    return cleo


def spoil(store: StreamStore, name: Name, value: bytes) -> None:
    """Put a wrong value there, as only a fault can."""
    ref = activity_ref(name) if isinstance(name, int) else name
    store.put([Body(name, value, [ref])], store.get_many([name]).stamp)
    assert store.get(name) == value


def body_of(store: StreamStore, activity: Activity) -> bytes:
    body = store.get(activity.id)
    assert body is not None
    return body


def verdicts(store: StreamStore, **options: Any) -> dict[Name, Verdict]:
    return {outcome.name: outcome.verdict for outcome in verify_values(store, wait=0.1, **options)}


def test_values_that_agree(command: Command, store: StreamStore, ben: Any, posted: list[Activity]) -> None:
    NotificationsFeed(ben).counts()
    names = {*(one.id for one in posted), facts_name(Ref.of(ben)), NotificationsFeed(ben).stream}
    assert verdicts(store) == dict.fromkeys(names, Verdict.SAME)
    assert f"7 of 7 {AGREE}0 differ." in command("verify").out


def test_a_body_that_differs_is_named_and_made_anew(
    command: Command, store: StreamStore, ben: Any, posted: list[Activity]
) -> None:
    last = posted[-1]
    spoil(store, last.id, body_of(store, last).replace(b'"verb":"say"', b'"verb":"lie"'))
    ran = command("verify")
    assert ran.code == 1
    assert f"body {last.id} differs in verb\n" in ran.out
    assert f"5 of 6 {AGREE}1 differ." in ran.out
    assert HomeFeed(ben).page()[0].verb == "lie", "without --repair it stays"
    ran = command("verify", "--repair")
    assert ran.code == 1
    assert "1 deleted" in ran.out
    assert HomeFeed(ben).page()[0].verb == "say"
    assert command("verify").code == 0


def test_a_body_that_says_another_audience_is_found(
    command: Command, store: StreamStore, posted: list[Activity]
) -> None:
    """It is in no field that anybody is given."""
    hidden = publish(actor=posted[0].actor, verb="say", visibility="self")
    OutboxFeed(posted[0].actor).page(viewer=None)
    access, _, rest = body_of(store, hidden).partition(b"\n")
    spoil(store, hidden.id, access.replace(b'"self"', b'"public"') + b"\n" + rest)
    assert hidden.id in [entry.id for entry in OutboxFeed(posted[0].actor).page(viewer=None)]
    assert f"body {hidden.id} differs in access\n" in command("verify", "--repair").out
    assert hidden.id not in [entry.id for entry in OutboxFeed(posted[0].actor).page(viewer=None)]


def test_a_body_of_an_activity_that_is_gone_is_found(
    command: Command, store: StreamStore, ben: Any, posted: list[Activity]
) -> None:
    gone = posted[2]
    body = body_of(store, gone)
    retract(gone.id)
    spoil(store, gone.id, body)
    assert gone.id in [entry.id for entry in HomeFeed(ben).page()]
    ran = command("verify", "--repair")
    assert f"body {gone.id} differs\n" in ran.out
    assert gone.id not in [entry.id for entry in HomeFeed(ben).page()]


def test_viewer_state_that_differs_is_found(
    command: Command, store: StreamStore, ana: Any, cleo: Any, posted: list[Activity]
) -> None:
    """A block of which the store knows nothing."""
    assert not OutboxFeed(ana).page(viewer=cleo)
    name = facts_name(Ref.of(cleo))
    spoil(store, name, b"[[], []]")
    assert OutboxFeed(ana).page(viewer=cleo)
    ran = command("verify", "--repair")
    assert ran.code == 1
    assert f"viewer state {name} differs\n" in ran.out
    assert not OutboxFeed(ana).page(viewer=cleo)
    assert command("verify").code == 0


def test_counts_that_differ_are_found(command: Command, store: StreamStore, ana: Any, ben: Any) -> None:
    publish(actor=ben, verb="wave", notify=[ana])
    feed = NotificationsFeed(ana)
    assert feed.counts().unread.items == 1
    spoil(store, feed.stream, b"[[7, 7, false], [7, 7, false]]")
    assert f"counts {feed.stream} differs\n" in command("verify", "--repair").out
    assert feed.counts().unread.items == 1


def test_counts_made_from_a_wrong_body_are_found_once_it_is_mended(
    command: Command, store: StreamStore, ana: Any, ben: Any
) -> None:
    told = publish(actor=ben, verb="wave", notify=[ana])
    feed = NotificationsFeed(ana)
    feed.page()
    spoil(store, told.id, b"null\n")
    spoil(store, feed.stream, b"[[0, 0, false], [0, 0, false]]")
    ran = command("verify", "--repair")
    assert "2 deleted" in ran.out
    assert feed.counts().unread.items == 1


def test_what_is_invalid_is_not_compared(store: StreamStore, posted: list[Activity]) -> None:
    spoil(store, posted[0].id, b"null\n")
    store.forget([activity_ref(posted[0].id)])
    assert posted[0].id not in verdicts(store)


def test_what_the_journal_may_explain_is_unsettled(
    command: Command,
    store: StreamStore,
    ana: Any,
    posted: list[Activity],
    dispatched: list[JournalEntry],
) -> None:
    publish(actor=ana, verb="say")  # its fan-out waits
    spoil(store, posted[0].id, b"null\n")
    ran = command("verify", "--only", "values", "--wait", "1", "--repair")
    assert ran.code == 2
    assert re.search(rf"body {posted[0].id} differs .*\(journal entries that may be the reason are ", ran.out)
    assert "deleted" not in ran.out
    assert store.get(posted[0].id) == b"null\n"


def test_what_changes_between_looks_is_no_difference(
    store: StreamStore, posted: list[Activity], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body is another lie at each look: it was written between the readings of one."""
    looks: list[int] = []

    def change(seconds: float) -> bool:
        looks.append(1)
        spoil(store, posted[0].id, b"null\n" + b" " * len(looks))
        return True

    spoil(store, posted[0].id, b"null\n")
    monkeypatch.setattr("activitystream.operations.values.wait_for_journal", change)
    assert set(verdicts(store).values()) == {Verdict.SAME}
    assert looks == [1]


def test_few_values_are_in_memory_at_once(
    store: StreamStore, posted: list[Activity], shrink: Shrink, store_with: Any
) -> None:
    shrink("operations.values", TOGETHER=2)
    sizes: list[int] = []

    def get_many(names: list[Name]) -> Any:
        sizes.append(len(names))
        return real.get_many(names)

    real = store_with(get_many=get_many)
    assert len(verdicts(store)) == 6
    assert max(sizes) == 2


def test_a_sample_and_a_choice(
    command: Command, store: StreamStore, ben: Any, posted: list[Activity]
) -> None:
    assert len(verdicts(store, sample=3)) == 3 + 1, "of each kind"
    assert "streams" not in command("verify", "--only", "values").out
    assert "values" not in command("verify", "--only", "streams").out
    for option in ("--feed", "home"), ("--owner", f"auth.user:{ben.pk}"), ("--after", "a"):
        assert "values" not in command("verify", *option).out
