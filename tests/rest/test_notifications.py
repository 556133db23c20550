"""`notifications/`: one's own, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import block, change_visibility, mute, publish
from activitystream.models import Activity, Notification
from tests.app.models import Photo


@pytest.fixture
def photo(ana: Any) -> Photo:
    return Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])[0]


@pytest.fixture
def liked(ana: Any, bob: Any, photo: Photo) -> Activity:
    return publish(actor=bob, verb="like", object=photo, notify=[ana])


def counts(client: APIClient) -> list[int]:
    answer = client.get("/feeds/notifications/counts/").json()
    assert not answer["unseen"]["more"]
    return [answer["unseen"]["groups"], answer["unread"]["groups"]]


def mark(client: APIClient, **body: Any) -> Any:
    return client.post("/feeds/notifications/mark/", body, format="json")


def test_groups_are_given_as_json(as_ana: APIClient, photo: Photo, liked: Activity) -> None:
    answer = as_ana.get("/feeds/notifications/").json()
    assert (answer["next"], answer["previous"]) == (None, None)
    (group,) = answer["results"]
    entry = as_ana.get(f"/feeds/activities/{liked.id}/").json()
    assert group == {
        "key": f"like:app.photo:{photo.pk}",
        "id": str(liked.id),
        "verb": "like",
        "published": entry["published"],
        "object": entry["object"],
        "target": None,
        "count": 1,
        "actor_count": 1,
        "others": 0,
        "more": False,
        "seen": False,
        "read": False,
        "actors": [entry["actor"]],
        "entries": [entry],
    }


def test_links_lead_through_all_groups(ana: Any, bob: Any, as_ana: APIClient) -> None:
    for verb in ("wave", "nod", "smile"):
        publish(actor=bob, verb=verb, notify=[ana])
    url, verbs = "/feeds/notifications/?limit=1", []
    while url:
        answer = as_ana.get(url).json()
        verbs += [group["verb"] for group in answer["results"]]
        url = answer["next"]
    assert verbs == ["smile", "nod", "wave"]


def test_nobody_else_reads_counts_or_marks_them(
    as_bob: APIClient, as_ana: APIClient, ana: Any, liked: Activity
) -> None:
    assert as_bob.get("/feeds/notifications/").json()["results"] == []
    assert counts(as_bob) == [0, 0]
    assert mark(as_bob, mark="read").json()["marked"] == 0
    assert mark(as_bob, mark="read", activity=str(liked.id)).json()["marked"] == 0
    assert as_bob.get(f"/feeds/notifications/auth.user/{ana.pk}/").status_code == 403
    assert counts(as_ana) == [1, 1]


@pytest.mark.parametrize("address", ["", "counts/"])
def test_who_is_not_signed_in_is_refused(nobody: APIClient, address: str) -> None:
    assert nobody.get(f"/feeds/notifications/{address}").status_code in (401, 403)
    assert mark(nobody, mark="read").status_code in (401, 403)


def test_they_are_read_one_by_one(as_ana: APIClient, ana: Any, liked: Activity) -> None:
    answer = as_ana.get(f"/feeds/notifications/auth.user/{ana.pk}/").json()
    assert [entry["id"] for entry in answer["results"]] == [str(liked.id)]


@pytest.mark.parametrize("what", ["activity", "group", "up_to", "everything"])
def test_marks(as_ana: APIClient, liked: Activity, photo: Photo, what: str) -> None:
    named = {"activity": str(liked.id), "group": f"like:app.photo:{photo.pk}", "up_to": liked.id}
    body = {what: named[what]} if what in named else {}
    assert mark(as_ana, mark="seen", **body).json() == {
        "marked": 1,
        "unseen": {"groups": 0, "items": 0, "more": False},
        "unread": {"groups": 1, "items": 1, "more": False},
    }
    assert mark(as_ana, mark="read", **body).json()["marked"] == 1
    assert mark(as_ana, mark="read", **body).json()["marked"] == 0
    assert counts(as_ana) == [0, 0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "mark"),
        ({"mark": "hidden"}, "mark"),
        ({"mark": "seen", "activity": "one"}, "activity"),
        ({"mark": "seen", "activity": True}, "activity"),
        ({"mark": "seen", "up_to": "9" * 40}, "up_to"),
        ({"mark": "seen", "up_to": None}, "up_to"),
        ({"mark": "seen", "group": "x" * 256}, "group"),
        ({"mark": "seen", "group": "a\0b"}, "group"),
    ],
)
def test_what_is_wrong_is_told(as_ana: APIClient, body: dict[str, Any], field: str) -> None:
    answer = mark(as_ana, **body)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_marks_are_not_made_by_get(as_ana: APIClient) -> None:
    assert as_ana.get("/feeds/notifications/mark/").status_code == 405


@pytest.mark.parametrize("query", ["after=x", "before=5", "limit=0", "limit=101"])
def test_wrong_pages_are_refused(as_ana: APIClient, query: str) -> None:
    assert as_ana.get(f"/feeds/notifications/?{query}").status_code == 400


def for_oneself(ana: Any, bob: Any) -> None:
    change_visibility(Activity.objects.get(), "self")


@pytest.mark.parametrize("hide", [block, mute, for_oneself])
@pytest.mark.parametrize("what", ["activity", "group", "up_to", "everything"])
def test_what_is_hidden_is_not_among_what_was_marked(
    ana: Any, bob: Any, as_ana: APIClient, liked: Activity, photo: Photo, hide: Any, what: str
) -> None:
    """It is marked all the same, and not told of when it is seen again."""
    hide(ana, bob)
    named = {"activity": str(liked.id), "group": f"like:app.photo:{photo.pk}", "up_to": liked.id}
    body = {what: named[what]} if what in named else {}
    for kind in ("seen", "read"):
        assert mark(as_ana, mark=kind, **body).json()["marked"] == 0
    assert Notification.objects.get().read


def test_what_is_shown_among_the_hidden_is_counted(
    ana: Any, bob: Any, as_ana: APIClient, make_user: Any, liked: Activity, photo: Photo
) -> None:
    publish(actor=make_user("carol"), verb="like", object=photo, notify=[ana])
    block(ana, bob)
    assert mark(as_ana, mark="seen").json()["marked"] == 1
    assert mark(as_ana, mark="seen").json()["marked"] == 0
