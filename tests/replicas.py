"""A database with a replica that lags behind: a stale copy of an SQLite file, or a real one of PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections

PRIMARY, REPLICA = "lagging_primary", "lagging_replica"
DELAY = "1h"
"""By how much the replica of PostgreSQL lags behind: longer than any test."""
TIMEOUT = 60
"""Seconds that a command or a server may take."""


class ToReplica:
    """The router of Django's documentation, with one replica: reads go there, writes to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return REPLICA

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


@contextmanager
def aliases(primary: dict[str, Any], replica: dict[str, Any]) -> Iterator[None]:
    """Databases of the block, beside those of the settings."""
    added = {PRIMARY: primary, REPLICA: replica}
    connections.configure_settings({"default": connections.settings["default"], **added})
    connections.settings |= added
    try:
        yield
    finally:
        for alias in added:
            connections[alias].close()
            del connections[alias]
            del connections.settings[alias]
        ContentType.objects.clear_cache()


class LaggingFiles:
    """Two SQLite files. The replica is what the primary was at the last `copy()`."""

    def __init__(self, folder: Path) -> None:
        self._primary, self._replica = folder / "primary.sqlite3", folder / "replica.sqlite3"
        engine = "django.db.backends.sqlite3"
        self.settings = [{"ENGINE": engine, "NAME": path} for path in (self._primary, self._replica)]

    def copy(self) -> None:
        """Let the replica catch up."""
        connections[REPLICA].close()
        with (
            closing(sqlite3.connect(self._primary)) as source,
            closing(sqlite3.connect(self._replica)) as copy,
        ):
            source.backup(copy)


class LaggingServers:
    """A server of PostgreSQL with a streaming replica, which applies each commit `DELAY` later.

    The replica is started by `copy()`, with what the primary has then.
    """

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="as-pg-", dir="/tmp"))  # sockets have short paths
        self._user = _server_user()
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self._running: list[Path] = []
        self.settings = [self._settings("1"), self._settings("2")]

    def _settings(self, port: str) -> dict[str, Any]:
        where = {"HOST": str(self._folder), "PORT": port, "USER": "postgres", "NAME": "postgres"}
        return {"ENGINE": "django.db.backends.postgresql", **where}

    def start(self) -> None:
        """Make the primary, empty."""
        data = self._folder / "primary"
        self._run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
        self._start(data, "1")

    def copy(self) -> None:
        """Make the replica."""
        data, where = self._folder / "replica", ["-h", self._folder, "-p", "1", "-U", "postgres"]
        self._run("pg_basebackup", *where, "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        self._start(data, "2", "-c", f"recovery_min_apply_delay={DELAY}")

    def behind(self) -> bool:
        """Return whether the replica has received commits that it has not applied."""
        with connections[REPLICA].cursor() as cursor:
            cursor.execute("SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()")
            return bool(cursor.fetchone()[0])

    def close(self) -> None:
        for data in reversed(self._running):
            self._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    def _start(self, data: Path, port: str, *options: str) -> None:
        where = f"-k {self._folder} -p {port} -c listen_addresses= -c fsync=off -c max_connections=20"
        given = " ".join([where, *options])
        self._run("pg_ctl", "-D", data, "-l", data / "log", "-w", "-t", str(TIMEOUT), "-o", given, "start")
        self._running.append(data)

    def _run(self, name: str, *args: Any) -> None:
        command = [str(self._binaries / name), *map(str, args)]
        subprocess.run(
            command,
            user=self._user,
            cwd=self._folder,
            check=True,
            timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )


def find_postgres() -> Path | None:
    """The folder with the newest PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    on_path = shutil.which("initdb")
    program = Path(on_path).resolve() if on_path else found[-1] if found else None
    return program.parent if program and (program.parent / "pg_basebackup").exists() else None


def _version(program: Path) -> Sequence[int]:
    return [int(part) for part in program.parts[-3].split(".")]


def _server_user() -> str | None:
    """Who runs the servers: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def migrate() -> None:
    """Make the tables of the primary."""
    call_command("migrate", database=PRIMARY, verbosity=0)


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
