"""Settings of the example site. `python -m example_project` sets the variables that are read here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import django

BASE = Path(__file__).resolve().parent

#: Where the database is. SQLite makes the file, but not its directory.
DATA = Path(os.environ.get("EXAMPLE_DATA_DIR") or BASE / "var")
DATA.mkdir(parents=True, exist_ok=True)
#: Where Redis is. Without it the site works just as well: feeds are then answered by the database alone.
REDIS_URL = os.environ.get("EXAMPLE_REDIS_URL", "")

# This site is for one's own machine: the key is no secret, everybody's password is "demo".
SECRET_KEY = "for the example only"
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, os.environ.get("EXAMPLE_HOSTS", "").split(",")),
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"

AUTH_USER_MODEL = "photos.Person"
LOGIN_URL = "photos:welcome"

INSTALLED_APPS = [
    "example_project.photos",  # before the app: its templates override those of activitystream
    "activitystream",
    "rest_framework",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "example_project.photos.behind.behind_the_page",
    "example_project.photos.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "example_project.photos.middleware.nothing_is_left_in_the_browser",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / ("large.sqlite3" if os.environ.get("SIZE") == "large" else "db.sqlite3"),
        # Threads of the server write at the same time: wait for one another instead of failing.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}

ACTIVITYSTREAM: dict[str, Any] = {"KEY_PREFIX": "example", "FOLLOW_VERB": "follow"}

if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1},  # seconds
        }
    }
else:
    ACTIVITYSTREAM["STREAMS"] = None

# Django 6 has the tasks framework in itself; on 5.2 the backport stands in.
_tasks = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
TASKS = {"default": {"BACKEND": f"{_tasks}.backends.immediate.ImmediateBackend"}}

# HTML pages, JSON for curl: by the session of the site, or `curl -u mei:demo`.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "example_project.photos.api.Session",
        "rest_framework.authentication.BasicAuthentication",
    ],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # One line for each picture, style sheet and mistyped address would hide what matters.
    "loggers": {name: {"level": "ERROR"} for name in ("django.server", "django.request", "django.security")},
}
