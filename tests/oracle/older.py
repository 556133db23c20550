"""A real server for random histories, which comes back with what it had when it last saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.conf import settings
from django.test import override_settings
from django_redis import get_redis_connection
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from activitystream.streams import get_store
from example_project.private_server import Server, ServerUnavailable, private_server

__all__ = ["LosesWrites", "losing_server"]

ALIAS = "losing"
_servers: list[Server] = []
"""The server of the test that runs."""


class LosesWrites:
    """Lets a state machine's server save every few steps, and come back with that some steps later."""

    @initialize(phases=st.lists(st.integers(2, 12), min_size=20, max_size=20))
    def plan(self, phases: list[int]) -> None:
        (_servers[-1].directory / "dump.rdb").unlink(missing_ok=True)  # it is of an earlier history
        self._rest, self._phases = 0, iter(phases)
        self._next = self._come_back, self._save

    @invariant()
    def go_on(self) -> None:
        """After each step."""
        if self._rest == 0:
            now, later = self._next
            now()
            self._next = later, now
            self._rest = next(self._phases, -1)
        self._rest -= 1

    def _save(self) -> None:
        self.warm_up()
        _client().save()

    def _come_back(self) -> None:
        _servers[-1].restart()
        _client().connection_pool.disconnect()  # an outage is another fault: here nobody notices anything
        store = get_store()
        assert store is not None
        assert not list(store.streams()), "a stream that another server wrote"
        self.came_back()

    def warm_up(self) -> None:
        """Read what is to be in the snapshot."""

    def came_back(self) -> None:
        """What else is to be looked at then."""


def _client() -> Any:
    return get_redis_connection(ALIAS)


@contextmanager
def losing_server(missing_server: Callable[[str], NoReturn], **changed: Any) -> Iterator[None]:
    """Keep streams in a server of its own, under these settings of the app."""
    try:
        with private_server() as server:
            timeouts = {"SOCKET_TIMEOUT": 5, "SOCKET_CONNECT_TIMEOUT": 5}
            cache = {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": server.url,
                "OPTIONS": timeouts,
            }
            app = {"CACHE": ALIAS, "STREAMS": "activitystream.streams.redis.RedisStore", **changed}
            _servers.append(server)
            try:
                with override_settings(CACHES={**settings.CACHES, ALIAS: cache}, ACTIVITYSTREAM=app):
                    yield
            finally:
                _servers.pop()
    except ServerUnavailable as error:
        missing_server(str(error))
