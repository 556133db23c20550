"""People who follow one another, on a store in memory whose contents a test can spoil."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from activitystream import HomeFeed, follow, publish
from activitystream.streams import get_store

from .helpers import Ran

if TYPE_CHECKING:
    from collections.abc import Callable

    from activitystream.models import Activity
    from activitystream.streams.memory import MemoryStore


@pytest.fixture
def store(settings: Any) -> MemoryStore:
    settings.ACTIVITYSTREAM = {
        **settings.ACTIVITYSTREAM,
        "STREAMS": "activitystream.streams.memory.MemoryStore",
        "MAX_LENGTH": 20,
        "SWEEP_AFTER": 0,
    }
    return get_store()  # type: ignore[return-value]


@pytest.fixture
def ana(transactional_db: None, store: MemoryStore) -> Any:
    return get_user_model().objects.create(username="ana")


@pytest.fixture
def ben(ana: Any) -> Any:
    ben = get_user_model().objects.create(username="ben")
    follow(ben, ana)
    return ben


@pytest.fixture
def posted(ana: Any, ben: Any) -> list[Activity]:
    """Ana's activities, oldest first; ben's home is warm."""
    activities = [publish(actor=ana, verb="say") for _ in range(5)]
    HomeFeed(ben).page()
    return activities


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs a command; gives its exit code and what it wrote."""

    def run(name: str, *args: str) -> Ran:
        code: Any = 0
        try:
            call_command(f"activitystream_{name}", *args, skip_checks=True)
        except SystemExit as end:
            code = end.code
        except Exception as error:
            if not hasattr(error, "returncode"):
                raise
            written = capsys.readouterr()
            return Ran(error.returncode, written.out, written.err + str(error))
        return Ran(code, *capsys.readouterr())

    return run
