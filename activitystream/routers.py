"""A database router that keeps what we decide and cache off lagging replicas.

A router that spreads reads over replicas routes relations, too: `user.profile` comes from a replica, even if
the user was read from the primary. A stale answer would then be cached as a current one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models, router

__all__ = ["PrimaryReads", "primary_reads"]

_required: ContextVar[bool] = ContextVar("activitystream_primary_reads", default=False)


class PrimaryReads:
    """Send reads within `primary_reads()` to the database that the model is written to.

    Put it first in `DATABASE_ROUTERS`. It has no opinion about any other read, nor about writes.
    """

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        return router.db_for_write(model, **hints) if _required.get() else None


@contextmanager
def primary_reads() -> Iterator[None]:
    """Read from the primary within this block, or within the function that this decorates.

    The app uses it where cards are made, where access is decided and where streams are filled. Blocks nest;
    each applies to its own thread or asynchronous task. Evaluate querysets within the block. Do not decorate
    a generator or an `async def`, because the block would end before their bodies run.
    """
    token = _required.set(True)
    try:
        yield
    finally:
        _required.reset(token)
