"""Requests: who asks, who answers, and what third parties get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import accept, block, follow, is_following
from activitystream.models import Follow, FollowRequest
from tests.app.models import Album

from .helpers import walk

URL = "/feeds/requests/"
JSON: Any = {"format": "json"}


@pytest.fixture
def cleo(make_user: Callable[[str], Any], private_rows: None) -> Any:
    """Her account is private."""
    cleo = make_user("cleo")
    cleo.last_name = "private"
    cleo.save()
    return cleo


@pytest.fixture
def as_cleo(cleo: Any, client_of: Callable[[Any], APIClient]) -> APIClient:
    return client_of(cleo)


def asked(user: Any, obj: Any) -> FollowRequest:
    request = follow(user, obj)
    assert isinstance(request, FollowRequest)
    return request


def test_from_asking_to_following(ana: Any, cleo: Any, as_ana: APIClient, as_cleo: APIClient) -> None:
    ref, one = {"type": "auth.user", "id": cleo.pk}, f"/feeds/follows/auth.user/{cleo.pk}/"
    made = as_ana.post("/feeds/follows/", ref, **JSON)
    assert (made.status_code, made.data["requested"], made.data["followee"]["name"]) == (202, True, "cleo")
    assert as_ana.post("/feeds/follows/", ref, **JSON).status_code == 200
    assert (as_ana.get(one).data["following"], as_ana.get(one).data["requested"]) == (False, True)
    [item] = as_cleo.get(URL).data["results"]
    assert (item["id"], item["follower"]["name"], item["followee"]["name"]) == (
        made.data["id"],
        "ana",
        "cleo",
    )
    assert as_cleo.get(f"{URL}{item['id']}/").data == item
    answer = as_cleo.post(f"{URL}{item['id']}/accept/")
    assert (answer.status_code, answer.data["requested"], answer.data["follower"]["name"]) == (
        201,
        False,
        "ana",
    )
    assert (as_ana.get(one).data["following"], as_ana.get(one).data["requested"]) == (True, False)
    assert as_cleo.get(URL).data["results"] == []
    assert as_cleo.post(f"{URL}{item['id']}/accept/").status_code == 404
    assert as_ana.post("/feeds/follows/", ref, **JSON).status_code == 200


def test_mine_are_outgoing(ana: Any, cleo: Any, as_ana: APIClient, as_cleo: APIClient) -> None:
    request = asked(ana, cleo)
    assert as_ana.get(URL).data["results"] == []
    assert [item["id"] for item in as_ana.get(f"{URL}?direction=outgoing").data["results"]] == [
        str(request.pk)
    ]
    assert as_cleo.get(f"{URL}?direction=outgoing").data["results"] == []
    answer = as_ana.get(f"{URL}?direction=all")
    assert (answer.status_code, "incoming or outgoing" in answer.data["detail"]) == (400, True)


def test_reject(ana: Any, cleo: Any, as_cleo: APIClient, as_ana: APIClient) -> None:
    request = asked(ana, cleo)
    assert as_cleo.delete(f"{URL}{request.pk}/").status_code == 204
    assert as_cleo.delete(f"{URL}{request.pk}/").status_code == 404
    assert not FollowRequest.objects.exists()
    assert not is_following(ana, cleo)


def test_withdraw(ana: Any, cleo: Any, as_ana: APIClient) -> None:
    request = asked(ana, cleo)
    assert as_ana.delete(f"{URL}{request.pk}/").status_code == 204
    asked(ana, cleo)
    assert as_ana.delete(f"/feeds/follows/auth.user/{cleo.pk}/").status_code == 204
    assert not FollowRequest.objects.exists()


def test_others_have_no_part_in_it(
    ana: Any, cleo: Any, as_ana: APIClient, as_bob: APIClient, nobody: APIClient
) -> None:
    one = f"{URL}{asked(ana, cleo).pk}/"
    for client, status in [(as_bob, 404), (nobody, 403)]:
        assert client.get(one).status_code == status
        assert client.delete(one).status_code == status
        assert client.post(f"{one}accept/").status_code == status
    assert as_ana.post(f"{one}accept/").status_code == 404  # one does not let oneself in
    assert as_bob.get(URL).data["results"] == as_bob.get(f"{URL}?direction=outgoing").data["results"] == []
    assert nobody.get(URL).status_code == 403
    assert FollowRequest.objects.count() == 1
    assert not Follow.objects.exists()


def test_who_gave_it_away_answers_no_more(
    ana: Any, bob: Any, as_bob: APIClient, make_user: Callable[[str], Any], private_rows: None
) -> None:
    album = Album.objects.create(title="private", owner=bob)
    one = f"{URL}{asked(ana, album).pk}/"
    assert as_bob.get(URL).data["results"][0]["followee"]["name"] == "private"
    album.owner = make_user("eve")
    album.save()
    assert as_bob.post(f"{one}accept/").status_code == 404
    assert not Follow.objects.exists()


@pytest.mark.parametrize("id", ["0", str(2**63), str(2**70), "x", "-1"])
def test_ids_that_are_none(as_ana: APIClient, id: str) -> None:
    assert as_ana.get(f"{URL}{id}/").status_code == 404
    assert as_ana.post(f"{URL}{id}/accept/").status_code == 404


def test_pages(cleo: Any, as_cleo: APIClient, make_user: Callable[[str], Any]) -> None:
    ids = [str(asked(make_user(f"user{n}"), cleo).pk) for n in range(5)][::-1]
    assert walk(as_cleo, f"{URL}?limit=2", "next").items == ids
    counts = []
    for limit in (1, 1, 5):
        with CaptureQueriesContext(connection) as queries:
            as_cleo.get(URL, {"limit": limit})
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 4


def test_lists_of_a_private_account_are_for_its_followers(
    ana: Any, bob: Any, cleo: Any, as_ana: APIClient, as_bob: APIClient, as_cleo: APIClient, nobody: APIClient
) -> None:
    accept(asked(ana, cleo))
    follow(cleo, bob)
    for url in (f"/feeds/followers/auth.user/{cleo.pk}/", f"/feeds/following/auth.user/{cleo.pk}/"):
        for client, status in [(as_ana, 200), (as_cleo, 200), (as_bob, 403), (nobody, 403)]:
            assert client.get(url).status_code == status, url
    assert as_bob.get(f"/feeds/follows/auth.user/{cleo.pk}/").data["followers"] == 1


def test_a_block_ends_it(ana: Any, cleo: Any, as_ana: APIClient, as_cleo: APIClient) -> None:
    one = f"{URL}{asked(ana, cleo).pk}/"
    block(cleo, ana)
    assert as_cleo.post(f"{one}accept/").status_code == as_ana.get(one).status_code == 404


def test_what_belongs_to_a_private_account_is_for_its_followers(
    ana: Any, bob: Any, cleo: Any, as_ana: APIClient, as_bob: APIClient, as_cleo: APIClient
) -> None:
    album = Album.objects.create(title="Alps", owner=cleo)
    ref, one = {"type": "app.album", "id": str(album.pk)}, f"app.album/{album.pk}/"
    accept(asked(ana, cleo))
    for base in ("follows", "followers", "cards", "mutes", "object"):
        url = f"/feeds/{base}/{one}"
        statuses = [client.get(url).status_code for client in (as_ana, as_cleo, as_bob)]
        assert statuses == [200, 200, 404], base
    for url, body in [("/feeds/follows/", ref), ("/feeds/follows/bulk/", [ref])]:
        assert as_bob.post(url, body, **JSON).status_code == 404
        assert as_ana.post(url, body, **JSON).status_code in (200, 201)
    assert not is_following(bob, album)
