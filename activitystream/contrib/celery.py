"""Fan-out by Celery workers:

    ACTIVITYSTREAM = {"DISPATCH": "activitystream.contrib.celery.dispatch"}

Workers find the task with `app.autodiscover_tasks(["activitystream.contrib"], related_name="celery")`. Which
queue it goes to is Celery's own setting: `task_routes = {"activitystream.*": {"queue": "feeds"}}`.
"""

from __future__ import annotations

from typing import Any

from celery import shared_task

from activitystream.journal import send_to_broker, work_on
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
    """Hand an entry to the workers.

    Celery connects, and tries again, for as long as its settings say: some seconds by default, for ever for a
    Redis that is silent. The thread of `send_to_broker()` bounds that.
    """
    # Looked up here: in another thread Celery may find another app, which does not know the broker.
    task = run_journal_entry._get_current_object()  # noqa: SLF001  (a Proxy's public API)
    space = current()  # left out where it is empty: workers of an older version do not take it
    args = [entry.pk, space] if space else [entry.pk]
    if task.app.conf.task_always_eager:
        task.apply_async(args=args)  # in this thread: it does the work
    else:
        send_to_broker(lambda: task.apply_async(args=args), blocking=True)
