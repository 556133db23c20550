"""The sweeper: goes on with journal entries that stand still, whatever died under them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter

from django.db.models import QuerySet
from django.utils import timezone

from activitystream.conf import settings
from activitystream.models import JournalEntry, Sweep
from activitystream.signals import swept as swept_signal
from activitystream.streams import get_store

from .entries import run, write_alias, writing

__all__ = ["Swept", "last_sweep", "pending", "stalled", "sweep"]

logger = logging.getLogger("activitystream")

ONLY = 1
"""The key of the one row about the last sweep."""


@dataclass(slots=True)
class Swept:
    """What a sweep did."""

    done: int = 0
    failed: int = 0


def pending() -> QuerySet[JournalEntry]:
    """All entries that are not done, oldest first."""
    return JournalEntry.objects.using(write_alias()).order_by("pk")


def stalled(older_than: float | None = None) -> QuerySet[JournalEntry]:
    """Return the entries that have not moved for so many seconds (None: `SWEEP_AFTER`), longest first.

    Entries from the future are returned, too: a process whose clock is ahead wrote them, and they would look
    young for as long as it is ahead. To run one twice does no harm.
    """
    now = timezone.now()
    young = timedelta(seconds=settings.SWEEP_AFTER if older_than is None else older_than)
    entries = pending().order_by()
    # A union, because with OR some planners read the whole index.
    old, ahead = entries.filter(updated__lte=now - young), entries.filter(updated__gt=now + young)
    return old.union(ahead, all=True).order_by("updated")


def sweep(
    progress: Callable[[Swept], None] = lambda swept: None, *, older_than: float | None = None
) -> Swept:
    """Run every stalled entry to its end. One that fails stays, is logged, and does not stop the others.
    Without streams all stay: they are about those that there were."""
    started, swept = perf_counter(), Swept()
    for entry in () if get_store() is None else stalled(older_than).iterator(chunk_size=100):
        if _claim(entry):
            done = _run_logged(entry)
            swept.done += done
            swept.failed += not done
            progress(swept)
    _tell(swept, perf_counter() - started)
    return swept


def last_sweep() -> Sweep | None:
    """The sweep that ended last; None if there never was one."""
    return Sweep.objects.using(write_alias()).filter(pk=ONLY).first()


def _tell(swept: Swept, seconds: float) -> None:
    facts = {"done": swept.done, "failed": swept.failed, "seconds": seconds}
    with writing():
        Sweep.objects.using(write_alias()).update_or_create(
            pk=ONLY, defaults={**facts, "ended": timezone.now()}
        )
    swept_signal.send_robust(JournalEntry, **facts, pending=pending().count())


def _claim(entry: JournalEntry) -> bool:
    """Whether this sweeper has it: of several that run at once, one moves the time on."""
    mine = JournalEntry.objects.using(write_alias()).filter(pk=entry.pk, updated=entry.updated)
    return bool(mine.update(updated=timezone.now()))


def _run_logged(entry: JournalEntry) -> bool:
    try:
        return run(entry)
    except Exception:
        logger.exception("journal entry %s (%s) failed", entry.pk, entry.kind)
        return False
