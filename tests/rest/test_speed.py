"""A warm page: at most two round trips to Redis and no SQL, with all that the answer needs."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import follow
from activitystream.models import Activity
from tests.app.models import Album, Photo

pytestmark = pytest.mark.django_db(transaction=True)


def entry_of(photo: Photo) -> int:
    """The id of the activity that this photo became."""
    return Activity.objects.get(object_id=str(photo.pk), verb="post").pk


def test_round_trips_are_counted(round_trips: list[Any]) -> None:
    cache.get("a")
    round_trips.clear()
    cache.get("a")
    cache.get("b")
    assert len(round_trips) == 2


@pytest.mark.parametrize("query", ["", "?limit=5", "?after={middle}", "?before={middle}"])
@pytest.mark.parametrize("feed", ["home", "outbox"])
def test_a_warm_page(
    feed: str, query: str, ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient, round_trips: list[Any]
) -> None:
    follow(bob, ana)
    album = Album.objects.create(owner=ana, title="Alps")
    ids = [entry_of(Photo.objects.create(owner=ana, album=album, caption=f"{n}")) for n in range(45)]
    client = as_bob if feed == "home" else as_ana
    url = f"/feeds/{feed}/" + query.format(middle=ids[22])
    warm = client.get(url)
    round_trips.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.content == warm.content
    assert len(answer.data["results"]) == (5 if "limit" in query else 20)
    assert answer.data["results"][0]["target"]["name"] == "Alps"
    assert [query["sql"] for query in queries] == []
    assert 1 <= len(round_trips) <= 2


def test_one_warm_activity(ana: Any, nobody: APIClient, round_trips: list[Any]) -> None:
    url = f"/feeds/activities/{entry_of(Photo.objects.create(owner=ana))}/"
    nobody.get(url)
    round_trips.clear()
    with CaptureQueriesContext(connection) as queries:
        assert nobody.get(url).status_code == 200
    assert len(queries) == 0
    assert len(round_trips) == 1


@pytest.mark.parametrize("limit", [1, 20])
def test_a_page_from_sql_alone(limit: int, ana: Any, bob: Any, as_bob: APIClient, use_store: Any) -> None:
    """One query for each kind of object, whatever the size."""
    use_store("none")
    follow(bob, ana)
    for n in range(20):
        Photo.objects.create(owner=ana, caption=f"{n}")
    as_bob.get("/feeds/home/")  # content types
    with CaptureQueriesContext(connection) as queries:
        assert len(as_bob.get("/feeds/home/", {"limit": limit}).data["results"]) == limit
    tables = ("auth_user", "app_photo")
    quoted = [f"FROM {connection.ops.quote_name(table)}" for table in tables]
    cards = [query for query in queries if any(name in query["sql"] for name in quoted)]
    assert len(cards) == 2
