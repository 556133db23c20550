"""A Celery app as a project has it: `celery -A tests.tasks.celery_app worker`."""

from __future__ import annotations

import os

import django
from celery import Celery

django.setup()

from activitystream.journal import broker  # noqa: E402  (it has models)

# On a machine that is busy a task may need longer to be sent, and would be left to the sweeper.
broker.WITHIN = 30.0

app = Celery("tests", broker=os.environ["CELERY_BROKER"], set_as_current=True)
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    broker_connection_retry_on_startup=True,
    task_default_queue=os.environ["CELERY_QUEUE"],
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks(["activitystream.contrib"], related_name="celery", force=True)
