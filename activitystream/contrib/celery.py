"""Fan-out by Celery workers:

    ACTIVITYSTREAM = {"DISPATCH": "activitystream.contrib.celery.dispatch"}

Workers find the task with `app.autodiscover_tasks(["activitystream.contrib"], related_name="celery")`. Which
queue it goes to is Celery's own setting: `task_routes = {"activitystream.*": {"queue": "feeds"}}`.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task

from activitystream.journal import work_on
from activitystream.models import JournalEntry

__all__ = ["dispatch", "run_journal_entry"]


def _run_journal_entry(entry_id: int) -> None:
    """Do one step of a journal entry, and enqueue the next."""
    work_on(entry_id, dispatch)


run_journal_entry: Any = shared_task(name="activitystream.run_journal_entry", ignore_result=True)(
    _run_journal_entry
)


def dispatch(entry: JournalEntry) -> None:
    """Hand an entry to the workers. A broker that does not answer is not asked again: the sweeper will."""
    run_journal_entry.apply_async(args=[entry.pk], retry=False)
