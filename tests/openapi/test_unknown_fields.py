"""A body that has one field more than an endpoint knows is refused, with the name of the field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from rest_framework.test import APIClient

from activitystream import follow, publish
from activitystream.models import FollowRequest
from activitystream.rest.router import router
from tests.fixtures import Register

pytestmark = pytest.mark.django_db
METHODS = {"post", "put", "patch"}
FIELD = "zqunknown"


def writes() -> Iterator[tuple[str, str, str]]:
    """Give every method and address of the router that takes a body, with the name of its action."""
    for prefix, viewset, _ in router.registry:
        for route in router.get_routes(viewset):
            for method, action in router.get_method_map(viewset, route.mapping).items():
                if method in METHODS:
                    path = route.url.format(prefix=prefix, lookup="<id>", trailing_slash="/")
                    yield method, path.strip("^$"), f"{prefix} {action}"


def with_more(body: Any) -> Iterator[Any]:
    """Give the body with one field more, in each of its objects but `data`, which is the client's own."""
    if isinstance(body, dict):
        yield {**body, FIELD: False}
        for name, value in body.items():
            if name != "data":
                yield from ({**body, name: more} for more in with_more(value))
    elif isinstance(body, list):
        for place, item in enumerate(body):
            yield from ([*body[:place], more, *body[place + 1 :]] for more in with_more(item))


@pytest.fixture
def bodies(people: Any) -> dict[str, list[Any]]:
    """Valid bodies of every action."""
    ana, bob = people("ana", "bob")
    user = {"type": "auth.user", "id": str(bob.pk)}
    me = {"type": "auth.user", "id": str(ana.pk)}
    activity = {"verb": "wave", "object": me, "target": me, "actor": me, "to": [user], "data": {FIELD: 1}}
    return {
        "activities create": [activity, [activity, activity]],
        "activities partial_update": [{"data": {FIELD: 1}, "to": [user], "visibility": "named"}],
        "follows create": [{**user, "kind": "follow"}],
        "follows bulk": [[{**user, "kind": "follow"}, user]],
        "blocks create": [user],
        "mutes create": [user],
        "notifications mark": [{"mark": "seen"}],
        "requests accept": [{}],
    }


@pytest.fixture
def id_of(people: Any, bodies: Any, registering: Register) -> Any:
    """Give the id for an address: of an activity of Ana, or of a request that she can answer."""
    user = get_user_model()
    ana = user.objects.get(username="ana")
    made = publish(actor=ana, verb="post")
    [cy] = people("cy")
    registering(user, name="username", private=lambda options, row: row.username == "ana")
    asked = follow(cy, ana)
    assert isinstance(asked, FollowRequest)
    return lambda action: asked.pk if action.startswith("requests") else made.pk


def test_every_endpoint_refuses_an_unknown_field(bodies: dict[str, list[Any]], id_of: Any) -> None:
    client = APIClient()
    client.force_authenticate(get_user_model().objects.get(username="ana"))
    found = list(writes())
    assert {action for _, _, action in found} == {*bodies}
    for method, path, action in found:
        url = f"/feeds/{path.replace('<id>', str(id_of(action)))}"
        for body in bodies[action]:
            wrong = list(with_more(body))
            assert wrong
            for one in wrong:
                before = counts()
                answer = getattr(client, method)(url, one, format="json")
                assert answer.status_code == 400, (action, one, answer.content)
                assert FIELD in json.dumps(answer.json()), (action, one, answer.content)
                assert counts() == before
    last = sorted(found, key=lambda one: one[2].startswith("blocks"))  # who is blocked cannot be muted
    for method, path, action in last:  # and the bodies are fine without it
        for body in bodies[action]:
            url = f"/feeds/{path.replace('<id>', str(id_of(action)))}"
            answer = getattr(client, method)(url, body, format="json")
            assert answer.status_code < 300, (action, body, answer.content)


def counts() -> dict[type[models.Model], int]:
    tables = [model for model in apps.get_app_config("activitystream").get_models() if model._meta.managed]
    return {model: model._base_manager.count() for model in tables}


def test_the_schema_says_so(schema: dict[str, Any]) -> None:
    checked = set()
    for methods in schema["paths"].values():
        for operation in (methods[name] for name in METHODS & {*methods}):
            content = operation.get("requestBody", {}).get("content", {})
            for media, body in content.items():
                if media != "application/activity+json":
                    for name in named(body["schema"], schema):
                        checked.add(name)
                        assert schema["components"]["schemas"][name]["additionalProperties"] is False, name
    assert len(checked) >= 5


def named(shape: Any, schema: dict[str, Any]) -> set[str]:
    """Give the objects that a schema leads to."""
    found: set[str] = set()
    if isinstance(shape, dict):
        name = str(shape.get("$ref", "")).rpartition("/")[2]
        if name:
            one = schema["components"]["schemas"][name]
            return named(one, schema) | ({name} if one.get("type") == "object" else set())
        for value in shape.values():
            found |= named(value, schema)
    elif isinstance(shape, list):
        for value in shape:
            found |= named(value, schema)
    return found
