"""Redis has no memory left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from activitystream import Draft, HomeFeed, publish, publish_many, retract, unfollow
from activitystream.journal import pending
from activitystream.operations import Verdict

from .conftest import MAX_LENGTH
from .site import Crowd, sweep_and_verify, verdicts

if TYPE_CHECKING:
    from example_project.private_server import Server


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    with Redis.from_url(server.url) as connected:
        yield connected


def test_full_with_noeviction(crowd: Crowd, client: Any) -> None:
    reader, leaver = crowd.readers[:2]
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    activity = publish(actor=crowd.ana, verb="say")
    assert pending().count() == 1, "the fan-out waits"
    unfollow(leaver, crowd.ana)
    assert not HomeFeed(leaver).page(), "what must go goes at once: it frees memory"
    retract(crowd.old)
    assert crowd.old.id not in [entry.id for entry in HomeFeed(reader).page()]
    assert pending().count() == 2, "the fan-out, and a drop to repeat after it"
    client.config_set("maxmemory", 0)
    sweep_and_verify()
    assert pending().count() == 0
    assert [entry.id for entry in HomeFeed(reader).page()] == [activity.id]
    assert not HomeFeed(leaver).page()


def test_full_with_allkeys_lru(server: Server, client: Any, transactional_db: None) -> None:
    crowd = Crowd(600, warm_every=5)
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("maxmemory", client.info("memory")["used_memory"] + 400_000)
    for round in range(3):
        publish_many(
            Draft(actor=crowd.ana, verb="say", data={"text": "x" * 10_000}) for _ in range(MAX_LENGTH)
        )
        unfollow(crowd.readers[round], crowd.ana)
        for user in crowd.readers[round::20]:
            HomeFeed(user).page(MAX_LENGTH)
    assert client.info("stats")["evicted_keys"] > 0
    crowd.check_pages()
    sweep_and_verify()
    assert pending().count() == 0
    crowd.warm_up()
    assert set(verdicts()) == {Verdict.SAME}
