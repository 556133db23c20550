"""Follow, unfollow, and who follows what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import block, follow, is_following
from activitystream.models import Follow
from tests.app.models import Album, Page, Photo, Unregistered
from tests.fixtures import Register

from .helpers import walk

URL = "/feeds/follows/"


def test_follow_and_unfollow(ana: Any, bob: Any, as_ana: APIClient) -> None:
    ref = {"type": "auth.user", "id": str(bob.pk)}
    made = as_ana.post(URL, ref, format="json")
    assert made.status_code == 201
    assert made.data["followee"]["name"] == "bob"
    assert (made.data["kind"], made.data["actor_only"], made.data["id"]) == (
        "follow",
        True,
        str(Follow.objects.get().pk),
    )
    assert made.data["created"].endswith("Z")
    again = as_ana.post(URL, ref, format="json")
    assert (again.status_code, again.data) == (200, made.data)
    one = f"{URL}auth.user/{bob.pk}/"
    assert as_ana.get(one).data == {
        "kind": "follow",
        "following": True,
        "requested": False,
        "followers": 1,
        "followee": made.data["followee"],
    }
    assert as_ana.delete(one).status_code == 204
    assert not is_following(ana, bob)
    assert as_ana.delete(one).status_code == 204
    assert (as_ana.get(one).data["following"], as_ana.get(one).data["followers"]) == (False, 0)


@pytest.mark.usefixtures("any_kind")
def test_kinds_are_independent(ana: Any, bob: Any, as_ana: APIClient) -> None:
    ref = {"type": "auth.user", "id": bob.pk}
    for kind in ("watch", "follow"):
        assert as_ana.post(URL, {**ref, "kind": kind}, format="json").status_code == 201
    one = f"{URL}auth.user/{bob.pk}/"
    assert as_ana.delete(f"{one}?kind=watch").status_code == 204
    assert as_ana.get(f"{one}?kind=watch").data["following"] is False
    assert as_ana.get(one).data["following"] is True
    assert len(as_ana.get(URL).data["results"]) == 1
    assert len(as_ana.get(f"{URL}?kind=watch").data["results"]) == 0


def test_lists(ana: Any, bob: Any, as_ana: APIClient, nobody: APIClient) -> None:
    rows = [bob, Album.objects.create(owner=bob, title="Alps"), Page.objects.create(slug="a/b", author=bob)]
    for row in rows:
        follow(ana, row)
    mine = as_ana.get(URL).data["results"]
    assert [item["followee"]["id"] for item in mine] == ["a/b", str(rows[1].pk), str(bob.pk)]
    assert nobody.get(f"/feeds/following/auth.user/{ana.pk}/").data["results"] == mine
    [fan] = nobody.get("/feeds/followers/app.page/a/b/").data["results"]
    assert fan["follower"]["name"] == "ana"
    assert "followee" not in fan


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_lists_are_paged(ana: Any, as_ana: APIClient, make_user: Callable[[str], Any], size: int) -> None:
    people = [make_user(f"user{n}") for n in range(7)]
    follows = [str(follow(ana, person).pk) for person in people][::-1]
    forth = walk(as_ana, f"{URL}?limit={size}", "next")
    assert forth.items == follows
    newest = str(follow(ana, make_user("new")).pk)
    back = walk(as_ana, forth.last, "previous")
    assert back.items == [newest, *follows]
    assert max(map(len, forth.pages + back.pages)) == size


def test_a_page_past_the_end_leads_back(ana: Any, bob: Any, as_ana: APIClient) -> None:
    made = follow(ana, bob)
    past = as_ana.get(URL, {"after": made.pk}).data
    assert (past["results"], past["next"]) == ([], None)
    assert [item["id"] for item in as_ana.get(past["previous"]).data["results"]] == [str(made.pk)]
    newest = as_ana.get(URL, {"before": made.pk}).data
    assert (newest["results"], newest["previous"]) == ([], None)
    assert [item["id"] for item in as_ana.get(newest["next"]).data["results"]] == [str(made.pk)]


def test_a_page_costs_the_same_whatever_its_size(
    ana: Any, as_ana: APIClient, make_user: Callable[[str], Any], nobody: APIClient
) -> None:
    people = [make_user(f"user{n}") for n in range(6)]
    for person in people:
        follow(person, ana)
        follow(ana, person)
    for url in (URL, f"/feeds/followers/auth.user/{ana.pk}/"):
        counts = []
        for limit in (1, 1, 6):  # the first fills the cache of content types
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert len(as_ana.get(url, {"limit": limit}).data["results"]) == limit
            counts.append(len(queries))
        assert counts[1] == counts[2] <= 6


def test_what_cannot_be_followed(
    ana: Any, bob: Any, as_ana: APIClient, override_registration: Register
) -> None:
    Unregistered.objects.create(pk=1, name="x")
    override_registration(Photo, followable=False)
    photo = Photo.objects.create(owner=bob)
    person = {"type": "auth.user", "id": bob.pk}
    for body, status in [
        ({"type": "app.photo", "id": photo.pk}, 400),
        ({"type": "auth.user", "id": ana.pk}, 400),
        ({**person, "kind": ""}, 400),
        ({**person, "kind": "x" * 33}, 400),
        ({**person, "kind": "a\0"}, 400),
        ({**person, "kind": ["follow"]}, 400),
        ({**person, "kind": None}, 400),
        ({"type": "auth.user"}, 400),
        ({"id": 1}, 400),
        ([person], 400),
        ({"type": "auth.user", "id": 999}, 404),
        ({"type": "auth.user", "id": 2**64}, 404),
        ({"type": "app.unregistered", "id": 1}, 404),
    ]:
        answer = as_ana.post(URL, body, format="json")
        assert answer.status_code == status, (body, answer.content)
    assert not Follow.objects.exists()


def test_a_refusal_names_no_setting(ana: Any, as_ana: APIClient) -> None:
    answer = as_ana.post(URL, {"type": "auth.user", "id": ana.pk}, format="json")
    assert (answer.status_code, answer.data["detail"]) == (400, "one cannot follow oneself")


def test_oneself_if_the_settings_allow(ana: Any, as_ana: APIClient, settings: Any) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "SELF_FOLLOW": True}
    assert as_ana.post(URL, {"type": "auth.user", "id": ana.pk}, format="json").status_code == 201


@pytest.mark.parametrize("kind", ["", "x" * 33, "%00", "a%0Ab"])
def test_bad_kind_in_the_address(ana: Any, as_ana: APIClient, kind: str) -> None:
    for url in (URL, f"{URL}auth.user/{ana.pk}/", f"/feeds/followers/auth.user/{ana.pk}/"):
        answer = as_ana.get(f"{url}?kind={kind}")
        assert answer.status_code == 400
        assert "kind must be" in answer.data["detail"]
    assert as_ana.delete(f"{URL}auth.user/{ana.pk}/?kind={kind}").status_code == 400


def test_only_users_follow(ana: Any, nobody: APIClient) -> None:
    photo = Photo.objects.create(owner=ana)
    assert nobody.get(f"/feeds/following/app.photo/{photo.pk}/").status_code == 404


def test_other_kinds_are_the_followers_own(
    ana: Any,
    bob: Any,
    as_ana: APIClient,
    as_bob: APIClient,
    nobody: APIClient,
    override_registration: Register,
) -> None:
    album = Album.objects.create(owner=bob, title="Alps")
    follow(ana, album, kind="watch")
    fans, hers = (
        f"/feeds/followers/app.album/{album.pk}/?kind=watch",
        f"/feeds/following/auth.user/{ana.pk}/?kind=watch",
    )
    assert len(as_ana.get(hers).data["results"]) == 1
    for client, url in [(as_bob, hers), (nobody, hers), (as_bob, fans), (nobody, fans)]:
        assert client.get(url).status_code == 403
    one = f"/feeds/follows/app.album/{album.pk}/"
    for client, following in [(as_ana, True), (as_bob, False), (nobody, False)]:
        told = client.get(f"{one}?kind=watch").data
        assert (told["following"], told["followers"]) == (following, None)
        assert client.get(one).data["followers"] == 0
    override_registration(Album, public_kinds=("follow", "watch"))
    assert len(nobody.get(fans).data["results"]) == 1
    assert nobody.get(f"{one}?kind=watch").data["followers"] == 1
    assert nobody.get(hers).status_code == 403


def test_a_client_chooses_kinds_that_mean_something(
    ana: Any, bob: Any, as_ana: APIClient, override_registration: Register
) -> None:
    ref = {"type": "auth.user", "id": bob.pk}

    def choose(kind: str) -> int:
        return as_ana.post(URL, {**ref, "kind": kind}, format="json").status_code

    assert choose("watch") == 400
    override_registration(type(bob), public_kinds=("watch",))
    assert (choose("watch"), choose("follow"), choose("x")) == (201, 201, 400)  # homes are made of "follow"
    override_registration(type(bob), may_follow=lambda *asked: False)
    assert choose("watch") == 400
    assert is_following(ana, bob)
    assert as_ana.delete(f"{URL}auth.user/{bob.pk}/").status_code == 204


def test_a_deleted_followee_is_gone(ana: Any, bob: Any, as_ana: APIClient) -> None:
    album = Album.objects.create(owner=bob, title="Alps")
    follow(ana, album)
    album.delete()
    assert as_ana.get(URL).data["results"] == []
    assert as_ana.get(f"{URL}app.album/{album.pk}/").status_code == 404


# -- many at once ----------------------------------------------------------------------------------------

BULK = f"{URL}bulk/"


def test_many(ana: Any, bob: Any, as_ana: APIClient, make_user: Callable[[str], Any]) -> None:
    album = Album.objects.create(owner=bob, title="Alps")
    body = [{"type": row._meta.label, "id": str(row.pk)} for row in (bob, album, make_user("eve"), bob)]
    made = as_ana.post(BULK, body, format="json")
    assert made.status_code == 201
    assert [item["followee"]["name"] for item in made.data] == ["bob", "Alps", "eve", "bob"]
    assert [item["requested"] for item in made.data] == [False] * 4
    assert as_ana.post(BULK, body, format="json").data == made.data
    assert Follow.objects.count() == 3


@pytest.mark.usefixtures("any_kind")
def test_many_of_several_kinds(ana: Any, bob: Any, as_ana: APIClient) -> None:
    body = [{"type": "auth.user", "id": bob.pk, "kind": kind} for kind in ("follow", "watch")]
    assert [item["kind"] for item in as_ana.post(BULK, body, format="json").data] == ["follow", "watch"]


def test_many_private_accounts_are_asked(
    ana: Any, bob: Any, as_ana: APIClient, private_rows: None, make_user: Callable[[str], Any]
) -> None:
    bob.last_name = "private"
    bob.save()
    body = [{"type": "auth.user", "id": user.pk} for user in (bob, make_user("eve"))]
    assert [item["requested"] for item in as_ana.post(BULK, body, format="json").data] == [True, False]
    assert not is_following(ana, bob)


def test_all_or_none_and_each_error_at_its_place(
    ana: Any, bob: Any, as_ana: APIClient, make_user: Callable[[str], Any]
) -> None:
    eve = make_user("eve")
    block(eve, ana)
    body = [
        {"type": "auth.user", "id": bob.pk},
        {"type": "auth.user", "id": ana.pk},
        {"type": "auth.user", "id": eve.pk},
        {"type": "auth.user", "id": 999},
        {"type": "auth.user", "id": bob.pk, "kind": "watch"},
    ]
    refused = as_ana.post(BULK, body, format="json")
    assert refused.status_code == 400
    assert sorted(refused.json()) == ["1", "2", "3", "4"]
    hidden, missing = (str(refused.json()[place]) for place in "23")
    assert hidden.replace(str(eve.pk), "999") == missing
    assert not Follow.objects.filter(follower=ana).exists()


def test_lists_that_are_none(ana: Any, bob: Any, as_ana: APIClient, nobody: APIClient) -> None:
    ref = {"type": "auth.user", "id": bob.pk}
    for body in ([], {}, ref, "x", [1], [ref] * 501, [{**ref, "kind": "a\0"}]):
        assert as_ana.post(BULK, body, format="json").status_code == 400, body
    assert nobody.post(BULK, [ref], format="json").status_code == 403
    assert not Follow.objects.exists()


def test_many_cost_as_much_as_few(ana: Any, as_ana: APIClient, make_user: Callable[[str], Any]) -> None:
    people = [make_user(f"user{n}") for n in range(20)]
    counts = []
    for some in (people[:2], people[2:4], people[4:]):
        with CaptureQueriesContext(connection) as queries:
            as_ana.post(BULK, [{"type": "auth.user", "id": user.pk} for user in some], format="json")
        counts.append(len(queries))
    assert counts[1] == counts[2]
    assert Follow.objects.count() == 20
