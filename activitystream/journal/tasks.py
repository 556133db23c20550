"""Journal entries as tasks: `django.tasks` on Django 6, its backport `django-tasks` before.

With the immediate backend (the default) the work is done in the committing process; with a real one each step
of a fan-out is a task of its own, so others' activities pass between the steps of a celebrity's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import django

from activitystream.conf import settings
from activitystream.models import JournalEntry
from activitystream.spaces import current

from .broker import send_to_broker
from .entries import run, work_on

if TYPE_CHECKING or django.VERSION < (6, 0):
    from django_tasks import task
    from django_tasks.backends.immediate import ImmediateBackend
else:
    from django.tasks import task
    from django.tasks.backends.immediate import ImmediateBackend

__all__ = ["dispatch", "run_journal_entry"]


# Module level, for workers find it by its path; imported at the first dispatch, so that a project without the
# queue hears of it from the system checks and not from a traceback at start.
@task(backend=settings.TASK_BACKEND, queue_name=settings.TASK_QUEUE)
def run_journal_entry(entry_id: int, space: str = "") -> None:
    """Do one step of a journal entry of this space, and enqueue the next."""
    work_on(entry_id, dispatch, space)


def dispatch(entry: JournalEntry) -> None:
    """Hand an entry to the workers. With the immediate backend it is run here, with no task made of it: that
    backend swallows exceptions, and a chain of tasks would be a recursion.

    A backend is called in this thread, because it may use this thread's database connection.
    """
    chosen = run_journal_entry.using(backend=settings.TASK_BACKEND, queue_name=settings.TASK_QUEUE)
    if isinstance(chosen.get_backend(), ImmediateBackend):
        run(entry)
    else:
        space = current()  # left out where it is empty: workers of an older version do not take it
        args = (entry.pk, space) if space else (entry.pk,)
        send_to_broker(lambda: chosen.enqueue(*args), blocking=False)
