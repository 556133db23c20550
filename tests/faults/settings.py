"""Settings of the processes that tests start: the database and servers of the test, from the environment."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

_site = json.loads(os.environ["SITE_SETTINGS"])

DATABASES["default"]["NAME"] = _site["database"]
CACHES = _site["caches"]
ACTIVITYSTREAM = _site["activitystream"]
TASKS = _site["tasks"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
