"""Redis dies, comes back empty, hangs."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from activitystream import HomeFeed, publish, retract, unfollow
from activitystream.journal import pending
from activitystream.operations import Verdict
from tests.kit import Spying

from .conftest import use_server
from .site import Crowd, answers, at_write, sweep_and_verify, verdicts, wait_for

if TYPE_CHECKING:
    from example_project.private_server import Server


@pytest.mark.parametrize("readers_first", [False, True])
def test_killed_while_fanning_out_and_started_empty(
    crowd: Crowd, server: Server, store_with: Spying, readers_first: bool
) -> None:
    at_write(store_with, 9, server.kill)
    activity = publish(actor=crowd.ana, verb="say")
    assert pending().get().step == 7
    crowd.check_pages()
    server.restart()
    wait_for(answers, "the server")
    if readers_first:
        crowd.warm_up()
    sweep_and_verify()
    assert pending().count() == 0
    crowd.check_pages()
    crowd.warm_up()
    assert crowd.reached(activity) == len(crowd.readers)
    assert verdicts() == {Verdict.SAME: len(crowd.readers)}


def test_restarted_empty_between_two_steps(crowd: Crowd, server: Server, store_with: Spying) -> None:
    """Nobody notices: what the server forgot (streams, scripts, epochs) is made anew."""
    at_write(store_with, 9, lambda: (server.restart(), wait_for(answers, "the server")))
    publish(actor=crowd.ana, verb="say")
    sweep_and_verify()
    crowd.check_pages()
    assert pending().count() == 0


@pytest.mark.parametrize("fault", ["killed", "hanging"])
def test_requests_do_not_wait_for_it(crowd: Crowd, server: Server, settings: Any, fault: str) -> None:
    """One request waits for the timeout; the others are told at once, for RETRY_AFTER seconds."""
    timeout = 1.0
    use_server(settings, server.url, SOCKET_TIMEOUT=timeout, SOCKET_CONNECT_TIMEOUT=timeout)
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "RETRY_AFTER": 600}
    [reader, leaver, *_] = crowd.readers
    crowd.check_pages()
    if fault == "killed":
        server.kill()
    else:
        os.kill(server.process.pid, signal.SIGSTOP)
    started = time.monotonic()
    activity = publish(actor=crowd.ana, verb="say")
    first = time.monotonic() - started
    retract(crowd.old)
    unfollow(leaver, crowd.ana)
    for _ in range(5):
        assert [entry.id for entry in HomeFeed(reader).page()] == [activity.id]
        assert not HomeFeed(leaver).page()
    rest = time.monotonic() - started - first
    assert first < timeout * 2, "publish waited more than once"
    assert rest < timeout, "who came later waited too"
    assert pending().count() == 4, "a fan-out, what is forgotten and may be watched, streams to drop"
    if fault == "killed":
        server.restart()
    else:
        os.kill(server.process.pid, signal.SIGCONT)
    use_server(settings, server.url)
    wait_for(answers, "the server")
    sweep_and_verify()
    assert pending().count() == 0
    assert [entry.id for entry in HomeFeed(reader).page()] == [activity.id]
    assert not HomeFeed(leaver).page()


def test_flushed_while_people_read_and_write(crowd: Crowd, server: Server) -> None:
    client = Redis.from_url(server.url)
    for _ in range(5):
        publish(actor=crowd.ana, verb="say")
        crowd.check_pages()
        client.flushall()
        unfollow(crowd.readers[0], crowd.ana)
        crowd.check_pages()
    client.close()
    sweep_and_verify()
