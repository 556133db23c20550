"""Activity Streams 2.0: what is given out is that, to two validators, and loses nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import publish, publish_many
from activitystream.formats.types import ACTIVITY_TYPES
from activitystream.publishing import Draft
from tests.app.models import Album, Note, Page, Photo

from .conftest import AS2, LD, Reader
from .validators import AS, check, expand

SITE = "http://testserver/feeds"


@pytest.fixture
def photo(ana: Any) -> Photo:
    """Made without a signal."""
    return Photo.objects.bulk_create([Photo(caption="Lake & sky", owner=ana)])[0]


def published(as2: Reader, **values: Any) -> dict[str, Any]:
    document: dict[str, Any] = as2(f"/feeds/activities/{publish(**values).pk}/")
    check(document)
    return document


def test_an_activity(as2: Reader, ana: Any, photo: Photo) -> None:
    album = Album.objects.create(title="Alps", owner=ana)
    activity = publish(actor=ana, verb="add", object=photo, target=album)
    document = as2(f"/feeds/activities/{activity.pk}/")
    check(document)
    context = document.pop("@context")
    assert context[0] == "https://www.w3.org/ns/activitystreams"
    assert datetime.fromisoformat(document.pop("published")) == activity.published
    assert document.pop("to") == "https://www.w3.org/ns/activitystreams#Public"
    image = {"type": "Image", "url": f"http://testserver/thumbnails/{photo.pk}.jpg"}
    assert document == {
        "id": f"{SITE}/activities/{activity.pk}/",
        "type": "Add",
        "actor": {"id": f"{SITE}/cards/auth.user/{ana.pk}/", "type": "Person", "name": "ana"},
        "object": {
            "id": f"{SITE}/cards/app.photo/{photo.pk}/",
            "type": "Image",
            "name": "Lake & sky",
            "url": f"http://testserver/photos/{photo.pk}/",
            "image": image,
        },
        "target": {"id": f"{SITE}/cards/app.album/{album.pk}/", "type": "Collection", "name": "Alps"},
    }


@pytest.mark.parametrize(
    ("verb", "type", "kept"),
    [
        ("like", "Like", None),
        ("post", "Create", None),
        ("follow", "Follow", None),
        ("share", "Announce", None),
        ("announce", "Announce", "announce"),
        ("edit", "Update", "edit"),
        ("Like", "Like", "Like"),
        ("wave", "Activity", "wave"),
        ("cook", "Create", None),  # as the setting says
        ("travel", "Activity", "travel"),  # what is travelled has no object
    ],
)
def test_verbs_have_types_and_none_is_lost(
    as2: Reader, ana: Any, photo: Photo, configure: Any, verb: str, type: str, kept: str | None
) -> None:
    if verb == "cook":
        configure(VERB_TYPES={"cook": "Create"})
    document = published(as2, actor=ana, verb=verb, object=photo)
    assert (document["type"], document.get("verb")) == (type, kept)


def test_every_type_is_one_that_the_context_knows(as2: Reader, ana: Any) -> None:
    for type in sorted(ACTIVITY_TYPES):
        document = {"@context": "https://www.w3.org/ns/activitystreams", "type": type}
        assert expand({**document, "name": "x"})["@type"] == [AS + type]


def test_what_the_context_has_no_word_for_has_a_name_of_ours(as2: Reader, ana: Any, registering: Any) -> None:
    registering(Note, type="Recipe")
    note = Note.objects.create(text="Soup")
    document = published(as2, actor=ana, verb="wave", object=note, data={"mood": {"how": ["glad"]}})
    assert document["data"] == {"mood": {"how": ["glad"]}}
    assert document["object"]["type"] == "Object"
    expanded = expand(document)
    assert expanded["urn:activitystream:verb"] == [{"@value": "wave"}]
    assert expanded["urn:activitystream:data"][0]["@value"] == document["data"]
    assert expanded[AS + "object"][0]["urn:activitystream:objectType"] == [{"@value": "Recipe"}]


def test_properties_in_the_data_are_properties(as2: Reader, ana: Any) -> None:
    data = {
        "content": "<p>Hello</p>",
        "summaryMap": {"en": "Greeting", "de-AT": "Gruß"},
        "startTime": "2026-01-01T10:00:00Z",
        "duration": "PT2H",
        "tag": [{"type": "Mention", "href": "https://example.org/bob", "name": "@bob"}],
        "location": {"type": "Place", "name": "Alps", "latitude": 47.1, "longitude": 11},
    }
    document = published(as2, actor=ana, verb="wave", data={**data, "own": 1})
    assert {name: document[name] for name in data} == data
    assert document["data"] == {"own": 1}


@pytest.mark.parametrize(
    "data",
    [
        {"content": 5},
        {"tag": "summer"},
        {"startTime": "soon"},
        {"startTime": "2026-01-01T10:00:00"},
        {"startTime": "2026-99-01T10:00:00Z"},
        {"duration": "P"},
        {"contentMap": {"not a language": "x"}},
        {"location": {"type": "Place", "unknown": 1}},
        {"location": {"id": "relative"}},
        {"tag": [{}]},
        {"icon": {"image": {"image": {"image": {"image": {"name": "x"}}}}}},
        {"url": "javascript alert"},
        {"url": "http://[half"},
        {"width": True},
        {"id": "https://example.org/", "type": "Person", "actor": "https://example.org/", "@context": "x"},
    ],
)
def test_what_only_looks_like_a_property_stays_data(as2: Reader, ana: Any, data: dict[str, Any]) -> None:
    document = published(as2, actor=ana, verb="wave", data=data)
    assert document["data"] == data
    assert document["actor"]["name"] == "ana"


def test_a_deleted_row_leaves_a_tombstone(as2: Reader, ana: Any) -> None:
    page = Page.objects.create(slug="a", author=ana)
    activity = publish(actor=ana, verb="edit", object=page)
    page.delete()
    document = as2(f"/feeds/activities/{activity.pk}/")
    check(document)
    assert (document["object"]["type"], document["object"]["name"]) == ("Tombstone", "Page a")


def test_text_of_a_row_is_escaped_for_content_is_html(as2: Reader, ana: Any, registering: Any) -> None:
    registering(Note, name="text", content=lambda self, obj: "<b>1 < 2</b>\n&")
    note = Note.objects.create(text="<i>")
    document = published(as2, actor=ana, verb="like", object=note)
    assert document["object"]["content"] == "&lt;b&gt;1 &lt; 2&lt;/b&gt;<br>&amp;"
    assert document["object"]["name"] == "<i>"


def test_a_feed_is_a_collection_of_pages(as2: Reader, ana: Any) -> None:
    publish_many([Draft(actor=ana, verb="like") for _ in range(5)])
    url = f"{SITE}/outbox/auth.user/{ana.pk}/"
    feed = as2(f"/feeds/outbox/auth.user/{ana.pk}/?limit=2")
    check(feed)
    del feed["@context"]
    here = f"{url}?limit=2"
    assert feed == {
        "id": here,
        "type": "OrderedCollection",
        "first": f"{here}&page=true",
        "last": f"{here}&before=0",
    }

    def walk(start: str, link: str) -> list[list[str]]:
        pages, address = [], start
        while address:
            page = as2(address)
            check(page)
            assert page["id"] == address
            assert (page["type"], page["partOf"]) == ("OrderedCollectionPage", here)
            pages.append([item["id"] for item in page["orderedItems"]])
            address = page.get(link, "")
        return pages

    older, newer = walk(feed["first"], "next"), walk(feed["last"], "prev")
    flat = [id for page in older for id in page]
    assert [len(page) for page in older] == [2, 2, 1]
    assert len(set(flat)) == 5
    assert [id for page in reversed(newer) for id in page] == flat


def test_the_number_is_told_where_it_is_known(as2: Reader, ana: Any) -> None:
    url = f"/feeds/outbox/auth.user/{ana.pk}/"
    empty = as2(url)
    check(empty)
    assert empty["totalItems"] == 0
    publish_many([Draft(actor=ana, verb="like") for _ in range(3)])
    assert as2(url)["totalItems"] == 3
    assert "totalItems" not in as2(f"{url}?limit=2")


def test_an_empty_page(as2: Reader, ana: Any) -> None:
    page = as2(f"/feeds/outbox/auth.user/{ana.pk}/?page=true")
    check(page)
    assert page["type"] == "OrderedCollectionPage"
    assert "orderedItems" not in page


def test_ones_own_feed_has_the_address_that_it_has_for_all(as_ana: APIClient, ana: Any) -> None:
    feed = Reader(as_ana, AS2)("/feeds/home/")
    assert feed["id"] == f"{SITE}/home/auth.user/{ana.pk}/"


def test_a_row(as2: Reader, ana: Any, photo: Photo) -> None:
    document = as2(f"/feeds/cards/app.photo/{photo.pk}/")
    check(document)
    assert document["id"] == f"{SITE}/cards/app.photo/{photo.pk}/"
    assert document["type"] == "Image"


def test_linked_data_is_the_same_under_another_name(nobody: APIClient, ana: Any) -> None:
    url = f"/feeds/activities/{publish(actor=ana, verb='like').pk}/"
    assert Reader(nobody, LD)(url) == Reader(nobody, AS2)(url) == nobody.get(f"{url}?format=as2").json()
    assert nobody.get(f"{url}?format=jsonld")["Content-Type"] == LD


def test_the_origin_is_the_setting_if_there_is_one(
    as2: Reader, ana: Any, photo: Photo, configure: Any
) -> None:
    configure(ORIGIN="https://example.org")
    document = published(as2, actor=ana, verb="like", object=photo)
    assert document["id"].startswith("https://example.org/feeds/activities/")
    assert document["object"]["url"] == f"https://example.org/photos/{photo.pk}/"


def test_errors_are_told_as_everywhere(as2: Reader, ana: Any) -> None:
    assert as2("/feeds/activities/1/", 404)["detail"]
    assert as2(f"/feeds/home/auth.user/{ana.pk}/", 403)["detail"]
    assert as2(f"/feeds/outbox/auth.user/{ana.pk}/?after=x", 400)["detail"]


def test_rows_that_may_not_be_shown_have_no_document(as2: Reader, ana: Any) -> None:
    hidden = Photo.objects.create(owner=ana, hidden=True)
    as2(f"/feeds/cards/app.photo/{hidden.pk}/", 404)


def test_plain_json_is_what_it_was(nobody: APIClient, ana: Any, photo: Photo) -> None:
    url = f"/feeds/activities/{publish(actor=ana, verb='like', object=photo).pk}/"
    plain = nobody.get(url)
    assert plain["Content-Type"] == "application/json"
    card = nobody.get(f"/feeds/cards/app.photo/{photo.pk}/").json()
    assert plain.json()["object"] == card
