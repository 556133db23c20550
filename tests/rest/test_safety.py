"""A second user at every endpoint and method; nothing leaks about rows, and hidden ones are nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import follow, publish
from activitystream.models import Activity, Follow
from tests.app.models import Album, Page, Photo

from .helpers import make_request
from .test_urls import ALLOWED

JSON = "application/json"


class Scene:
    """Ana's things, and one address of each kind about her."""

    def __init__(self, ana: Any, bob: Any) -> None:
        self.photo = Photo.objects.create(owner=ana, caption="Peak")
        follow(ana, bob)
        follow(bob, ana)
        follow(ana, self.photo)
        self.activity = publish(actor=ana, verb="wave", object=self.photo)
        self.request = make_request(ana, ana)
        self.values = {"user": ana.pk, "activity": self.activity.pk, "request": self.request.pk}

    def url(self, path: str) -> str:
        return "/feeds/" + path.format(**self.values)


@pytest.fixture
def scene(ana: Any, bob: Any) -> Scene:
    return Scene(ana, bob)


# status by (who, method): who is nobody, another user, oneself. Where a body is needed, an empty one is sent.
RIGHTS = {
    "": {"GET": (200, 200, 200)},
    "export/": {"GET": (403, 200, 200)},
    "home/": {"GET": (403, 200, 200)},
    "home/auth.user/{user}/": {"GET": (403, 403, 200)},
    "outbox/": {"GET": (403, 200, 200)},
    "outbox/new/?since=1": {"GET": (403, 200, 200)},
    "outbox/auth.user/{user}/new/?since=1": {"GET": (200, 200, 200)},
    "outbox/auth.user/{user}/": {"GET": (200, 200, 200)},
    "object/auth.user/{user}/": {"GET": (200, 200, 200)},
    "activities/": {"POST": (403, 400, 400)},
    "activities/{activity}/": {"GET": (200, 200, 200), "PATCH": (403, 403, 200), "DELETE": (403, 403, 204)},
    "cards/auth.user/{user}/": {"GET": (200, 200, 200)},
    "follows/": {"GET": (403, 200, 200), "POST": (403, 400, 400)},
    "follows/bulk/": {"POST": (403, 400, 400)},
    "suggestions/": {"GET": (403, 200, 200)},
    "follows/auth.user/{user}/": {"GET": (200, 200, 200), "DELETE": (403, 204, 204)},
    "followers/auth.user/{user}/": {"GET": (200, 200, 200)},
    "following/auth.user/{user}/": {"GET": (200, 200, 200)},
    "requests/": {"GET": (403, 200, 200)},
    "requests/{request}/": {"GET": (403, 404, 200), "DELETE": (403, 404, 204)},
    "requests/{request}/accept/": {"POST": (403, 404, 201)},
    "blocks/": {"GET": (403, 200, 200), "POST": (403, 400, 400)},
    "blocks/auth.user/{user}/": {"GET": (403, 200, 200), "DELETE": (403, 204, 204)},
    "mutes/": {"GET": (403, 200, 200), "POST": (403, 400, 400)},
    "mutes/auth.user/{user}/": {"GET": (403, 200, 200), "DELETE": (403, 204, 204)},
}


def test_every_address_is_in_the_table() -> None:
    assert {path: set(methods) for path, methods in RIGHTS.items()} == ALLOWED


@pytest.mark.parametrize(("path", "method"), [(path, method) for path in RIGHTS for method in RIGHTS[path]])
def test_rights(
    path: str, method: str, scene: Scene, nobody: APIClient, as_bob: APIClient, as_ana: APIClient
) -> None:
    found = [
        client.generic(method, scene.url(path), "{}", content_type=JSON).status_code
        for client in (nobody, as_bob, as_ana)
    ]
    assert tuple(found) == RIGHTS[path][method]


def bytes_of(answer: Any) -> bytes:
    """What was answered, at once or bit by bit."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_another_user_changes_nothing_of_ones_own(
    scene: Scene, ana: Any, as_bob: APIClient, nobody: APIClient
) -> None:
    def state() -> tuple[Any, ...]:
        return list(Activity.objects.values_list("pk", "data")), list(
            Follow.objects.filter(follower=ana).values()
        )

    before = state()
    for client in (nobody, as_bob):
        for path in ALLOWED.keys() - {"blocks/"}:  # a block ends follows, that is what it is for
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
                body = {
                    "type": "auth.user",
                    "id": ana.pk,
                    "verb": "spam",
                    "actor": {"type": "auth.user", "id": ana.pk},
                }
                client.generic(method, scene.url(path), json.dumps(body), content_type=JSON)
    assert state() == before


def test_one_sees_ones_own_follows_only(scene: Scene, ana: Any, bob: Any, as_bob: APIClient) -> None:
    [mine] = as_bob.get("/feeds/follows/").data["results"]
    assert mine["followee"]["id"] == str(ana.pk)


def test_get_never_writes(scene: Scene, as_bob: APIClient, ana: Any) -> None:
    before = (Activity.objects.count(), Follow.objects.count())
    query = {"type": "auth.user", "id": ana.pk, "verb": "spam", "kind": "watch", "_method": "POST"}
    for path in ALLOWED:
        as_bob.get(scene.url(path), {"limit": 1})
        as_bob.get(scene.url(path), query, HTTP_X_HTTP_METHOD_OVERRIDE="POST")
        as_bob.get(scene.url(path), query, HTTP_X_HTTP_METHOD_OVERRIDE="DELETE")
    assert (Activity.objects.count(), Follow.objects.count()) == before


def test_a_session_needs_the_csrf_token(scene: Scene, ana: Any) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.login(username="bob", password="password")
    before = (Activity.objects.count(), Follow.objects.count())
    for method, path in [
        ("POST", "activities/"),
        ("POST", "follows/"),
        ("DELETE", "activities/{activity}/"),
        ("DELETE", "follows/auth.user/{user}/"),
        ("POST", "blocks/"),
        ("POST", "mutes/"),
        ("DELETE", "requests/{request}/"),
        ("POST", "requests/{request}/accept/"),
    ]:
        body = {"type": "auth.user", "id": ana.pk, "kind": "watch", "verb": "wave"}
        answer = client.generic(method, scene.url(path), json.dumps(body), content_type=JSON)
        assert answer.status_code == 403
        assert "CSRF" in answer.data["detail"]
    assert (Activity.objects.count(), Follow.objects.count()) == before
    assert client.get("/feeds/home/").status_code == 200


def test_an_inactive_user_is_nobody(scene: Scene, bob: Any) -> None:
    client = APIClient()
    client.login(username="bob", password="password")
    assert client.get("/feeds/home/").status_code == 200
    bob.is_active = False
    bob.save()
    assert client.get("/feeds/home/").status_code == 403


# -- what is given out -------------------------------------------------------------------------------------


def all_answers(scene: Scene, *clients: APIClient) -> str:
    """Everything that can be read, as one text."""
    answers = []
    photo = f"app.photo/{scene.photo.pk}/"
    more = [f"object/{photo}", f"outbox/{photo}", f"follows/{photo}", f"followers/{photo}"]
    for client in clients:
        for path in [*ALLOWED, *more]:
            for accept in (JSON, "text/html"):
                answers.append(bytes_of(client.get(scene.url(path), HTTP_ACCEPT=accept)).decode())
                answers.append(bytes_of(client.options(scene.url(path), HTTP_ACCEPT=accept)).decode())
    return "\n".join(answers)


@pytest.mark.slow
def test_no_secrets(
    scene: Scene, ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient, nobody: APIClient
) -> None:
    for user in (ana, bob):
        user.last_name = f"Surname-of-{user.username}"
        user.save()
    text = all_answers(scene, as_ana, as_bob, nobody)
    assert '"name":"ana"' in text
    for user in (ana, bob):
        for secret in (user.password, user.email, user.last_name):
            assert secret not in text
    for word in ("md5$", "@secret.example", "is_superuser", "last_login", "date_joined"):
        assert word not in text


def test_cards_have_these_fields_and_no_others(scene: Scene, nobody: APIClient, ana: Any) -> None:
    fields = {"type", "model", "id", "name", "url", "image", "content", "deleted"}
    entry = nobody.get(scene.url("activities/{activity}/")).data
    item = nobody.get(f"/feeds/followers/auth.user/{ana.pk}/").data["results"][0]
    one = nobody.get(f"/feeds/follows/auth.user/{ana.pk}/").data
    for card in (entry["actor"], entry["object"], item["follower"], one["followee"]):
        assert set(card) == fields
    assert set(entry) == {"id", "verb", "published", "actor", "object", "target", "data", "visibility"}
    assert set(item) == {"id", "kind", "actor_only", "created", "requested", "follower"}
    assert set(one) == {"kind", "following", "requested", "followers", "followee"}


@pytest.mark.slow
def test_a_hidden_object_is_nowhere(
    scene: Scene, ana: Any, as_ana: APIClient, as_bob: APIClient, nobody: APIClient
) -> None:
    url = f"app.photo/{scene.photo.pk}/"
    assert "Peak" in all_answers(scene, as_ana, as_bob, nobody)
    scene.photo.hidden = True
    scene.photo.save()
    assert "Peak" not in all_answers(scene, as_ana, as_bob, nobody)
    for client in (as_ana, as_bob, nobody):
        for path in (
            f"object/{url}",
            f"outbox/{url}",
            f"follows/{url}",
            f"followers/{url}",
            "activities/{activity}/",
        ):
            assert client.get(scene.url(path)).status_code == 404
    assert [item["followee"]["name"] for item in as_ana.get("/feeds/follows/").data["results"]] == ["bob"]
    ref = {"type": "app.photo", "id": scene.photo.pk}
    assert as_bob.post("/feeds/follows/", ref, format="json").status_code == 404
    assert (
        as_ana.post("/feeds/activities/", {"verb": "wave", "object": ref}, format="json").status_code == 404
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_a_hidden_object_leaves_warm_streams(
    kind: str, ana: Any, bob: Any, as_bob: APIClient, use_store: Callable[..., None]
) -> None:
    use_store(kind)
    follow(bob, ana)
    photos = [Photo.objects.create(owner=ana, caption=f"photo {n}") for n in range(3)]
    assert len(as_bob.get("/feeds/home/").data["results"]) == 3
    photos[1].hidden = True
    photos[1].save()
    page = as_bob.get("/feeds/home/?limit=2").data
    assert [entry["object"]["name"] for entry in page["results"]] == ["photo 2", "photo 0"]
    assert page["next"] is None


# -- query parameters --------------------------------------------------------------------------------------

ORACLES = [
    "password__startswith=md5",
    "email=ana@secret.example",
    "actor__password__startswith=m",
    "follower__email__contains=@",
    "id__gt=0",
    "actor_id=1",
    "hidden=False",
    "ordering=password",
    "search=ana",
    "fields=password",
    "expand=actor",
    "pk=1",
    "type=auth.user",
    "id=1",
]


@pytest.mark.parametrize("path", [path for path in ALLOWED if "GET" in ALLOWED[path]])
def test_other_parameters_do_nothing(path: str, scene: Scene, as_bob: APIClient) -> None:
    def ask(url: str) -> tuple[bytes, list[str]]:
        cache.delete_pattern("throttle_*")
        with CaptureQueriesContext(connection) as queries:
            content = bytes_of(as_bob.get(url))
        return content, [re.sub(r"\d{15,}", "NOW", query["sql"]) for query in queries]

    url = scene.url(path)
    ask(url)  # fills caches
    plain = ask(url)
    for query in ORACLES:
        assert ask(f"{url}{'&' if '?' in url else '?'}{query}") == plain, query


@pytest.mark.parametrize("kind", ["follow' OR 1=1 --", "__class__", "follow__gt", "%25"])
def test_a_kind_is_a_text(kind: str, scene: Scene, ana: Any, as_ana: APIClient) -> None:
    assert as_ana.get(f"/feeds/following/auth.user/{ana.pk}/", {"kind": kind}).data["results"] == []


@pytest.mark.parametrize("path", ["home/", "follows/"])
def test_the_host_of_links_is_a_host_of_the_site(scene: Scene, as_ana: APIClient, path: str) -> None:
    assert as_ana.get(f"/feeds/{path}?limit=1", HTTP_HOST="evil.example").status_code == 400


def test_pages_do_not_depend_on_albums(scene: Scene, ana: Any) -> None:
    """Rows of models that the scene does not use exist as well: they are not mixed up."""
    Album.objects.create(owner=ana, title="Alps")
    Page.objects.create(slug=str(scene.photo.pk), author=ana)
    found = APIClient().get(f"/feeds/object/app.page/{scene.photo.pk}/").data["results"]
    assert [entry["verb"] for entry in found] == ["write"]
