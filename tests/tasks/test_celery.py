"""Fan-out by a real Celery worker on a private Redis, or on a RabbitMQ that the environment names."""

from __future__ import annotations

import os
import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from activitystream import publish
from activitystream.journal import pending
from tests.faults.site import Crowd, sweep_and_verify, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from example_project.private_server import Server
    from tests.faults.site import Process

STEPS = 21


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, server: Server, missing_server: Callable[[str], NoReturn]) -> str:
    if find_spec("celery") is None:
        missing_server("celery is not installed")
    if request.param == "redis":
        return server.url.replace("unix://", "redis+socket://")
    url = os.environ.get("ACTIVITYSTREAM_TEST_AMQP_URL")
    if not url:
        pytest.skip("ACTIVITYSTREAM_TEST_AMQP_URL names no RabbitMQ")
    return url


@pytest.fixture
def queue(broker: str, settings: Any) -> Iterator[dict[str, str]]:
    """What the environment tells the worker; this process sends to the same queue."""
    from celery import Celery
    from celery._state import _set_current_app, get_current_app

    before = get_current_app()
    name = f"activitystream-test-{uuid.uuid4().hex}"
    app = Celery("sender", broker=broker, set_as_current=True)
    app.conf.update(task_default_queue=name, task_serializer="json")
    settings.ACTIVITYSTREAM = {
        **settings.ACTIVITYSTREAM,
        "DISPATCH": "activitystream.contrib.celery.dispatch",
    }
    yield {"CELERY_BROKER": broker, "CELERY_QUEUE": name}
    with app.connection_for_write() as connection, connection.channel() as channel:
        channel.queue_delete(name)
    app.close()
    _set_current_app(before)


WORKER = (
    *("-m", "celery", "-A", "tests.tasks.celery_app", "worker", "--pool", "solo", "--loglevel", "INFO"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)


def test_a_celery_worker_fans_out_step_by_step(
    crowd: Crowd, queue: dict[str, str], start: Callable[..., Process]
) -> None:
    activity = publish(actor=crowd.ana, verb="say")
    assert pending().get().step == 0
    worker = start(*WORKER, env=queue)
    wait_for(lambda: not pending().exists(), "the worker")
    assert crowd.reached(activity) == len(crowd.readers)
    worker.popen.terminate()
    worker.finish()
    log = worker.log.read_text()
    assert log.count("Task activitystream.run_journal_entry[") == STEPS * 2, "received and succeeded"
    sweep_and_verify()


def test_a_celery_worker_killed_while_fanning_out(
    crowd: Crowd, queue: dict[str, str], start: Callable[..., Process]
) -> None:
    activity = publish(actor=crowd.ana, verb="say")
    worker = start(*WORKER, env=queue)
    wait_for(lambda: pending().get().step >= 3, "three steps")
    worker.kill()
    sweep_and_verify()
    assert pending().count() == 0
    assert crowd.reached(activity) == len(crowd.readers)


def test_without_its_broker_an_activity_waits_for_the_sweeper(
    crowd: Crowd, settings: Any, missing_server: Callable[[str], NoReturn]
) -> None:
    if find_spec("celery") is None:
        missing_server("celery is not installed")
    from celery import Celery
    from celery._state import _set_current_app, get_current_app

    before = get_current_app()
    app = Celery("nowhere", broker="redis+socket:///nowhere/socket", set_as_current=True)
    settings.ACTIVITYSTREAM = {
        **settings.ACTIVITYSTREAM,
        "DISPATCH": "activitystream.contrib.celery.dispatch",
    }
    try:
        activity = publish(actor=crowd.ana, verb="say")
    finally:
        app.close()
        _set_current_app(before)
    assert pending().count() == 1
    sweep_and_verify()
    assert crowd.reached(activity) == len(crowd.readers)
