"""`python -m example_project`: the whole site, with a private server and its own database.

PORT (8000; 0 for any that is free), HOST (127.0.0.1), SIZE ("large": 50,000 people, in a database of their
own) and EXAMPLE_DATA_DIR (where the databases are) are read from the environment. Ctrl-C and SIGTERM end it,
and everything that it started.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from contextlib import ExitStack, closing
from types import FrameType
from typing import NoReturn

import uvicorn

from .private_server import ServerUnavailable, private_server

PATIENCE = 1
"""Seconds that open pages, with their live streams, may take to close when the site ends."""


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    # Only once: what is being put away must not be interrupted by a second Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


def _bind() -> socket.socket:
    """The socket, listening before anything else is done; SystemExit with one line if it cannot."""
    text, host = os.environ.get("PORT") or "8000", os.environ.get("HOST") or "127.0.0.1"
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise SystemExit(f"PORT is a number from 0 to 65535, not {text!r}.")
    try:
        return socket.create_server((host, int(text)), backlog=128)
    except PermissionError:
        raise SystemExit(
            f"Port {text} needs more rights than you have. Take another: PORT=8001 make demo"
        ) from None
    except OSError as error:
        reason = "is in use" if error.errno in (48, 98) else f"cannot be used ({error.strerror})"
        raise SystemExit(f"Port {text} {reason}. Take another: PORT={int(text) + 1} make demo") from None


def _prepare() -> None:
    """Database and demo data."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("demo_data")


def _serve(listening: socket.socket) -> None:
    """Until a signal ends it. ASGI: a live stream stays open, and would keep a thread of a WSGI server."""
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

    from .asgi import application

    host, port = os.environ.get("HOST") or "localhost", listening.getsockname()[1]
    sys.stdout.write(f"Lightwell is on http://{host}:{port}/ (Ctrl-C stops it)\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        ASGIStaticFilesHandler(application),
        lifespan="off",
        log_level="critical",  # Django writes of errors itself
        timeout_graceful_shutdown=PATIENCE,
    )
    try:
        uvicorn.Server(config).run([listening])
    finally:
        logging.disable()  # that the server is gone from now on, which its threads may notice, is no news


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
    with ExitStack() as stack:
        listening = stack.enter_context(closing(_bind()))
        os.environ.pop("EXAMPLE_REDIS_URL", None)  # a Redis that is on the machine is left alone
        try:
            os.environ["EXAMPLE_REDIS_URL"] = stack.enter_context(private_server()).url
        except ServerUnavailable as reason:
            sys.stderr.write(f"{reason}\nWithout it, feeds are answered by the database alone.\n")
        _prepare()
        _serve(listening)


if __name__ == "__main__":
    main()
