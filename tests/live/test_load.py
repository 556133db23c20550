"""Live feeds under load: what many connections cost, how many there may be, and how they begin."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import AsyncRequestFactory, Client

from activitystream import HomeFeed, OutboxFeed, follow, publish, unfollow
from activitystream.live import counts, frames, get_hub
from activitystream.rest import live as rest_live
from activitystream.streams import get_store
from tests.kit import Shrink

from .conftest import Open

pytestmark = pytest.mark.django_db(transaction=True)


def outbox(user: Any) -> str:
    return f"outbox/auth.user/{user.pk}/live/"


# -- counts ------------------------------------------------------------------------------------------------


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which pages of an outbox were read, as they are."""
    read: list[str] = []
    page = OutboxFeed.page

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        read.append(threading.current_thread().name)
        return page(self, *args, **kwargs)

    monkeypatch.setattr(OutboxFeed, "page", noted)
    return read


def test_a_publish_costs_one_count_however_many_count(
    open_live: Open, ana: Any, ben: Any, configure: Any, pages: list[str]
) -> None:
    """Wherever they begin: each has another cursor."""
    configure(LIVE_PER_CLIENT=50)
    seen = [publish(actor=ana, verb="wave").pk for _ in range(3)]
    cursors = [1, *seen, *(seen[0] - n for n in range(1, 12))]
    browsers = [open_live(f"{outbox(ana)}?count&since={cursor}") for cursor in cursors]
    for browser in browsers:
        browser.expect(1)
    pages.clear()
    publish(actor=ana, verb="wave")
    for browser, cursor in zip(browsers, cursors, strict=True):
        told = browser.expect(2)[1].data
        assert told["count"] == 1 + sum(id > cursor for id in seen)
        assert told["more"] is False
    assert pages.count("activitystream-live") == 1


def test_what_happens_at_once_is_counted_once(
    open_live: Open, ana: Any, pages: list[str], shrink: Shrink
) -> None:
    shrink("live.counts", EVERY=1.0)
    browser = open_live(f"{outbox(ana)}?count&since=1")
    browser.expect(1)
    pages.clear()
    for _ in range(10):
        publish(actor=ana, verb="wave")
    assert browser.until(lambda: browser.told[-1].data["count"] == 10)
    assert pages.count("activitystream-live") <= 2


@pytest.mark.parametrize("newer", [2, 3, 4])
def test_counts_are_those_of_the_poll(ana: Any, store: Any, configure: Any, newer: int) -> None:
    """Up to the largest page; past it there are more."""
    configure(MAX_PAGE_SIZE=3, PAGE_SIZE=2)
    ids = [publish(actor=ana, verb="wave").pk for _ in range(6)]
    since = ids[5 - newer]
    told = counts.Newest.read(OutboxFeed(ana), None).since(since)
    asked = Client().get(f"/feeds/outbox/auth.user/{ana.pk}/new/?since={since}").json()
    assert (told["count"], told["more"]) == (asked["count"], asked["more"]) == (min(newer, 3), newer > 3)
    assert told["newest"] == str(ids[-1])


def test_events_go_before_counts(
    open_live: Open, ana: Any, people: Any, shrink: Shrink, monkeypatch: Any
) -> None:
    """However long counting takes, it is looked at what happened in between."""
    shrink("live.counts", BUDGET=0.05)
    fans = people(8)
    for fan in fans:
        follow(fan, ana)
    counting = [open_live("home/live/?count&since=1", fan) for fan in fans]
    plain = open_live(outbox(ana))
    for browser in (*counting, plain):
        browser.expect(1)
    read = counts.Newest.read

    def slow(feed: Any, viewer: Any) -> Any:
        time.sleep(0.3)
        return read(feed, viewer)

    monkeypatch.setattr(counts.Newest, "read", slow)
    publish(actor=ana, verb="wave")
    plain.until(lambda: len(plain.told) == 2)
    began = time.monotonic()
    publish(actor=ana, verb="nod")
    assert plain.until(lambda: len(plain.told) == 3)
    assert time.monotonic() - began < 1.0
    for browser in counting:
        assert browser.until(lambda browser=browser: browser.told[-1].data["count"] == 2, 20)


# -- how many ----------------------------------------------------------------------------------------------


def address(number: int) -> dict[str, str]:
    """What a proxy says of where a request comes from."""
    return {"X-Forwarded-For": f"10.0.0.{number}"}


def test_connections_of_an_address_are_limited(open_live: Open, ana: Any, ben: Any, configure: Any) -> None:
    configure(LIVE_PER_CLIENT=2)
    first = [open_live(outbox(ana), **address(1)) for _ in range(2)]
    for browser in first:
        browser.expect(1)
    refused = open_live(outbox(ana), **address(1))
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "30"
    assert b"2 live connections" in refused.body
    assert b"new/?since=" in refused.body
    open_live(outbox(ana), **address(2)).expect(1)
    bens = [open_live(outbox(ana), ben, **address(1)) for _ in range(2)]
    for browser in bens:
        browser.expect(1)
    assert open_live("home/live/", ben, **address(9)).status == 429
    first[0].close()
    open_live(outbox(ana), **address(1)).expect(1)


def test_an_address_is_that_before_the_proxies(
    open_live: Open, ana: Any, configure: Any, settings: Any
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    configure(LIVE_PER_CLIENT=1)
    forwarded = {"X-Forwarded-For": "6.6.6.6, 10.0.0.1"}
    open_live(outbox(ana), **forwarded).expect(1)
    assert open_live(outbox(ana), **{"X-Forwarded-For": "7.7.7.7, 10.0.0.1"}).status == 429
    open_live(outbox(ana), **{"X-Forwarded-For": "6.6.6.6, 10.0.0.2"}).expect(1)


def test_who_is_not_taken_in_comes_back_later(open_live: Open, ana: Any, configure: Any) -> None:
    configure(LIVE_CONNECTIONS=2)
    open_live(outbox(ana)).expect(1)
    times = set()
    for _ in range(3):
        browser = open_live(outbox(ana))
        assert browser.until(lambda browser=browser: browser.ended)
        assert browser.status == 200
        assert 10_000 <= browser.retry <= 40_000
        times.add(browser.retry)
    assert len(times) > 1


# -- how they begin ----------------------------------------------------------------------------------------


def test_clients_come_back_at_random() -> None:
    times = [int(frames.retry().split()[1]) for _ in range(200)]
    assert all(2_000 <= time <= 12_000 for time in times)
    assert max(times) - min(times) > 5_000


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.BoundedSemaphore]:
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr(rest_live, "_turns", turns)
    yield turns
    assert turns.acquire(timeout=1)  # all were given back


def test_who_has_no_turn_comes_back_later(
    open_live: Open, ana: Any, one_at_a_time: threading.BoundedSemaphore, shrink: Shrink
) -> None:
    shrink("rest.live", TURN=0.1)
    with one_at_a_time:
        browser = open_live(outbox(ana))
        assert browser.until(lambda: browser.ended)
        assert (browser.status, browser.told) == (200, [])
        assert browser.retry >= 10_000
    open_live(outbox(ana)).expect(1)


@pytest.mark.usefixtures("one_at_a_time")
def test_requests_have_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many come at once; and each gives its connections back before the next begins."""
    inside: list[int] = []
    most: list[int] = []
    closed: list[int] = []
    monkeypatch.setattr(rest_live, "_close_connections", lambda: closed.append(len(inside)))
    request = AsyncRequestFactory().get("/")

    def answer() -> Any:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()

    threads = [threading.Thread(target=rest_live.in_turn, args=(request, answer)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert most == [1] * 5
    assert closed == [0] * 5


@pytest.mark.usefixtures("one_at_a_time")
def test_a_request_that_raises_gives_its_turn_back() -> None:
    def answer() -> Any:
        raise LookupError

    with pytest.raises(LookupError):
        rest_live.in_turn(AsyncRequestFactory().get("/"), answer)


def test_connections_to_the_database_are_given_back(open_live: Open, ana: Any, monkeypatch: Any) -> None:
    """Before a watcher waits for its turn to begin."""
    seen: list[int] = []
    join = rest_live._join

    def noted(*args: Any) -> Any:
        alias = connections.all(initialized_only=True)
        seen.extend(1 for one in alias if one.connection is not None)
        return join(*args)

    monkeypatch.setattr(rest_live, "_join", noted)
    open_live(outbox(ana)).expect(1)
    if connections["default"].vendor != "sqlite":  # one in memory stays open
        assert seen == []


# -- a hub that is behind ----------------------------------------------------------------------------------


def test_watches_are_renewed_amid_much_work(
    open_live: Open, ana: Any, shrink: Shrink, monkeypatch: Any
) -> None:
    from activitystream.live.news import News

    browsers = [open_live(outbox(ana)) for _ in range(3)]
    for browser in browsers:
        browser.expect(1)
    watched: list[float] = []
    log = type(get_store().events)  # type: ignore[union-attr]
    watch = log.watch

    def noted(self: Any, streams: Any) -> Any:
        watched.append(time.monotonic())
        return watch(self, streams)

    real = News.__init__

    def slow(self: Any, *args: Any) -> None:
        time.sleep(0.5)
        real(self, *args)

    monkeypatch.setattr(News, "__init__", slow)
    monkeypatch.setattr(log, "watch", noted)
    since = log.since
    monkeypatch.setattr(log, "since", lambda self, position, limit=1: since(self, position, 1))
    shrink("live.delivery", CHECK=0.4)
    began = time.monotonic()
    for _ in range(4):
        publish(actor=ana, verb="wave")
    assert browsers[0].until(lambda: len(browsers[0].told) >= 5, 10)
    busy = [at for at in watched if at < time.monotonic()]
    assert len(busy) >= 3
    assert max(b - a for a, b in zip([began, *busy], [*busy], strict=False)) < 1.2


def test_homes_that_were_dropped_begin_anew_together(
    open_live: Open, ana: Any, people: Any, monkeypatch: Any
) -> None:
    """With as many calls to the store as for one."""
    fans = people(6)
    homes = [open_live("home/live/", fan) for fan in fans]
    for browser in homes:
        browser.expect(1)
    watched: list[int] = []
    log = type(get_store().events)  # type: ignore[union-attr]
    watch = log.watch

    def noted(self: Any, streams: Any) -> Any:
        watched.append(len(streams))
        return watch(self, streams)

    monkeypatch.setattr(log, "watch", noted)
    get_store().delete([HomeFeed(fan).stream for fan in fans])  # type: ignore[union-attr]
    for browser in homes:
        assert [told.name for told in browser.expect(2)] == ["reset", "reset"]
    assert watched == [6, 6]
    follow(fans[0], ana)
    homes[0].expect(3)
    unfollow(fans[0], ana)
    homes[0].expect(4)
    assert len(get_hub().members) == 6
