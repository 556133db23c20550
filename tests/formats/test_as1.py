"""Activity Streams 1.0: the fields that its readers know."""

from __future__ import annotations

from typing import Any

from activitystream import publish, publish_many
from activitystream.publishing import Draft
from tests.app.models import Photo

from .conftest import Reader

SITE = "http://testserver/feeds"


def test_an_activity(as1: Reader, ana: Any) -> None:
    [photo] = Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])
    activity = publish(actor=ana, verb="wave", object=photo, data={"content": "<p>Hi</p>", "mood": "glad"})
    assert as1(f"/feeds/activities/{activity.pk}/") == {
        "id": f"{SITE}/activities/{activity.pk}/",
        "published": activity.published.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "verb": "wave",
        "content": "<p>Hi</p>",
        "actor": {
            "objectType": "person",
            "id": f"{SITE}/cards/auth.user/{ana.pk}/",
            "displayName": "ana",
        },
        "object": {
            "objectType": "image",
            "id": f"{SITE}/cards/app.photo/{photo.pk}/",
            "displayName": "Lake",
            "url": f"http://testserver/photos/{photo.pk}/",
            "image": {"url": f"http://testserver/thumbnails/{photo.pk}.jpg"},
        },
        "data": {"mood": "glad"},
    }


def test_a_feed_is_a_collection_of_items(as1: Reader, ana: Any) -> None:
    publish_many([Draft(actor=ana, verb="like") for _ in range(3)])
    address: str | None = f"/feeds/outbox/auth.user/{ana.pk}/?limit=2"
    found = []
    while address:
        page = as1(address)
        assert "totalItems" not in page
        found += [item["id"] for item in page["items"]]
        address = page["links"].get("next", {}).get("href")
    assert len(set(found)) == 3
    assert as1(f"/feeds/outbox/auth.user/{ana.pk}/")["totalItems"] == 3


def test_an_empty_feed_has_no_items(as1: Reader, ana: Any) -> None:
    page = as1(f"/feeds/outbox/auth.user/{ana.pk}/")
    assert (page["items"], page["totalItems"]) == ([], 0)


def test_a_row(as1: Reader, ana: Any) -> None:
    assert as1(f"/feeds/cards/auth.user/{ana.pk}/")["displayName"] == "ana"
