"""Settings of the benchmark's site. `python -m benchmarks` sets the variables that are read here:

- `ACTIVITYSTREAM_BENCH_DB`: `sqlite` (the default), `postgres` or `mariadb`; for the servers, the variables
  with `_HOST`, `_PORT`, `_USER` and `_PASSWORD` added say where. A new database is made there, and dropped.
- `ACTIVITYSTREAM_BENCH_NAME`, `ACTIVITYSTREAM_BENCH_REDIS`: that database and the private server.
"""

from __future__ import annotations

import os
from typing import Any

import django


def _server(engine: str, port: int, user: str, options: dict[str, Any]) -> dict[str, Any]:
    variable = "ACTIVITYSTREAM_BENCH_DB_{}".format
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "HOST": os.environ.get(variable("HOST"), "127.0.0.1"),
        "PORT": os.environ.get(variable("PORT"), str(port)),
        "USER": os.environ.get(variable("USER"), user),
        "PASSWORD": os.environ.get(variable("PASSWORD"), ""),
        "OPTIONS": options,
    }


def _database() -> dict[str, Any]:
    match os.environ.get("ACTIVITYSTREAM_BENCH_DB", "sqlite"):
        case "sqlite":  # as a site would have it
            pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
            options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
            return {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": options}
        case "postgres":
            return _server("postgresql", 5432, "postgres", {})
        case "mariadb":
            return _server("mysql", 3306, "root", {"charset": "utf8mb4"})
        case other:
            raise ValueError(f"ACTIVITYSTREAM_BENCH_DB={other}: sqlite, postgres or mariadb")


_name = os.environ.get("ACTIVITYSTREAM_BENCH_NAME", ":memory:")

SECRET_KEY = "for benchmarks only"
ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "benchmarks.site.urls"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {
    "default": _database() | {"NAME": _name, "TEST": {"NAME": _name, "CHARSET": None}, "CONN_MAX_AGE": None}
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "activitystream",
    "actstream",
    "benchmarks.site",
    "django_tasks_db",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": os.environ.get("ACTIVITYSTREAM_BENCH_REDIS", "redis://127.0.0.1:1"),
    }
}

# Django 6 has the tasks framework in itself; on 5.2 the backport stands in.
_tasks = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
TASKS = {
    "default": {"BACKEND": f"{_tasks}.backends.immediate.ImmediateBackend"},
    "worker": {"BACKEND": "django_tasks_db.DatabaseBackend"},
}
# Sessions, and users, cost both sides of the HTTP row the same.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
