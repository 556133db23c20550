"""Whom an activity is for, through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import publish
from activitystream.models import Addressee


@pytest.mark.parametrize(
    ("sent", "visibility"),
    [({}, "public"), ({"visibility": "followers"}, "followers"), ({"visibility": None}, "public")],
)
def test_the_client_says_who_may_see_it(as_ana: APIClient, sent: dict[str, Any], visibility: str) -> None:
    answer = as_ana.post("/feeds/activities/", {"verb": "wave", **sent}, format="json")
    assert (answer.status_code, answer.data["visibility"]) == (201, visibility)


def test_named_people_see_it_and_others_do_not(
    as_ana: APIClient, bob: Any, make_user: Callable[[str], Any], client_of: Callable[[Any], APIClient]
) -> None:
    cleo = make_user("cleo")
    body = {"verb": "wave", "to": [{"type": "auth.user", "id": str(bob.pk)}]}
    answer = as_ana.post("/feeds/activities/", body, format="json")
    assert answer.data["visibility"] == "named"
    url = f"/feeds/activities/{answer.data['id']}/"
    assert [client_of(user).get(url).status_code for user in (bob, cleo)] == [200, 404]
    assert "to" not in client_of(bob).get(url).data


def test_it_can_be_changed_by_its_actor_alone(
    as_ana: APIClient, as_bob: APIClient, ana: Any, bob: Any
) -> None:
    url = f"/feeds/activities/{publish(actor=ana, verb='wave', data={'a': 1}).pk}/"
    assert as_bob.patch(url, {"visibility": "self"}, format="json").status_code == 403
    told = as_ana.patch(url, {"visibility": "self"}, format="json").data
    assert (told["visibility"], told["data"]) == ("self", {"a": 1})
    assert as_bob.get(url).status_code == 404
    as_ana.patch(url, {"to": [{"type": "auth.user", "id": str(bob.pk)}]}, format="json")
    assert as_bob.get(url).data["visibility"] == "named"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"visibility": "secret"}, 400),
        ({"visibility": "public", "to": [{"type": "auth.user", "id": "{bob}"}]}, 400),
        ({"to": [{"type": "auth.user", "id": "99999"}]}, 404),
        ({"to": "bob"}, 400),
    ],
)
def test_what_cannot_be_is_refused(
    as_ana: APIClient, ana: Any, bob: Any, sent: dict[str, Any], status: int
) -> None:
    for ref in sent.get("to", []) if isinstance(sent.get("to"), list) else []:
        ref["id"] = ref["id"].format(bob=bob.pk)
    assert as_ana.post("/feeds/activities/", {"verb": "wave", **sent}, format="json").status_code == status
    url = f"/feeds/activities/{publish(actor=ana, verb='wave').pk}/"
    assert as_ana.patch(url, sent, format="json").status_code == status
    assert as_ana.get(url).data["visibility"] == "public"
    assert not Addressee.objects.exists()


def test_named_people_stay_until_others_are_named(ana: Any, bob: Any, as_ana: APIClient) -> None:
    made = publish(actor=ana, verb="wave", visibility="named", to=[bob])
    url = f"/feeds/activities/{made.pk}/"
    assert as_ana.patch(url, {"visibility": "named"}, format="json").status_code == 200
    assert [row.user_id for row in Addressee.objects.all()] == [bob.pk]
    as_ana.patch(url, {"visibility": "public"}, format="json")
    answer = as_ana.patch(url, {"visibility": "named"}, format="json")
    assert (answer.status_code, list(answer.data)) == (400, ["to"])
