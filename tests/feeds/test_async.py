"""Pages in an event loop."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_redis import get_redis_connection
from redis import Redis
from redis.credentials import UsernamePasswordCredentialProvider

from activitystream import (
    HomeFeed,
    InvalidCursor,
    OutboxFeed,
    achange_visibility,
    afollow,
    ais_following,
    apublish,
    aretract,
    aunfollow,
    follow,
    publish,
)
from activitystream.feeds import base
from activitystream.models import Activity
from activitystream.signals import page_read
from activitystream.streams import bridge, get_store
from example_project.private_server import ServerUnavailable, find_binary, private_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server(missing_server: Any) -> Iterator[Any]:
    try:
        find_binary()
    except ServerUnavailable as error:
        missing_server(str(error))
    with private_server() as started:
        yield started


@pytest.fixture
def real_redis(server: Any, settings: Any) -> None:
    """A server that an event loop can reach."""
    cache = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": server.url,
        "OPTIONS": {"SOCKET_TIMEOUT": 5, "SOCKET_CONNECT_TIMEOUT": 5},
    }
    settings.CACHES = {**settings.CACHES, "real": cache}
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "CACHE": "real"}


run = asyncio.run
"""Where no thread is needed, which would keep a connection to SQL. That of `async_to_sync` is the test."""


@pytest.fixture
def no_thread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called, nothing may go to a thread."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("it went to a thread")

    return lambda: monkeypatch.setattr(base, "sync_to_async", refuse)


def test_a_warm_page_needs_no_thread(real_redis: None, ana: Any, ben: Any, no_thread: Any) -> None:
    follow(ben, ana)
    ids = [publish(actor=ana, verb="wave").pk for _ in range(25)]
    home = HomeFeed(ben)
    warm = home.page(20)
    home.page(25)
    no_thread()
    threads = threading.active_count()
    with CaptureQueriesContext(connection) as queries:
        page = run(home.apage(20))
        older = run(home.apage(after=page.next_cursor))
    assert [entry.raw for entry in page] == [entry.raw for entry in warm]
    assert [entry.id for entry in older] == ids[4::-1]
    assert len(queries) == 0
    assert threading.active_count() == threads


def test_a_page_that_is_merged_needs_no_thread(
    real_redis: None, ana: Any, ben: Any, people: Any, configure: Any, no_thread: Any
) -> None:
    configure(PULL_ABOVE=1)
    for user in (ben, *people("cy", "di")):
        follow(user, ana)
    for _ in range(3):
        publish(actor=ana, verb="wave")
    HomeFeed(ben).page()
    no_thread()
    assert len(run(HomeFeed(ben).apage())) == 3


def test_a_server_that_forgot_the_scripts_is_given_them(real_redis: None, ana: Any) -> None:
    publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    feed.page()
    get_redis_connection("real").script_flush()
    assert len(run(feed.apage())) == 1


def connections(server: Any) -> int:
    with Redis.from_url(server.url) as client:
        return len(client.client_list())


def test_a_loop_that_ends_takes_its_connections_along(real_redis: None, server: Any, ana: Any) -> None:
    """Each request of an async view under WSGI has a loop of its own."""
    publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    feed.page()
    before = connections(server)
    for _ in range(5):
        assert len(async_to_sync(feed.apage)()) == 1
        assert len(asyncio.run(feed.apage())) == 1
    assert connections(server) == before
    assert not bridge._clients


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_nothing_is_kept_of_a_loop_that_was_closed_by_hand(real_redis: None, ana: Any) -> None:
    publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    feed.page()
    for _ in range(3):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(feed.apage())
        asyncio.set_event_loop(None)
        loop.close()
    assert len(bridge._clients) == 1
    assert len(run(feed.apage())) == 1
    assert not bridge._clients
    gc.collect()


@pytest.fixture
def locked(real_redis: None, server: Any, settings: Any) -> Iterator[None]:
    """The server wants a password, which is not in the address."""
    provider = UsernamePasswordCredentialProvider(password="secret")
    real = settings.CACHES["real"]
    options = {**real["OPTIONS"], "CONNECTION_POOL_KWARGS": {"credential_provider": provider}}
    location = f"{real['LOCATION']}?db=0"  # another address: django-redis keeps a pool for each
    settings.CACHES = {**settings.CACHES, "locked": {**real, "LOCATION": location, "OPTIONS": options}}
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "CACHE": "locked"}
    with Redis.from_url(server.url) as client:
        client.config_set("requirepass", "secret")
        yield
        client.config_set("requirepass", "")


def test_credentials_that_are_provided(locked: None, ana: Any, no_thread: Any) -> None:
    publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    feed.page()
    no_thread()
    assert len(run(feed.apage())) == 1
    assert get_store().length(feed.stream) == 1, "the store was given up"  # type: ignore[union-attr]


def test_who_listens_may_use_sql_or_be_asynchronous(real_redis: None, ana: Any, caplog: Any) -> None:
    publish(actor=ana, verb="wave")
    feed, heard = OutboxFeed(ana), []
    feed.page()

    async def asynchronous(**facts: Any) -> None:
        heard.append("asynchronous")

    def with_sql(**facts: Any) -> None:
        Activity.objects.exists()
        heard.append("with SQL")

    def broken(**facts: Any) -> None:
        raise ValueError

    for receiver in (asynchronous, with_sql, broken):
        page_read.connect(receiver)
    try:
        assert len(async_to_sync(feed.apage)()) == 1
    finally:
        for receiver in (asynchronous, with_sql, broken):
            page_read.disconnect(receiver)
    assert sorted(heard) == ["asynchronous", "with SQL"]


def test_a_rank_that_asks_sql_is_asked_in_a_thread(real_redis: None, ana: Any) -> None:
    class Scored(OutboxFeed):
        ranked = 10

        def rank(self, entry: Any, viewer: Any, now: Any) -> float:
            return float(Activity.objects.get(pk=entry.id).data["score"])

    for score in (1, 3, 2):
        publish(actor=ana, verb="wave", data={"score": score})
    feed = Scored(ana)
    assert [entry.data["score"] for entry in feed.page()] == [3, 2, 1]
    assert [entry.data["score"] for entry in async_to_sync(feed.apage)()] == [3, 2, 1]


def test_many_pages_at_once(real_redis: None, ana: Any) -> None:
    publish(actor=ana, verb="wave")
    feed = OutboxFeed(ana)
    feed.page()

    async def many() -> list[int]:
        return [len(page) for page in await asyncio.gather(*(feed.apage() for _ in range(50)))]

    assert run(many()) == [1] * 50


def test_a_cold_page_is_made_warm_in_a_thread(real_redis: None, ana: Any) -> None:
    publish(actor=ana, verb="wave")
    store = get_store()
    assert store is not None
    feed = OutboxFeed(ana)
    store.delete([feed.stream])

    async def read() -> Any:
        return await feed.apage()

    assert len(async_to_sync(read)()) == 1
    assert store.length(feed.stream) == 1


def test_errors_are_those_of_a_page(real_redis: None, ana: Any) -> None:
    with pytest.raises(InvalidCursor):
        run(OutboxFeed(ana).apage(0))


def test_it_works_with_every_store(any_store: str, ana: Any, ben: Any) -> None:
    async def live() -> list[list[str]]:
        await afollow(ben, ana)
        assert await ais_following(ben, ana)
        activity = await apublish(actor=ana, verb="wave")
        pages = [await HomeFeed(ben).apage(), await HomeFeed(ben).apage()]
        await achange_visibility(activity, "self")
        pages.append(await HomeFeed(ben).apage())
        await aretract(activity)
        await aunfollow(ben, ana)
        pages.append(await OutboxFeed(ana).apage())
        return [[entry.verb for entry in page] for page in pages]

    assert async_to_sync(live)() == [["wave"], ["wave"], [], []]


def test_without_greenlet_it_works_in_a_thread(
    real_redis: None, ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "greenlet", None)
    publish(actor=ana, verb="wave")

    async def read() -> int:
        return len(await OutboxFeed(ana).apage())

    assert async_to_sync(read)() == 1
