"""Requests of all kinds that the schema allows: no answer is outside of it, and none is a 500."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from activitystream import follow, publish
from tests.app.models import Photo

EXAMPLES = int(os.environ.get("ACTIVITYSTREAM_SCHEMA_EXAMPLES", "12"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def site(db: None) -> dict[str, list[str]]:
    """Two users who follow each other, and what they did: ids by the name of the parameter or the model."""
    user = get_user_model().objects
    ana, bob = (user.create_user(name, f"{name}@secret.example", "password") for name in ("ana", "bob"))
    follow(bob, ana)
    follow(ana, bob)
    photo = Photo.objects.create(owner=ana, caption="Lake")
    done = [publish(actor=who, verb="like", object=photo) for who in (ana, bob)]
    return {
        "auth.user": [str(ana.pk), str(bob.pk)],
        "app.photo": [str(photo.pk)],
        "": [str(activity.pk) for activity in done],
    }


@pytest.fixture
def app() -> Iterator[Any]:
    """The site as WSGI, on the connection of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize("user", [None, "ana"])
def test_requests(user: str | None, app: Any, site: dict[str, list[str]], schema: dict[str, Any]) -> None:
    api = schemathesis.openapi.from_dict(deepcopy(schema))
    api.app = app
    headers = {"Authorization": f"Basic {b64encode(f'{user}:password'.encode()).decode()}"} if user else {}
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) > 10
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            ids = site.get(str(case.path_parameters.get("type", "")), [])
            if ids and len(str(case.path_parameters.get("id"))) % 3:  # else what was made up
                case.path_parameters["id"] = ids[len(str(case.query)) % len(ids)]
            case.call_and_validate(headers=headers, checks=CHECKS)

        ask()
