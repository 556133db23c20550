"""Settings of the test suite. Two variables choose what it runs on:

- `ACTIVITYSTREAM_TEST_DB`: `sqlite` (the default), `postgres` or `mariadb`. For the servers, the
  variables with `_HOST`, `_PORT`, `_USER`, `_PASSWORD` and `_NAME` added say where; the database used is
  the one Django's test runner makes, `test_` and the name.
- `ACTIVITYSTREAM_TEST_REDIS_URL`: a real server for the cache. Default: fakeredis in this process. Keys
  with the prefix below are deleted on it, and nothing else.

`ACTIVITYSTREAM_TEST_AMQP_URL` names a RabbitMQ for tests/tasks; without it they use a private Redis alone.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import django
import fakeredis


def _sqlite() -> dict[str, Any]:
    """A file, not memory: threads of a test then wait for each other as they do on a server."""
    folder = tempfile.mkdtemp(prefix="activitystream-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "db.sqlite3"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "TEST": {"NAME": path},
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
    }


def _server(engine: str, port: int, user: str, options: dict[str, Any]) -> dict[str, Any]:
    """A database server: `test_<name>` is made there and dropped at the end."""
    variable = "ACTIVITYSTREAM_TEST_DB_{}".format
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "HOST": os.environ.get(variable("HOST"), "127.0.0.1"),
        "PORT": os.environ.get(variable("PORT"), str(port)),
        "USER": os.environ.get(variable("USER"), user),
        "PASSWORD": os.environ.get(variable("PASSWORD"), ""),
        "NAME": os.environ.get(variable("NAME"), "activitystream"),
        "OPTIONS": options,
    }


def _database() -> dict[str, Any]:
    match os.environ.get("ACTIVITYSTREAM_TEST_DB", "sqlite"):
        case "sqlite":
            return _sqlite()
        case "postgres":
            return _server("postgresql", 5432, "postgres", {})
        case "mariadb":
            database = _server("mysql", 3306, "root", {"charset": "utf8mb4"})
            return database | {"TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}}
        case other:
            raise ValueError(f"ACTIVITYSTREAM_TEST_DB={other}: sqlite, postgres or mariadb")


def _worker_apps() -> list[str]:
    """The app of a real worker, for tests/tasks, where it is installed and fits this django-tasks."""
    try:
        import_module("django_tasks_db.compat")
    except (ImportError, ValueError):
        return []
    return ["django_tasks_db"]


SECRET_KEY = "for tests only"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tests.urls"
LOGIN_URL = "/accounts/login/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {"default": _database()}
DATABASE_ROUTERS = ["activitystream.routers.PrimaryReads", "tests.routers.Watch"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "activitystream",
    "tests.app",
    "tests.keys",
    *_worker_apps(),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
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

KEY_PREFIX = "-".join(filter(None, ["activitystream-test", os.environ.get("PYTEST_XDIST_WORKER")]))
"""Of all keys of this process: several may use one server."""

_redis_url = os.environ.get("ACTIVITYSTREAM_TEST_REDIS_URL", "")
_fake_pool = {"connection_class": fakeredis.FakeRedisConnection, "server": fakeredis.FakeServer()}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "KEY_PREFIX": KEY_PREFIX,
        "LOCATION": _redis_url or "redis://fakeredis:6379/0",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 5,
            "SOCKET_TIMEOUT": 5,
            **({} if _redis_url else {"CONNECTION_POOL_KWARGS": _fake_pool}),
        },
    }
}

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}

ACTIVITYSTREAM: dict[str, Any] = {"KEY_PREFIX": KEY_PREFIX}

# Django 6 has the tasks framework in itself; on 5.2 the backport stands in.
_tasks = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
TASKS = {"default": {"BACKEND": f"{_tasks}.backends.immediate.ImmediateBackend"}}
