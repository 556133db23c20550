"""Journal entries: recorded in the caller's transaction, run after its commit, gone when done.

A handler does one step of an entry's work: `handler(payload, cursor)` gives the cursor to go on from, or None
when all is done. It may be run again from the same cursor at any time, so what it does is idempotent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import router, transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.module_loading import import_string

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable, UnknownSpace
from activitystream.models import JournalEntry
from activitystream.parts import in_parts
from activitystream.routers import primary_reads
from activitystream.spaces import on_commit, using
from activitystream.streams import get_store

__all__ = [
    "Handler",
    "after_commit",
    "finish",
    "handler",
    "in_transaction",
    "put_off",
    "record",
    "run",
    "run_step",
    "work_on",
    "write_alias",
    "writing",
]

logger = logging.getLogger("activitystream")

TOGETHER = 500
"""Entries that are looked for with one query."""

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    run: Handler
    at_once: bool


_kinds: dict[str, _Kind] = {}


def handler(kind: str, *, at_once: bool = False) -> Callable[[Handler], Handler]:
    """Decorator: this function does the work of entries of this kind.

    `at_once`: its first step is one short call to the store, so it is run in the committing process and not
    by a worker: who unfollows sees a page without the followee right after. Further steps are the sweeper's.
    """

    def decorate(function: Handler) -> Handler:
        _kinds[kind] = _Kind(function, at_once)
        return function

    return decorate


def write_alias() -> str:
    """The database that the tables of this app are written to; feeds read there too (replicas lag behind)."""
    return router.db_for_write(JournalEntry)


@contextmanager
def writing() -> Iterator[None]:
    """Open a transaction for changes to the tables of this app.

    SQLite takes its write lock at the beginning, and waits for it (`timeout` of the database). By default it
    takes the lock at the first write: if the transaction has read before, and another process has written
    meanwhile, it fails at once ("database is locked").
    """
    alias = write_alias()
    connection: Any = transaction.get_connection(alias)
    with ExitStack() as stack:
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            connection.ensure_connection()  # which reads the mode from the settings
            mode, connection.transaction_mode = connection.transaction_mode, "IMMEDIATE"
            try:
                stack.enter_context(transaction.atomic(using=alias))
            finally:
                connection.transaction_mode = mode
        else:
            stack.enter_context(transaction.atomic(using=alias))
        yield


def in_transaction() -> bool:
    """Whether what SQL says now may be rolled back, or be older than the last commit."""
    return bool(transaction.get_connection(write_alias()).in_atomic_block)


def record(kind: str, payload: Any) -> JournalEntry | None:
    """Write down work that must follow the commit of the current transaction, and start it then.

    Nothing is done without streams (None): what they would need to be told, SQL knows.
    """
    if get_store() is None:
        return None
    alias = write_alias()
    entry = JournalEntry.objects.using(alias).create(kind=kind, payload=payload, updated=timezone.now())
    on_commit(lambda: _start(entry), alias)
    return entry


def put_off(kind: str, payload: Any) -> None:
    """Write down work that cannot be done now, for the sweeper."""
    JournalEntry.objects.using(write_alias()).create(kind=kind, payload=payload, updated=timezone.now())


def after_commit(signal: Signal, sender: Any, **facts: Any) -> None:
    """Send a signal once the current transaction has committed; nothing is done if nobody listens."""
    if not signal.has_listeners(sender):
        return

    def send() -> None:
        signal.send_robust(sender, **facts)

    on_commit(send, write_alias())


def work_on(entry_id: int, dispatch: Callable[[JournalEntry], None], space: str = "") -> None:
    """Do one step of the entry of this key, if it is still there, and dispatch the next: a worker's task.

    `space` is what `spaces.current()` gave where the entry was dispatched; "" is the space that the worker is
    in. Entries of a tenant that was deleted went with it.
    """
    try:
        with using(space):
            entry = JournalEntry.objects.using(write_alias()).filter(pk=entry_id).first()
            if entry is not None and run_step(entry):
                dispatch(entry)
    except UnknownSpace:
        logger.info("journal entry %s: its space %r is gone", entry_id, space)


def _start(entry: JournalEntry) -> None:
    if _kinds[entry.kind].at_once:
        run(entry, steps=1)
    else:
        import_string(settings.DISPATCH)(entry)


def run(entry: JournalEntry, *, steps: int | None = None) -> bool:
    """Do all of an entry's work (or so many steps), or as much as can be done now. Whether it is done."""
    try:
        for _ in count() if steps is None else range(steps):
            if not run_step(entry):
                return True
    except StoreUnavailable as error:
        logger.warning("journal entry %s (%s) waits for the sweeper: %s", entry.pk, entry.kind, error)
    return False


def finish(keys: Sequence[int]) -> None:
    """Do what is left of these entries, for work that must not be done before theirs. StoreUnavailable."""
    for some in in_parts(keys, TOGETHER):
        for entry in JournalEntry.objects.using(write_alias()).filter(pk__in=some).order_by("pk"):
            while run_step(entry):
                pass


def run_step(entry: JournalEntry) -> bool:
    """Do one step and write down how far it came. Whether there is more to do, for us.

    Of two workers that were given the same entry, the one that comes second at a step leaves it to the other.
    """
    with primary_reads():  # what it writes to streams must not come from a lagging replica
        cursor = _kinds[entry.kind].run(entry.payload, entry.cursor)
    mine = JournalEntry.objects.using(write_alias()).filter(pk=entry.pk)
    if cursor is None:
        mine._raw_delete(write_alias())  # noqa: SLF001  (nothing refers to it: no transaction is needed)
        entry.done = True
        return False
    moved = mine.filter(step=entry.step).update(cursor=cursor, step=entry.step + 1, updated=timezone.now())
    entry.cursor, entry.step = cursor, entry.step + 1
    return bool(moved)
