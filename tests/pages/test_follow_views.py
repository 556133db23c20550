"""The views behind the follow button."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.urls import set_script_prefix
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from activitystream import follow, is_blocked, is_following, is_muted, publish
from activitystream.models import FollowRequest, Notification
from tests.app.models import Photo
from tests.fixtures import Register

from .test_follow_button import form

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FOLLOW, UNFOLLOW = "/feeds/follow/", "/feeds/unfollow/"
EVIL = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "\x08//evil.example",
    "data:text/html,x",
    "",
]


@pytest.fixture
def client(ben: User) -> Client:
    """Ben's browser."""
    client = Client()
    client.force_login(ben)
    return client


@pytest.fixture
def to_photo(photo: Photo) -> dict[str, str]:
    return {"type": "app.photo", "id": str(photo.pk), "next": "/there/?x=1"}


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_follow_and_unfollow(client: Client, ben: User, photo: Photo, to_photo: dict[str, str]) -> None:
    response = client.post(FOLLOW, to_photo)
    assert (response.status_code, response["Location"]) == (302, "/there/?x=1")
    assert is_following(ben, photo)
    assert client.post(FOLLOW, to_photo).status_code == 302

    response = client.post(UNFOLLOW, to_photo)
    assert (response.status_code, response["Location"]) == (302, "/there/?x=1")
    assert not is_following(ben, photo)
    assert client.post(UNFOLLOW, to_photo).status_code == 302
    assert told(response) == []


@pytest.mark.usefixtures("any_kind")
def test_kinds(client: Client, ben: User, photo: Photo, to_photo: dict[str, str]) -> None:
    client.post(FOLLOW, {**to_photo, "kind": "watch"})
    assert (is_following(ben, photo), is_following(ben, photo, "watch")) == (False, True)
    client.post(UNFOLLOW, to_photo)
    assert is_following(ben, photo, "watch")
    client.post(UNFOLLOW, {**to_photo, "kind": "watch"})
    assert not is_following(ben, photo, "watch")


def test_the_button_works_with_csrf_enforced(ben: User, photo: Photo) -> None:
    """What the button renders is what the view takes; without the token nothing is."""
    from django.middleware.csrf import get_token
    from django.template import engines
    from django.test import RequestFactory

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ben)
    request = RequestFactory().get("/photos/")
    request.user = ben
    source = "{% load activitystream %}{% follow_button photo %}"
    fields = form(engines["django"].from_string(source).render({"photo": photo}, request))
    address = str(fields.pop("action"))
    fields.pop("text")

    browser.cookies["csrftoken"] = get_token(request)
    refused = browser.post(address, {**fields, "csrfmiddlewaretoken": ""})
    assert refused.status_code == 403
    assert not is_following(ben, photo)
    response = browser.post(address, fields)
    place = f"/photos/#activitystream-follow-app-photo-{photo.pk}-follow"
    assert (response.status_code, response["Location"]) == (302, place)
    assert is_following(ben, photo)


@pytest.mark.parametrize("address", [FOLLOW, UNFOLLOW])
@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_only_post(
    address: str, method: str, client: Client, ben: User, photo: Photo, to_photo: dict[str, str]
) -> None:
    follow(ben, photo, kind="was there")
    response = getattr(client, method)(address, {**to_photo, "kind": "was there"})
    assert response.status_code == 405
    assert is_following(ben, photo, "was there")
    assert not is_following(ben, photo)


@pytest.mark.parametrize("address", [FOLLOW, UNFOLLOW])
@pytest.mark.parametrize(("asked", "then"), [("/there/?x=1", "/there/?x=1"), ("https://evil.example/", "/")])
def test_login_is_required(
    address: str, asked: str, then: str, to_photo: dict[str, str], photo: Photo
) -> None:
    response = Client().post(address, {**to_photo, "next": asked})
    assert response.status_code == 302
    parts = urlsplit(response["Location"])
    assert parts.path == "/accounts/login/"
    assert parse_qs(parts.query) == {"next": [then]}
    # and before anything is looked up
    assert Client().post(address, {"type": "no.such", "id": "1"}).status_code == 302


@pytest.mark.parametrize("url", EVIL)
@pytest.mark.parametrize("address", [FOLLOW, UNFOLLOW])
def test_redirects_stay_on_the_site(url: str, address: str, client: Client, to_photo: dict[str, str]) -> None:
    response = client.post(address, {**to_photo, "next": url})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_next_may_name_this_very_site(client: Client, to_photo: dict[str, str]) -> None:
    response = client.post(FOLLOW, {**to_photo, "next": "http://testserver/a/"})
    assert response["Location"] == "http://testserver/a/"
    response = client.post(FOLLOW, {**to_photo, "next": "http://testserver/a/"}, secure=True)
    assert response["Location"] == "/", "not from https to http"


def test_without_next_to_the_first_page_wherever_the_site_is(
    client: Client, to_photo: dict[str, str]
) -> None:
    del to_photo["next"]
    set_script_prefix("/site/")
    try:
        response = client.post(FOLLOW, to_photo)
    finally:
        set_script_prefix("/")
    assert response["Location"] == "/site/"


@pytest.mark.parametrize("address", [FOLLOW, UNFOLLOW])
@pytest.mark.parametrize(
    ("type", "id"),
    [
        ("app.photo", "999"),
        ("app.photo", "x"),
        ("app.photo", ""),
        ("app.photo", "\x00"),
        ("app.photo", "9" * 40),
        ("app.photo", "-1"),
        ("app.album", "not-a-uuid"),
        ("app.page", "\x00"),
        ("app.unregistered", "1"),
        ("auth.permission", "1"),
        ("sessions.session", "1"),
        ("photo", "1"),
        ("", ""),
        ("a" * 5000, "1"),
    ],
)
def test_unknown_type_or_id(address: str, type: str, id: str, client: Client) -> None:
    assert client.post(address, {"type": type, "id": id}).status_code == 404
    assert client.post(address).status_code == 404


def test_hidden_rows_are_not_found(client: Client, photo: Photo, to_photo: dict[str, str]) -> None:
    photo.hidden = True
    photo.save()
    assert client.post(FOLLOW, to_photo).status_code == 404


def test_oneself(client: Client, ben: User) -> None:
    response = client.post(FOLLOW, {"type": "auth.user", "id": str(ben.pk), "next": "/there/"})
    assert (response.status_code, response["Location"]) == (302, "/there/")
    assert told(response) == ["You cannot follow yourself."]
    assert not is_following(ben, ben)


def test_unfollowable(
    client: Client, to_photo: dict[str, str], photo: Photo, ben: User, override_registration: Register
) -> None:
    override_registration(Photo, followable=False)
    response = client.post(FOLLOW, to_photo)
    assert told(response) == ["This cannot be followed."]
    assert not is_following(ben, photo)


@pytest.mark.parametrize("address", [FOLLOW, UNFOLLOW])
@pytest.mark.parametrize("kind", ["k" * 33, "a\x00b", "\u202e"])
def test_impossible_kinds(address: str, kind: str, client: Client, to_photo: dict[str, str]) -> None:
    assert told(client.post(address, {**to_photo, "kind": kind})) == ["This cannot be followed."]


def test_mute_and_unmute(client: Client, ben: User, photo: Photo, to_photo: dict[str, str]) -> None:
    assert client.post("/feeds/mute/", to_photo)["Location"] == "/there/?x=1"
    assert is_muted(ben, photo)
    assert client.post("/feeds/unmute/", to_photo)["Location"] == "/there/?x=1"
    assert not is_muted(ben, photo)


def test_block_and_unblock(client: Client, ben: User, ana: User, to_photo: dict[str, str]) -> None:
    to_ana = {"type": "auth.user", "id": str(ana.pk), "next": "/there/"}
    assert client.post("/feeds/block/", to_ana)["Location"] == "/there/"
    assert is_blocked(ben, ana)
    assert told(client.post(FOLLOW, to_ana)) == ["You block this person: unblock them first."]
    assert client.post("/feeds/unblock/", to_ana)["Location"] == "/there/"
    assert not is_blocked(ben, ana)
    assert told(client.post("/feeds/block/", to_photo))[-1] == "This cannot be blocked."


@pytest.mark.parametrize(("answer", "follows"), [("accept", True), ("reject", False), ("", False)])
def test_answer_a_request(
    answer: str, follows: bool, client: Client, ben: User, ana: User, override_registration: Register
) -> None:
    override_registration(get_user_model(), private="is_active")
    asked = follow(ana, ben)
    form = {"request": str(asked.pk), "answer": answer, "next": "/there/"}
    other = Client()
    other.force_login(ana)
    assert told(other.post("/feeds/answer/", form)) == ["This request does not wait any more."]
    assert client.post("/feeds/answer/", form)["Location"] == "/there/"
    assert (is_following(ana, ben), FollowRequest.objects.count()) == (follows, 0)
    assert told(client.post("/feeds/answer/", form)) == ["This request does not wait any more."]


@pytest.mark.parametrize("request_id", ["", "x", "-1", "9" * 40, "\x00"])
def test_requests_that_there_are_not(request_id: str, client: Client) -> None:
    response = client.post("/feeds/answer/", {"request": request_id, "answer": "accept"})
    assert told(response) == ["This request does not wait any more."]


@pytest.mark.parametrize("address", [FOLLOW, UNFOLLOW])
def test_the_address_alone_is_a_page_with_a_way_back(address: str, client: Client) -> None:
    response = client.get(address)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    html = response.content.decode()
    assert "<h1>There is nothing to see here.</h1>" in html
    assert 'href="/"' in html


def test_a_refusal_is_told_to_our_script_at_once(client: Client, ben: User) -> None:
    """It shows the reason beside the button: a message would be lost with the page that it read."""
    to_self = {"type": "auth.user", "id": str(ben.pk), "next": "/there/"}
    response = client.post(FOLLOW, to_self, headers={"X-Requested-With": "activitystream"})
    assert response.status_code == 400
    assert "<h1>You cannot follow yourself.</h1>" in response.content.decode()
    assert told(response) == []


@pytest.mark.parametrize("address", [FOLLOW, UNFOLLOW])
def test_forms_are_throttled_as_the_api_is(
    address: str, client: Client, to_photo: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Twice(UserRateThrottle):
        rate = "2/hour"
        cache = LocMemCache(f"throttle {address}", {})

    monkeypatch.setattr(APIView, "throttle_classes", [Twice])
    assert [client.post(address, to_photo).status_code for _ in range(3)] == [302, 302, 429]
    response = client.post(address, to_photo)
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "<h1>That was too often. Try again later.</h1>" in response.content.decode()


@pytest.fixture
def without_messages(settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "messages" not in name]


@pytest.mark.usefixtures("without_messages")
def test_a_page_where_there_are_no_messages(client: Client, ben: User) -> None:
    target = '/there/?"><script>'
    response = client.post(FOLLOW, {"type": "auth.user", "id": str(ben.pk), "next": target})
    assert response.status_code == 400
    html = response.content.decode()
    assert "<h1>You cannot follow yourself.</h1>" in html
    assert "<script>" not in html
    assert target in unescape(html)


@pytest.mark.usefixtures("without_messages")
def test_success_needs_no_messages(client: Client, to_photo: dict[str, str]) -> None:
    assert client.post(FOLLOW, to_photo).status_code == 302


@pytest.mark.parametrize(("up_to", "seen"), [("", 2), ("{first}", 1), ("x", 0), ("None", 0), ("-1", 0)])
def test_notifications_are_seen_up_to_one_that_there_can_be(
    up_to: str, seen: int, client: Client, ana: User, ben: User
) -> None:
    first, _ = [publish(actor=ana, verb=verb, notify=[ben]) for verb in ("wave", "sing")]
    client.post("/feeds/seen/", {"up_to": up_to.format(first=first.pk)})
    assert Notification.objects.filter(seen=True).count() == seen
