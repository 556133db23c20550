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
from activitystream.spaces import current

__all__ = ["dispatch", "run_journal_entry"]


def _run_journal_entry(entry_id: int, space: str = "") -> None:
    """Do one step of a journal entry of this space, and enqueue the next."""
    work_on(entry_id, dispatch, space)


run_journal_entry: Any = shared_task(name="activitystream.run_journal_entry", ignore_result=True)(
    _run_journal_entry
)


def dispatch(entry: JournalEntry) -> None:
    """Hand an entry to the workers. A broker that does not answer is not asked again: the sweeper will."""
    space = current()  # left out where it says nothing: workers of an older version do not take it
    run_journal_entry.apply_async(args=[entry.pk, space] if space else [entry.pk], retry=False)
