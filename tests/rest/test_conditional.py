"""ETags and 304, and how much is new."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import follow, publish, retract
from tests.app.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_page_that_did_not_change_is_304_without_sql(ana: Any, bob: Any, as_bob: APIClient) -> None:
    follow(bob, ana)
    publish(actor=ana, verb="wave")
    first = as_bob.get("/feeds/home/")
    assert first["ETag"].startswith('W/"')
    as_bob.get("/feeds/home/")
    with CaptureQueriesContext(connection) as queries:
        again = as_bob.get("/feeds/home/", HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == "private, no-cache"
    assert len(queries) == 0


def test_head_has_the_tag_of_get(ana: Any, as_ana: APIClient) -> None:
    publish(actor=ana, verb="wave")
    tag = as_ana.get("/feeds/outbox/")["ETag"]
    assert as_ana.head("/feeds/outbox/")["ETag"] == tag
    assert as_ana.head("/feeds/outbox/", HTTP_IF_NONE_MATCH=tag).status_code == 304


def test_what_changes_a_page_changes_its_tag(ana: Any, as_ana: APIClient) -> None:
    activity = publish(actor=ana, verb="wave", data={"n": 1})
    tags = [as_ana.get("/feeds/outbox/")["ETag"]]
    url = f"/feeds/activities/{activity.pk}/"
    for change in (
        lambda: as_ana.patch(url, {"data": {"n": 2}}, format="json"),
        lambda: publish(actor=ana, verb="wave"),
        lambda: retract(activity),
    ):
        change()
        answer = as_ana.get("/feeds/outbox/", HTTP_IF_NONE_MATCH=", ".join(tags))
        assert answer.status_code == 200
        tags.append(answer["ETag"])
    assert len(set(tags)) == 4


def test_the_same_page_of_two_readers_is_told_apart(ana: Any, as_ana: APIClient, as_bob: APIClient) -> None:
    publish(actor=ana, verb="wave")
    tag = as_ana.get("/feeds/outbox/")["ETag"]
    assert as_bob.get("/feeds/outbox/", HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_a_form_has_no_tag(as_ana: APIClient) -> None:
    assert "ETag" not in as_ana.get("/feeds/outbox/", HTTP_ACCEPT="text/html")


def test_errors_have_no_tag(as_ana: APIClient) -> None:
    assert "ETag" not in as_ana.get("/feeds/outbox/?limit=x")


# -- how much is new ---------------------------------------------------------------------------------------


def test_how_many_are_new(each_store: str, ana: Any, bob: Any, as_bob: APIClient) -> None:
    follow(bob, ana)
    ids = [publish(actor=ana, verb="wave", data={"n": n}).pk for n in range(5)]
    for url in ("/feeds/home/new/", f"/feeds/outbox/auth.user/{ana.pk}/new/"):
        assert as_bob.get(url, {"since": ids[1]}).json() == {
            "count": 3,
            "more": False,
            "newest": str(ids[-1]),
        }
        assert as_bob.get(url, {"since": ids[-1]}).json() == {"count": 0, "more": False, "newest": None}


def test_counting_ends_at_the_largest_page(ana: Any, as_ana: APIClient, settings: Any) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "MAX_PAGE_SIZE": 2, "PAGE_SIZE": 2}
    ids = [publish(actor=ana, verb="wave").pk for _ in range(4)]
    told = as_ana.get("/feeds/outbox/new/", {"since": ids[0]}).json()
    assert (told["count"], told["more"]) == (2, True)


def test_what_is_gone_is_not_counted(ana: Any, as_ana: APIClient) -> None:
    ids = [publish(actor=ana, verb="wave").pk for _ in range(3)]
    retract(ids[1])
    assert as_ana.get("/feeds/outbox/new/", {"since": ids[0]}).json()["count"] == 1


def test_counting_a_warm_feed_asks_no_sql(ana: Any, as_ana: APIClient) -> None:
    ids = [publish(actor=ana, verb="wave").pk for _ in range(3)]
    as_ana.get("/feeds/outbox/new/", {"since": ids[0]})
    with CaptureQueriesContext(connection) as queries:
        assert as_ana.get("/feeds/outbox/new/", {"since": ids[0]}).json()["count"] == 2
    assert len(queries) == 0


def test_new_is_told_to_who_may_read(bob: Any, as_ana: APIClient, nobody: APIClient) -> None:
    assert as_ana.get(f"/feeds/home/auth.user/{bob.pk}/new/?since=1").status_code == 403
    assert as_ana.get("/feeds/home/auth.user/999/new/?since=1").status_code == 403
    assert nobody.get("/feeds/home/new/?since=1").status_code == 403
    assert nobody.get("/feeds/outbox/auth.user/999/new/?since=1").status_code == 404


@pytest.mark.parametrize("query", ["", "since=", "since=x", "since=-1", "since=" + "9" * 30])
def test_since_is_a_cursor(as_ana: APIClient, query: str) -> None:
    answer = as_ana.get(f"/feeds/outbox/new/?{query}")
    assert answer.status_code == 400
    assert "since" in answer.data["detail"]


def test_an_address_of_new_is_not_an_id(ana: Any, nobody: APIClient) -> None:
    photo = Photo.objects.create(owner=ana)
    assert nobody.get(f"/feeds/object/app.photo/{photo.pk}/new/?since=1").json()["count"] == 1
