"""The signals: what they tell, when, and what a receiver that fails does to the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from activitystream import (
    Draft,
    FollowRequest,
    HomeFeed,
    InvalidFollow,
    NotificationsFeed,
    OutboxFeed,
    accept,
    follow,
    incoming,
    publish,
    publish_many,
    retract,
)
from activitystream.journal import sweep
from activitystream.models import Activity, JournalEntry, Notification
from activitystream.signals import (
    accepted,
    delivered,
    notified,
    page_read,
    published,
    rebuilt,
    requested,
    retracted,
    swept,
)
from tests.app.models import Photo

Heard = list[dict[str, Any]]
pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def hear() -> Iterator[Callable[[Signal], Heard]]:
    """`hear(published)`: a list of what is told from now on, with its sender."""
    connected: list[tuple[Signal, Any]] = []

    def listen(signal: Signal) -> Heard:
        heard: Heard = []

        def receiver(sender: Any, **facts: Any) -> None:
            facts.pop("signal")
            if signal not in (notified, requested, accepted):
                assert facts.pop("seconds") >= 0
            heard.append({"sender": sender, **facts})

        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))
        return heard

    yield listen
    for signal, receiver in connected:
        signal.disconnect(receiver)


def test_notified_is_told_with_who_is_told_after_the_commit(hear: Any, ana: Any, ben: Any) -> None:
    heard = hear(notified)
    with transaction.atomic():
        made = publish(actor=ana, verb="greet", object=ben, notify=[ana, ben])
        assert heard == []
    publish(actor=ana, verb="wave")
    with transaction.atomic():
        publish(actor=ana, verb="greet", object=ben, notify=[ben])
        transaction.set_rollback(True)
    [told] = heard
    assert (told["sender"], told["count"]) == (Notification, 1)
    assert [(row.recipient_id, row.activity_id) for row in told["notifications"]] == [(ben.pk, made.pk)]


def test_requests_and_their_acceptance_are_told_once(
    hear: Any, ana: Any, ben: Any, private_rows: None
) -> None:
    asked, let_in = hear(requested), hear(accepted)
    ana.last_name = "private"
    ana.save()
    request = follow(ben, ana)
    follow(ben, ana)
    assert asked == [{"sender": FollowRequest, "requests": [request], "count": 1}]
    assert let_in == []
    made = accept(incoming(ana).get())
    [told] = let_in
    assert (told["sender"], told["follow"]) == (FollowRequest, made)
    assert (told["request"].follower, told["request"].owner) == (ben, ana)
    with pytest.raises(InvalidFollow):
        accept(request)
    assert len(let_in) == 1


def test_published_is_told_with_the_new_rows(hear: Any, ana: Any) -> None:
    heard = hear(published)
    made = publish_many([Draft(actor=ana, verb="wave", key=str(i)) for i in range(3)])
    again = publish_many([Draft(actor=ana, verb="wave", key=str(i)) for i in range(4)])
    assert heard == [
        {"sender": Activity, "activities": made, "count": 3},
        {"sender": Activity, "activities": again[3:], "count": 1},
    ]


def test_nothing_is_told_of_what_was_there_already(hear: Any, ana: Any) -> None:
    publish(actor=ana, verb="wave", key="once")
    heard = hear(published)
    publish(actor=ana, verb="wave", key="once")
    assert heard == []


def test_what_is_rolled_back_is_not_told(hear: Any, ana: Any) -> None:
    heard = hear(published)
    with transaction.atomic():
        publish(actor=ana, verb="wave")
        transaction.set_rollback(True)
    assert heard == []


def test_published_is_told_after_the_commit_and_before_delivered(ana: Any) -> None:
    order: list[str] = []
    for signal, name in ((published, "published"), (delivered, "delivered")):
        signal.connect(lambda name=name, **facts: order.append(name), weak=False, dispatch_uid=name)
    try:
        with transaction.atomic():
            publish(actor=ana, verb="wave")
            assert order == []
        assert order == ["published", "delivered"]
    finally:
        published.disconnect(dispatch_uid="published"), delivered.disconnect(dispatch_uid="delivered")


def test_delivered_is_told_for_each_step(hear: Any, people: Any, configure: Any) -> None:
    configure(CHUNK_SIZE=2)
    ana, *others = people(4)
    for other in others:
        follow(other, ana)
    heard = hear(delivered)
    publish(actor=ana, verb="wave")
    named = 2  # the outbox, and the actor's object feed
    first = {"sender": JournalEntry, "activities": 1, "count": named + 2, "done": False}
    assert heard == [first, {**first, "count": 1, "done": True}]


def test_retracted_is_told_with_how_many(hear: Any, ana: Any, photo: Photo) -> None:
    for verb in ("like", "mark"):
        publish(actor=ana, verb=verb, object=photo)
    wave = publish(actor=ana, verb="wave")
    heard = hear(retracted)
    retract(wave)
    retract(wave)
    photo.delete()
    assert heard == [{"sender": Activity, "count": 1}, {"sender": Activity, "count": 2}]


def test_rebuilt_and_page_read_name_the_feed(hear: Any, ana: Any) -> None:
    publish(actor=ana, verb="wave")
    built, read = hear(rebuilt), hear(page_read)
    feed = OutboxFeed(ana)
    feed.page(), feed.page(limit=1)
    about = {"sender": OutboxFeed, "feed": "outbox", "stream": feed.stream, "count": 1}
    assert built == [{**about, "warm": True}]
    assert read == [about, about]


def test_pages_of_groups_are_told_too(hear: Any, ana: Any, ben: Any) -> None:
    for _ in range(3):
        publish(actor=ana, verb="wave")
    heard = hear(page_read)
    OutboxFeed(ana).groups(by="verb")
    NotificationsFeed(ben).groups()
    assert [(told["feed"], told["count"]) for told in heard] == [("outbox", 1), ("notifications", 0)]


def test_a_receiver_may_listen_to_one_feed(ana: Any) -> None:
    heard: list[str] = []
    receiver = lambda stream, **facts: heard.append(stream)  # noqa: E731
    page_read.connect(receiver, sender=HomeFeed)
    try:
        OutboxFeed(ana).page(), HomeFeed(ana).page()
    finally:
        page_read.disconnect(receiver, sender=HomeFeed)
    assert heard == [HomeFeed(ana).stream]


def test_swept_is_told_with_what_is_left(hear: Any) -> None:
    heard = hear(swept)
    now = timezone.now()
    for kind, age in (("forget", 3600), ("forget", 0), ("unknown", 3600)):
        JournalEntry.objects.create(kind=kind, payload={"refs": ["a"]}, updated=now - timedelta(seconds=age))
    sweep()
    assert heard == [{"sender": JournalEntry, "done": 1, "failed": 1, "pending": 2}]


def test_a_receiver_that_raises_harms_nobody(ana: Any, caplog: pytest.LogCaptureFixture) -> None:
    def receiver(**facts: Any) -> None:
        raise ZeroDivisionError

    for signal in (published, delivered, page_read, rebuilt):
        signal.connect(receiver)
    try:
        publish(actor=ana, verb="wave")
        assert len(OutboxFeed(ana).page()) == 1
    finally:
        for signal in (published, delivered, page_read, rebuilt):
            signal.disconnect(receiver)
    assert caplog.text.count("ZeroDivisionError") >= 4
