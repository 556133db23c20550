"""A primary of a cluster of three dies while an activity is fanned out."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django_redis import get_redis_connection

from activitystream import publish
from activitystream.journal import pending
from activitystream.operations import Verdict
from example_project.private_server import ServerUnavailable
from tests.kit import Spying

from .cluster import Node, is_whole, replicas_of, three_nodes
from .conftest import TIMEOUT, use_server
from .site import Crowd, Process, answers, at_write, sweep_and_verify, verdicts, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FACTORY = "activitystream.streams.cluster.ClusterConnectionFactory"


@pytest.fixture
def nodes(settings: Any, missing_server: Callable[[str], NoReturn]) -> Iterator[list[Node]]:
    try:
        with three_nodes() as started:
            use_server(settings, f"redis://127.0.0.1:{started[0].port}", CONNECTION_FACTORY=FACTORY)
            yield started
    except ServerUnavailable as error:
        missing_server(str(error))


def test_fan_out_on_three_nodes(nodes: list[Node], transactional_db: None) -> None:
    crowd = Crowd(1_000, warm_every=25)
    assert all(node.ask("DBSIZE") for node in nodes), "each node has a part"
    activity = publish(actor=crowd.ana, verb="say")
    assert crowd.reached(activity) == len(crowd.readers)
    assert verdicts() == {Verdict.SAME: len(crowd.readers)}
    crowd.check_pages()


@pytest.mark.parametrize("fault", ["killed", "hanging"])
def test_requests_do_not_wait_for_a_node(
    nodes: list[Node], transactional_db: None, settings: Any, fault: str
) -> None:
    """Some timeouts for the one who finds out, however many streams are there; none for who comes later."""
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "RETRY_AFTER": 600}
    crowd = Crowd(200, warm_every=5)
    crowd.check_pages()
    if fault == "killed":
        nodes[1].kill()
    else:
        os.kill(nodes[1].process.pid, signal.SIGSTOP)
    started = time.monotonic()
    publish(actor=crowd.ana, verb="say")
    first = time.monotonic() - started
    crowd.check_pages()
    rest = time.monotonic() - started - first
    if fault == "hanging":
        os.kill(nodes[1].process.pid, signal.SIGCONT)
    else:
        nodes[1].restart()
    assert first < TIMEOUT * 8
    assert rest < TIMEOUT * 4
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "RETRY_AFTER": 0}
    wait_for(lambda: is_whole(nodes), "the cluster")
    wait_for(answers, "the cluster")
    sweep_and_verify()
    crowd.check_pages()


ASK = "import django; django.setup(); from tests.faults.site import answers; print(answers())"


def test_a_new_process_enters_through_any_node(
    settings: Any, nodes: list[Node], start: Callable[..., Process], transactional_db: None
) -> None:
    """The node that `LOCATION` names first has gone, and its replica has taken over."""
    with replicas_of(nodes) as replicas:
        use_server(settings, [_url(node) for node in (*nodes, *replicas)], CONNECTION_FACTORY=FACTORY)
        nodes[0].kill()
        wait_for(replicas[0].is_primary, "the replica")
        wait_for(lambda: is_whole([*nodes[1:], replicas[0]]), "the cluster")
        assert start("-c", ASK).read() == "True"


def test_all_primaries_that_a_client_has_learned_are_replaced(
    settings: Any, nodes: list[Node], transactional_db: None
) -> None:
    """It knows no replica, because there was none when it looked."""
    with replicas_of(nodes) as replicas:
        every = [*nodes, *replicas]
        use_server(settings, [_url(node) for node in every], CONNECTION_FACTORY=FACTORY)
        client = get_redis_connection("streams")
        client.nodes_manager.startup_nodes = {
            name: client.get_node(node_name=name) for name in map(_name, nodes)
        }
        for primary, replica in zip(nodes, replicas, strict=True):
            primary.kill()
            every.remove(primary)
            wait_for(replica.is_primary, "the replica")
            wait_for(lambda: all(node.is_content(3) for node in every), "the cluster")
        wait_for(answers, "the client")
        publish(actor=Crowd(10, warm_every=1).ana, verb="say")
        sweep_and_verify()


def _name(node: Node) -> str:
    return f"127.0.0.1:{node.port}"


def _url(node: Node) -> str:
    return f"redis://{_name(node)}"


@pytest.mark.parametrize("victim", [0, 2])
def test_a_primary_dies_while_fanning_out(
    nodes: list[Node], transactional_db: None, store_with: Spying, victim: int
) -> None:
    crowd = Crowd(1_000, warm_every=25)
    at_write(store_with, 5, nodes[victim].kill)
    activity = publish(actor=crowd.ana, verb="say")
    assert pending().get().step == 3
    crowd.check_pages()
    nodes[victim].restart()
    wait_for(lambda: is_whole(nodes), "the cluster")
    wait_for(answers, "the cluster")
    sweep_and_verify()
    assert pending().count() == 0
    crowd.check_pages()
    crowd.warm_up()
    assert crowd.reached(activity) == len(crowd.readers)
    assert verdicts() == {Verdict.SAME: len(crowd.readers)}
