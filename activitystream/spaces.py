"""Spaces: the tenants of a site that serves several from one process, each with its own rows.

Two tenants have rows with the same keys, so a stream, a cached body or a content type of one must never be
taken for that of the other. The setting `SPACES` names a class that says which space code runs in; without
it there is one space, whose name is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Protocol, cast, runtime_checkable

from django.core.exceptions import SynchronousOnlyOperation
from django.db import transaction
from django.utils.module_loading import import_string

from activitystream.conf import settings

__all__ = ["Spaces", "current", "names", "on_commit", "using"]


@runtime_checkable
class Spaces(Protocol):
    """What the class that the setting `SPACES` names must have. It is instantiated once, without arguments.

    A name is any text. It must never be given to another tenant, even after the first was deleted: put the
    tenant's primary key into it.
    """

    def current(self) -> str:
        """Return the name of the space that this thread works in. It is called for each operation."""
        ...

    def using(self, name: str) -> AbstractContextManager[object]:
        """Return a context manager that works in this space; raise `UnknownSpace` if there is none."""
        ...

    def names(self) -> Iterable[str]:
        """Return the names of all spaces that have the tables of this app."""
        ...


@lru_cache
def _made(path: str) -> Spaces:
    return cast("Spaces", import_string(path)())


def current() -> str:
    """Return the name of the space that this code runs in; "" on a site without `SPACES`.

    Raise SynchronousOnlyOperation in an event loop, because a tenant is chosen for each thread: the thread
    of the loop serves all of them.
    """
    if settings.SPACES is None:
        return ""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _made(settings.SPACES).current()
    raise SynchronousOnlyOperation("The current space is known in a thread only: use sync_to_async.")


def using(name: str) -> AbstractContextManager[object]:
    """Work in this space inside the block; "" leaves the space as it is. Raise UnknownSpace if it is gone."""
    if settings.SPACES is None or not name or name == current():
        return nullcontext()
    return _made(settings.SPACES).using(name)


def names() -> list[str]:
    """Return the names of all spaces; only "" on a site without `SPACES`."""
    return [""] if settings.SPACES is None else list(_made(settings.SPACES).names())


def on_commit(function: Callable[[], object], alias: str) -> None:
    """Call the function after the commit of this database's transaction, in the space of now.

    The transaction may end outside the block that chose the tenant. An exception is logged, not raised.
    """
    name = current()

    def call() -> None:
        with using(name):
            function()

    transaction.on_commit(call, using=alias, robust=True)
