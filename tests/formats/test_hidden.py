"""What somebody may not see is in no format: not on pages, not in numbers, not by its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import follow, publish
from tests.app.models import Photo

FORMATS = ["as2", "jsonld", "as1", "rss", "atom"]


@pytest.mark.parametrize("format", FORMATS)
def test_an_activity_for_followers(
    ana: Any, bob: Any, nobody: APIClient, as_bob: APIClient, as_ana: APIClient, format: str
) -> None:
    hidden = publish(actor=ana, verb="whisper", visibility="followers")
    publish(actor=ana, verb="shout")
    page, one = f"/feeds/outbox/auth.user/{ana.pk}/?page=true&", f"/feeds/activities/{hidden.pk}/?"

    def sees(client: APIClient) -> set[bool]:
        answers = [client.get(f"{page}format={format}")]
        assert b"shout" in answers[0].content
        if format not in ("rss", "atom"):
            answers.append(client.get(f"{one}format={format}"))
        return {b"whisper" in answer.content for answer in answers}

    assert (sees(nobody), sees(as_bob), sees(as_ana)) == ({False}, {False}, {True})
    follow(bob, ana)
    assert sees(as_bob) == {True}


def test_numbers_are_of_what_one_may_see(ana: Any, nobody: APIClient, as_ana: APIClient) -> None:
    publish(actor=ana, verb="like", visibility="self")
    publish(actor=ana, verb="like")
    url = f"/feeds/outbox/auth.user/{ana.pk}/"
    told = [client.get(url, {"format": "as2"}).json()["totalItems"] for client in (nobody, as_ana)]
    assert told == [1, 2]
    assert nobody.get(url, {"format": "as1"}).json()["totalItems"] == 1


@pytest.mark.parametrize(
    ("visibility", "to"),
    [("public", "https://www.w3.org/ns/activitystreams#Public"), ("followers", "followers"), ("self", None)],
)
def test_documents_say_whom_they_are_for(
    ana: Any, as_ana: APIClient, visibility: str, to: str | None
) -> None:
    activity = publish(actor=ana, verb="like", visibility=visibility)
    document = as_ana.get(f"/feeds/activities/{activity.pk}/", {"format": "as2"}).json()
    if to == "followers":
        to = f"http://testserver/feeds/followers/auth.user/{ana.pk}/"
    assert document.get("to") == to


def test_who_is_named_is_not_told(ana: Any, bob: Any, as_bob: APIClient) -> None:
    activity = publish(actor=ana, verb="like", visibility="named", to=[bob])
    assert "to" not in as_bob.get(f"/feeds/activities/{activity.pk}/", {"format": "as2"}).json()


@pytest.mark.usefixtures("private_rows")
def test_what_belongs_to_a_private_account_is_for_its_followers(
    ana: Any, bob: Any, nobody: APIClient, client_of: Callable[[Any], APIClient]
) -> None:
    [photo] = Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])
    follow(bob, ana)
    ana.last_name = "private"
    ana.save()
    url, account = f"/feeds/cards/app.photo/{photo.pk}/", f"/feeds/cards/auth.user/{ana.pk}/"
    for address in (url, f"{url}?format=as2"):
        told = [client.get(address).status_code for client in (nobody, client_of(bob), client_of(ana))]
        assert told == [404, 200, 200]
    assert nobody.get(account).status_code == 200


def test_whom_one_blocks_finds_nothing(ana: Any, bob: Any, as_bob: APIClient) -> None:
    from activitystream import block

    block(ana, bob)
    assert as_bob.get(f"/feeds/cards/auth.user/{ana.pk}/", {"format": "as2"}).status_code == 404
