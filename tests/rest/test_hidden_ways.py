"""What an attacker with a second account found, each once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import OutboxFeed, follow, graph, publish
from activitystream.models import Activity, Follow, Ref
from tests.app.models import Album, Page, Photo
from tests.fixtures import Register

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeping(override_registration: Register) -> None:
    """Photos are kept by name when they are deleted, and may be hidden."""
    override_registration(Photo, on_delete="keep")


def names(actor: Any) -> list[str]:
    return [entry.object.name for entry in OutboxFeed(actor).page() if entry.object]


def test_what_was_hidden_does_not_come_back_when_it_is_deleted(ana: Any, keeping: None) -> None:
    hidden = Photo.objects.create(owner=ana, caption="secret", hidden=True)
    shown = Photo.objects.create(owner=ana, caption="fine")
    assert names(ana) == ["fine"]
    hidden.delete()
    shown.delete()
    assert names(ana) == ["fine"]


def test_pages_behind_hidden_ones_cost_few_queries(ana: Any, as_bob: APIClient, settings: Any) -> None:
    settings.ACTIVITYSTREAM = {"STREAMS": None}
    photo = Photo.objects.create(owner=ana, caption="busy")
    for _ in range(150):
        publish(actor=ana, verb="see", object=photo)
    for _ in range(10):
        publish(actor=ana, verb="wave")
    Photo.objects.filter(pk=photo.pk).update(hidden=True)
    with CaptureQueriesContext(connection) as queries:
        assert len(as_bob.get(f"/feeds/outbox/auth.user/{ana.pk}/?limit=11").data["results"]) == 10
    assert len(queries) < 60


@pytest.mark.parametrize("charset", ["bz2", "punycode", "utf-16", "no-such"])
def test_a_body_is_utf_8(as_bob: APIClient, ana: Any, charset: str) -> None:
    body = json.dumps({"type": "auth.user", "id": str(ana.pk)}).encode()
    kind = f"application/json; charset={charset}"
    assert as_bob.post("/feeds/follows/", body, content_type=kind).status_code == 415
    kind = 'application/json; charset="UTF-8"'
    assert as_bob.post("/feeds/follows/", body, content_type=kind).status_code == 201


def test_private_kinds_are_not_told_to_the_followee(ana: Any, bob: Any, as_ana: APIClient) -> None:
    follow(bob, ana, kind="block")
    assert as_ana.get(f"/feeds/followers/auth.user/{ana.pk}/?kind=block").status_code == 403
    assert as_ana.get(f"/feeds/follows/auth.user/{ana.pk}/?kind=block").data["followers"] is None


def test_followees_that_keep_their_followers_to_themselves(
    ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient, settings: Any, override_registration: Register
) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "FOLLOW_VERB": "follow"}
    override_registration(Album, public_kinds=())
    album = Album.objects.create(owner=ana, title="support group")
    follow(bob, album)
    follow(bob, ana)
    url = f"/feeds/following/auth.user/{bob.pk}/"
    assert [item["followee"]["name"] for item in as_ana.get(url).data["results"]] == ["ana"]
    assert len(as_bob.get(url).data["results"]) == 2
    assert [row.ref("object").model for row in Activity.objects.filter(verb="follow")] == ["auth.user"]


def test_rows_that_cannot_be_followed_are_not_read_this_way(
    ana: Any, as_bob: APIClient, override_registration: Register
) -> None:
    page = Page.objects.create(slug="note", author=ana)
    url = f"/feeds/follows/app.page/{page.pk}/"
    assert as_bob.get(url).status_code == 200
    override_registration(Page, followable=False)
    assert as_bob.get(url).status_code == 404


def test_cards_are_in_the_language_of_the_site(ana: Any, override_registration: Register) -> None:
    from django.utils import translation

    override_registration(type(ana), name=lambda self, obj: translation.get_language())
    with translation.override("de"):
        publish(actor=ana, verb="wave")
        assert [entry.actor.name for entry in OutboxFeed(ana).page()] == ["en"]


def test_half_a_surrogate_pair_names_nothing(as_bob: APIClient) -> None:
    from activitystream.registry.lookup import to_key

    assert to_key(Page, "\ud800") is None


# -- private accounts: what belongs to them ---------------------------------------------------------------


@pytest.fixture
def secret(ana: Any, registering: Any) -> Album:
    """An album of Ana, whose account is private."""
    registering(type(ana), name="username", private="is_staff")
    type(ana).objects.filter(pk=ana.pk).update(is_staff=True)
    return Album.objects.create(owner=ana, title="SECRET")


def test_what_belongs_to_a_private_account_is_on_nobodys_lists(
    secret: Album, ana: Any, bob: Any, make_user: Any, as_bob: APIClient, nobody: APIClient
) -> None:
    carol = make_user("carol")
    for person in (carol, bob):
        Follow.objects.create(
            follower=person, followee_type=Ref.of(secret).content_type, followee_id=str(secret.pk)
        )
    graph.mute(bob, secret)
    for client in (nobody, as_bob):
        assert "SECRET" not in client.get(f"/feeds/following/auth.user/{carol.pk}/").content.decode()
    for address in ("follows/", "mutes/"):
        assert "SECRET" not in as_bob.get(f"/feeds/{address}").content.decode()
    for address in ("follows", "mutes"):  # and yet it can be undone
        assert as_bob.delete(f"/feeds/{address}/app.album/{secret.pk}/").status_code == 204
    assert not Follow.objects.filter(follower=bob).exists()
    assert not graph.is_muted(bob, secret)


def test_the_mute_form_takes_what_may_be_seen_alone(secret: Album, bob: Any, client: Any) -> None:
    client.force_login(bob)
    form = {"type": "app.album", "id": str(secret.pk)}
    assert client.post("/feeds/mute/", form).status_code == 404
    assert not graph.is_muted(bob, secret)


@pytest.mark.parametrize("address", ["blocks/", "activities/"])
def test_errors_do_not_name_rows(secret: Album, address: str, as_bob: APIClient) -> None:
    row = {"type": "app.album", "id": str(secret.pk)}
    body = row if address == "blocks/" else {"verb": "wave", "to": [row]}
    answer = as_bob.post(f"/feeds/{address}", body, format="json")
    assert answer.status_code == 400
    assert "SECRET" not in answer.content.decode()


@pytest.mark.parametrize("visibility", ["named", "self"])
def test_to_take_the_last_addressee_away_shows_it_to_nobody_else(
    visibility: str, ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient
) -> None:
    made = publish(actor=ana, verb="wave", visibility=visibility, to=[bob] if visibility == "named" else [])
    answer = as_ana.patch(f"/feeds/activities/{made.pk}/", {"to": []}, format="json")
    assert answer.data["visibility"] == "named"
    assert as_bob.get(f"/feeds/activities/{made.pk}/").status_code == 404


# -- what may not be seen is as if it were not there ------------------------------------------------------


def _one_of_a_blocker(ana: Any, bob: Any) -> Any:
    graph.block(ana, bob)
    return ana


def _thing_of_a_blocker(ana: Any, bob: Any) -> Any:
    graph.block(ana, bob)
    return Album.objects.create(owner=ana, title="SECRET")


def _thing_of_a_private_account(ana: Any, bob: Any) -> Any:
    type(ana).objects.filter(pk=ana.pk).update(is_staff=True)
    return Album.objects.create(owner=ana, title="SECRET")


HIDDEN = [_one_of_a_blocker, _thing_of_a_blocker, _thing_of_a_private_account]
ADDRESSES = ["outbox", "object", "follows", "mutes", "followers", "following", "cards"]


def _asked(client: APIClient, mine: Activity, ref: dict[str, str]) -> dict[str, Any]:
    """The answer of everything that takes a row, asked about this one."""
    answers: dict[str, Any] = {}
    for name in ADDRESSES:
        for method in ("get", "delete") if name in ("follows", "mutes") else ("get",):
            url = f"/feeds/{name}/{ref['type']}/{ref['id']}/"
            answers[f"{method} {name}"] = getattr(client, method)(url)
    for name, body in {
        "follows/": ref,
        "follows/bulk/": [ref],
        "mutes/": ref,
        "activities/": {"verb": "say", "object": ref},
        "activities/ ": {"verb": "say", "target": ref},
        "activities/  ": {"verb": "say", "to": [ref]},
        "activities/   ": [{"verb": "say"}, {"verb": "say", "object": ref}],
    }.items():
        answers[f"post {name}"] = client.post(f"/feeds/{name.strip()}", body, format="json")
    answers["patch"] = client.patch(f"/feeds/activities/{mine.pk}/", {"to": [ref]}, format="json")
    return {
        name: (answer.status_code, answer.content.decode().replace(f"'{ref['id']}'", "ID"))
        for name, answer in answers.items()
    }


@pytest.mark.parametrize("hide", HIDDEN)
@pytest.mark.parametrize("zeros", ["", "0"], ids=["as it is", "written otherwise"])
@pytest.mark.parametrize("followable", [True, False])
def test_what_may_not_be_seen_is_as_if_it_were_not_there(
    hide: Any, zeros: str, followable: bool, ana: Any, bob: Any, as_bob: APIClient, registering: Any
) -> None:
    registering(type(ana), name="username", private="is_staff", followable=followable)
    registering(Album, actor="owner", followable=followable)
    mine, row = publish(actor=bob, verb="say"), hide(ana, bob)
    there = _asked(as_bob, mine, {"type": row._meta.label_lower, "id": f"{zeros}{row.pk}"})
    missing = _asked(as_bob, mine, {"type": row._meta.label_lower, "id": f"{zeros}987654321"})
    assert there == missing
    assert {status for status, _ in there.values()} <= {400, 404}
