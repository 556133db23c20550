"""Groups through the API: pages by links, and nothing but what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import Entry, Feed, HomeFeed, OutboxFeed, block, follow, publish
from tests.app.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def likes(ana: Any, bob: Any, each_store: str) -> list[Photo]:
    """Bob follows Ana, who likes each photo twice."""
    follow(bob, ana)
    HomeFeed(bob).page()
    photos = Photo.objects.bulk_create(Photo(owner=bob, caption=f"Photo {n}") for n in range(5))
    for n in range(10):
        publish(actor=ana, verb="like", object=photos[n % 5])
    return photos


def test_pages_of_groups(as_bob: APIClient, ana: Any, likes: list[Photo]) -> None:
    url, names = "/feeds/home/?group=verb,object&limit=2", []
    while url:
        answer = as_bob.get(url)
        assert answer.status_code == 200, answer.content
        assert answer.data["previous"] is None
        assert len(answer.data["results"]) <= 2
        for group in answer.data["results"]:
            assert (group["count"], group["actor_count"], group["more"]) == (2, 1, False)
            assert [entry["object"]["name"] for entry in group["entries"]] == [group["object"]["name"]] * 2
            assert group["id"] == group["entries"][0]["id"]
            assert group["actors"][0]["name"] == "ana"
            names.append(group["object"]["name"])
        url = answer.data["next"]
        publish(actor=ana, verb="like", object=likes[0])
    assert names == [f"Photo {n}" for n in (4, 3, 2, 1, 0)]


def test_groups_of_what_is_filtered(as_bob: APIClient, ana: Any, likes: list[Photo]) -> None:
    publish(actor=ana, verb="wave")
    [group] = as_bob.get("/feeds/home/?group=verb&verb=like").data["results"]
    assert (group["verb"], group["count"]) == ("like", 10)
    assert len(as_bob.get("/feeds/home/?group=verb").data["results"]) == 2


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("group=colour", "groups are by some of verb, actor, object, target, day"),
        ("group=verb,", "groups are by some of"),
        ("group=verb,verb", "groups are by some of"),
        ("group=object_id", "groups are by some of"),
        ("group=", "home does not say what it is grouped by"),
        ("group=verb&before=1", "groups have no before"),
        ("group=verb&after=1", "after must be the next cursor"),
        ("group=verb&limit=1000", "limit must be"),
    ],
)
def test_what_cannot_be_is_refused(as_bob: APIClient, query: str, says: str) -> None:
    answer = as_bob.get(f"/feeds/home/?{query}")
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


@pytest.fixture
def declared(isolated_feeds: None) -> type[Feed]:
    class LoudFeed(OutboxFeed):
        name = "loud"

        def group_by(self, entry: Entry) -> str:  # type: ignore[override]
            return entry.verb.upper()

    return LoudFeed


def test_what_a_feed_declares(declared: Any, nobody: APIClient, ana: Any) -> None:
    for verb in ("shout", "SHOUT", "whisper"):
        publish(actor=ana, verb=verb)
    answer = nobody.get(f"/feeds/loud/auth.user/{ana.pk}/?group=")
    assert [(group["key"], group["count"]) for group in answer.data["results"]] == [
        ("WHISPER", 1),
        ("SHOUT", 2),
    ]


def test_each_reader_counts_what_they_may_see(
    nobody: APIClient, as_ana: APIClient, as_bob: APIClient, ana: Any, bob: Any
) -> None:
    publish(actor=ana, verb="like", visibility="self")
    publish(actor=ana, verb="like", visibility="followers")
    publish(actor=ana, verb="like")
    publish(actor=ana, verb="hide", visibility="named", to=[ana])
    follow(bob, ana)
    url = f"/feeds/outbox/auth.user/{ana.pk}/?group=verb"
    seen = {
        name: [
            (group["verb"], group["count"], len(group["entries"]))
            for group in client.get(url).data["results"]
        ]
        for name, client in {"nobody": nobody, "bob": as_bob, "ana": as_ana}.items()
    }
    assert seen == {
        "nobody": [("like", 1, 1)],
        "bob": [("like", 2, 2)],
        "ana": [("hide", 1, 1), ("like", 3, 3)],
    }
    block(ana, bob)
    assert as_bob.get(url).status_code == 404


def test_not_in_other_formats(nobody: APIClient, ana: Any) -> None:
    answer = nobody.get(f"/feeds/outbox/auth.user/{ana.pk}/?group=verb&format=as1")
    assert answer.status_code == 400
