"""Requests of all kinds that the schema allows: no answer is outside of it, and none is a 500."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from hypothesis import given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from activitystream import follow, publish
from tests.app.models import Photo
from tests.histories import histories

from .conftest import EXAMPLES

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


@histories
@pytest.mark.slow
def test_requests(
    operations: Sequence[Any],
    generated: Callable[[int], settings],
    site: dict[str, list[str]],
    same_connection: None,
) -> None:
    """Each case is sent by nobody and by Ana: to generate it costs more than to send it."""
    accounts = [{}, {"Authorization": f"Basic {b64encode(b'ana:password').decode()}"}]
    for operation in operations:

        @generated(EXAMPLES)
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            ids = site.get(str(case.path_parameters.get("type", "")), [])
            if ids and len(str(case.path_parameters.get("id"))) % 3:  # else what was made up
                case.path_parameters["id"] = ids[len(str(case.query)) % len(ids)]
            for headers in accounts:
                case.call_and_validate(headers=headers, checks=CHECKS)

        ask()
