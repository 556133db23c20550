"""Values that are made from SQL and kept in the store until something they were made from changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress

from activitystream.exceptions import StoreUnavailable
from activitystream.journal import in_transaction, write_alias
from activitystream.routers import primary_reads
from activitystream.spaces import on_commit
from activitystream.streams import Bodies, Body, Name, StreamStore, get_store

__all__ = ["Make", "read"]

Make = Callable[[Collection[Name]], Iterable[Body]]
"""Makes the values of these names from SQL; a name for which there is nothing is left out."""


@primary_reads()
def read(names: Collection[Name], make: Make) -> dict[Name, bytes]:
    """The values of these names: one round trip if the store has them all. The others are made, and kept.

    Whoever changes what a value was made from calls `journal.forget` with its ref in the same transaction.
    """
    store = get_store()
    cached = _cached(store, names)
    values = dict(cached.found)
    missing = [name for name in names if name not in values]
    if missing:
        made = list(make(missing))
        _keep(store, made, cached.stamp, make)
        values |= {body.id: body.payload for body in made}
    return values


def _cached(store: StreamStore | None, names: Collection[Name]) -> Bodies:
    if store is not None and names:
        try:
            return store.get_many(list(names))
        except StoreUnavailable:
            pass
    return Bodies(found={}, stamp={})


def _keep(store: StreamStore | None, made: Iterable[Body], stamp: Mapping[Name, str], make: Make) -> None:
    """Put values into the store.

    Those that were made within a transaction are made again after it: what they were made from may be rolled
    back, and its snapshot may be older than the stamp.
    """
    bodies = [body for body in made if body.id in stamp]
    if store is None or not bodies:
        return
    if in_transaction():
        names = [body.id for body in bodies]
        on_commit(lambda: _make_again(names, make), write_alias())
        return
    with suppress(StoreUnavailable):  # it is a cache: the next page makes them again
        store.put(bodies, stamp)


@primary_reads()
def _make_again(names: Collection[Name], make: Make) -> None:
    """Put values into the store, after a commit. Whether it was one is not asked: in a site's tests the hooks
    run within the transaction of the test, and what put itself off again would do so for ever."""
    store = get_store()
    if store is not None:
        stamp = _cached(store, names).stamp
        with suppress(StoreUnavailable):
            store.put(make(names), stamp)
