"""Fan-out by a real worker of `django.tasks`: the one of django-tasks-db."""

from __future__ import annotations

import json
import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

import django
import pytest
from django.db import OperationalError

from activitystream import publish
from activitystream.journal import pending
from tests.faults.site import Crowd, sweep_and_verify, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.site import Process

WORKER = (
    *("-m", "django", "db_worker", "--backend", "workers", "--queue-name", "feeds"),
    *("--no-startup-delay", "--interval", "0.05"),
)
STEPS = 21
"""2,000 followers in chunks of 100, and the step that finds no more."""


@pytest.fixture
def queue(settings: Any, missing_server: Callable[[str], NoReturn]) -> Any:
    """The tasks in the database, of a queue that settings name."""
    if "django_tasks_db" not in settings.INSTALLED_APPS:
        if find_spec("django_tasks_db") is None:
            missing_server("django-tasks-db is not installed")
        pytest.skip("django-tasks-db does not fit this old django-tasks")
    from django_tasks_db.models import DBTaskResult

    settings.TASKS = {
        "default": {"BACKEND": settings.TASKS["default"]["BACKEND"]},
        "workers": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["feeds"]},
    }
    return DBTaskResult.objects.order_by("enqueued_at")


@pytest.fixture
def crowd(settings: Any, crowd: Crowd, queue: Any) -> Crowd:
    settings.ACTIVITYSTREAM = {
        **settings.ACTIVITYSTREAM,
        "TASK_BACKEND": "workers",
        "TASK_QUEUE": "feeds",
    }
    return crowd


def test_a_worker_fans_out_step_by_step(crowd: Crowd, queue: Any, start: Callable[..., Process]) -> None:
    activity = publish(actor=crowd.ana, verb="say")
    other = publish(actor=crowd.followers[0], verb="say")
    assert queue.count() == 2
    assert crowd.reached(activity) == 0
    start(*WORKER, "--batch").finish()
    assert pending().count() == 0
    assert crowd.reached(activity) == len(crowd.readers)
    entries = [json.loads(json.dumps(task.args_kwargs))["args"] for task in queue]
    assert len(entries) == STEPS + 1
    assert entries[0] == entries[-1] != entries[1], "others' activities pass between the steps"
    assert {str(task.status) for task in queue} == {"SUCCESSFUL"}
    assert other.pk
    sweep_and_verify()


def test_a_worker_killed_between_and_within_tasks(
    crowd: Crowd, queue: Any, start: Callable[..., Process]
) -> None:
    activity = publish(actor=crowd.ana, verb="say")
    worker = start(*WORKER)
    wait_for(lambda: pending().get().step >= 3, "three steps")
    worker.kill()
    assert 0 < crowd.reached(activity) < len(crowd.readers)
    sweep_and_verify()
    assert pending().count() == 0
    assert crowd.reached(activity) == len(crowd.readers)
    start(*WORKER, "--batch").finish()  # what is still in the queue finds nothing to do
    assert pending().count() == 0
    sweep_and_verify()


def test_a_backend_that_raises_leaves_the_work_to_the_sweeper(
    crowd: Crowd, queue: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is asked again after `RETRY_AFTER` seconds. The log reports the outage, not each publish in it."""
    from django_tasks_db import DatabaseBackend

    asked: list[Any] = []

    def enqueue(*args: Any, **kwargs: Any) -> None:
        asked.append(args)
        raise OperationalError("no such table")

    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "RETRY_AFTER": 600}
    with monkeypatch.context() as broken:
        broken.setattr(DatabaseBackend, "enqueue", enqueue)
        activities = [publish(actor=crowd.ana, verb="say") for _ in range(3)]
    assert len(asked) == 1
    assert [record.levelname for record in caplog.records if record.levelno >= logging.WARNING] == ["WARNING"]
    assert "the broker of the workers cannot be reached" in caplog.text
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "RETRY_AFTER": 0}
    publish(actor=crowd.ana, verb="say")
    assert queue.count() == 1
    sweep_and_verify()
    assert pending().count() == 0
    assert [crowd.reached(activity) for activity in activities] == [len(crowd.readers)] * 3


def test_what_these_tests_run_on() -> None:
    """Django's own tasks where it has them, else the backport."""
    from activitystream.journal.tasks import run_journal_entry

    assert type(run_journal_entry).__module__.split(".")[0] == (
        "django" if django.VERSION >= (6, 0) else "django_tasks"
    )
