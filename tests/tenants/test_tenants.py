"""Tenants of django-tenants with schemas of their own on a real PostgreSQL: see `act.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from example_project.private_server import ServerUnavailable, private_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds that all scenarios together may take."""
SCENARIOS = (
    "says_what_is_wrong",
    "content_types",
    "web",
    "writes",
    "hooks",
    "tasks",
    "celery",
    "sweeper",
    "commands",
    "pages_in_the_loop",
    "live",
    "live_late",
    "made_anew",
)


@pytest.fixture(scope="module")
def act(missing_server: Callable[[str], NoReturn]) -> Iterator[Callable[..., None]]:
    """Runs scenarios, each in a process, on a database and a Redis of their own."""
    for name in ("django_tenants", "psycopg"):
        if find_spec(name) is None and os.environ.get("ACTIVITYSTREAM_TEST_DB") == "postgres":
            missing_server(f"{name} is not installed")
        pytest.importorskip(name)
    import psycopg

    here = os.environ if os.environ.get("ACTIVITYSTREAM_TEST_DB") == "postgres" else {}
    variable = "ACTIVITYSTREAM_TEST_DB_{}".format
    database = f"tenants_{os.getpid()}"
    try:
        admin = psycopg.connect(
            host=here.get(variable("HOST"), "127.0.0.1"),
            port=here.get(variable("PORT"), "5432"),
            user=here.get(variable("USER"), "postgres"),
            password=here.get(variable("PASSWORD"), ""),
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )
    except psycopg.OperationalError as error:
        missing_server(f"there is no PostgreSQL: {error}")
    try:
        with admin, private_server() as redis:
            admin.execute(f'CREATE DATABASE "{database}"')
            env = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.tenants.settings",
                "TENANTS_DB": database,
                "TENANTS_REDIS": redis.url,
            }

            def run(*names: str) -> None:
                done = subprocess.run(
                    [sys.executable, "-m", "tests.tenants.act", *names],
                    cwd=ROOT,
                    env=env,
                    timeout=PATIENCE,
                    capture_output=True,
                    text=True,
                )
                assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"

            try:
                run("prepare")
                yield run
            finally:
                admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    except ServerUnavailable as error:
        missing_server(str(error))


def test_tenants(act: Callable[..., None]) -> None:
    """One test, because the scenarios take turns on the same tenants, in this order."""
    act(*SCENARIOS)
