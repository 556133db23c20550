"""The project's own REST framework settings stay in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import (
    AllowAny,
    DjangoModelPermissions,
    DjangoModelPermissionsOrAnonReadOnly,
    IsAuthenticated,
)
from rest_framework.test import APIClient
from rest_framework.throttling import AnonRateThrottle

from activitystream import follow, publish
from activitystream.rest.base import ApiViewSet
from activitystream.rest.router import RootView

from .test_urls import ALLOWED

Default = Callable[[str, type], None]


@pytest.fixture
def default(monkeypatch: pytest.MonkeyPatch) -> Default:
    """Make this the project's only one: REST framework reads its settings when views are imported."""

    def make(attribute: str, value: type) -> None:
        for view in (ApiViewSet, RootView):
            monkeypatch.setattr(view, attribute, [value])

    return make


@pytest.fixture
def public_urls(ana: Any) -> list[str]:
    values = {"user": ana.pk, "activity": publish(actor=ana, verb="wave").pk}
    own = ("home", "requests", "blocks", "mutes")
    public = [path for path in ALLOWED if "{" in path and "GET" in ALLOWED[path] and not path.startswith(own)]
    return ["/feeds/", *(f"/feeds/{path.format(**values)}" for path in public)]


def statuses(client: APIClient, urls: list[str]) -> set[int]:
    return {client.get(url).status_code for url in urls}


@pytest.mark.parametrize("closed", [IsAuthenticated, DjangoModelPermissions])
def test_a_closed_site_stays_closed(
    closed: type, public_urls: list[str], nobody: APIClient, as_bob: APIClient, default: Default
) -> None:
    assert statuses(nobody, public_urls) == {200}
    default("permission_classes", closed)
    assert statuses(nobody, public_urls) == {403}
    assert statuses(as_bob, public_urls) == {200}
    assert as_bob.post("/feeds/activities/", {"verb": "wave"}, format="json").status_code == 201


def test_an_open_site_does_not_open_what_is_ones_own(nobody: APIClient, default: Default) -> None:
    default("permission_classes", AllowAny)
    assert nobody.get("/feeds/home/").status_code == 403
    assert nobody.post("/feeds/activities/", {"verb": "wave"}, format="json").status_code == 403


def test_rights_on_tables_do_not_matter(
    public_urls: list[str], nobody: APIClient, as_bob: APIClient, default: Default
) -> None:
    default("permission_classes", DjangoModelPermissionsOrAnonReadOnly)
    assert statuses(nobody, public_urls) == {200}
    assert as_bob.post("/feeds/activities/", {"verb": "wave"}, format="json").status_code == 201


def test_the_status_is_that_of_the_authentication(nobody: APIClient, default: Default) -> None:
    default("authentication_classes", BasicAuthentication)
    answer = nobody.get("/feeds/home/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic")


def test_throttles(ana: Any, nobody: APIClient, default: Default) -> None:
    class Once(AnonRateThrottle):
        rate = "1/day"
        cache = LocMemCache("throttle", {})

    default("throttle_classes", Once)
    url = f"/feeds/outbox/auth.user/{ana.pk}/"
    assert [nobody.get(url).status_code for _ in range(2)] == [200, 429]


def test_versions_of_the_project_are_not_ours() -> None:
    """They would take our namespace for a version, and find none of that name."""
    assert ApiViewSet.versioning_class is RootView.versioning_class is None


def test_caches_do_not_share_answers(
    ana: Any, bob: Any, client_of: Callable[[Any], APIClient], settings: Any
) -> None:
    """Django's own cache of the whole site tells users apart by the headers that an answer varies on."""
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {**settings.CACHES, "site": local}
    settings.CACHE_MIDDLEWARE_ALIAS = "site"
    follow(bob, ana)
    publish(actor=ana, verb="wave")
    lengths = [len(client_of(user).get("/feeds/home/").data["results"]) for user in (bob, ana)]
    assert lengths == [1, 0]
    answer = client_of(bob).get("/feeds/home/")
    assert "private" in answer["Cache-Control"]
    assert {"Authorization", "Cookie", "Accept"} <= set(answer["Vary"].split(", "))


def test_a_user_that_is_no_row_has_nothing_of_its_own(ana: Any) -> None:
    """What some token authentications give: it has a key and is no user of this site's table."""

    class TokenUser:
        is_authenticated = is_active = True
        pk = id = 1

    client = APIClient()
    client.force_authenticate(TokenUser())  # type: ignore[arg-type]
    for url in ("/feeds/home/", f"/feeds/home/auth.user/{ana.pk}/", "/feeds/follows/"):
        assert client.get(url).status_code == 403
    assert client.post("/feeds/activities/", {"verb": "wave"}, format="json").status_code == 403
