"""The schema as drf-spectacular makes it, and what requests are made from it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings

from tests.histories import tried

EXAMPLES = tried(12)
"""Cases that are generated for each operation."""


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As the command makes it, which fails on any warning."""
    path: Path = tmp_path_factory.mktemp("openapi") / "schema.yaml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(path))
    made: dict[str, Any] = yaml.load(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return made


@pytest.fixture(scope="session")
def app() -> Any:
    """The site as WSGI."""
    return get_wsgi_application()


@pytest.fixture
def same_connection() -> Iterator[None]:
    """Let requests use the connection of the test, which a request would close."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="session")
def operations(schema: dict[str, Any], app: Any) -> Sequence[Any]:
    """Every operation of the schema. Loaded once, because each load builds all strategies again."""
    api = schemathesis.openapi.from_dict(deepcopy(schema))
    api.app = app
    found = [result.ok() for result in api.get_all_operations()]
    assert len(found) == sum(
        method in methods
        for methods in schema["paths"].values()
        for method in ("get", "post", "put", "patch", "delete")
    )
    return found


@pytest.fixture(scope="session")
def generated() -> Callable[[int], settings]:
    """Return Hypothesis settings for this many generated cases of an operation."""

    def make(examples: int) -> settings:
        return settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

    return make
