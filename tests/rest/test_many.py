"""Many activities at once, and edits."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import publish
from activitystream.models import Activity
from tests.app.models import Photo

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/feeds/activities/"


def post(client: APIClient, body: Any) -> Any:
    return client.post(URL, body, format="json")


def photos(owner: Any, number: int) -> list[Photo]:
    """Made without a signal: nothing is published."""
    return Photo.objects.bulk_create([Photo(caption=str(n), owner=owner) for n in range(number)])


def test_many_are_answered_in_their_order(ana: Any, as_ana: APIClient, nobody: APIClient) -> None:
    some = photos(ana, 3)
    body = [{"verb": "share", "object": {"type": "app.photo", "id": photo.pk}} for photo in some]
    answer = post(as_ana, [*body, {"verb": "wave"}])
    assert answer.status_code == 201
    assert [item["object"] and item["object"]["name"] for item in answer.data] == ["0", "1", "2", None]
    assert nobody.get(f"/feeds/outbox/auth.user/{ana.pk}/").json()["results"] == answer.json()[::-1]


def test_many_cost_as_many_queries_as_few(ana: Any, as_ana: APIClient) -> None:
    counts = []
    for number in (2, 2, 50):  # the first fills caches of Django's
        some = photos(ana, number)
        body = [{"verb": "share", "object": {"type": "app.photo", "id": photo.pk}} for photo in some]
        with CaptureQueriesContext(connection) as queries:
            assert post(as_ana, body).status_code == 201
        counts.append(len(queries))
    assert counts[1] == counts[2]
    inserts = [query for query in queries if "INSERT" in query["sql"] and "_activity" in query["sql"]]
    assert len(inserts) == 1


def test_all_or_nothing_with_the_errors_of_each(ana: Any, bob: Any, as_ana: APIClient) -> None:
    [own], [others] = photos(ana, 1), photos(bob, 1)
    right = {"verb": "share", "object": {"type": "app.photo", "id": own.pk}}
    answer = post(as_ana, [right, {"verb": ""}])
    assert answer.status_code == 400
    assert {place: set(told) for place, told in answer.json().items()} == {"1": {"verb"}}
    answer = post(as_ana, [right, {"verb": "share", "object": {"type": "app.photo", "id": others.pk}}])
    assert answer.status_code == 403
    assert {place: set(told) for place, told in answer.json().items()} == {"1": {"detail"}}
    answer = post(as_ana, [{"verb": "share", "target": {"type": "app.photo", "id": "999"}}, right])
    assert answer.status_code == 404
    assert "there is no app.photo" in answer.json()["0"]["detail"]
    answer = post(as_ana, [right, {"verb": "wave", "data": {"a": "x" * 20_000}}])
    assert answer.status_code == 400
    assert "16384" in answer.json()["1"]["detail"]
    assert not Activity.objects.exists()


def test_a_key_of_another_activity_undoes_all(as_ana: APIClient) -> None:
    post(as_ana, {"verb": "wave", "key": "k"})
    answer = post(as_ana, [{"verb": "nod"}, {"verb": "bow", "key": "k"}])
    assert (answer.status_code, set(answer.json())) == (422, {"1"})
    assert Activity.objects.count() == 1


def test_a_hundred_at_most(as_ana: APIClient) -> None:
    assert post(as_ana, [{"verb": "wave"}] * 100).status_code == 201
    answer = post(as_ana, [{"verb": "wave"}] * 101)
    assert answer.status_code == 400
    assert "100" in str(answer.data)
    assert post(as_ana, []).status_code == 400
    assert post(as_ana, [1, None]).status_code == 400


def test_time_is_not_for_lists_to_say_either(as_ana: APIClient) -> None:
    assert post(as_ana, [{"verb": "wave", "published": "2001-01-01T00:00:00Z"}]).status_code == 400


# -- edits -------------------------------------------------------------------------------------------------


def test_data_is_replaced(ana: Any, as_ana: APIClient, nobody: APIClient) -> None:
    activity = publish(actor=ana, verb="wave", data={"a": 1, "b": 2})
    url = f"{URL}{activity.pk}/"
    nobody.get(url)
    answer = as_ana.patch(url, {"data": {"a": 3}}, format="json")
    assert (answer.status_code, answer.data["data"]) == (200, {"a": 3})
    assert nobody.get(url).json() == answer.json()
    assert as_ana.patch(url, {}, format="json").data["data"] == {"a": 3}


def test_only_ones_own_is_edited(ana: Any, as_bob: APIClient, nobody: APIClient) -> None:
    activity = publish(actor=ana, verb="wave")
    url = f"{URL}{activity.pk}/"
    assert as_bob.patch(url, {"data": {}}, format="json").status_code == 403
    assert nobody.patch(url, {"data": {}}, format="json").status_code == 403
    assert as_bob.patch(f"{URL}1/", {"data": {}}, format="json").status_code == 404


@pytest.mark.parametrize(
    "body", [{"verb": "nod"}, {"data": 1}, {"data": {"a": "x" * 20_000}}, {"id": 1}, {"data": None}, [1], 7]
)
def test_what_cannot_be_edited_is_400(ana: Any, as_ana: APIClient, body: Any) -> None:
    activity = publish(actor=ana, verb="wave", data={"a": 1})
    answer = as_ana.patch(f"{URL}{activity.pk}/", body, format="json")
    assert answer.status_code == 400
    assert Activity.objects.get().data == {"a": 1}


# -- visibility --------------------------------------------------------------------------------------------


def person(user: Any) -> dict[str, Any]:
    return {"type": "auth.user", "id": str(user.pk)}


def test_visibility_is_said_when_publishing(
    bob: Any, as_ana: APIClient, as_bob: APIClient, nobody: APIClient
) -> None:
    named = post(as_ana, {"verb": "whisper", "visibility": "named", "to": [person(bob)]})
    assert (named.status_code, named.data["visibility"]) == (201, "named")
    url = f"{URL}{named.data['id']}/"
    assert [client.get(url).status_code for client in (as_ana, as_bob, nobody)] == [200, 200, 404]
    hidden = post(as_ana, [{"verb": "sulk", "visibility": "self"}]).data[0]
    assert as_bob.get(f"{URL}{hidden['id']}/").status_code == 404


def test_visibility_is_changed(ana: Any, bob: Any, as_ana: APIClient, as_bob: APIClient) -> None:
    url = f"{URL}{publish(actor=ana, verb='wave').pk}/"

    def change(**body: Any) -> int:
        return int(as_ana.patch(url, body, format="json").status_code)

    assert change(visibility="self") == 200
    assert as_bob.get(url).status_code == 404
    assert as_bob.patch(url, {"visibility": "public"}, format="json").status_code == 404
    assert change(visibility="named", to=[person(bob)], data={"a": 1}) == 200
    assert as_bob.get(url).data["data"] == {"a": 1}
    assert change(visibility="named", to=[{"type": "auth.user", "id": "999"}]) == 404
    for wrong in (
        {"visibility": "nobody"},
        {"visibility": "public", "to": [person(bob)], "data": {"a": 2}},
        {"visibility": "named", "to": [{"type": "app.photo", "id": str(Photo.objects.create(owner=ana).pk)}]},
    ):
        assert change(**wrong) == 400
    assert as_bob.get(url).data["data"] == {"a": 1}
