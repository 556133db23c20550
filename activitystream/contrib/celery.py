"""Fan-out by Celery workers:

    ACTIVITYSTREAM = {"DISPATCH": "activitystream.contrib.celery.dispatch"}

Workers find the task with `app.autodiscover_tasks(["activitystream.contrib"], related_name="celery")`. Which
queue it goes to is Celery's own setting: `task_routes = {"activitystream.*": {"queue": "feeds"}}`.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task

from activitystream.journal import hand_over, work_on
from activitystream.models import JournalEntry

__all__ = ["dispatch", "run_journal_entry"]


def _run_journal_entry(entry_id: int) -> None:
    """Do one step of a journal entry, and enqueue the next."""
    work_on(entry_id, dispatch)


run_journal_entry: Any = shared_task(name="activitystream.run_journal_entry", ignore_result=True)(
    _run_journal_entry
)


def dispatch(entry: JournalEntry) -> None:
    """Hand an entry to the workers.

    Celery connects, and tries again, for as long as its settings say: some seconds by default, for ever for a
    Redis that is silent. The thread of `hand_over()` bounds that.
    """
    # Looked up here: in another thread Celery may find another app, which does not know the broker.
    task, entry_id = run_journal_entry._get_current_object(), entry.pk  # noqa: SLF001  (a Proxy's public API)
    if task.app.conf.task_always_eager:
        task.apply_async(args=[entry_id])  # in this thread: it does the work
    else:
        hand_over(lambda: task.apply_async(args=[entry_id]), blocking=True)
