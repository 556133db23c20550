"""Publish as oneself, read, retract one's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from activitystream import InvalidActivity, publish
from activitystream.models import Activity
from activitystream.publishing.drafts import clean_data
from tests.app.models import Album, Page, Photo, Unregistered
from tests.fixtures import Register

URL = "/feeds/activities/"


def post(client: APIClient, **body: Any) -> Any:
    return client.post(URL, body, format="json")


def ref(row: Any) -> dict[str, Any]:
    return {"type": row._meta.label, "id": row.pk}


def send(client: APIClient, text: str | bytes) -> Any:
    return client.generic("POST", URL, text, content_type="application/json")


# -- publish -----------------------------------------------------------------------------------------------


def test_publish(ana: Any, as_ana: APIClient, nobody: APIClient) -> None:
    album = Album.objects.create(title="Alps", owner=ana)
    photo = Photo.objects.create(caption="Peak", owner=ana)
    body = {"verb": "share", "object": ref(photo), "target": ref(album), "data": {"mood": "😀"}}
    answer = post(as_ana, **body)
    assert answer.status_code == 201
    assert answer.data["actor"] == {
        "type": "Person",
        "model": "auth.user",
        "id": str(ana.pk),
        "name": "ana",
        "url": None,
        "image": None,
        "content": None,
        "deleted": False,
    }
    assert (answer.data["object"]["name"], answer.data["target"]["id"]) == ("Peak", str(album.pk))
    assert answer.data["data"] == {"mood": "😀"}
    assert isinstance(answer.data["id"], str)
    assert answer.data["published"].endswith("Z")
    row = Activity.objects.get(pk=answer.data["id"])
    assert (row.actor, row.verb, row.object, row.target) == (ana, "share", photo, album)
    for url in (
        f"{URL}{row.pk}/",
        f"/feeds/outbox/auth.user/{ana.pk}/",
        f"/feeds/object/app.album/{album.pk}/",
    ):
        found = nobody.get(url).json()
        assert (found["results"][0] if "results" in found else found) == answer.json()


def test_oneself_may_be_named_as_the_actor(ana: Any, as_ana: APIClient) -> None:
    assert post(as_ana, verb="wave", actor=ref(ana)).status_code == 201


def test_not_as_somebody_else(bob: Any, as_ana: APIClient) -> None:
    for actor in (ref(bob), {"type": "auth.user", "id": "999"}, {"type": "app.photo", "id": 1}):
        assert post(as_ana, verb="wave", actor=actor).status_code == 403
    assert not Activity.objects.exists()


def test_time_is_not_for_clients_to_say(as_ana: APIClient) -> None:
    answer = post(as_ana, verb="wave", published="2001-01-01T00:00:00Z")
    assert answer.status_code == 400
    assert "published" in answer.data
    assert not Activity.objects.exists()


def test_a_session_works_as_well(ana: Any) -> None:
    client = APIClient()
    client.login(username="ana", password="password")
    photo = Photo.objects.create(owner=ana)
    assert post(client, verb="share", object=ref(photo)).status_code == 201
    assert client.delete(f"{URL}{Activity.objects.latest('id').pk}/").status_code == 204


def test_a_key_makes_it_once(as_ana: APIClient, as_bob: APIClient) -> None:
    first = post(as_ana, verb="wave", key="k1")
    assert post(as_ana, verb="wave", key="k1").data == first.data
    assert post(as_ana, verb="other", key="k1").status_code == 422
    assert post(as_bob, verb="wave", key="k1").data["id"] != first.data["id"]
    assert Activity.objects.count() == 2


def test_a_key_does_not_meet_those_of_signals(ana: Any, as_ana: APIClient) -> None:
    photo = Photo.objects.create(owner=ana)
    kept = Activity.objects.get()
    assert post(as_ana, verb="hack", object=ref(photo), key=kept.key).data["verb"] == "hack"
    assert Activity.objects.count() == 2


# -- about what --------------------------------------------------------------------------------------------


def test_not_about_what_is_another_users(ana: Any, bob: Any, as_bob: APIClient) -> None:
    """It would come into the homes of all who follow it."""
    album = Album.objects.create(title="Alps", owner=ana)
    own = Album.objects.create(title="Own", owner=bob)
    page = Page.objects.create(slug="p", author=ana)
    before = Activity.objects.count()
    for body in (
        {"object": ref(album)},
        {"object": ref(page)},
        {"object": ref(ana)},
        {"object": ref(own), "target": ref(album)},
        {"target": ref(ana)},
    ):
        assert post(as_bob, verb="spam", **body).status_code == 403
    assert Activity.objects.count() == before


def test_a_model_may_allow_more(ana: Any, as_bob: APIClient, override_registration: Register) -> None:
    photo = Photo.objects.create(owner=ana)
    override_registration(Photo, may_publish=lambda self, obj, verb, user: verb == "share")
    assert post(as_bob, verb="share", object=ref(photo)).status_code == 201
    assert post(as_bob, verb="like", object=ref(photo)).status_code == 403


def test_the_users_model_may_forbid(ana: Any, as_ana: APIClient, override_registration: Register) -> None:
    override_registration(type(ana), may_publish=lambda self, obj, verb, user: False)
    assert post(as_ana, verb="wave").status_code == 403


def test_a_user_who_is_not_shown_cannot_publish(
    ana: Any, as_ana: APIClient, override_registration: Register
) -> None:
    override_registration(type(ana), get_queryset=lambda self: type(ana).objects.exclude(pk=ana.pk))
    assert post(as_ana, verb="wave").status_code == 403
    assert not Activity.objects.exists()


# -- bad input ---------------------------------------------------------------------------------------------

NUL, LONE = "\0", "\ud800"
NO_SUCH = [
    {"type": "app.nothing", "id": "1"},
    {"type": "nonsense", "id": "1"},
    {"type": "app.unregistered", "id": "1"},
    {"type": "contenttypes.contenttype", "id": "1"},
    {"type": "app.photo", "id": "77"},
    {"type": "app.photo", "id": "x"},
    {"type": "app.photo", "id": str(2**63)},
    {"type": "app.photo", "id": "-" + "9" * 200},
    {"type": "app.photo", "id": 10**200},
    {"type": "app.photo", "id": "1e3"},
    {"type": "app.album", "id": "no-uuid"},
    {"type": "app.album", "id": "00000000-0000-0000-0000-000000000000"},
    {"type": "app.page", "id": "no-page"},
    {"type": "app.page__author", "id": "1"},
]


@pytest.mark.parametrize("named", NO_SUCH, ids=lambda named: f"{named['type']}:{str(named['id'])[:30]}")
@pytest.mark.parametrize("role", ["object", "target"])
def test_what_is_not_there_is_404(as_ana: APIClient, named: Any, role: str) -> None:
    Unregistered.objects.create(name="x")
    answer = post(as_ana, verb="wave", **{role: named})
    assert answer.status_code == 404
    assert "there is no" in answer.data["detail"]
    assert not Activity.objects.exists()


MALFORMED = [
    {},
    {"verb": ""},
    {"verb": None},
    {"verb": ["a"]},
    {"verb": "a" * 101},
    {"verb": f"a{NUL}"},
    {"verb": "a\n"},
    {"verb": "wave", "object": "app.photo:1"},
    {"verb": "wave", "object": []},
    {"verb": "wave", "object": {"type": "app.photo"}},
    {"verb": "wave", "object": {"type": "app.photo", "id": None}},
    {"verb": "wave", "object": {"type": "app.photo", "id": True}},
    {"verb": "wave", "object": {"type": "app.photo", "id": {"$gt": ""}}},
    {"verb": "wave", "object": {"type": "app.photo", "id": f"1{NUL}"}},
    {"verb": "wave", "object": {"type": "app.photo", "id": "1" * 256}},
    {"verb": "wave", "actor": "me"},
    {"verb": "wave", "key": ""},
    {"verb": "wave", "key": "a" * 256},
    {"verb": "wave", "key": f"a{NUL}"},
    {"verb": "wave", "data": None},
    {"verb": "wave", "data": "text"},
    {"verb": "wave", "data": [1]},
    {"verb": "wave", "data": 7},
    {"verb": "wave", "data": {"a": f"b{NUL}"}},
    {"verb": "wave", "data": {"a": "x" * 20_000}},
]


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: json.dumps(body)[:60])
def test_malformed_is_400(as_ana: APIClient, body: dict[str, Any]) -> None:
    answer = post(as_ana, **body)
    assert answer.status_code == 400, answer.content
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"verb"',
        "null",
        '{"verb": "wave", "data": NaN}',
        '{"verb": "wave", "data": {"a": Infinity}}',
        '{"verb": "wave", "data": {"a": 1e999}}',
        '{"verb": "wave", "data": {"a": ' + "9" * 5000 + "}}",
        '{"verb": "wave", "data": {"a": "\\ud800"}}',
        '{"verb": "\\ud800"}',
        '{"verb": "wave", "key": "\\ud800"}',
        '{"verb": "wave", "object": {"type": "app.page", "id": "\\ud800"}}',
        '{"verb": "wave", "object": {"type": "\\ud800", "id": "1"}}',
        b'{"verb": "wave\xff"}',
        "[" * 50_000,
        '{"verb": "wave", "data": ' + '{"a":' * 300 + "1" + "}" * 301,
        '{"verb": "wave", "data": ' + '{"a":' * 950 + "1" + "}" * 951,
    ],
    ids=lambda text: repr(text[:40]),
)
def test_what_is_no_json_of_ours_is_400(as_ana: APIClient, text: str | bytes) -> None:
    for accept in ("application/json", "text/html"):
        answer = as_ana.generic("POST", URL, text, content_type="application/json", HTTP_ACCEPT=accept)
        assert answer.status_code == 400, answer.content
    assert not Activity.objects.exists()


def test_other_content_is_415(as_ana: APIClient) -> None:
    assert as_ana.generic("POST", URL, "<a/>", content_type="text/xml").status_code == 415


def test_too_large_is_told_with_the_bound(as_ana: APIClient, settings: Any) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "MAX_DATA_SIZE": 100}
    assert post(as_ana, verb="wave", data={"a": "x" * 91}).status_code == 201  # {"a": "…"} is 100 bytes
    answer = post(as_ana, verb="wave", data={"a": "x" * 92})
    assert answer.status_code == 400
    assert "100" in answer.data["detail"]
    assert Activity.objects.count() == 1


def test_a_large_body_is_not_read(as_ana: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("rest_framework.parsers.JSONParser.parse", read)
    answer = send(as_ana, json.dumps({"verb": "wave", "data": {"a": "x" * 200_000}}))
    assert answer.status_code == 400
    assert "bytes" in answer.data["detail"]
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=50):
        assert "50" in send(as_ana, "x" * 51).data["detail"]


def test_a_body_of_unknown_size_is_not_read(as_ana: APIClient) -> None:
    answer = as_ana.post(
        URL, {"verb": "wave"}, format="json", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )
    assert answer.status_code == 411


def test_data_has_a_largest_depth() -> None:
    """Written at one depth of the stack, it must be readable at any other."""

    def nested(levels: int) -> Any:
        data: Any = 1
        for level in range(levels):
            data = {"a": data} if level % 2 else [data]
        return {"a": data}

    assert clean_data(nested(30))
    with pytest.raises(InvalidActivity, match="31 levels"):
        clean_data(nested(31))


# -- read and retract --------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["0", "1", "x", "-1", "1.0", str(2**63), "9" * 60, "\u0661", "%00", "1 "])
def test_no_such_activity(nobody: APIClient, as_ana: APIClient, id: str) -> None:
    assert nobody.get(f"{URL}{id}/").status_code == 404
    assert as_ana.delete(f"{URL}{id}/").status_code == 404


def test_retract_ones_own(ana: Any, as_ana: APIClient, nobody: APIClient) -> None:
    photo = Photo.objects.create(owner=ana)
    activity = publish(actor=ana, verb="share", object=photo)
    kept = Activity.objects.exclude(pk=activity.pk).get()
    assert as_ana.delete(f"{URL}{activity.pk}/").status_code == 204
    assert nobody.get(f"{URL}{activity.pk}/").status_code == 404
    assert as_ana.delete(f"{URL}{activity.pk}/").status_code == 404
    [left] = nobody.get(f"/feeds/object/app.photo/{photo.pk}/").data["results"]
    assert left["id"] == str(kept.pk)
    assert Photo.objects.filter(pk=photo.pk).exists()


def test_not_another_users(ana: Any, as_bob: APIClient, nobody: APIClient) -> None:
    activity = publish(actor=ana, verb="wave")
    assert as_bob.delete(f"{URL}{activity.pk}/").status_code == 403
    assert nobody.delete(f"{URL}{activity.pk}/").status_code == 403
    assert Activity.objects.filter(pk=activity.pk).exists()


def test_an_actor_that_is_no_user_is_nobody(ana: Any, as_ana: APIClient) -> None:
    """A photo with the primary key of the user is not the user."""
    photo = Photo.objects.create(pk=ana.pk, owner=ana)
    activity = publish(actor=photo, verb="fade")
    assert as_ana.delete(f"{URL}{activity.pk}/").status_code == 403
