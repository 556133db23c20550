"""`next` to the end and `previous` back: every activity exactly once, whatever others do meanwhile.

Streams here keep 3 ids (and 10 of slack): pages begin in the stream and go on in SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from activitystream import Draft, HomeFeed, follow, publish, publish_many, retract
from activitystream.streams import get_store
from tests.histories import histories, tried

from .conftest import STORES
from .helpers import walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(ana: Any, bob: Any, each_store: str) -> None:
    """Bob follows Ana; his stream is warm, if there is one."""
    follow(bob, ana)
    HomeFeed(bob).page()


def waves(ana: Any, number: int) -> list[str]:
    """The ids of so many activities of hers, newest first."""
    made = publish_many(Draft(actor=ana, verb="wave") for _ in range(number))
    return [str(activity.pk) for activity in made][::-1]


def test_the_stream_is_trimmed(ana: Any, bob: Any, home: None, each_store: str) -> None:
    """Else the tests below would not cross its end."""
    waves(ana, 30)
    store = get_store()
    assert (store is None) == (each_store == "none")
    if store is not None:
        assert 3 <= (store.length(HomeFeed(bob).stream) or 0) <= 13


@pytest.mark.parametrize("size", [1, 4, 7, 30, 31])
def test_there_and_back(ana: Any, as_bob: APIClient, home: None, size: int) -> None:
    ids = waves(ana, 30)
    forth = walk(as_bob, f"/feeds/home/?limit={size}", "next")
    assert forth.items == ids
    assert [len(page) for page in forth.pages[:-1]] == [size] * (len(forth.pages) - 1)
    back = walk(as_bob, forth.last, "previous")
    assert back.items == ids


def test_links(ana: Any, as_bob: APIClient, home: None) -> None:
    newest, middle, oldest = [str(publish(actor=ana, verb="wave").pk) for _ in range(3)][::-1]
    base = "http://testserver/feeds/home/"
    first = as_bob.get(f"{base}?limit=1&format=json")
    assert first.data["previous"] is None
    assert first.data["next"] == f"{base}?after={newest}&format=json&limit=1"
    assert first["Link"] == f'<{first.data["next"]}>; rel="next"'
    second = as_bob.get(first.data["next"])
    assert second.data["paging"]["cursors"] == {"before": middle, "after": middle}
    assert second.data["next"] == f"{base}?after={middle}&format=json&limit=1"
    assert second.data["previous"] == f"{base}?before={middle}&format=json&limit=1"
    assert second["Link"] == f'<{second.data["next"]}>; rel="next", <{second.data["previous"]}>; rel="prev"'
    third = as_bob.get(second.data["next"])
    assert [entry["id"] for entry in third.data["results"]] == [oldest]
    assert third.data["next"] is None
    assert third["Link"] == f'<{third.data["previous"]}>; rel="prev"'


def test_before_is_directly_newer(ana: Any, as_bob: APIClient, home: None) -> None:
    ids = [str(publish(actor=ana, verb="wave").pk) for _ in range(6)]
    page = as_bob.get("/feeds/home/", {"before": ids[1], "limit": 2}).data
    assert [entry["id"] for entry in page["results"]] == [ids[3], ids[2]]


def test_polling_with_the_first_cursor_gives_what_came_since(ana: Any, as_bob: APIClient, home: None) -> None:
    publish(actor=ana, verb="wave")
    cursor = as_bob.get("/feeds/home/").data["paging"]["cursors"]["before"]
    assert as_bob.get("/feeds/home/", {"before": cursor}).data["results"] == []
    new = publish(actor=ana, verb="wave")
    assert [entry["id"] for entry in as_bob.get("/feeds/home/", {"before": cursor}).data["results"]] == [
        str(new.pk)
    ]


def test_a_cursor_may_be_of_a_retracted_activity(ana: Any, as_bob: APIClient, home: None) -> None:
    ids = [publish(actor=ana, verb="wave").pk for _ in range(20)]
    answer = as_bob.get("/feeds/home/?limit=5").data
    retract(int(answer["paging"]["cursors"]["after"]))
    rest = walk(as_bob, answer["next"], "next").items
    assert rest == [str(id) for id in ids[:15]][::-1]


# -- whatever others do --------------------------------------------------------------------------------------

ACTIONS = st.lists(
    st.one_of(
        st.just(("publish", 0)),
        st.tuples(st.just("backdate"), st.integers(0, 100)),
        st.tuples(st.just("retract"), st.integers(0, 100)),
        st.just(("flush", 0)),
    ),
    max_size=4,
)


class World:
    """An actor and a reader of its own for each example, and what happened to its activities."""

    count = 0

    def __init__(self, start: int) -> None:
        World.count += 1
        users = get_user_model().objects
        self.actor = users.create_user(f"actor{World.count}")
        self.reader = users.create_user(f"reader{World.count}")
        follow(self.reader, self.actor)
        self.alive: list[int] = []
        self.lasting: set[int] = set()
        self.moment = timezone.now() - timedelta(hours=1)
        for second in range(start):
            self.add(self.moment + timedelta(seconds=second))
        HomeFeed(self.reader).page()

    def add(self, published: Any = None) -> None:
        self.alive.append(publish(actor=self.actor, verb="wave", published=published).pk)

    def act(self, action: str, where: int) -> None:
        if action == "publish":
            self.add()
        elif action == "backdate":
            self.add(self.moment + timedelta(seconds=where / 3))
        elif action == "flush" and (store := get_store()) is not None:
            store.delete([HomeFeed(self.reader).stream])
        elif action == "retract" and self.alive:
            gone = self.alive.pop(where % len(self.alive))
            self.lasting.discard(gone)
            retract(gone)

    def check(self, found: list[str]) -> None:
        """Nothing came twice; all that was there from the start to the end of the walk came."""
        assert len(found) == len(set(found)), "twice"
        assert self.lasting <= set(map(int, found)), "missing"


@pytest.mark.slow
@histories
@pytest.mark.parametrize("kind", STORES)
@settings(
    max_examples=tried(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(start=st.integers(0, 35), size=st.integers(1, 6), turns=st.lists(ACTIONS, max_size=12))
def test_exactly_once_while_others_publish_and_retract(
    use_store: Callable[..., None],
    client_of: Callable[[Any], APIClient],
    db: None,
    kind: str,
    start: int,
    size: int,
    turns: list[list[tuple[str, int]]],
) -> None:
    use_store(kind, MAX_LENGTH=3)
    world = World(start)
    client = client_of(world.reader)
    queue = iter(turns)

    def meanwhile() -> None:
        for action, where in next(queue, []):
            world.act(action, where)

    world.lasting = set(world.alive)
    forth = walk(client, f"/feeds/home/?limit={size}", "next", meanwhile)
    world.check(forth.items)

    queue = iter(turns)
    world.lasting = set(world.alive)
    back = walk(client, forth.last, "previous", meanwhile)
    # what was backdated behind the last page is older than where the way back began
    world.lasting = {id for id in world.lasting if not forth.pages[-1] or id >= int(forth.pages[-1][-1])}
    world.check(back.items)
    quiet = walk(client, f"/feeds/home/?limit={size}", "next")
    assert quiet.items == [str(id) for id in sorted(world.alive, reverse=True)]
    assert walk(client, quiet.last, "previous").items == quiet.items
