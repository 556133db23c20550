"""A Redis that comes back with older data: nothing that was acknowledged is undone, on any way back."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from activitystream import (
    HomeFeed,
    NotificationsFeed,
    OutboxFeed,
    block,
    follow,
    mute,
    publish,
    retract,
    unfollow,
)
from activitystream.journal import pending
from activitystream.operations import Verdict
from activitystream.streams import Body, get_events
from activitystream.testing import use_store
from example_project.private_server import ServerUnavailable

from .conftest import use_server
from .older import LOSSES, Loss
from .site import answers, sweep_and_verify, the_store, verdicts, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Seen = dict[str, Any]


class People:
    """Some who do things and some who look; everything of theirs is warm."""

    def __init__(self) -> None:
        names = ("ana", "ben", "cleo", "dora", "eve")
        self.ana, self.ben, self.cleo, self.dora, self.eve = self.all = [
            get_user_model().objects.create(username=name) for name in names
        ]
        for user in (self.ben, self.cleo, self.dora):
            follow(user, self.ana)
        follow(self.ben, self.eve)
        self.secret = publish(actor=self.ana, verb="say", data={"text": "a secret"})
        self.posts = [publish(actor=user, verb="say", notify=[self.ben]) for user in (self.ana, self.eve)]
        publish(actor=self.cleo, verb="say")
        self.look()

    def look(self) -> Seen:
        """What each of them sees, and a visitor who is not signed in."""
        seen: Seen = {}
        for viewer in (*self.all, None):
            for owner in self.all:
                page = OutboxFeed(owner).page(viewer=viewer)
                seen[f"outbox of {owner} for {viewer}"] = [entry.as_dict() for entry in page]
        for user in self.all:
            seen[f"home of {user}"] = [entry.as_dict() for entry in HomeFeed(user).page()]
            seen[f"notifications of {user}"] = [entry.as_dict() for entry in NotificationsFeed(user).page()]
            seen[f"counts of {user}"] = NotificationsFeed(user).counts().as_dict()
        return seen

    def change(self) -> None:
        """Acknowledge a change of each kind."""
        retract(self.secret)
        block(self.ana, self.cleo)
        mute(self.dora, self.ana)
        unfollow(self.ben, self.eve)
        self.eve.last_name = "private"
        self.eve.save()
        self.ana.username = "ana, renamed"
        self.ana.save()
        publish(actor=self.ana, verb="say more")
        NotificationsFeed(self.ben).mark_seen()

    def check(self) -> None:
        """What they see is what the database says."""
        with use_store(None):
            wanted = self.look()
        assert self.look() == wanted


@pytest.fixture(params=LOSSES)
def loss(
    request: pytest.FixtureRequest, settings: Any, missing_server: Callable[[str], NoReturn]
) -> Iterator[Loss]:
    with ExitStack() as stack:
        try:
            made = LOSSES[request.param](stack)
        except ServerUnavailable as error:
            missing_server(str(error))
        use_server(settings, made.location, **made.options)
        yield made


@pytest.fixture
def people(loss: Loss, transactional_db: None, private_rows: None) -> People:
    return People()


def test_nothing_that_was_acknowledged_is_undone(loss: Loss, people: People) -> None:
    before = people.look()
    loss.keep()
    people.change()
    assert people.look() != before
    assert pending().count() == 0, "all is acknowledged: no journal knows of it"
    loss.lose()
    wait_for(answers, "the store")
    people.check()
    people.check()  # from what the first look has made
    assert set(verdicts()) == {Verdict.SAME}
    sweep_and_verify()


def test_what_a_lost_server_said_is_worth_nothing_afterwards(loss: Loss, people: People) -> None:
    """Epochs, stamps of bodies, rebuilds that are under way, and places in the event log."""
    store, events = the_store(), get_events()
    assert events is not None
    home = HomeFeed(people.ben).stream
    epochs, position = store.epochs(["a", "b"]), events.watch([home])
    assert store.begin("building", "token")
    body = Body(1, b"x", ["ref"])
    store.put([body], store.get_many([1]).stamp)
    stamp = store.get_many([1]).stamp
    loss.keep()
    loss.lose()
    wait_for(answers, "the store")
    assert not set(epochs) & set(store.epochs(["a", "b"]))
    assert events.since(position).lost
    assert events.watch(["another"]).log != position.log
    assert events.watched() == ["another"], "whoever watched finds the place lost, and says so again"
    assert store.get(1) is None
    store.put([body], stamp)
    assert store.get(1) is None, "it was made before the loss"
    assert not store.finish("building", "token", [1], complete=True, max_length=None)
    store.put([], stamp)
    assert store.begin("building", "another"), "a rebuild that nobody can finish is in nobody's way"
    assert "building" in store.streams()
    assert home not in store.streams(), "what is cold is no stream"
    assert store.measure([home])[0].length is None


@pytest.mark.parametrize("loss", ["rdb"], indirect=True)
def test_twice_the_same_snapshot(loss: Loss, people: People) -> None:
    """What is made after the first loss is not taken for what comes back at the second."""
    loss.keep()
    for _ in range(2):
        people.change()
        loss.lose()
        wait_for(answers, "the store")
        people.check()
        people.secret = publish(actor=people.ana, verb="say")
        people.check()
    call_command("activitystream_verify", skip_checks=True)
