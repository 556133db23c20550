"""The pull: the union of queries in order, and time read in windows where a query matches much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activitystream import Draft, publish_many
from activitystream.feeds import pull
from activitystream.ids import DAY, MAX_ID, first_id, to_datetime
from activitystream.models import Activity, Ref

pytestmark = pytest.mark.django_db
NOW = timezone.now()
AGES = [0, 0, 0.4, 0.99, 1, 1.01, 2, 16.9, 17.1, 100, 288.9, 289.1, 400, 2000, 6000, 15000]
"""Days: on both sides of where windows end."""


@pytest.fixture
def history(ana: Any) -> list[int]:
    """Ids, newest first."""
    made = publish_many(
        Draft(actor=ana, verb="wave", object=ana if number % 2 else None, published=NOW - timedelta(days=age))
        for number, age in enumerate(AGES)
    )
    return sorted((activity.id for activity in made), reverse=True)


@pytest.mark.parametrize("windowed", [False, True])
@pytest.mark.parametrize("sources", ["one", "overlapping"])
def test_every_cursor_and_limit(ana: Any, history: list[int], windowed: bool, sources: str) -> None:
    by, about = Activity.objects.by(Ref.of(ana)), Activity.objects.about(Ref.of(ana))
    queries = [by] if sources == "one" else about
    cursors = [0, MAX_ID, *history, *(id - 1 for id in history[::3])]
    for limit in (1, 5, 99):
        assert pull(queries, limit=limit, windowed=windowed) == history[:limit]
        for cursor in cursors:
            older = [id for id in history if id < cursor]
            newer = [id for id in history if id > cursor]
            assert pull(queries, limit=limit, after=cursor, windowed=windowed) == older[:limit]
            assert pull(queries, limit=limit, before=cursor, windowed=windowed) == newer[-limit:]


def test_without_a_limit(ana: Any, history: list[int]) -> None:
    assert pull(Activity.objects.about(Ref.of(ana)), limit=None, windowed=True) == history


def test_without_sources() -> None:
    assert pull([], limit=5, windowed=True) == pull([], limit=5) == []


def test_what_a_clock_that_is_ahead_made(ana: Any) -> None:
    (made,) = publish_many([Draft(actor=ana, verb="wave", published=NOW + timedelta(seconds=50))])
    assert pull([Activity.objects.by(Ref.of(ana))], limit=2, windowed=True) == [made.id]


def test_an_id_exactly_where_a_window_ends(ana: Any) -> None:
    user, cursor = Ref.of(ana), first_id(NOW) - 400 * DAY
    ids = [cursor + n * DAY + odd for n in (-17, -1, 1, 17) for odd in (-1, 0, 1)]
    rows = [
        Activity(
            id=id, actor_type=user.content_type, actor_id=user.id, verb="wave", published=to_datetime(id)
        )
        for id in ids
    ]
    Activity.objects.bulk_create(rows)
    query = [Activity.objects.by(user)]
    assert pull(query, limit=99, after=cursor, windowed=True) == ids[5::-1]
    assert pull(query, limit=99, before=cursor, windowed=True) == ids[:5:-1]


def windows(action: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        action()
    return len(captured)


def test_busy_followees_cost_the_days_that_fill_the_page(ana: Any) -> None:
    publish_many(Draft(actor=ana, verb="wave", published=NOW - timedelta(hours=n)) for n in range(500))
    query = [Activity.objects.by(Ref.of(ana))]
    assert windows(lambda: pull(query, limit=20, windowed=True)) == 1
    assert windows(lambda: pull(query, limit=400, windowed=True)) <= 3


def test_quiet_followees_cost_a_few_look_ups(ana: Any) -> None:
    publish_many(Draft(actor=ana, verb="wave", published=NOW - timedelta(days=3000 + n)) for n in range(30))
    query = [Activity.objects.by(Ref.of(ana))]
    assert windows(lambda: pull(query, limit=20, windowed=True)) <= 5
    assert windows(lambda: pull(query, limit=100, windowed=True)) <= 7
    nobody = [Activity.objects.by(Ref("app.photo", "1"))]
    for cursor in ({}, {"before": 0}, {"after": MAX_ID}):
        assert windows(lambda cursor=cursor: pull(nobody, limit=20, windowed=True, **cursor)) <= 12
