"""Hooks of a site that raise: the hub goes on for everybody else, and meets nothing twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError

from activitystream import (
    HomeFeed,
    OutboxFeed,
    block,
    change_visibility,
    follow,
    publish,
    retract,
)
from activitystream.models import Ref
from activitystream.streams import get_store
from tests.app.models import Photo
from tests.kit import Shrink

from .browser import Browser
from .conftest import Open, hub_runs

pytestmark = pytest.mark.django_db(transaction=True)


class Fault:
    """Raises where it is asked: for each call, for the first, or for one viewer."""

    def __init__(self, error: type[Exception] = LookupError) -> None:
        self.how = ""
        self.viewer: Any = None
        self.raised = 0
        self.error = error

    def strike(self, viewer: Any = None) -> None:
        if not self.how or (self.how == "one" and viewer != self.viewer):
            return
        if self.how == "once":
            self.how = ""
        self.raised += 1
        raise self.error("a hook of the site is broken")


fault = Fault()


def guide_rule(entries: Any, viewer: Any) -> Any:
    """That of the privacy guide."""
    return [entry for entry in entries if not entry.data.get("adults_only") or viewer is not None]


def broken_rule(entries: Any, viewer: Any) -> Any:
    if any(entry.data.get("poison") for entry in entries):
        fault.strike(viewer)
    return entries


@pytest.fixture(autouse=True)
def healthy() -> Iterator[None]:
    fault.__init__()  # type: ignore[misc]
    yield
    fault.how = ""


# -- what was, before the change ---------------------------------------------------------------------------


def outbox(user: Any) -> str:
    return f"outbox/auth.user/{user.pk}/live/"


def test_a_rule_is_asked_about_what_was(open_live: Open, ana: Any, ben: Any, configure: Any) -> None:
    configure(
        MAY_SEE=f"{__name__}.guide_rule",
    )
    mild, wild = publish(actor=ana, verb="wave"), publish(actor=ana, verb="wave", data={"adults_only": True})
    list(OutboxFeed(ana).page())
    anybodys, bens = open_live(outbox(ana)), open_live(outbox(ana), ben)
    for browser in (anybodys, bens):
        browser.expect(1)
    retract(wild)
    retract(mild)
    after = publish(actor=ana, verb="nod")
    expected = [("reset", ""), ("remove", str(mild.pk)), ("activity", str(after.pk))]
    assert anybodys.until(lambda: len(anybodys.told) == 3)
    assert anybodys.names() == expected
    bens.expect(4)
    assert bens.names() == [expected[0], ("remove", str(wild.pk)), *expected[1:]]


def test_who_saw_it_at_first_is_told_though_two_changes_came_at_once(
    open_live: Open, ana: Any, ben: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    activity = publish(actor=ana, verb="wave")
    list(OutboxFeed(ana).page())
    browser = open_live(outbox(ana))
    browser.expect(1)
    hold_the_hub(monkeypatch, lambda: (change_visibility(activity, "named", to=[ben]), retract(activity)))
    browser.expect(2)
    assert browser.names()[1:] == [("remove", str(activity.pk))]


def hold_the_hub(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Do this while the hub does not look, so that it meets all of it at once."""
    from activitystream.live.delivery import Delivery

    with monkeypatch.context() as patch:
        patch.setattr(Delivery, "_step", lambda self: None)
        time.sleep(0.3)
        act()


def test_what_the_store_has_lost_of_it_lets_the_page_be_read_again(
    open_live: Open, ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule is never asked about what is not there."""
    activity = publish(actor=ana, verb="wave")
    list(OutboxFeed(ana).page())
    browser = open_live(outbox(ana))
    browser.expect(1)
    monkeypatch.setattr(type(get_store().events), "kept", lambda self, names: {})  # type: ignore[union-attr]
    retract(activity)
    browser.expect(2)
    assert browser.names()[1:] == [("reset", "")]


# -- hooks that raise --------------------------------------------------------------------------------------


def by_rule(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("configure")(MAY_SEE=f"{__name__}.broken_rule")


def by_includes(request: pytest.FixtureRequest) -> None:
    def includes(self: Any, entry: Any) -> bool:
        if entry.data.get("poison"):
            fault.strike()
        return True

    request.getfixturevalue("monkeypatch").setattr(OutboxFeed, "includes", includes)


def by_rows(request: pytest.FixtureRequest) -> None:
    def get_queryset(self: Any) -> Any:
        fault.strike()
        return Photo.objects.all()

    request.getfixturevalue("override_registration")(Photo, get_queryset=get_queryset)


def by_may_read(request: pytest.FixtureRequest) -> None:
    def may_read(self: Any, user: Any) -> bool:
        if getattr(user, "username", "") == "ben":
            fault.strike(Ref.of(user))
        return True

    request.getfixturevalue("monkeypatch").setattr(OutboxFeed, "may_read", may_read)


HOOKS = {"rule": by_rule, "includes": by_includes, "rows": by_rows, "may_read": by_may_read}


CASES = [
    (hook, how, error, ("fakeredis", "memory")[(a + b + c) % 2])
    for a, hook in enumerate(HOOKS)
    for b, how in enumerate(("always", "once", "one"))
    for c, error in enumerate((LookupError, OperationalError))
]
"""The stores take turns, so that each hook, way and error meets both: what raises is above the store."""


@pytest.mark.parametrize(("hook", "how", "error", "store"), CASES, indirect=["store"])
def test_others_hear_what_happens(
    hook: str,
    how: str,
    error: type[Exception],
    open_live: Open,
    ana: Any,
    ben: Any,
    people: Any,
    shrink: Shrink,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    """Those who watch the same feed, if the hook lets them; and those of other feeds in any case."""
    HOOKS[hook](request)
    shrink("live.delivery", CHECK=0.3)
    [cy] = people("cy")
    bens, anybodys, elsewhere = open_live(outbox(ana), ben), open_live(outbox(ana)), open_live(outbox(cy))
    for browser in (bens, anybodys, elsewhere):
        browser.expect(1)
    fault.viewer, fault.error, fault.how = Ref.of(ben), error, how
    caplog.set_level(logging.ERROR, "activitystream")
    photo = Photo.objects.bulk_create([Photo(caption="poison", owner=ana)])[0]
    publish(actor=ana, verb="show", object=photo, data={"poison": 1})
    began = time.monotonic()
    good = publish(actor=cy, verb="wave")
    assert elsewhere.until(lambda: ("activity", str(good.pk)) in elsewhere.names())
    assert time.monotonic() - began < 2
    time.sleep(1)  # an event that is met again and again would show
    after = publish(actor=ana, verb="nod")
    for browser in (bens, anybodys):
        assert browser.until(
            lambda browser=browser: browser.ended or str(after.pk) in [id for _, id in browser.names()], 2
        )
    if hook == "may_read" or (how == "one" and hook == "rule"):
        assert not anybodys.ended
        assert str(after.pk) in [id for _, id in anybodys.names()]
        assert bens.ended is (how != "once")
    assert not elsewhere.ended
    assert elsewhere.expect(2)
    assert len(caplog.records) <= (
        0 if how == "once" or (how == "one" and hook in ("rows", "includes")) else 2
    )
    assert fault.raised < 20
    assert hub_runs()


def test_an_event_that_nobody_can_be_told_is_skipped(
    open_live: Open, ana: Any, ben: Any, caplog: pytest.LogCaptureFixture, shrink: Shrink, request: Any
) -> None:
    """With one line in the log. The page is read again a little later: it may have been a short fault."""
    by_rule(request)
    fault.how = "always"
    browsers = [open_live(outbox(ana), ben), open_live(outbox(ana))]
    for browser in browsers:
        browser.expect(1)
    publish(actor=ana, verb="wave", data={"poison": 1})
    good = publish(actor=ana, verb="nod")
    for browser in browsers:
        browser.expect(2)
        assert browser.names() == [("reset", ""), ("activity", str(good.pk))]
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.event == "live_failed"  # type: ignore[attr-defined]
    assert record.skipped is True  # type: ignore[attr-defined]
    from activitystream.live import get_hub

    for watcher in get_hub().members.all():
        watcher.check_at = 0
    for browser in browsers:
        assert browser.expect(3)[-1].name == "reset"


def test_who_comes_back_to_an_event_that_raises_reads_the_page(
    open_live: Open, ana: Any, request: Any
) -> None:
    """It is not met again and again: once by the hub, once by who comes back."""
    by_rule(request)
    browser = open_live(outbox(ana))
    browser.expect(1)
    browser.close()
    fault.how = "always"
    publish(actor=ana, verb="wave", data={"poison": 1})
    again = open_live(outbox(ana), last_id=browser.last_id)
    assert again.expect(1)[0].name == "reset"
    good = publish(actor=ana, verb="nod")
    assert again.expect(2)[1].data["id"] == str(good.pk)
    assert Browser is type(again)


def test_a_count_that_raises_ends_those_who_count(open_live: Open, ana: Any, ben: Any, request: Any) -> None:
    by_rule(request)
    counting = open_live(outbox(ana) + "?count&since=1")
    plain = open_live(outbox(ana), ben)
    for browser in (counting, plain):
        browser.expect(1)
    fault.how, fault.viewer = "one", None
    activity = publish(actor=ana, verb="wave", data={"poison": 1})
    assert counting.until(lambda: counting.ended)
    assert plain.expect(2)[1].data["id"] == str(activity.pk)


def test_a_connection_that_cannot_begin_is_told_when_to_come_back(
    open_live: Open, ana: Any, request: Any
) -> None:
    by_rule(request)
    publish(actor=ana, verb="wave", data={"poison": 1})
    fault.how = "always"
    browser = open_live(outbox(ana) + "?count&since=1")
    assert browser.until(lambda: browser.ended)
    assert (browser.status, browser.error, browser.told) == (200, None, [])
    assert browser.retry >= 10_000


def test_merging_that_raises_ends_whose_feed_it_is(
    open_live: Open, ana: Any, ben: Any, people: Any, configure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from activitystream.models import PulledAudience

    follow(ben, ana)
    PulledAudience.objects.create(
        feed="home",
        followee_type=Ref.of(ana).content_type,
        followee_id=ana.pk,
        as_actor=True,
        state=PulledAudience.State.PULLED,
    )
    home, plain = open_live("home/live/", ben), open_live(outbox(ana))
    for browser in (home, plain):
        browser.expect(1)

    def pulled_from(*args: Any, **kwargs: Any) -> Any:
        raise LookupError("a hook of the site is broken")

    monkeypatch.setattr(HomeFeed, "pulled_from", pulled_from)
    [cy] = people("cy")
    follow(ben, cy)
    activity = publish(actor=ana, verb="wave")
    assert plain.until(lambda: ("activity", str(activity.pk)) in plain.names())
    assert home.until(lambda: home.ended)
    assert not plain.ended


def test_blocks_that_cannot_be_read_end_whose_they_are(
    open_live: Open, ana: Any, ben: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bens, anybodys = open_live(outbox(ana), ben), open_live(outbox(ana))
    for browser in (bens, anybodys):
        browser.expect(1)

    def broken(*args: Any) -> Any:
        raise LookupError("it cannot be read")

    monkeypatch.setattr("activitystream.feeds.facts.apart_from", broken)
    [cy] = [get_user_model().objects.create(username="cy")]
    block(ben, cy)
    activity = publish(actor=ana, verb="wave")
    anybodys.until(lambda: len(anybodys.told) > 1)
    assert anybodys.names()[-1] == ("activity", str(activity.pk))
    assert bens.until(lambda: bens.ended)
