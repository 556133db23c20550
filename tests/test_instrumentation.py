"""The recorder: what a block of code cost; and the lines in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from activitystream import HomeFeed, OutboxFeed, follow, publish
from activitystream.instrumentation import LIMIT, Asked, PageRead, Query, Recording, record
from activitystream.journal import sweep
from activitystream.models import JournalEntry
from tests.fixtures import STORES
from tests.settings import KEY_PREFIX

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def redis(configure: Any) -> Iterator[None]:
    configure(STREAMS=STORES["fakeredis"])
    return


@pytest.fixture
def home(redis: None, ana: Any, ben: Any) -> HomeFeed:
    follow(ben, ana)
    publish(actor=ana, verb="wave")
    return HomeFeed(ben)


def test_a_cold_page_shows_its_rebuild_and_its_queries(home: HomeFeed) -> None:
    with record() as recording:
        home.page()
    assert [asked.state for asked in recording.asked] == ["warm"], "after the rebuild"
    assert {"begin", "finish", "page"} <= {trip.command for trip in recording.round_trips}
    assert any("activitystream_activity" in query.sql for query in recording.queries)
    assert recording.sql.count == len(recording.queries) > 0


def test_a_warm_page_is_two_round_trips_and_no_query(home: HomeFeed) -> None:
    home.page()
    with record() as recording:
        page = home.page()
    assert [trip.command for trip in recording.round_trips] == ["page", "get_bodies"]
    assert recording.round_trips[0].names == [home.stream]
    assert recording.round_trips[0].keys[0].startswith(f"{KEY_PREFIX}:2:{{")
    assert f"body:{page[0].id}" in recording.round_trips[1].names
    assert recording.queries == []
    assert recording.asked == [Asked(home.stream, "warm")]
    assert recording.streams == [home.stream]
    [read] = recording.pages
    assert (read.feed, read.stream, read.entries) == ("home", home.stream, 1)
    assert 0 < recording.redis.seconds <= recording.seconds
    assert str(recording).startswith("pages: 1; round trips: 2 in ")


def test_a_page_of_the_query_says_why(home: HomeFeed, configure: Any) -> None:
    configure(STREAMS=None)
    with record() as recording:
        home.page()
    assert recording.asked == [Asked(home.stream, "cold")]
    assert recording.redis.count == 0
    assert recording.sql.count > 0


def test_what_is_given_to_a_query_is_not_kept(ana: Any) -> None:
    with record() as recording:
        get_user_model().objects.filter(username="secret-name").exists()
    assert len(recording.queries) == 1
    assert "secret-name" not in recording.queries[0].sql


def test_recordings_nest_and_end(home: HomeFeed) -> None:
    with record() as outer:
        home.page()
        before = len(outer.round_trips)
        with record() as inner:
            home.page()
        home.page()
    home.page()
    assert len(inner.round_trips) == 2
    assert len(outer.round_trips) == before + 4
    assert len(outer.pages) == 3


def test_a_block_that_raises_is_recorded_too(home: HomeFeed) -> None:
    def fail() -> None:
        with record() as recording:
            seen.append(recording)
            home.page()
            raise ZeroDivisionError

    seen: list[Recording] = []
    with pytest.raises(ZeroDivisionError):
        fail()
    home.page()
    assert seen[0].seconds > 0
    assert len(seen[0].pages) == 1, "and nothing after its end"


def test_very_many_events_are_counted_and_not_kept() -> None:
    recording = Recording()
    for _ in range(LIMIT + 5):
        recording.add(Query("SELECT 1", 0.5))
        recording.add(PageRead("home", "home:auth.user:1", 0, 0.0))
    assert len(recording.queries) == len(recording.pages) == LIMIT
    assert (recording.sql.count, recording.sql.seconds) == (LIMIT + 5, (LIMIT + 5) / 2)


# -- lines in the log -------------------------------------------------------------------------------------


def facts(caplog: pytest.LogCaptureFixture, event: str) -> dict[str, Any]:
    [found] = [record for record in caplog.records if getattr(record, "event", None) == event]
    assert found.name == "activitystream"
    return vars(found) | {"text": found.getMessage()}


def test_lines_tell_of_publish_fan_out_and_rebuild(
    redis: None, ana: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "activitystream"):
        publish(actor=ana, verb="wave")
        OutboxFeed(ana).page()
    made = facts(caplog, "published")
    assert made["count"] == 1
    assert made["text"].startswith("published 1 activities in ")
    assert made["seconds"] > 0
    assert facts(caplog, "delivered")["count"] == 2
    assert facts(caplog, "rebuilt")["text"].startswith(f"rebuilt {OutboxFeed(ana).stream}: 1 ids in ")


def test_the_log_is_quiet_unless_there_was_something_to_sweep(
    redis: None, ana: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "activitystream"):
        publish(actor=ana, verb="wave")
        OutboxFeed(ana).page()
        sweep()
        assert caplog.records == []
        long_ago = timezone.now() - timedelta(hours=1)
        JournalEntry.objects.create(kind="forget", payload={"refs": ["a"]}, updated=long_ago)
        sweep()
    assert facts(caplog, "swept")["done"] == 1
