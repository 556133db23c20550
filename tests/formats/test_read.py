"""Activity Streams 2.0 sent in: read without loss of what is kept, or refused by the property's name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import set_script_prefix
from rest_framework.test import APIClient

from activitystream import publish
from activitystream.feeds import get_entry
from activitystream.formats import properties
from activitystream.formats.as2 import ACTIVITY_STREAMS
from activitystream.formats.iris import Iris
from activitystream.formats.read import _IGNORED, _OWN
from activitystream.models import Activity, Addressee, Ref
from tests.app.models import Album, Page, Photo

from .conftest import AS2, LD
from .validators import check

CARDS = "http://testserver/feeds/cards"


@pytest.fixture
def photo(ana: Any) -> Photo:
    return Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])[0]


def send(client: APIClient, document: Any, content_type: str = AS2, **headers: str) -> Any:
    return client.post("/feeds/activities/", json.dumps(document), content_type=content_type, **headers)  # type: ignore[arg-type]


def refused(client: APIClient, document: Any) -> dict[str, Any]:
    answer = send(client, document)
    assert answer.status_code == 400, answer.content
    assert not Activity.objects.exists()
    told: dict[str, Any] = answer.json()
    return told


def like(photo: Photo, **more: Any) -> dict[str, Any]:
    return {"type": "Like", "object": f"{CARDS}/app.photo/{photo.pk}/", **more}


@pytest.mark.parametrize("content_type", [AS2, LD, f"{AS2}; charset=utf-8"])
def test_what_is_sent_is_published(as_ana: APIClient, ana: Any, photo: Photo, content_type: str) -> None:
    album = Album.objects.create(title="Alps", owner=ana)
    document = {
        "@context": ACTIVITY_STREAMS,
        "type": "Add",
        "actor": f"{CARDS}/auth.user/{ana.pk}/",
        "object": {"type": "Image", "id": f"{CARDS}/app.photo/{photo.pk}/", "name": "whatever"},
        "target": {"type": "app.album", "id": str(album.pk)},
        "content": "<p>Look</p>",
    }
    answer = send(as_ana, document, content_type)
    assert answer.status_code == 201, answer.content
    entry = get_entry(int(answer.json()["id"]))
    assert entry
    assert (entry.verb, entry.actor.name, entry.data) == ("add", "ana", {"content": "<p>Look</p>"})
    assert (entry.object, entry.target) != (None, None)
    assert entry.object.id == str(photo.pk)  # type: ignore[union-attr]
    assert entry.target.id == str(album.pk)  # type: ignore[union-attr]


KEPT = {
    "name": "A walk",
    "summary": "Short",
    "contentMap": {"en": "Hello", "de": "Hallo"},
    "mediaType": "text/html",
    "startTime": "2026-01-01T10:00:00+01:00",
    "endTime": "2026-01-01T12:00:00Z",
    "duration": "PT2H30M",
    "location": {"type": "Place", "name": "Alps", "latitude": 47.1, "units": "m"},
    "tag": ["https://example.org/tags/x", {"type": "Mention", "href": "https://example.org/bob"}],
    "attachment": [{"type": "Document", "mediaType": "image/png", "url": "https://example.org/x.png"}] * 2,
    "inReplyTo": "https://example.org/notes/1",
    "instrument": {"type": "Service", "name": "Boots"},
}


@pytest.mark.parametrize("verb", ["like", "edit", "wave"])
def test_what_is_given_out_can_be_sent_in(as_ana: APIClient, ana: Any, photo: Photo, verb: str) -> None:
    """All but who gives it its time and its id."""
    data = {**KEPT, "own": {"mood": "glad"}}
    first = as_ana.get(
        f"/feeds/activities/{publish(actor=ana, verb=verb, object=photo, data=data).pk}/", HTTP_ACCEPT=AS2
    ).json()
    check(first)
    sent = {name: value for name, value in first.items() if name != "published"}
    answer = send(as_ana, sent, HTTP_ACCEPT=AS2)
    assert answer.status_code == 201, answer.content
    second = answer.json()
    differ = {name for name in {*first, *second} if first.get(name) != second.get(name)}
    assert differ == {"id", "published"}
    assert answer["Content-Type"] == AS2


@pytest.mark.parametrize(
    "document",
    [
        {"type": ["Like"]},
        {"@type": "Like"},
        {"type": "as:Like"},
        {"type": f"{ACTIVITY_STREAMS}#Like"},
        {"as:type": "Like", "as:content": "x"},
        {"type": "Like", "target": None, "tag": []},
        {"type": "Like", "id": "https://example.org/1", "@context": [ACTIVITY_STREAMS, {"x": "y:z"}, "u:r"]},
        {"type": "Like", "to": "as:Public", "cc": [f"{ACTIVITY_STREAMS}#Public"]},
        {"type": "Activity", "verb": "like"},
        {"type": "Like", "verb": "like"},
    ],
)
def test_spellings(as_ana: APIClient, photo: Photo, document: dict[str, Any]) -> None:
    answer = send(as_ana, {**document, "object": [{"@id": f"{CARDS}/app.photo/{photo.pk}/"}]})
    assert answer.status_code == 201, answer.content
    assert answer.json()["verb"] == "like"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"@value": "Hello"}, {"content": "Hello"}),
        ({"@value": "Hallo", "@language": "de"}, {"contentMap": {"de": "Hallo"}}),
        (["Hello"], {"content": "Hello"}),
    ],
)
def test_texts_of_json_ld(as_ana: APIClient, photo: Photo, value: Any, kept: dict[str, Any]) -> None:
    assert send(as_ana, like(photo, content=value)).json()["data"] == kept


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"type": None}, "type"),
        ({"type": 5}, "type"),
        ({"type": ["Like", "Create"]}, "type"),
        ({"type": "Note"}, "type"),
        ({"type": "Activity"}, "type"),
        ({"type": "Travel"}, "object"),
        ({"verb": "share"}, "verb"),
        ({"verb": 5}, "verb"),
        ({"verb": "x" * 101, "type": "Activity"}, "verb"),
        ({"object": "https://elsewhere.example/feeds/cards/app.photo/1/"}, "object"),
        ({"object": "http://testserver/photos/1/"}, "object"),
        ({"object": "http://[half"}, "object"),
        ({"object": {"type": "Note", "content": "Hello"}}, "object"),
        ({"object": ["http://testserver/a", "http://testserver/b"]}, "object"),
        ({"object": 5}, "object"),
        ({"object": {"type": "app.photo", "id": {}}}, "object"),
        ({"target": {"type": "Link", "href": 5}}, "target"),
        ({"actor": "me"}, "actor"),
        ({"attributedTo": "http://testserver/feeds/cards/auth.user/999/"}, "attributedTo"),
        ({"published": "2026-01-01T10:00:00Z"}, "published"),
        ({"to": "https://elsewhere.example/bob"}, "to"),
        ({"to": "http://testserver/feeds/followers/auth.user/999/"}, "to"),
        ({"to": ["as:Public", "http://testserver/feeds/cards/auth.user/1/"]}, "to"),
        ({"visibility": "secret"}, "visibility"),
        ({"visibility": "public", "to": "http://testserver/feeds/cards/auth.user/1/"}, "to"),
        ({"bcc": {"type": "Person"}}, "bcc"),
        ({"content": 5}, "content"),
        ({"content": ["a", "b"]}, "content"),
        ({"contentMap": {"en": 5}}, "contentMap"),
        ({"startTime": "soon"}, "startTime"),
        ({"tag": [5, 6]}, "tag"),
        ({"location": {"type": "Place", "unknown": "x"}}, "location"),
        ({"tag": ["https://example.org/"] * 101}, "tag"),
        ({"unknown": 1}, "unknown"),
        ({"ext:more": 1}, "ext:more"),
        ({"as:type": "Like"}, "type"),
        ({"data": [1, 2]}, "data"),
        ({"data": {"content": "x"}, "content": "y"}, "content"),
        ({"@context": "https://example.org/context"}, "@context"),
        ({"@context": [ACTIVITY_STREAMS, {"actor": "https://example.org/other"}]}, "@context"),
        ({"@context": [ACTIVITY_STREAMS, 5]}, "@context"),
    ],
)
def test_what_cannot_be_taken_is_named(as_ana: APIClient, photo: Photo, change: Any, name: str) -> None:
    assert list(refused(as_ana, {**like(photo), **change})) == [name]


ODD = [
    *([], [[[]]], {}, {"id": ["x"]}, {"href": [{}]}, {"type": ["Link"], "href": {}}, 5, True, None, "", "\0"),
    *(
        {"@value": "x", "@language": [1]},
        {"@value": [1], "@language": "en"},
        {"@id": {}},
        [None, {"id": None}],
    ),
]
"""JSON that means nothing."""


@pytest.mark.parametrize("name", sorted({*_OWN, *_IGNORED, *properties.KEPT} - {"data"}))
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_nothing_odd_is_an_error_of_ours(as_ana: APIClient, photo: Photo, name: str, value: Any) -> None:
    answer = send(as_ana, {**like(photo), name: value})
    assert answer.status_code in (201, 400, 403, 404), answer.content


def test_what_is_no_object_is_refused(as_ana: APIClient) -> None:
    assert list(refused(as_ana, "Like")) == ["type"]
    assert list(refused(as_ana, [5])) == ["0"]


def test_nothing_is_fetched(as_ana: APIClient, photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr("socket.socket.connect", connect)
    context = [ACTIVITY_STREAMS, "https://elsewhere.example/context"]
    assert send(as_ana, like(photo, **{"@context": context})).status_code == 201


@pytest.mark.parametrize(
    "text", ['{"type": ' * 5000, '{"a":' * 3000 + "1" + "}" * 3000, "[" * 3000 + "]" * 3000]
)
def test_what_is_nested_or_broken_is_a_bad_request(as_ana: APIClient, text: str) -> None:
    assert as_ana.post("/feeds/activities/", text, content_type=AS2).status_code == 400


def test_many_at_once(as_ana: APIClient, photo: Photo) -> None:
    assert send(as_ana, [like(photo), like(photo, content="x")]).status_code == 201
    assert send(as_ana, [like(photo), like(photo, content=5)]).json() == {
        "1": {"content": ["This is not what it may be."]}
    }
    assert Activity.objects.count() == 2


def test_one_publishes_as_oneself_and_about_ones_own(
    as_ana: APIClient, as_bob: APIClient, nobody: APIClient, bob: Any, photo: Photo
) -> None:
    assert send(nobody, like(photo)).status_code == 403
    assert send(as_bob, like(photo)).status_code == 403
    assert send(as_ana, like(photo, actor=f"{CARDS}/auth.user/{bob.pk}/")).status_code == 403
    assert not Activity.objects.exists()


def test_the_same_key_gives_the_first_answer(as_ana: APIClient, photo: Photo) -> None:
    ids = {send(as_ana, like(photo), HTTP_IDEMPOTENCY_KEY="k").json()["id"] for _ in range(2)}
    assert len(ids) == 1


def test_whom_it_is_for(as_ana: APIClient, ana: Any, bob: Any, photo: Photo) -> None:
    mine, bobs = f"http://testserver/feeds/followers/auth.user/{ana.pk}/", f"{CARDS}/auth.user/{bob.pk}/"
    for addressed, visibility, to in [
        ({}, "public", []),
        ({"to": "as:Public", "cc": [mine]}, "public", []),
        ({"to": mine}, "followers", []),
        ({"to": [bobs], "cc": {"id": bobs}}, "named", [bob.pk]),
        ({"visibility": "self"}, "self", []),
    ]:
        answer = send(as_ana, like(photo, **addressed))
        assert answer.status_code == 201, answer.content
        activity = Activity.objects.get(pk=answer.json()["id"])
        named = list(Addressee.objects.filter(activity=activity).values_list("user_id", flat=True))
        assert (activity.visibility, named) == (visibility, to)


def test_what_is_hidden_and_sent_in_again_is_hidden(as_ana: APIClient, ana: Any, bob: Any) -> None:
    for visibility, to in [("self", []), ("named", [bob]), ("followers", [])]:
        first = publish(actor=ana, verb="like", visibility=visibility, to=to)
        document = as_ana.get(f"/feeds/activities/{first.pk}/", HTTP_ACCEPT=AS2).json()
        check(document)
        del document["published"]
        assert send(as_ana, document).json()["visibility"] == visibility


def test_half_a_surrogate_pair_is_a_bad_request(as_ana: APIClient, photo: Photo) -> None:
    """No answer could repeat it."""
    for change in ({"\ud800": 1}, {"content": "\ud800"}, {"type": "\ud800"}, {"object": "http://\ud800/"}):
        assert send(as_ana, {**like(photo), **change}).status_code == 400


@pytest.mark.parametrize("slug", ["a/b", "100%", "a?b=c#d", "ü/日本", "a b"])
def test_addresses_are_read_as_they_are_written(as_ana: APIClient, ana: Any, slug: str) -> None:
    page = Page.objects.create(slug=slug, author=ana)
    first = publish(actor=ana, verb="like", object=page)
    iri = as_ana.get(f"/feeds/activities/{first.pk}/", HTTP_ACCEPT=AS2).json()["object"]["id"]
    answer = send(as_ana, {"type": "Like", "object": iri})
    assert answer.json()["object"]["id"] == slug


def test_a_site_below_a_prefix(photo: Photo) -> None:
    iri = f"http://testserver/app/feeds/cards/app.photo/{photo.pk}/"
    iris = Iris(lambda path: f"http://testserver{path}", "activitystream")
    set_script_prefix("/app/")
    try:
        assert iris.read(iri) == Ref.of(photo)
        assert iris.read(iri.replace("/app", "")) is None
    finally:
        set_script_prefix("/")
