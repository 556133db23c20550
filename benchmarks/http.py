"""A WSGI server with the site of the benchmark, and a client that is signed in."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

__all__ = ["Site", "session_of"]

TIMEOUT = 60
THREADS = 4

SERVE = """
import os, sys, django, waitress
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
from django.core.wsgi import get_wsgi_application
waitress.serve(get_wsgi_application(), host="127.0.0.1", port=int(sys.argv[1]), threads=int(sys.argv[2]))
"""


class Site:
    """waitress in a process of its own, on a free port of this machine; one connection that is kept open."""

    def __init__(self, user: Any) -> None:
        with socket(AF_INET, SOCK_STREAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-c", SERVE, str(port), str(THREADS)]
        self._process = subprocess.Popen(command, cwd=Path(__file__).parent.parent)
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self._headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session_of(user)}"}
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(ConnectionError):
                self._connection.connect()
                return
            time.sleep(0.05)
        raise RuntimeError("the WSGI server did not start")

    def get(self, path: str) -> Any:
        """The JSON there; AssertionError for anything but 200."""
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        assert response.status == 200, (response.status, body[:1000])
        return json.loads(body)

    def close(self) -> None:
        """End the server."""
        self._connection.close()
        self._process.terminate()
        self._process.wait()


def session_of(user: Any) -> str:
    """The key of a session of this user."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
