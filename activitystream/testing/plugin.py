"""The test kit as fixtures for pytest, with pytest-django.

Load it in the `conftest.py` at the root of your tests: `pytest_plugins = ["activitystream.testing.plugin"]`.
Only this module imports pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from django.db import models

from activitystream import testing
from activitystream.conf import SETTING
from activitystream.registry import ModelActivity
from activitystream.streams import StreamStore

from .options import merged
from .registrations import override, replace
from .stores import delete_keys, new_prefix

__all__ = [
    "ChangeRegistration",
    "ChangeSettings",
    "UseStore",
    "activitystream_keys",
    "activitystream_settings",
    "isolated_feeds",
    "isolated_registry",
    "override_registration",
    "register_model",
    "use_store",
]

UseStore = Callable[[StreamStore | str | None], StreamStore | None]


class ChangeSettings(Protocol):
    """What the fixture `activitystream_settings` is."""

    def __call__(self, **values: Any) -> None: ...


class ChangeRegistration(Protocol):
    """What the fixtures `register_model` and `override_registration` are."""

    def __call__(self, model: type[models.Model], /, **attributes: Any) -> ModelActivity: ...


@pytest.fixture
def activitystream_settings(settings: Any) -> ChangeSettings:
    """Change settings of the app for one test: `activitystream_settings(MAX_LENGTH=3)`."""

    # Through the fixture of pytest-django: it undoes changes in their order, also those of a test itself.
    def change(**values: Any) -> None:
        setattr(settings, SETTING, merged(values))

    return change


@pytest.fixture
def isolated_registry() -> Iterator[None]:
    """Restore all registrations after the test."""
    with testing.isolated_registry():
        yield


@pytest.fixture
def register_model(isolated_registry: None) -> ChangeRegistration:
    """Register a model for one test, in place of what it was: `register_model(Note, actor="author")`."""

    def change(model: type[models.Model], /, **attributes: Any) -> ModelActivity:
        return replace(model, ModelActivity, attributes)

    return change


@pytest.fixture
def override_registration(isolated_registry: None) -> ChangeRegistration:
    """Replace attributes of a registration for one test: `override_registration(User, private=None)`."""

    def change(model: type[models.Model], /, **attributes: Any) -> ModelActivity:
        return override(model, attributes)

    return change


@pytest.fixture
def isolated_feeds() -> Iterator[None]:
    """Forget the feeds that the test declares."""
    with testing.isolated_feeds():
        yield


@pytest.fixture
def use_store() -> Iterator[UseStore]:
    """Use a stream store for the rest of the test: `use_store("memory")`."""
    with ExitStack() as stack:
        yield lambda store: stack.enter_context(testing.use_store(store))


@pytest.fixture
def activitystream_keys(activitystream_settings: ChangeSettings) -> Iterator[str]:
    """Give the keys in Redis a prefix of their own for one test, and delete them after it."""
    prefix = new_prefix("activitystream-test")
    activitystream_settings(KEY_PREFIX=prefix)
    yield prefix
    delete_keys(prefix)
