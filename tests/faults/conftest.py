"""Servers of one test, which it may kill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from example_project.private_server import Server, ServerUnavailable, private_server

from .site import Crowd, Process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TIMEOUT = 0.3
"""SOCKET_TIMEOUT and SOCKET_CONNECT_TIMEOUT of these tests, in seconds."""
CHUNK_SIZE = 100
MAX_LENGTH = 50


def use_server(settings: Any, url: str | list[str], **options: Any) -> None:
    """Keep streams there."""
    settings.CACHES = {
        **settings.CACHES,
        "streams": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": url,
            "OPTIONS": {"SOCKET_TIMEOUT": TIMEOUT, "SOCKET_CONNECT_TIMEOUT": TIMEOUT, **options},
        },
    }
    settings.ACTIVITYSTREAM = {
        "CACHE": "streams",
        "KEY_PREFIX": "faults",
        "CHUNK_SIZE": CHUNK_SIZE,
        "RETRY_AFTER": 0.2,
        "MAX_LENGTH": MAX_LENGTH,
    }


@pytest.fixture
def server(settings: Any, missing_server: Callable[[str], NoReturn]) -> Iterator[Server]:
    """An empty server that holds the streams."""
    try:
        with private_server() as started:
            use_server(settings, started.url)
            yield started
    except ServerUnavailable as error:
        missing_server(str(error))


@pytest.fixture
def crowd(server: Server, transactional_db: None) -> Crowd:
    return Crowd(2_000)


@pytest.fixture
def start(settings: Any, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts Python processes that see what the test sees."""
    started: list[Process] = []

    def start_one(*args: str, env: dict[str, str] | None = None) -> Process:
        started.append(Process(settings, tmp_path, *args, env=env))
        return started[-1]

    yield start_one
    for process in started:
        process.close()
