"""Ranking: the newest in an order of the feed's own; on the pages of a reader each once, whatever happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import RequestContext, Template
from django.test import RequestFactory
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from activitystream import (
    Activity,
    Draft,
    Feed,
    HomeFeed,
    InvalidCursor,
    OutboxFeed,
    edit,
    follow,
    publish,
    publish_many,
    retract,
)
from activitystream.checks import check_feeds
from activitystream.streams import get_store
from tests.histories import histories, tried

pytestmark = pytest.mark.usefixtures("transactional_db")
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


@pytest.fixture
def top(isolated_feeds: None) -> Any:
    class TopFeed(OutboxFeed):
        name = "top"
        ranked = 10
        told: list[Any] = []

        def rank(self, entry: Any, viewer: Any, now: datetime) -> float:
            self.told.append((viewer, now))
            return entry.data["score"]

    return TopFeed


def scored(actor: Any, scores: list[float]) -> list[int]:
    """Activities with these scores, a minute apart, the last the newest; their ids."""
    made = publish_many(
        Draft(actor=actor, verb="wave", data={"score": score}, published=NOON + timedelta(minutes=n))
        for n, score in enumerate(scores)
    )
    return [activity.id for activity in made]


def ids(page: Any) -> list[int]:
    return [entry.id for entry in page]


def scroll(feed: Feed, limit: int, meanwhile: Callable[[], Any] = lambda: None) -> list[list[int]]:
    pages, after = [], None
    while True:
        page = feed.page(limit, after=after)
        pages.append(ids(page))
        assert len(pages) < 100
        if not page.has_next:
            return pages
        after = page.next_cursor
        meanwhile()


@pytest.mark.parametrize("limit", [1, 3, 5, 10, 14, 50])
def test_the_newest_are_ranked_and_the_others_follow_by_time(
    any_store: str, top: Any, ana: Any, limit: int
) -> None:
    scores = [9.0, 99, 1, 5, 3, 5, 8, 2, 7, 6, 4, 0, 10, 11]
    made = scored(ana, scores)
    newest = sorted(zip(scores[4:], made[4:], strict=True), reverse=True)
    expected = [id for _, id in newest] + made[3::-1]
    for _ in ("cold", "warm"):
        pages = scroll(top(ana), limit)
        assert [id for page in pages for id in page] == expected
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1), "full pages"


def test_few_entries_and_none(top: Any, ana: Any) -> None:
    assert scroll(top(ana), 5) == [[]]
    made = scored(ana, [1, 3, 2])
    assert scroll(top(ana), 2) == [[made[1], made[2]], [made[0]]]


def test_the_cursor_after_a_page(top: Any, ana: Any) -> None:
    """`after` continues a ranked page where it ends, and the last one at the oldest that is ranked."""
    made = scored(ana, [1, 3, 2])
    first = top(ana).page(2)
    assert first.after == first.next_cursor
    last = top(ana).page(2, after=first.next_cursor)
    assert (last.has_next, last.after) == (False, str(made[0]))


def test_neither_twice_nor_left_out_whatever_happens(top: Any, ana: Any) -> None:
    """New ones come above, one comes late, one goes, and what was last becomes first."""
    made = scored(ana, [float(n) for n in range(14)])
    feed = top(ana)
    first = feed.page(3)
    assert ids(first) == [made[13], made[12], made[11]]
    publish(actor=ana, verb="new", data={"score": 1000})
    late = publish(
        actor=ana, verb="late", data={"score": 10.5}, published=NOON + timedelta(minutes=9, seconds=30)
    ).id
    retract(made[10])
    edit(made[13], {"score": -1})
    edit(made[4], {"score": 500})
    store = get_store()
    assert store is not None
    store.delete([feed.stream])
    second = feed.page(3, after=first.next_cursor)
    assert ids(second) == [made[4], late, made[9]]
    rest = feed.page(50, after=second.next_cursor)
    assert ids(rest) == [made[n] for n in (8, 7, 6, 5, 3, 2, 1, 0)]


@histories
@hypothesis_settings(
    max_examples=tried(25),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data(), st.lists(st.integers(0, 9), max_size=25), st.integers(1, 6))
def test_a_reader_meets_each_once(top: Any, ana: Any, data: Any, scores: list[int], limit: int) -> None:
    Activity.objects.all().delete()
    store = get_store()
    assert store is not None
    store.delete([top(ana).stream])
    made = scored(ana, [float(score) for score in scores])

    def meanwhile() -> None:
        if made and data.draw(st.booleans()):
            edit(data.draw(st.sampled_from(made)), {"score": data.draw(st.integers(0, 9))})
        if data.draw(st.booleans()):
            publish(actor=ana, verb="new", data={"score": 5})

    seen = [id for page in scroll(top(ana), limit, meanwhile) for id in page]
    assert sorted(seen) == sorted(made)
    assert seen[10:] == sorted(made)[:-10][::-1]


def test_the_time_is_that_of_the_first_page(top: Any, ana: Any) -> None:
    scored(ana, [1, 2, 3, 4])
    top.told.clear()
    page = top(ana).page(1, viewer=ana)
    top(ana).page(1, after=page.next_cursor, viewer=ana)
    assert len({now for _, now in top.told}) == 1
    assert {str(viewer) for viewer, _ in top.told} == {f"auth.user:{ana.pk}"}
    assert abs((datetime.now(UTC) - top.told[0][1]).total_seconds()) < 60


def test_what_the_reader_may_not_see_is_not_ranked(top: Any, ana: Any, ben: Any) -> None:
    publish(actor=ana, verb="wave", data={"score": 9}, visibility="self")
    seen = publish(actor=ana, verb="wave", data={"score": 1})
    assert ids(top(ana).page(viewer=ben)) == [seen.id]


def test_an_entry_that_cannot_be_ranked_is_last(top: Any, ana: Any, caplog: pytest.LogCaptureFixture) -> None:
    made = scored(ana, [3, 2])
    odd = publish(actor=ana, verb="wave").id
    assert ids(top(ana).page()) == [made[0], made[1], odd]
    assert "TopFeed.rank() failed" in caplog.text


def test_what_came_since_is_before_the_newest(top: Any, ana: Any) -> None:
    scored(ana, [9, 1, 2])
    page = top(ana).page(2)
    new = publish(actor=ana, verb="wave", data={"score": 0})
    assert ids(top(ana).page(before=page.before)) == [new.id]


def test_cursors_of_others_are_refused(top: Any, ana: Any) -> None:
    scored(ana, [1, 2, 3])
    good = top(ana).page(1).next_cursor
    with pytest.raises(InvalidCursor):
        OutboxFeed(ana).page(after=good)
    for bad in ("r", "rr", "r!", good[:-2], "r" + "_" * 40, "r" + "A" * 9000, "ré"):
        with pytest.raises(InvalidCursor):
            top(ana).page(after=bad)


def test_in_the_api(top: Any, ana: Any) -> None:
    made = scored(ana, [float(n % 5) for n in range(12)])
    url, seen = f"/feeds/top/auth.user/{ana.pk}/?limit=5", []
    while url:
        answer = APIClient().get(url)
        assert answer.status_code == 200
        seen += [int(entry["id"]) for entry in answer.data["results"]]
        url = answer.data["next"]
    assert sorted(seen) == made
    assert seen != made[::-1]


def test_a_ranked_home(ana: Any, ben: Any) -> None:
    class LongFeed(HomeFeed):
        ranked = 5

        def rank(self, entry: Any, viewer: Any, now: datetime) -> float:
            return len(entry.verb)

    follow(ben, ana)
    for verb in ("wave", "applaud", "hi"):
        publish(actor=ana, verb=verb)
    assert [entry.verb for entry in LongFeed(ben).page()] == ["applaud", "wave", "hi"]


def test_a_ranked_feed_in_a_template(top: Any, ana: Any) -> None:
    """The script asks what came since the newest of all, wherever that stands."""
    made = scored(ana, [4, 9, 1])
    template = Template('{% load activitystream %}{% feed "top" owner limit=2 %}')

    def shown(query: str) -> str:
        return template.render(RequestContext(RequestFactory().get(f"/{query}"), {"owner": ana}))

    first = shown("")
    assert f'data-since="{made[-1]}"' in first
    [older] = re.findall(r'href="(\?after=[^"]+)"', first)
    assert first.count("<article") + shown(older).count("<article") == 3


def test_what_cannot_be_ranked_is_told(isolated_feeds: None) -> None:
    type("Much", (OutboxFeed,), {"name": "much", "ranked": 201, "rank": lambda *args: 0})
    type("Without", (OutboxFeed,), {"name": "without", "ranked": 5})
    messages = [message.msg for message in check_feeds()]
    assert messages == ["Much.ranked = 201 cannot be.", "Without.ranked = 5 cannot be."]
