"""Blocks and mutes, and what who is blocked gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import block, follow, is_blocked, is_following, is_muted, mute, unblock
from activitystream.models import Block, Follow, Mute
from tests.app.models import Album, Photo
from tests.fixtures import Register

from .helpers import walk

BLOCKS, MUTES = "/feeds/blocks/", "/feeds/mutes/"
JSON: Any = {"format": "json"}


def ref(row: Any) -> dict[str, str]:
    return {"type": row._meta.label_lower, "id": str(row.pk)}


def address(base: str, row: Any) -> str:
    return f"{base}{row._meta.label_lower}/{row.pk}/"


def test_block_and_unblock(ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient) -> None:
    follow(bob, ana)
    made = as_ana.post(BLOCKS, ref(bob), **JSON)
    assert (made.status_code, made.data["blocked"]["name"]) == (201, "bob")
    again = as_ana.post(BLOCKS, ref(bob), **JSON)
    assert (again.status_code, again.data) == (200, made.data)
    assert as_ana.get(BLOCKS).data["results"] == [made.data]
    assert as_ana.get(address(BLOCKS, bob)).data["blocking"] is True
    assert not is_following(bob, ana)
    for _ in range(2):
        assert as_ana.delete(address(BLOCKS, bob)).status_code == 204
    assert as_ana.get(address(BLOCKS, bob)).data["blocking"] is False
    assert not is_blocked(ana, bob)


def test_who_is_blocked_is_not_told(ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient) -> None:
    album = Album.objects.create(title="Alps", owner=ana)
    missing = as_bob.post("/feeds/follows/", {"type": "auth.user", "id": "999"}, **JSON)
    block(ana, bob)
    assert as_bob.get(BLOCKS).data["results"] == []
    assert as_bob.get(address(BLOCKS, ana)).data["blocking"] is False
    assert as_bob.delete(address(BLOCKS, ana)).status_code == 204
    assert is_blocked(ana, bob)  # it is not Bob's to end
    refused = as_bob.post("/feeds/follows/", ref(ana), **JSON)
    assert (refused.status_code, refused.json()) == (
        404,
        {"detail": missing.json()["detail"].replace("999", str(ana.pk))},
    )
    for row in (ana, album):
        for base in ("follows", "followers", "cards", "mutes"):
            assert as_bob.get(address(f"/feeds/{base}/", row)).status_code == 404, base
    for base in ("following", "outbox", "object"):
        assert as_bob.get(address(f"/feeds/{base}/", ana)).status_code == 404
    assert as_bob.post(MUTES, ref(ana), **JSON).status_code == 404
    told = as_ana.post("/feeds/follows/", ref(bob), **JSON)
    assert (told.status_code, told.data["detail"]) == (400, "unblock this person first")
    assert not Follow.objects.exists()


def test_who_is_blocked_may_block(ana: Any, bob: Any, as_bob: APIClient) -> None:
    block(ana, bob)
    assert as_bob.post(BLOCKS, ref(ana), **JSON).status_code == 201
    assert Block.objects.count() == 2


def bare(user: Any) -> dict[str, Any]:
    """A card that names a user, and says nothing of them."""
    nothing = {"url": None, "image": None, "content": None, "deleted": False}
    return {"type": "Person", "model": "auth.user", "id": str(user.pk), "name": "", **nothing}


def test_of_who_blocks_me_i_am_told_type_and_id(ana: Any, bob: Any, as_bob: APIClient) -> None:
    block(ana, bob)
    assert as_bob.get(address(BLOCKS, ana)).data == {"blocking": False, "blocked": bare(ana)}
    made = as_bob.post(BLOCKS, ref(ana), **JSON)
    assert (made.status_code, made.data["blocked"]) == (201, bare(ana))
    again = as_bob.post(BLOCKS, ref(ana), **JSON)
    assert (again.status_code, again.data) == (200, made.data)
    assert as_bob.get(BLOCKS).data["results"] == [made.data]
    assert as_bob.get(address(BLOCKS, ana)).data == {"blocking": True, "blocked": bare(ana)}
    unblock(ana, bob)
    assert as_bob.get(BLOCKS).data["results"][0]["blocked"]["name"] == "ana"
    block(ana, bob)
    assert as_bob.delete(address(BLOCKS, ana)).status_code == 204
    assert not is_blocked(bob, ana)


def test_who_is_hidden_can_be_unblocked(
    ana: Any, bob: Any, make_user: Callable[[str], Any], as_ana: APIClient, registering: Register
) -> None:
    users = type(ana).objects
    registering(
        type(ana), name="username", type="Person", get_queryset=lambda self: users.exclude(username="bob")
    )
    url = address(BLOCKS, bob)
    assert as_ana.get(url).status_code == 404
    assert as_ana.post(BLOCKS, ref(bob), **JSON).status_code == 404
    block(ana, make_user("eve"))
    block(ana, bob)
    cards = [item["blocked"] for item in as_ana.get(BLOCKS).data["results"]]
    assert [card["name"] for card in cards] == ["", "eve"]
    assert cards[0] == bare(bob)
    assert as_ana.get(url).data == {"blocking": True, "blocked": bare(bob)}
    assert as_ana.post(BLOCKS, ref(bob), **JSON).status_code == 200
    assert as_ana.delete(url).status_code == 204
    assert as_ana.get(url).status_code == 404


def test_neither_is_in_lists_and_counts_that_the_other_reads(
    ana: Any,
    bob: Any,
    make_user: Callable[[str], Any],
    as_ana: APIClient,
    as_bob: APIClient,
    nobody: APIClient,
) -> None:
    eve = make_user("eve")
    album = Album.objects.create(title="Alps", owner=bob)
    for follower, followee in [(ana, eve), (bob, eve), (eve, ana), (eve, bob), (eve, album)]:
        follow(follower, followee)
    block(ana, bob)
    fans, hers, one = (address(f"/feeds/{base}/", eve) for base in ("followers", "following", "follows"))

    def names(client: APIClient, url: str, side: str) -> list[str]:
        return [item[side]["name"] for item in client.get(url).data["results"]]

    assert names(as_ana, fans, "follower") == ["ana"]
    assert names(as_bob, fans, "follower") == ["bob"]
    assert names(nobody, fans, "follower") == ["bob", "ana"]
    assert names(as_ana, hers, "followee") == ["ana"]
    assert names(as_bob, hers, "followee") == ["Alps", "bob"]
    assert [client.get(one).data["followers"] for client in (as_ana, as_bob, nobody)] == [1, 1, 2]


def test_what_cannot_be_blocked(ana: Any, bob: Any, as_ana: APIClient) -> None:
    photo = Photo.objects.create(owner=bob)
    for body, status in [
        (ref(ana), 400),
        (ref(photo), 400),
        ({"type": "auth.user", "id": "999"}, 404),
        ({"type": "auth.user"}, 400),
        ([ref(bob)], 400),
        ({"type": "auth.user", "id": {"a": 1}}, 400),
        ({"type": "app.unregistered", "id": "1"}, 400),
    ]:
        assert as_ana.post(BLOCKS, body, **JSON).status_code == status, body
    assert not Block.objects.exists()
    answers = [as_ana.get(address(BLOCKS, photo)), as_ana.delete(address(BLOCKS, photo))]
    assert [(answer.status_code, answer.data["detail"]) for answer in answers] == [
        (400, "only users can be blocked")
    ] * 2


def test_mute_and_unmute(ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient) -> None:
    photo = Photo.objects.create(owner=bob, caption="Peak")
    made = as_ana.post(MUTES, ref(photo), **JSON)
    assert (made.status_code, made.data["muted"]["name"]) == (201, "Peak")
    assert as_ana.post(MUTES, ref(photo), **JSON).status_code == 200
    assert as_ana.get(MUTES).data["results"] == [made.data]
    assert as_bob.get(MUTES).data["results"] == []
    assert as_ana.get(address(MUTES, photo)).data["muting"] is True
    assert as_bob.get(address(MUTES, photo)).data["muting"] is False
    assert as_bob.delete(address(MUTES, photo)).status_code == 204
    assert is_muted(ana, photo)
    for _ in range(2):
        assert as_ana.delete(address(MUTES, photo)).status_code == 204
    assert not is_muted(ana, photo)
    assert as_ana.post(MUTES, ref(ana), **JSON).status_code == 400


@pytest.mark.parametrize("base", [BLOCKS, MUTES])
def test_one_must_be_signed_in(ana: Any, nobody: APIClient, base: str) -> None:
    assert nobody.get(base).status_code == 403
    assert nobody.post(base, ref(ana), **JSON).status_code == 403
    assert nobody.get(address(base, ana)).status_code == 403
    assert nobody.delete(address(base, ana)).status_code == 403


@pytest.mark.parametrize("base", [BLOCKS, MUTES])
def test_lists_are_paged(ana: Any, as_ana: APIClient, make_user: Callable[[str], Any], base: str) -> None:
    mark: Any = block if base == BLOCKS else mute
    ids = [str(mark(ana, make_user(f"user{n}")).pk) for n in range(5)][::-1]
    assert walk(as_ana, f"{base}?limit=2", "next").items == ids


def test_what_is_hidden_is_not_in_the_lists(ana: Any, bob: Any, as_ana: APIClient) -> None:
    mute(ana, Photo.objects.create(owner=bob, hidden=True))
    assert as_ana.get(MUTES).data["results"] == []
    assert Mute.objects.exists()
