"""Settings of the site under test and of its twin, taken from the environment.

`CHAOS_SITE` is a JSON object that the runner writes: the database, the address of the Redis server, the
folder of the run, and whether the process uses streams. `CHAOS_CLOCK` is the number of seconds by which the
clock of this process is wrong.
"""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta

from django.utils import timezone

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

_site = json.loads(os.environ["CHAOS_SITE"])


def _skew(seconds: float) -> None:
    """Shift the wall clock of this process. Timeouts use the monotonic clock, which stays right."""
    true_time, true_now = time.time, timezone.now
    time.time = lambda: true_time() + seconds
    timezone.now = lambda: true_now() + timedelta(seconds=seconds)


if _clock := float(os.environ.get("CHAOS_CLOCK", "0")):
    _skew(_clock)

RUN_FOLDER = _site["folder"]
ROOT_URLCONF = "tests.chaos.site.urls"
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "django.contrib.admin"] + ["tests.chaos.site"]
MIDDLEWARE: list[str] = []
"""The site has an API only, with basic authentication."""

DATABASES["default"]["NAME"] = _site["database"]
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": _site["redis"],
        "OPTIONS": {"SOCKET_TIMEOUT": 0.5, "SOCKET_CONNECT_TIMEOUT": 0.5},
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

ACTIVITYSTREAM = {
    "STREAMS": "activitystream.streams.redis.RedisStore" if _site["streams"] else None,
    "KEY_PREFIX": "chaos",
    # All bounds are low, so that a few people and some hundred activities go past them.
    "CHUNK_SIZE": 3,
    "PULL_ABOVE": 5,
    "MAX_LENGTH": 60,
    "MAX_PAGE_SIZE": 500,
    "SWEEP_AFTER": 2,
    "BUILDING_TTL": 3,
    "RETRY_AFTER": 0.3,
    "LIVE_HEARTBEAT": 2,
    "FOLLOW_VERB": "follow",
    "MAY_SEE": "tests.chaos.site.rules.may_see",
    "DISPATCH": "tests.chaos.site.rules.dispatch",
    "ORIGIN": "https://chaos.example",
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
