"""Every declared feed: who may read it, what is given out, and what becomes of bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import Feed, OutboxFeed, follow, publish
from activitystream.models import Activity
from tests.app.models import Album, Page, Photo


@pytest.fixture
def declare(isolated_feeds: None) -> Callable[..., None]:
    """Declare a feed for one test."""

    def make(name: str, **attributes: Any) -> None:
        type("Declared", (OutboxFeed,), {"name": name, "public": False, **attributes})

    return make


def test_pages_are_the_bodies(ana: Any, bob: Any, as_bob: APIClient) -> None:
    follow(bob, ana)
    photo = Photo.objects.create(owner=ana, caption="<b>Peak</b>")
    activity = Activity.objects.get()
    moment = activity.published.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    person = {
        "type": "Person",
        "model": "auth.user",
        "id": str(ana.pk),
        "name": "ana",
        "url": None,
        "image": None,
        "content": None,
        "deleted": False,
    }
    image = {
        "type": "Image",
        "model": "app.photo",
        "id": str(photo.pk),
        "name": "<b>Peak</b>",
        "url": f"/photos/{photo.pk}/",
        "image": f"/thumbnails/{photo.pk}.jpg",
        "content": None,
        "deleted": False,
    }
    id = str(activity.pk)
    assert as_bob.get("/feeds/home/").json() == {
        "next": None,
        "previous": None,
        "paging": {"cursors": {"before": id, "after": id}},
        "results": [
            {
                "id": id,
                "verb": "post",
                "published": moment,
                "actor": person,
                "object": image,
                "target": None,
                "data": {},
                "visibility": "public",
            }
        ],
    }


def test_an_empty_page(as_ana: APIClient) -> None:
    answer = as_ana.get("/feeds/home/")
    assert answer.json() == {
        "next": None,
        "previous": None,
        "paging": {"cursors": {"before": None, "after": None}},
        "results": [],
    }
    assert "Link" not in answer


def test_outbox_and_object(ana: Any, bob: Any, nobody: APIClient) -> None:
    album = Album.objects.create(owner=ana, title="Alps")
    photo = Photo.objects.create(owner=ana, album=album)
    photo.likes.add(bob)

    def verbs(url: str) -> list[str]:
        return [entry["verb"] for entry in nobody.get(url).data["results"]]

    assert verbs(f"/feeds/outbox/auth.user/{bob.pk}/") == ["like"]
    assert verbs(f"/feeds/outbox/app.photo/{photo.pk}/") == []
    assert verbs(f"/feeds/object/app.photo/{photo.pk}/") == ["like", "post"]
    assert verbs(f"/feeds/object/app.album/{str(album.pk).upper()}/") == ["post"]
    assert verbs(f"/feeds/object/auth.user/{ana.pk}/") == ["post"]


def test_home_is_its_owners_alone(
    ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient, nobody: APIClient
) -> None:
    own = f"/feeds/home/auth.user/{ana.pk}/"
    assert as_ana.get(own).json() == as_ana.get("/feeds/home/").json()
    assert as_bob.get(own).status_code == 403
    assert nobody.get(own).status_code == 403
    assert nobody.get("/feeds/home/").status_code == 403


def test_a_staff_user_is_no_owner(ana: Any, bob: Any, as_bob: APIClient) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    assert as_bob.get(f"/feeds/home/auth.user/{ana.pk}/").status_code == 403


def test_a_row_with_the_users_key_is_not_the_user(ana: Any, as_ana: APIClient) -> None:
    Photo.objects.create(pk=ana.pk, owner=ana)
    assert as_ana.get(f"/feeds/home/app.photo/{ana.pk}/").status_code == 404


def test_private_feeds_do_not_tell_who_there_is(ana: Any, as_bob: APIClient, nobody: APIClient) -> None:
    for client in (as_bob, nobody):
        answers = [client.get(f"/feeds/home/auth.user/{id}/") for id in (ana.pk, 999, "x")]
        assert {(answer.status_code, answer.content) for answer in answers} == {(403, answers[0].content)}


def test_unknown_feed_type_and_id(ana: Any, as_ana: APIClient) -> None:
    for url, told in [
        ("/feeds/nope/", "home, notifications, object, outbox"),
        (f"/feeds/nope/auth.user/{ana.pk}/", "home, notifications, object, outbox"),
        ("/feeds/object/app.unregistered/1/", "app.unregistered"),
        ("/feeds/object/app.photo/1/", "app.photo"),
        (f"/feeds/outbox/app.photo/{2**70}/", str(2**70)),
        ("/feeds/outbox/auth.user/%00/", "auth.user"),
        ("/feeds/outbox/auth.user/1__gt/", "auth.user"),
    ]:
        answer = as_ana.get(url)
        assert answer.status_code == 404
        assert told in answer.data["detail"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=0", "from 1 to 100"),
        ("limit=101", "from 1 to 100"),
        ("limit=-1", "from 1 to 100"),
        ("limit=", "from 1 to 100"),
        ("limit=ten", "from 1 to 100"),
        ("limit=1e1", "from 1 to 100"),
        ("limit=%D9%A1", "from 1 to 100"),
        ("before=", "before must be"),
        ("before=x", "before must be"),
        ("after=-1", "after must be"),
        ("after=1.5", "after must be"),
        (f"after={2**63}", "after must be"),
        ("after=%00", "after must be"),
        ("before=1&after=2", "not both"),
    ],
)
@pytest.mark.parametrize(
    "path", ["home/", "follows/", "object/auth.user/{ana}/", "followers/auth.user/{ana}/"]
)
def test_bad_cursors(ana: Any, as_ana: APIClient, path: str, query: str, told: str) -> None:
    answer = as_ana.get(f"/feeds/{path.format(ana=ana.pk)}?{query}")
    assert answer.status_code == 400
    assert told in answer.data["detail"]


def test_the_bounds_of_limit_are_the_settings(as_ana: APIClient, settings: Any) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "MAX_PAGE_SIZE": 7, "PAGE_SIZE": 5}
    assert as_ana.get("/feeds/home/?limit=7").status_code == 200
    assert "from 1 to 7" in as_ana.get("/feeds/home/?limit=8").data["detail"]


def test_a_feed_of_ones_own_has_its_addresses(
    ana: Any, as_ana: APIClient, as_bob: APIClient, declare: Callable[..., None]
) -> None:
    """Private unless it says otherwise."""
    declare("diary")
    publish(actor=ana, verb="wave")
    url = f"/feeds/diary/auth.user/{ana.pk}/"
    for own in ("/feeds/diary/", url):
        assert [entry["verb"] for entry in as_ana.get(own).data["results"]] == ["wave"]
    assert as_bob.get(url).status_code == 403
    assert as_ana.get("/feeds/").data["diary"].endswith("/feeds/diary/")


def test_a_feed_says_who_may_read_it(
    ana: Any, as_bob: APIClient, nobody: APIClient, declare: Callable[..., None]
) -> None:
    declare("club", may_read=lambda self, user: getattr(user, "username", "") == "bob")
    declare("board", public=True)
    assert as_bob.get(f"/feeds/club/auth.user/{ana.pk}/").status_code == 200
    assert nobody.get(f"/feeds/club/auth.user/{ana.pk}/").status_code == 403
    assert nobody.get(f"/feeds/board/auth.user/{ana.pk}/").status_code == 200
    assert nobody.get("/feeds/board/").status_code == 403


def test_a_feed_is_private_by_default(ana: Any) -> None:
    assert not Feed.public


def test_kept_activities_of_a_deleted_page(ana: Any, nobody: APIClient) -> None:
    Page.objects.create(slug="gone", author=ana).delete()
    [entry] = nobody.get(f"/feeds/outbox/auth.user/{ana.pk}/").data["results"]
    assert (entry["object"]["name"], entry["object"]["deleted"]) == ("Page gone", True)
    assert nobody.get("/feeds/object/app.page/gone/").status_code == 404


def test_what_a_declaration_breaks_does_not_break_the_page(
    ana: Any, nobody: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    Photo.objects.create(owner=ana, caption="Peak")
    monkeypatch.setattr(Photo, "thumbnail_url", lambda self: 1 / 0)
    [entry] = nobody.get(f"/feeds/outbox/auth.user/{ana.pk}/").data["results"]
    assert (entry["object"]["name"], entry["object"]["image"]) == ("Peak", None)


def test_bodies_are_json_for_any_text(ana: Any, nobody: APIClient) -> None:
    Photo.objects.create(owner=ana, caption='"</script>\u2028\\😀')
    text = nobody.get(f"/feeds/outbox/auth.user/{ana.pk}/").content
    assert json.loads(text)["results"][0]["object"]["name"] == '"</script>\u2028\\😀'
