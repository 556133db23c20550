"""A person's data: everything that the app holds about a user, and nothing that the user may not see."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.core.handlers.asgi import ASGIRequest
from django.core.management import CommandError, call_command
from django.db import connections
from rest_framework.test import APIClient

from activitystream import block, export_user, follow, mute, publish, retract
from activitystream.ids import to_iso
from activitystream.models import Addressee, FollowRequest, Notification, Receipt, Ref
from tests.app.models import Album, Page, Photo
from tests.kit import Shrink

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def others(people: Any) -> tuple[Any, Any]:
    cyd, dan = people("cyd", "dan")
    return cyd, dan


def records(user: Any) -> list[dict[str, Any]]:
    found = list(export_user(user))
    json.dumps(found)  # of JSON types alone
    return found


def of(user: Any, kind: str) -> list[dict[str, Any]]:
    return [record for record in records(user) if record["record"] == kind]


def test_what_the_user_did(ana: Any, ben: Any, photo: Photo) -> None:
    made = publish(
        actor=ana, verb="like", object=photo, data={"a": "ü"}, key="k", visibility="named", to=[ben]
    )
    [found] = of(ana, "activity")
    assert found == {
        "record": "activity",
        "id": str(made.pk),
        "verb": "like",
        "published": to_iso(made.published),
        "actor": {"type": "auth.user", "id": str(ana.pk)},
        "object": {"type": "app.photo", "id": str(photo.pk)},
        "target": None,
        "data": {"a": "ü"},
        "key": "k",
        "visibility": "named",
        "to": [str(ben.pk)],
    }
    assert of(ben, "activity") == []


def test_times_are_written_in_one_way(ana: Any, ben: Any, photo: Photo, others: tuple[Any, Any]) -> None:
    cyd, dan = others
    for one, other in ((ana, ben), (ben, ana)):
        publish(actor=one, verb="greet", object=other, to=[other], visibility="named", notify=[other])
        follow(one, other)
    mute(ana, cyd)
    block(ana, dan)
    for follower, owner in ((ben, ana), (ana, ben)):
        FollowRequest.objects.create(
            follower=follower,
            owner=owner,
            followee_type=Ref.of(photo).content_type,
            followee_id=str(photo.pk),
            kind="watch",
        )
    Receipt.objects.create(user=ana, key="k", digest="d", activities=[])
    times = {
        record["record"]: time
        for record in records(ana)
        if (time := record.get("published", record.get("created"))) is not None
    }
    assert times.keys() >= {"activity", "about", "follow", "follower", "request_sent", "request_received"}
    assert times.keys() >= {"block", "mute", "notification", "addressed", "receipt"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times.values())


def test_what_is_kept_of_deleted_rows(ana: Any, ben: Any) -> None:
    page = Page.objects.create(slug="news", author=ana)
    page.delete()
    assert of(ana, "kept") == [
        {"record": "kept", "object": {"type": "app.page", "id": "news"}, "name": "Page news"}
    ]
    assert of(ben, "kept") == []


def test_what_others_did_to_the_user_as_the_user_may_see_it(ana: Any, ben: Any, photo: Photo) -> None:
    publish(actor=ben, verb="greet", object=ana, data={"text": "hello"})
    publish(actor=ben, verb="suspect", object=ana, visibility="self")
    publish(actor=ana, verb="look", object=ana)
    publish(actor=ben, verb="link", object=ana, target=ana)
    found = of(ana, "about")
    assert [record["verb"] for record in found] == ["greet", "link"], "each once"
    assert found[0]["actor"]["name"] == "ben"
    assert found[0]["data"] == {"text": "hello"}


def test_nobody_learns_who_blocks_them(ana: Any, ben: Any) -> None:
    publish(actor=ben, verb="greet", object=ana)
    block(ben, ana)
    assert of(ana, "about") == of(ana, "block") == []
    assert str(ben.pk) not in {v for r in records(ana) for v in map(str, r.values())}
    assert [record["blocked"]["id"] for record in of(ben, "block")] == [str(ana.pk)]


def test_follows_both_ways(ana: Any, ben: Any, photo: Photo) -> None:
    follow(ana, photo)
    follow(ben, ana)
    follow(ben, ana, kind="watch")
    [followed] = of(ana, "follow")
    assert followed["followee"] == {"type": "app.photo", "id": str(photo.pk)}
    assert followed["kind"] == "follow"
    assert [record["follower"]["id"] for record in of(ana, "follower")] == [str(ben.pk)], "watching is silent"
    assert Counter(record["kind"] for record in of(ben, "follow")) == {"follow": 1, "watch": 1}


def test_requests_mutes_notifications_and_receipts(ana: Any, ben: Any, photo: Photo) -> None:
    FollowRequest.objects.create(
        follower=ben, owner=ana, followee_type=Ref.of(ana).content_type, followee_id=str(ana.pk)
    )
    mute(ana, photo)
    like = publish(actor=ben, verb="like", object=photo)
    gone = publish(actor=ben, verb="like", object=photo.album or photo, visibility="self")
    for told in (like, gone):
        Notification.objects.get_or_create(recipient=ana, activity=told, defaults={"group": "g"})
    Receipt.objects.create(user=ana, key="once", digest="d", activities=[like.pk])
    assert [record["follower"]["id"] for record in of(ana, "request_received")] == [str(ben.pk)]
    assert [record["followee"]["id"] for record in of(ben, "request_sent")] == [str(ana.pk)]
    assert [record["muted"]["type"] for record in of(ana, "mute")] == ["app.photo"]
    [told] = of(ana, "notification")
    assert (told["id"], told["seen"], told["read"]) == (str(like.pk), False, False)
    assert [record["activities"] for record in of(ana, "receipt")] == [[str(like.pk)]]
    assert {record["record"] for record in records(ben)} <= {"request_sent", "activity"}


def test_what_was_addressed_to_the_user(ana: Any, ben: Any, others: Any) -> None:
    secret = publish(actor=ben, verb="whisper", visibility="named", to=[ana])
    assert Addressee.objects.count() == 1
    assert [record["id"] for record in of(ana, "addressed")] == [str(secret.pk)]
    assert of(others[0], "addressed") == []


def test_batches_lose_nothing(ana: Any, ben: Any, shrink: Shrink) -> None:
    shrink("operations.export", BATCH=2)
    album = Album.objects.create(title="A", owner=ana)
    made = [publish(actor=ana, verb="wave", object=album).pk for _ in range(5)]
    photos = Photo.objects.bulk_create([Photo(caption=str(i), owner=ben) for i in range(5)])
    for photo in photos:
        follow(ana, photo)
    assert [int(record["id"]) for record in of(ana, "activity")] == made
    assert len(of(ana, "follow")) == 5


def test_it_is_read_as_it_is_taken(ana: Any, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        publish(actor=ana, verb="wave")
    with django_assert_num_queries(0):
        stream = export_user(ana)
    with django_assert_num_queries(2):
        next(stream), next(stream), next(stream)


def test_it_is_of_users_alone(photo: Photo) -> None:
    with pytest.raises(ValueError, match=r"is not a auth\.User"):
        export_user(photo)


# -- the command ------------------------------------------------------------------------------------------


def test_the_command_writes_a_record_a_line(ana: Any, tmp_path: Path) -> None:
    publish(actor=ana, verb="wave", data={"text": "grüß"})
    out = StringIO()
    call_command("activitystream_export", f"auth.user:{ana.pk}", stdout=out)
    assert [json.loads(line)["verb"] for line in out.getvalue().splitlines()] == ["wave"]
    path = tmp_path / "ana.jsonl"
    call_command("activitystream_export", f"auth.user:{ana.pk}", output=path)
    assert path.read_text("utf-8") == out.getvalue()
    assert "grüß" in out.getvalue()


@pytest.mark.parametrize("user", ["auth.user:0", "auth.user:x", "app.photo:1", "nothing"])
def test_the_command_for_nobody(user: str) -> None:
    with pytest.raises(CommandError):
        call_command("activitystream_export", user)


# -- the API ----------------------------------------------------------------------------------------------


@pytest.fixture
def _fresh_throttles() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.mark.usefixtures("_fresh_throttles")
class TestApi:
    def test_one_gets_ones_own(self, ana: Any, ben: Any) -> None:
        publish(actor=ana, verb="wave")
        publish(actor=ben, verb="nod")
        response = client_of(ana).get("/feeds/export/", {"user": ben.pk, "id": ben.pk})
        assert response.status_code == 200
        assert response.streaming
        assert response["Content-Type"] == "application/json"
        assert {"private", "no-store"} <= {*response["Cache-Control"].split(", ")}
        assert response["Content-Disposition"] == 'attachment; filename="export.json"'
        found = json.loads(b"".join(response.streaming_content))  # type: ignore[attr-defined]
        assert [record["verb"] for record in found] == ["wave"]

    def test_nothing_is_an_empty_array(self, ana: Any) -> None:
        response = client_of(ana).get("/feeds/export/")
        assert json.loads(b"".join(response.streaming_content)) == []  # type: ignore[attr-defined]

    def test_there_is_none_for_others(self, ana: Any, ben: Any) -> None:
        assert APIClient().get("/feeds/export/").status_code in (401, 403)
        for path in (f"/feeds/export/{ben.pk}/", f"/feeds/export/auth.user/{ben.pk}/"):
            assert client_of(ana).get(path).status_code == 404
        assert client_of(ana).post("/feeds/export/").status_code == 405

    def test_not_often(self, ana: Any, ben: Any) -> None:
        client = client_of(ana)
        answers = [client.get("/feeds/export/").status_code for _ in range(11)]
        assert answers == [200] * 10 + [429]
        assert client_of(ben).get("/feeds/export/").status_code == 200

    def test_an_asynchronous_server_gets_it_part_by_part(self, ana: Any) -> None:
        from django.urls import resolve

        publish(actor=ana, verb="wave")
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/feeds/export/",
            "headers": [],
            "query_string": b"",
        }
        request = ASGIRequest(scope, StringIO())
        request._force_auth_user = ana  # type: ignore[attr-defined]
        match = resolve("/feeds/export/")
        response = match.func(request, **match.kwargs)
        assert response.is_async

        async def read() -> bytes:
            parts = b"".join([part async for part in response.streaming_content])
            await sync_to_async(connections.close_all)()  # of the thread that read
            return parts

        parts = asyncio.run(read())
        assert [record["verb"] for record in json.loads(parts)] == ["wave"]


def test_what_was_retracted_is_not_held(ana: Any) -> None:
    retract(publish(actor=ana, verb="wave"))
    assert records(ana) == []
