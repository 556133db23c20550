"""The addresses: each answers, the wrong method is told which are right, ids are whatever ids are."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from activitystream import publish
from tests.app.models import Page, Photo

from .helpers import make_request

STRANGE = [
    "a/b",
    "a/",
    "/a",
    "a.b",
    "a.json",
    "100%",
    "%2F",
    "a b",
    "ü/日本",
    "a?b=c#d",
    "a\nb",
    "follows",
    "a;b",
    "'\"<>",
    "a+b",
]


@pytest.mark.parametrize("slug", STRANGE)
def test_ids_are_any_string(ana: Any, as_ana: APIClient, nobody: APIClient, slug: str) -> None:
    page = Page.objects.create(slug=slug, author=ana)
    ref = {"type": "app.page", "id": slug}
    for name, kwargs in [
        ("feed-detail", {"feed": "object"}),
        ("follow-detail", {}),
        ("followers-detail", {}),
    ]:
        answer = nobody.get(reverse(f"activitystream:{name}", kwargs={**ref, **kwargs}))
        assert answer.status_code == 200, (name, answer.content)
    [entry] = nobody.get(reverse("activitystream:feed-detail", kwargs={"feed": "object", **ref})).data[
        "results"
    ]
    assert (entry["object"]["id"], entry["object"]["name"]) == (slug, str(page))
    assert as_ana.post("/feeds/follows/", ref, format="json").data["followee"]["id"] == slug
    assert as_ana.delete(reverse("activitystream:follow-detail", kwargs=ref)).status_code == 204


@pytest.mark.parametrize("slug", ["a/b", "100%", "a?b=c#d", "ü"])
def test_links_of_pages_keep_the_id(ana: Any, nobody: APIClient, slug: str) -> None:
    page = Page.objects.create(slug=slug, author=ana)
    publish(actor=ana, verb="edit", object=page)
    url = reverse("activitystream:feed-detail", kwargs={"feed": "object", "type": "app.page", "id": slug})
    first = nobody.get(url, {"limit": 1})
    second = nobody.get(first.data["next"])
    shown = first.json()["results"] + second.json()["results"]
    assert [entry["verb"] for entry in shown] == ["edit", "write"]


def test_root_names_what_is_ones_own(nobody: APIClient) -> None:
    base = "http://testserver/feeds/"
    assert nobody.get("/feeds/").json() == {
        **{feed: f"{base}{feed}/" for feed in ("home", "outbox", "object", "notifications")},
        **{what: f"{base}{what}/" for what in ("follows", "requests", "suggestions", "blocks", "mutes")},
    }


def test_root_is_for_no_shared_cache_and_leads_where_one_may_read(as_ana: APIClient) -> None:
    root = as_ana.get("/feeds/")
    assert "private" in root["Cache-Control"]
    assert {"Authorization", "Cookie"} <= set(root["Vary"].split(", "))
    for address in root.json().values():
        assert as_ana.get(address).status_code == 200, address


def test_a_type_that_there_is_not_is_told_with_those_that_there_are(nobody: APIClient) -> None:
    answer = nobody.get("/feeds/object/app.foto/1/")
    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        "there is no type 'app.foto'; there are: app.album, app.page, app.photo, auth.user"
    )


def test_the_type_may_be_spelt_as_django_does(ana: Any, nobody: APIClient) -> None:
    photo = Photo.objects.create(owner=ana)
    assert nobody.get(f"/feeds/object/app.Photo/{photo.pk}/").status_code == 200


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALLOWED = {
    "": {"GET"},
    "export/": {"GET"},
    "home/": {"GET"},
    "home/auth.user/{user}/": {"GET"},
    "outbox/": {"GET"},
    "outbox/new/?since=1": {"GET"},
    "outbox/auth.user/{user}/new/?since=1": {"GET"},
    "outbox/auth.user/{user}/": {"GET"},
    "object/auth.user/{user}/": {"GET"},
    "activities/": {"POST"},
    "cards/auth.user/{user}/": {"GET"},
    "activities/{activity}/": {"GET", "PATCH", "DELETE"},
    "follows/": {"GET", "POST"},
    "follows/bulk/": {"POST"},
    "suggestions/": {"GET"},
    "follows/auth.user/{user}/": {"GET", "DELETE"},
    "followers/auth.user/{user}/": {"GET"},
    "following/auth.user/{user}/": {"GET"},
    "requests/": {"GET"},
    "requests/{request}/": {"GET", "DELETE"},
    "requests/{request}/accept/": {"POST"},
    "blocks/": {"GET", "POST"},
    "blocks/auth.user/{user}/": {"GET", "DELETE"},
    "mutes/": {"GET", "POST"},
    "mutes/auth.user/{user}/": {"GET", "DELETE"},
}


def addressed(path: str, user: Any) -> str:
    """This address, with things of this user."""
    activity, request = publish(actor=user, verb="wave"), make_request(user, user)
    return "/feeds/" + path.format(user=user.pk, activity=activity.pk, request=request.pk)


@pytest.mark.parametrize("path", ALLOWED)
@pytest.mark.parametrize("signed_in", [True, False])
def test_methods(path: str, signed_in: bool, ana: Any, as_ana: APIClient, nobody: APIClient) -> None:
    url = addressed(path, ana)
    client = as_ana if signed_in else nobody
    allowed = ALLOWED[path]
    described = client.options(url)
    assert described.status_code == 200
    assert set(described["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed
    for method in METHODS:
        answer = client.generic(method, url, "{}", content_type="application/json")
        assert (answer.status_code == 405) == (method not in allowed), (method, answer.status_code)
    assert client.head(url).status_code == (client.get(url).status_code if "GET" in allowed else 405)


def test_json_unless_a_browser_asks(as_ana: APIClient) -> None:
    assert as_ana.get("/feeds/home/")["Content-Type"] == "application/json"
    assert as_ana.get("/feeds/home/", HTTP_ACCEPT="text/html,*/*;q=0.8")["Content-Type"].startswith(
        "text/html"
    )
    assert as_ana.get("/feeds/home/", HTTP_ACCEPT="image/png").status_code == 406


@pytest.mark.parametrize("path", ALLOWED)
def test_browsable(path: str, ana: Any, as_ana: APIClient) -> None:
    url = addressed(path, ana)
    answer = as_ana.get(url, HTTP_ACCEPT="text/html")
    assert answer.status_code == (200 if "GET" in ALLOWED[path] else 405)
    if not answer.streaming:  # an export is a file
        assert b"<!DOCTYPE html>" in answer.content


def test_browsable_pages_have_controls(ana: Any, as_ana: APIClient) -> None:
    for verb in ("one", "two"):
        publish(actor=ana, verb=verb)
    html = as_ana.get("/feeds/outbox/?limit=1", HTTP_ACCEPT="text/html").content.decode()
    # of the controls, not of the JSON, where the browsable API makes links too
    pager = html.partition('<ul class="pager">')[2].partition("</ul>")[0]
    assert "after=" in pager
    assert "before=" not in pager


def test_browsable_forms_work(ana: Any, bob: Any, as_ana: APIClient) -> None:
    """What a browser sends of a form in which the optional fields are left blank."""
    blank = {f"{role}.{part}": "" for role in ("object", "target", "actor") for part in ("type", "id")}
    form = {"verb": "wave", "data": "{}", "key": "", **blank}
    answer = as_ana.post("/feeds/activities/", form, format="multipart", HTTP_ACCEPT="text/html")
    assert answer.status_code == 201
    assert answer.data["object"] is None
    form = {"type": "auth.user", "id": bob.pk, "kind": "follow"}
    assert as_ana.post("/feeds/follows/", form, format="multipart").status_code == 201


def test_without_the_templates_of_rest_framework_there_is_json(
    settings: Any, ana: Any, as_ana: APIClient
) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "rest_framework"]
    answer = as_ana.get("/feeds/home/", HTTP_ACCEPT="text/html,*/*;q=0.8")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
