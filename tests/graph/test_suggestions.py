"""People followed by the people one follows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import InvalidFollow, accept, block, follow, follow_many, incoming, mute, suggestions
from activitystream.graph.base import Graph
from activitystream.graph.tables import FollowGraph
from tests.fixtures import Register
from tests.kit import Shrink

pytestmark = pytest.mark.django_db


@pytest.fixture
def friends(ana: Any, people: Any) -> list[Any]:
    """Three whom Ana follows."""
    some: list[Any] = people("bea", "cal", "dan")
    follow_many(ana, some)
    return some


def found(user: Any, **asked: Any) -> list[tuple[str, int]]:
    return [(one.user.username, one.count) for one in suggestions(user, **asked)]


def test_the_best_first(ana: Any, friends: list[Any], people: Any) -> None:
    one, two, three = people("one", "two", "three")
    follow_many(friends[0], [ana, three, two, one, friends[1]])
    follow_many(friends[1], [three, two])
    follow(friends[2], three)
    assert found(ana) == [("three", 3), ("two", 2), ("one", 1)]
    assert found(ana, limit=1) == [("three", 3)]
    assert found(ana, kind="watch") == []
    assert found(one) == []


def test_without_those_who_are_known(
    ana: Any, friends: list[Any], people: Any, private_rows: None, override_registration: Register
) -> None:
    asked, muted, blocked, blocking, hidden, fine = people("as", "mu", "bd", "bg", "hi", "fine")
    follow_many(friends[0], [asked, muted, blocked, blocking, hidden, fine])
    asked.last_name = "private"
    asked.save()
    follow(ana, asked)
    mute(ana, muted)
    block(ana, blocked)
    block(blocking, ana)
    shown = type(ana).objects.exclude(username="hi")
    override_registration(type(ana), get_queryset=lambda self: shown.all())
    assert found(ana) == [("fine", 1)]


@pytest.fixture
def watched(ana: Any, people: Any, private_rows: None, override_registration: Register) -> list[Any]:
    """A private and a public account that Ana watches; each watches somebody. Kinds are public."""
    override_registration(type(ana), public_kinds=("follow", "watch"))
    shy, bea, hers, theirs = people("shy", "bea", "hers", "theirs")
    follow(shy, hers, kind="watch")
    follow(bea, theirs, kind="watch")
    follow_many(ana, [shy, bea], kind="watch")
    shy.last_name = "private"
    shy.save()
    return [shy, bea]


def test_whom_a_private_account_follows_is_for_its_followers(ana: Any, watched: list[Any]) -> None:
    """As its list is: to watch it does not make one a follower."""
    client = APIClient()
    client.force_authenticate(ana)
    assert client.get(f"/feeds/following/auth.user/{watched[0].pk}/?kind=watch").status_code == 403
    assert found(ana, kind="watch") == [("theirs", 1)]
    answer = client.get("/feeds/suggestions/?kind=watch").data["results"]
    assert [one["user"]["name"] for one in answer] == ["theirs"]
    follow(ana, watched[0])
    accept(incoming(watched[0]).get())
    assert found(ana, kind="watch") == [("hers", 1), ("theirs", 1)]


def test_many_private_accounts_cost_as_few_queries(ana: Any, watched: list[Any], people: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            suggestions(ana, kind="watch")
        return len(captured)

    few = queries()
    more = people(40)
    follow_many(ana, more, kind="watch")
    type(ana).objects.filter(pk__in=[user.pk for user in more]).update(last_name="private")
    assert queries() == few


def test_only_the_signed_in_have_any(photo: Any) -> None:
    with pytest.raises(InvalidFollow):
        suggestions(photo)


def test_the_work_is_bounded(ana: Any, people: Any, shrink: Shrink) -> None:
    everyone = people(30)
    follow_many(ana, everyone[:12])
    for user in everyone[:12]:
        follow_many(user, [other for other in everyone if other != user])
    with CaptureQueriesContext(connection) as captured:
        assert len(suggestions(ana)) == 18
    assert len(captured) <= 8
    shrink("graph.tables", AT_ONCE=1)
    with CaptureQueriesContext(connection) as captured:
        suggestions(ana)
    assert len([query for query in captured if query["sql"].endswith("LIMIT 10")]) == 2


class PlainGraph(FollowGraph):
    """A graph that finds suggestions as every graph can."""

    followed_by = Graph.followed_by


def test_a_graph_of_ones_own(ana: Any, friends: list[Any], people: Any, configure: Any) -> None:
    [one] = people("one")
    follow(friends[0], one)
    follow(friends[1], one)
    configure(GRAPH=f"{__name__}.PlainGraph")
    assert found(ana) == [("one", 2)]


def test_api(ana: Any, friends: list[Any], people: Any) -> None:
    [one, two] = people("one", "two")
    follow_many(friends[0], [one, two])
    client = APIClient()
    assert client.get("/feeds/suggestions/").status_code == 403
    client.force_authenticate(ana)
    [first, _] = client.get("/feeds/suggestions/").data["results"]
    assert (first["user"]["name"], first["followed_by"]) == ("one", 1)
    assert len(client.get("/feeds/suggestions/?limit=1").data["results"]) == 1
    assert client.get("/feeds/suggestions/?kind=watch").status_code == 403  # that is their own to know
    for query in ("limit=0", "limit=x", "limit=999", "kind=", "kind=a%00"):
        assert client.get(f"/feeds/suggestions/?{query}").status_code == 400
