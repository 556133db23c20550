"""People, and clients that act as them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

STORES = {
    "memory": "activitystream.streams.memory.MemoryStore",
    "redis": "activitystream.streams.redis.RedisStore",
    "none": None,
}


@pytest.fixture
def make_user(db: None) -> Callable[[str], Any]:
    def make(name: str) -> Any:
        return get_user_model().objects.create_user(name, f"{name}@secret.example", "password")

    return make


@pytest.fixture
def ana(make_user: Callable[[str], Any]) -> Any:
    return make_user("ana")


@pytest.fixture
def bob(make_user: Callable[[str], Any]) -> Any:
    return make_user("bob")


@pytest.fixture
def client_of() -> Callable[[Any], APIClient]:
    def make(user: Any) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return make


@pytest.fixture
def as_ana(ana: Any, client_of: Callable[[Any], APIClient]) -> APIClient:
    return client_of(ana)


@pytest.fixture
def as_bob(bob: Any, client_of: Callable[[Any], APIClient]) -> APIClient:
    return client_of(bob)


@pytest.fixture
def nobody(db: None) -> APIClient:
    return APIClient()


@pytest.fixture
def use_store(settings: Any) -> Callable[..., None]:
    def use(kind: str, **more: Any) -> None:
        settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "STREAMS": STORES[kind], **more}

    return use


@pytest.fixture(params=list(STORES))
def each_store(request: pytest.FixtureRequest, use_store: Callable[..., None]) -> Any:
    """Run on each kind of store, with streams so short that pages soon cross their end."""
    use_store(request.param, MAX_LENGTH=3)
    return request.param
