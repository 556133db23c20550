"""Settings of a site with tenants: each has a schema of its own on PostgreSQL, and all share one Redis.

`TENANTS_DB` names the database, `TENANTS_REDIS` the server of the streams.
"""

import os

from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE as PLAIN
from tests.settings import _server, _tasks, _worker_apps

_here = os.environ.get("ACTIVITYSTREAM_TEST_DB") == "postgres"
DATABASES = {
    "default": {
        **(_server("postgresql", 5432, "postgres", {}) if _here else {}),
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": os.environ["TENANTS_DB"],
    }
}
if not _here:
    DATABASES["default"] |= {"HOST": "127.0.0.1", "PORT": "5432", "USER": "postgres"}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL, TENANT_DOMAIN_MODEL = "customers.Customer", "customers.Domain"
SHARED_APPS = ["django_tenants", "tests.tenants.customers", "django.contrib.contenttypes", *_worker_apps()]
TENANT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "rest_framework",
    "activitystream",
    "tests.app",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
MIDDLEWARE = ["django_tenants.middleware.main.TenantMainMiddleware", *PLAIN]
ROOT_URLCONF = "tests.tenants.urls"
ALLOWED_HOSTS = ["*"]
USE_X_FORWARDED_HOST = True
REST_FRAMEWORK: dict[str, object] = {}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": os.environ["TENANTS_REDIS"],
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 5, "SOCKET_TIMEOUT": 5},
    }
}
ACTIVITYSTREAM = {"SPACES": "activitystream.contrib.tenants.Tenants"}
TASKS = {
    "default": {"BACKEND": f"{_tasks}.backends.immediate.ImmediateBackend"},
    "workers": {"BACKEND": "django_tasks_db.DatabaseBackend"},
}
