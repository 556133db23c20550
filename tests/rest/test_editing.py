"""`may_edit()` of registrations decides which `data` an actor may put into an activity."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from activitystream import publish
from activitystream.models import Activity
from tests.app.models import Note, Photo
from tests.fixtures import Register

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"format": "json"}


@pytest.mark.parametrize("role", ["actor", "object", "target"])
def test_every_row_is_asked(registering: Register, ana: Any, as_ana: APIClient, role: str) -> None:
    asked: list[Any] = []

    def may_edit(options: Any, obj: Any, verb: str, data: Any, user: Any) -> bool:
        asked.append((obj, verb, data, user))
        return "free" in data

    photo, note = Photo.objects.create(owner=ana), Note.objects.create(author=ana)
    registering(get_user_model(), name="username")
    registering(Note, owner="author")
    rows = {"actor": ana, "object": photo, "target": note}
    registering(type(rows[role]), name="pk", may_edit=may_edit)
    made = publish(verb="rate", data={"adults_only": True}, **rows)
    url = f"/feeds/activities/{made.pk}/"
    assert as_ana.patch(url, {"data": {}}, **JSON).status_code == 403
    assert asked == [(rows[role], "rate", {}, ana)]
    assert as_ana.patch(url, {"visibility": "self"}, **JSON).status_code == 200  # that is another matter
    assert as_ana.patch(url, {"data": {}, "visibility": "public"}, **JSON).status_code == 403
    made.refresh_from_db()
    assert (made.data, made.visibility) == ({"adults_only": True}, "self")
    assert as_ana.patch(url, {"data": {"free": 1}}, **JSON).data["data"] == {"free": 1}
    asked.clear()
    assert as_ana.patch(url, {"data": ["free"]}, **JSON).status_code == 400  # it cannot be
    assert asked == []


def test_without_the_hook_the_actor_may(ana: Any, as_ana: APIClient) -> None:
    made = publish(actor=ana, verb="rate", data={"stars": 1})
    assert as_ana.patch(f"/feeds/activities/{made.pk}/", {"data": {"stars": 5}}, **JSON).status_code == 200


@pytest.mark.parametrize("hook", [True, False])
def test_about_a_row_that_is_gone_nobody_can_be_asked(
    registering: Register, ana: Any, as_ana: APIClient, hook: bool
) -> None:
    said: dict[str, Any] = {"may_edit": lambda options, obj, verb, data, user: True} if hook else {}
    registering(Photo, actor="owner", on_delete="keep", **said)
    photo = Photo.objects.create(owner=ana)
    made = publish(actor=ana, verb="rate", object=photo)
    photo.delete()
    answer = as_ana.patch(f"/feeds/activities/{made.pk}/", {"data": {"stars": 5}}, **JSON)
    assert answer.status_code == (403 if hook else 200)
    assert Activity.objects.get(pk=made.pk).data == ({} if hook else {"stars": 5})
