"""How the Redis store talks to its server: pipelines of script calls, errors, and when to leave it alone."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.core.cache import InvalidCacheBackendError
from django.core.exceptions import ImproperlyConfigured
from django_redis import get_redis_connection
from redis.cluster import RedisCluster
from redis.exceptions import ClusterError, NoScriptError, ResponseError

from activitystream.breaker import Breaker
from activitystream.exceptions import StoreUnavailable
from activitystream.instrumentation import RoundTrip, recording
from activitystream.streams import bridge
from activitystream.streams.faults import FAULTS, UNREACHABLE, meaning_of
from activitystream.streams.scripts import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from activitystream.streams.scripts import Script

__all__ = ["Call", "Connection"]

PIPELINE = 500
"""Script calls sent at once: more would pile up in memory on both sides."""

SCAN = 1_000
"""Keys that the server looks at for one answer of a scan."""

REFUSALS_TOLD_EVERY = 60.0
"""Seconds between two lines in the log about a server that answers and refuses."""

KEYS_TOLD = 100
"""Keys of one round trip that a recording gets."""

logger = logging.getLogger("activitystream")

T = TypeVar("T")


class Call(NamedTuple):
    """Of a script. On a cluster all keys must be of one slot."""

    keys: Sequence[bytes]
    args: Sequence[bytes | int | str] = ()


class Connection:
    """A server or cluster, reached through the django-redis alias of that name."""

    def __init__(self, alias: str, retry_after: float) -> None:
        self.alias = alias
        self._breaker = Breaker(
            retry_after, f"the server of the cache {alias!r}", "the database answers", cache=alias
        )
        self._retry_after = retry_after
        self._cluster: bool | None = None
        self._refused: float | None = None

    @contextmanager
    def client(self) -> Iterator[Any]:
        """The redis-py client; every fault inside becomes `StoreUnavailable`."""
        if not self._breaker.lets_through():
            raise StoreUnavailable(f"not asked again before {self._retry_after} s after a failure")
        try:
            yield self._client()
        except FAULTS as error:
            meaning = meaning_of(error)
            if meaning.down:
                self._breaker.failed(error)
            if meaning.remedy or not meaning.down:
                self._tell_refusal(error, meaning.remedy)
            text = f"{self.alias!r}: {type(error).__name__}: {error}"
            raise StoreUnavailable(f"{text} {meaning.remedy}".rstrip()) from error
        self._breaker.succeeded()

    def _ask(self, ask: Callable[[Any], T]) -> T:
        """Return what a function gives that asks the client. It is called again if the connection turns out
        to lead to a server that is not the primary any more: such a connection stays wrong for ever."""
        with self.client() as client:
            try:
                return ask(client)
            except FAULTS as error:
                if not meaning_of(error).stale:
                    raise
            _close_connections(client)
            return ask(client)

    def _tell_refusal(self, error: Exception, remedy: str) -> None:
        """Log, now and then, that the server refuses a command (because it is full, say). A refusal with a
        remedy needs somebody to change a setting, so it is an error."""
        now = time.monotonic()
        if self._refused is None or now - self._refused > REFUSALS_TOLD_EVERY:
            self._refused = now
            logger.log(
                logging.ERROR if remedy else logging.WARNING,
                "the server of the cache %r refuses: %s: %s %s",
                self.alias,
                type(error).__name__,
                error,
                remedy,
                extra={"event": "misconfigured" if remedy else "refused", "cache": self.alias},
            )

    def _client(self) -> Any:
        try:
            client = get_redis_connection(self.alias, write=True)
        except (InvalidCacheBackendError, NotImplementedError) as error:
            raise ImproperlyConfigured(
                f'CACHES["{self.alias}"] is not a django-redis cache: see activitystream.E001'
            ) from error
        return bridge.client_for(client) if bridge.in_loop() else client

    def is_cluster(self) -> bool:
        """Whether the keys of one script call must be of one slot."""
        if self._cluster is None:  # asked once: it says nothing of whether the server answers
            with self.client() as client:
                self._cluster = isinstance(client, RedisCluster)
        return self._cluster

    def run(self, script: Script, calls: Sequence[Call]) -> list[Any]:
        """What each call gives. One round trip for each `PIPELINE` calls (on a cluster: to each node)."""
        results: list[Any] = []
        for first in range(0, len(calls), PIPELINE):
            part = [
                ("EVALSHA", script.sha, len(keys), *keys, *args)
                for keys, args in calls[first : first + PIPELINE]
            ]
            results += self._ask(partial(_evaluate, script=script, commands=part))
        return results

    def send(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What each plain command gives, in one round trip."""
        return self._ask(lambda client: _checked(_pipelined(client, commands)))

    def scan(self, pattern: bytes) -> Iterator[bytes]:
        """The keys that match, some of them twice; of a cluster, those of all its primaries."""
        with self.client() as client:
            yield from client.scan_iter(match=pattern, count=SCAN)

    def sizes(self, keys: Sequence[bytes]) -> list[int | None]:
        """Bytes of each key; None where the server does not tell: the key is gone, or it may not be asked."""
        with self.client() as client:
            answers = _pipelined(client, [("MEMORY USAGE", key) for key in keys])
        return [answer if isinstance(answer, int) else None for answer in answers]


def _pipelined(client: Any, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """What each command gives, in one round trip; told to those who record."""
    recordings = recording()
    if not (recordings and commands):
        return _sent(client, commands)
    started = time.perf_counter()
    try:
        return _sent(client, commands)
    finally:
        trip = RoundTrip(_command(commands[0]), _keys(commands), time.perf_counter() - started)
        for one in recordings:
            one.add(trip)


def _command(command: tuple[Any, ...]) -> str:
    return name_of(command[1]) if command[0] == "EVALSHA" else str(command[0])


def _keys(commands: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    """The keys of these commands, the first ones of very many."""
    keys = (
        key
        for command in commands
        for key in (command[3 : 3 + command[2]] if command[0] == "EVALSHA" else command[1:2])
    )
    return tuple(key.decode(errors="replace") for key in islice(keys, KEYS_TOLD))


def _sent(client: Any, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    if isinstance(client, bridge.Client):
        return client.send(commands)
    if isinstance(client, RedisCluster):
        with client.pipeline(transaction=False) as pipe:
            pipe.parent_execute_command = _once(pipe.parent_execute_command)
            for command in commands:
                pipe.execute_command(*command, **_target(client, command))
            return list(pipe.execute(raise_on_error=False))
    return [_alone(client, commands[0])] if len(commands) == 1 else _streamed(client, commands)


def _streamed(client: Any, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """A pipeline, but each command is sent as soon as it is packed: to pack a thousand keys takes about as
    long as to serve them, and both go on at once."""
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        for command in commands:
            connection.send_command(*command)
        return [_answer(connection) for _ in commands]
    except BaseException:
        connection.disconnect()  # some answers may be on their way, and would be taken for those of others
        raise
    finally:
        pool.release(connection)


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


def _alone(client: Any, command: tuple[Any, ...]) -> Any:
    """What one command gives: an error of the server, too, as in a pipeline."""
    try:
        return client.execute_command(*command)
    except ResponseError as error:
        return error


def _once(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Ask no more after the first time that nobody answered.

    What failed in a pipeline of a cluster is sent again, one by one (a slot may have moved): for a node that
    hangs, that is a timeout for each command; for slots that nobody serves, or that stay between two nodes,
    half a second.
    """
    failed: list[Exception] = []

    def execute_once(*args: Any, **kwargs: Any) -> Any:
        if failed:
            raise failed[0]
        try:
            return execute(*args, **kwargs)
        except (*UNREACHABLE, ClusterError) as error:
            failed.append(error)
            raise

    return execute_once


def _target(client: Any, command: tuple[Any, ...]) -> dict[str, Any]:
    """The node of a command's first key, on a cluster; one that has moved away redirects to the right one.

    redis-py finds it, too, but in a pipeline it first asks the server for the keys of each EVALSHA.
    """
    node = client.get_node_from_key(command[3 if command[0] == "EVALSHA" else 1])
    return {} if node is None else {"target_nodes": node}


def _close_connections(client: Any) -> None:
    """Close the connections that nobody uses at the moment; on a cluster, look anew where the slots are."""
    if isinstance(client, bridge.Client):
        client.close_connections()
    elif isinstance(client, RedisCluster):
        for node in client.get_nodes():
            node.redis_connection.connection_pool.disconnect(inuse_connections=False)
        client.nodes_manager.initialize()
    else:
        client.connection_pool.disconnect(inuse_connections=False)


def _evaluate(client: Any, script: Script, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Run script calls; a server that does not have the script (any more) is given it, and asked again."""
    results = _pipelined(client, commands)
    missing = [at for at, result in enumerate(results) if isinstance(result, NoScriptError)]
    if missing:
        client.script_load(script.text)  # on a cluster: on all primaries
        for at, result in zip(missing, _pipelined(client, [commands[at] for at in missing]), strict=True):
            results[at] = result
    return _checked(results)


def _checked(results: list[Any]) -> list[Any]:
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results
