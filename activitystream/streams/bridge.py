"""Lets the synchronous code of a page wait for Redis in an event loop, without a thread.

The code runs in a greenlet. Where it would send commands, the greenlet hands a coroutine to the task that
runs it, which awaits it and switches back: as SQLAlchemy does it. So there is one code for both. What needs
SQL cannot run so, and Django says so (`SynchronousOnlyOperation`): that is for a thread.

Needs the package greenlet (the extra `async`).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import redis.asyncio
from django.core.exceptions import SynchronousOnlyOperation
from redis import Redis
from redis import connection as sync_connection
from redis.asyncio import connection as async_connection

try:
    import greenlet
except ImportError:  # the extra is not installed
    greenlet = None

__all__ = ["Client", "available", "client_for", "in_loop", "no_loop", "run", "wait"]

P = ParamSpec("P")
T = TypeVar("T")

_CLASSES: dict[Any, Any] = {
    sync_connection.Connection: async_connection.Connection,
    sync_connection.SSLConnection: async_connection.SSLConnection,
    sync_connection.UnixDomainSocketConnection: async_connection.UnixDomainSocketConnection,
}
_TAKEN = {"host", "port", "path", "db", "username", "password", "client_name", "health_check_interval"}
_TAKEN |= {"socket_timeout", "socket_connect_timeout", "socket_keepalive", "decode_responses"}
_TAKEN |= {"credential_provider"}

Loop = asyncio.AbstractEventLoop
_clients: dict[Loop, tuple[AsyncIterator[None], dict[int, Client]]] = {}
"""Those of each loop, and what closes them when it ends."""


def available() -> bool:
    """Whether `run` can be used."""
    return greenlet is not None


def in_loop() -> bool:
    """Whether this code was started by `run`."""
    return greenlet is not None and hasattr(greenlet.getcurrent(), "task")


def no_loop() -> None:
    """Refuse to go on where what follows must not be left half done: it needs SQL."""
    if in_loop():
        raise SynchronousOnlyOperation("this needs a thread")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run it here; it waits for Redis in this loop. SynchronousOnlyOperation: it needs a thread."""
    running = greenlet.greenlet(function)
    running.task = greenlet.getcurrent()
    running.gr_context = running.task.gr_context
    result = running.switch(*args, **kwargs)
    while not running.dead:
        try:
            value = await result
        except BaseException:  # noqa: BLE001  (it is raised there)
            result = running.throw(*sys.exc_info())
        else:
            result = running.switch(value)
    return result  # type: ignore[no-any-return]


def wait(awaitable: Awaitable[T]) -> T:
    """In `run`: what it gives."""
    return greenlet.getcurrent().task.switch(awaitable)  # type: ignore[no-any-return]


def client_for(client: Any) -> Any:
    """A client of the running loop that reaches what this one does, and looks like it to the store."""
    if type(client) is not Redis or client.connection_pool.connection_class not in _CLASSES:
        raise SynchronousOnlyOperation(f"a {type(client).__name__} of this kind needs a thread")
    pool, clients = client.connection_pool, _clients_here()
    given = pool.connection_kwargs.items()
    if dict(given).get("redis_connect_func") is not None:
        raise SynchronousOnlyOperation("a redis_connect_func needs a thread")
    if id(pool) not in clients:
        taken = {name: value for name, value in given if name in _TAKEN or name.startswith("ssl_")}
        made = redis.asyncio.ConnectionPool(connection_class=_CLASSES[pool.connection_class], **taken)
        clients[id(pool)] = Client(redis.asyncio.Redis(connection_pool=made), pool)
    return clients[id(pool)]


def _clients_here() -> dict[int, Client]:
    """The clients of the running loop. It closes them when it ends, as it does all of its generators: loops
    may be many and short (each request of an async view has its own under WSGI)."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        for ended in [one for one in list(_clients) if one.is_closed()]:  # by hand, its generators left open
            _clients.pop(ended, None)
        clients: dict[int, Client] = {}
        closing = _until_the_end(loop, clients)
        _clients[loop] = closing, clients
        wait(anext(closing))
    return _clients[loop][1]


async def _until_the_end(loop: Loop, clients: dict[int, Client]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        _clients.pop(loop, None)
        for one in clients.values():
            await one.client.connection_pool.aclose()


class Client:
    """The part of a client that the store uses."""

    def __init__(self, client: Any, pool: Any) -> None:
        self.client = client
        self.pool = pool  # kept, so that its id is not another's

    def send(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What each command gives, in one round trip; errors of the server, too."""
        return list(wait(self._send(commands)))

    async def _send(self, commands: Sequence[tuple[Any, ...]]) -> Any:
        async with self.client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return await pipe.execute(raise_on_error=False)

    def close_connections(self) -> None:
        """Close the connections that nobody uses at the moment."""
        wait(self.client.connection_pool.disconnect(inuse_connections=False))

    def script_load(self, text: str) -> Any:
        """Give the server a script."""
        return wait(self.client.script_load(text))
