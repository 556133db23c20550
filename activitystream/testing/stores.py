"""Stream stores and spaces of keys for the length of a test."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, cast

from django.core.cache import InvalidCacheBackendError
from django_redis import get_redis_connection

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable
from activitystream.streams import StreamStore, make_store, replaced

from .options import activitystream_settings

__all__ = ["delete_keys", "key_space", "new_prefix", "store_down", "use_store"]

MEMORY = "activitystream.streams.memory.MemoryStore"
BATCH = 1_000
"""Keys that one command deletes, and about as many as the server looks at for one answer of a scan."""


@contextmanager
def use_store(store: StreamStore | str | None) -> Iterator[StreamStore | None]:
    """Use a stream store inside the block, in all threads of this process, whatever `STREAMS` says.

    `"memory"`: a new `MemoryStore`; another text: the dotted path of a store, which is made from the
    settings; None: no streams, so SQL answers every feed. The block gets the store.
    """
    if isinstance(store, str):
        store = make_store(MEMORY if store == "memory" else store)
    with replaced(store):
        yield store


@contextmanager
def store_down() -> Iterator[None]:
    """Raise StoreUnavailable from every call of the stream store inside the block, as in an outage."""
    with replaced(cast("StreamStore", _Down())):
        yield


@contextmanager
def key_space(name: str = "activitystream-test") -> Iterator[str]:
    """Give the keys in Redis a prefix of their own inside the block; delete those keys at its end.

    The prefix begins with `name` and is different each time, so tests that run in parallel on one server
    cannot meet. The block gets it. Other keys of the server are left alone.
    """
    prefix = new_prefix(name)
    with activitystream_settings(KEY_PREFIX=prefix):
        try:
            yield prefix
        finally:
            delete_keys(prefix)


def new_prefix(name: str) -> str:
    """Return a prefix that no other test has."""
    return f"{name}-{secrets.token_hex(8)}"


def delete_keys(prefix: str) -> None:
    """Delete the keys of the app with this prefix, if the settings name a stream store in Redis."""
    if settings.STREAMS in (None, MEMORY):
        return
    try:
        client = get_redis_connection(settings.CACHE, write=True)
    except (InvalidCacheBackendError, NotImplementedError):
        return  # the site's own store is not in Redis
    pattern = re.sub(r"([\\*?\[\]^-])", r"\\\1", prefix) + ":*"
    keys: list[Any] = list(client.scan_iter(match=pattern, count=BATCH))
    for first in range(0, len(keys), BATCH):
        client.delete(*keys[first : first + BATCH])


class _Down:
    """A stream store that does not answer: each call of it, or of a part of it (`events`), raises."""

    @property
    def events(self) -> _Down:
        return self

    def in_space(self, name: str) -> _Down:
        """It is down for all."""
        return self

    def check(self) -> list[Any]:
        """System checks make no connection, so they find nothing."""
        return []

    def __getattr__(self, name: str) -> Any:
        return _Down()

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StoreUnavailable("the server is down")
