"""The same key again gives the first answer, also at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.utils import timezone
from rest_framework.test import APIClient

from activitystream.models import Activity, Receipt
from activitystream.publishing.receipts import once

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/feeds/activities/"


def post(client: APIClient, body: Any, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(URL, body, format="json", headers=headers)


def test_the_same_key_gives_the_first_answer(as_ana: APIClient) -> None:
    first = post(as_ana, {"verb": "wave", "data": {"a": 1, "b": 2}}, "k")
    again = post(as_ana, {"data": {"b": 2, "a": 1}, "verb": "wave"}, "k")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, again.content)
    assert Activity.objects.count() == 1


def test_another_body_with_the_same_key_is_422(as_ana: APIClient) -> None:
    post(as_ana, {"verb": "wave"}, "k")
    for body in ({"verb": "wave", "data": {"a": 1}}, {"verb": "nod"}, [{"verb": "wave"}]):
        answer = post(as_ana, body, "k")
        assert answer.status_code == 422
        assert "'k'" in answer.data["detail"]
    assert Activity.objects.count() == 1


def test_keys_are_ones_own(as_ana: APIClient, as_bob: APIClient) -> None:
    first = post(as_ana, {"verb": "wave"}, "k")
    assert post(as_bob, {"verb": "nod"}, "k").status_code == 201
    assert post(as_ana, {"verb": "wave"}, "other").data["id"] != first.data["id"]


def test_many_at_once_have_one_key(as_ana: APIClient) -> None:
    body = [{"verb": "wave"}, {"verb": "nod"}]
    assert post(as_ana, body, "k").data == post(as_ana, body, "k").data
    assert Activity.objects.count() == 2


def test_an_error_of_the_database_is_not_taken_for_a_key_that_was_used(ana: Any) -> None:
    def publish() -> list[int]:
        raise IntegrityError("of the site")

    with pytest.raises(IntegrityError, match="of the site"):
        once(ana, "k", {}, publish)
    assert not Receipt.objects.exists()


def test_what_was_refused_may_be_sent_again(as_ana: APIClient) -> None:
    assert post(as_ana, {"verb": ""}, "k").status_code == 400
    assert post(as_ana, {"verb": "wave", "object": {"type": "app.photo", "id": "9"}}, "k").status_code == 404
    assert post(as_ana, {"verb": "wave", "data": {"a": "x" * 20_000}}, "k").status_code == 400
    assert post(as_ana, {"verb": "wave"}, "k").status_code == 201


def test_what_was_retracted_is_not_published_again(as_ana: APIClient) -> None:
    first = post(as_ana, {"verb": "wave"}, "k")
    as_ana.delete(f"{URL}{first.data['id']}/")
    assert post(as_ana, {"verb": "wave"}, "k").status_code == 410
    assert not Activity.objects.exists()


def test_what_was_edited_is_the_first_still(as_ana: APIClient) -> None:
    for key, body in (("k", {"verb": "wave"}), (None, {"verb": "nod", "key": "n"})):
        first = post(as_ana, body, key)
        as_ana.patch(f"{URL}{first.data['id']}/", {"data": {"a": 1}}, format="json")
        again = post(as_ana, body, key)
        assert (again.data["id"], again.data["data"]) == (first.data["id"], {"a": 1})


@pytest.mark.parametrize("key", ["", "a" * 256, "a\x7f"])
def test_a_key_is_a_short_text(as_ana: APIClient, key: str) -> None:
    assert post(as_ana, {"verb": "wave"}, key).status_code == 400


@pytest.mark.parametrize("where", ["header", "body"])
def test_eight_at_once_make_one(where: str, ana: Any) -> None:
    together = Barrier(8)

    def send(_: int) -> tuple[int, str]:
        client = APIClient()
        client.force_authenticate(ana)
        together.wait()
        try:
            if where == "header":
                answer = post(client, {"verb": "wave"}, "k")
            else:
                answer = post(client, {"verb": "wave", "key": "k"})
            return answer.status_code, answer.data.get("id", answer.data)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    assert Activity.objects.count() == 1


def test_keys_are_forgotten_by_the_sweeper(as_ana: APIClient) -> None:
    post(as_ana, {"verb": "wave"}, "old")
    Receipt.objects.update(created=timezone.now() - timedelta(days=8))
    post(as_ana, {"verb": "wave"}, "new")
    call_command("activitystream_sweep")
    assert [receipt.key for receipt in Receipt.objects.all()] == ["new"]
