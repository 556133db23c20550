"""Clients that ask for the formats."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.rest.conftest import ana as ana
from tests.rest.conftest import as_ana, as_bob, bob, client_of, make_user, nobody  # noqa: F401

AS2 = "application/activity+json"
LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
AS1 = "application/stream+json"


class Reader:
    """Reads addresses in one format."""

    def __init__(self, client: APIClient, accept: str) -> None:
        self.client, self.accept = client, accept

    def __call__(self, url: str, status: int = 200) -> Any:
        answer = self.client.get(url, HTTP_ACCEPT=self.accept)
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == (self.accept if status == 200 else "application/json")
        return answer.json()


@pytest.fixture
def as2(nobody: APIClient) -> Reader:  # noqa: F811
    """Anybody's, in Activity Streams 2.0."""
    return Reader(nobody, AS2)


@pytest.fixture
def as1(nobody: APIClient) -> Reader:  # noqa: F811
    """Anybody's, in Activity Streams 1.0."""
    return Reader(nobody, AS1)
