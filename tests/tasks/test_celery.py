"""Fan-out by a real Celery worker on a private Redis, or on a RabbitMQ that the environment names."""

from __future__ import annotations

import os
import time
import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest
from django.db import transaction

from activitystream import publish
from activitystream.journal import pending
from tests.faults.proxy import Proxy, proxy
from tests.faults.site import Crowd, sweep_and_verify, wait_for
from tests.kit import Shrink

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
def queue(broker: str, settings: Any, shrink: Shrink) -> Iterator[dict[str, str]]:
    """What the environment tells the worker; this process sends to the same queue.

    Both wait for the broker as long as they must: what they would not send, the sweeper would do.
    """
    shrink("journal.broker", WITHIN=30.0)
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


class Sender:
    """A Celery app whose broker is behind a proxy that can fail; this process publishes through it."""

    def __init__(self, scheme: str, proxy: Proxy, stubborn: bool) -> None:
        from celery import Celery
        from celery._state import _set_current_app, get_current_app

        self._before = get_current_app()
        self.app = Celery("sender", broker=f"{scheme}://127.0.0.1:{proxy.port}//", set_as_current=True)
        self.queue = f"activitystream-test-{uuid.uuid4().hex}"
        self.app.conf.task_default_queue = self.queue
        if stubborn:
            self.app.conf.task_publish_retry_policy = {"max_retries": None, "interval_max": 0.05}
        self._restore = _set_current_app

    def __len__(self) -> int:
        """Tasks in the queue."""
        with self.app.connection_for_read() as connection, connection.channel() as channel:
            try:
                size: int = channel.queue_declare(self.queue, passive=True).message_count
            except Exception:  # noqa: BLE001  (each transport has its own: there is no such queue)
                return 0
            return size

    def close(self) -> None:
        """Delete the queue."""
        with self.app.connection_for_write() as connection, connection.channel() as channel:
            channel.queue_delete(self.queue)
        self.app.close()
        self._restore(self._before)


@pytest.fixture
def settings_of_celery(settings: Any) -> None:
    settings.ACTIVITYSTREAM = {
        **settings.ACTIVITYSTREAM,
        "DISPATCH": "activitystream.contrib.celery.dispatch",
        "RETRY_AFTER": 0,
    }


@pytest.fixture
def behind_proxy(broker: str) -> Iterator[tuple[str, Proxy]]:
    """The scheme of the broker, and the proxy in front of it."""
    scheme, _, rest = broker.partition("://")
    with proxy(rest if scheme == "redis+socket" else urlsplit(broker).port) as made:
        yield ("redis" if scheme == "redis+socket" else "amqp"), made


@pytest.fixture
def small_crowd(server: Server, transactional_db: None) -> Crowd:
    return Crowd(4, warm_every=1)


@pytest.mark.parametrize("stubborn", [False, True])
@pytest.mark.parametrize("fault", ["refuses", "silent"])
def test_a_publish_does_not_wait_for_a_broker_that_is_down(
    small_crowd: Crowd,
    behind_proxy: tuple[str, Proxy],
    settings_of_celery: None,
    fault: str,
    stubborn: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Half a second, once in a process, whatever the settings for retries are. When it is back it is used."""
    scheme, made = behind_proxy
    sender = Sender(scheme, made, stubborn)
    publish(actor=small_crowd.ana, verb="say")
    wait_for(lambda: len(sender) == 1, "the first task")
    made.refuse()
    if fault == "silent":
        made.silent = True
        made.accept()
    started = time.monotonic()
    activity = publish(actor=small_crowd.ana, verb="say")
    first = time.monotonic() - started
    for _ in range(5):
        publish(actor=small_crowd.ana, verb="say")
    rest = time.monotonic() - started - first
    assert first < 1.5
    assert rest < 1.5, "who came later waited, too"
    assert [record.event for record in caplog.records if hasattr(record, "broker")] == ["outage"]
    if fault == "silent":
        made.refuse()
        made.silent = False
    made.accept()
    before = len(sender)
    wait_for(lambda: publish(actor=small_crowd.ana, verb="say") and len(sender) > before, "the broker")
    assert pending().count() > 6
    sweep_and_verify()
    assert small_crowd.reached(activity) == len(small_crowd.readers)
    sender.close()


def test_a_broker_that_was_restarted_gets_the_next_task(
    small_crowd: Crowd, behind_proxy: tuple[str, Proxy], settings_of_celery: None
) -> None:
    """A connection that the restart broke is not taken for an outage."""
    scheme, made = behind_proxy
    sender = Sender(scheme, made, stubborn=False)
    publish(actor=small_crowd.ana, verb="say")
    wait_for(lambda: len(sender) == 1, "the first task")  # sending does not wait until the broker has it
    made.refuse()
    made.accept()
    publish(actor=small_crowd.ana, verb="say")
    wait_for(lambda: len(sender) == 2, "the task")
    sender.close()


def test_an_eager_app_does_the_work_in_the_thread_that_publishes(
    small_crowd: Crowd, settings_of_celery: None, missing_server: Callable[[str], NoReturn]
) -> None:
    if find_spec("celery") is None:
        missing_server("celery is not installed")
    with proxy() as made:
        sender = Sender("redis", made, stubborn=False)
        sender.app.conf.task_always_eager = True
        with transaction.atomic():
            before = publish(actor=small_crowd.ana, verb="say")
        sender.app.close()
        sender._restore(sender._before)
    assert pending().count() == 0
    assert small_crowd.reached(before) == len(small_crowd.readers)
