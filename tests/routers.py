"""Routers of the tests: one that refuses reads that a lagging replica would answer wrongly."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import activitystream

PACKAGE = f"{Path(activitystream.__file__).parent}/"
DECIDING = ("registry/", "graph/", "journal/", "feeds/", "publishing/", "live/", "operations/")
"""The parts of the app whose reads are cached, stored or decide what somebody may see."""
SHOWING = ("feeds/ranking.py", "operations/export.py")
"""Modules of these that order or list what there is, anew for each reader."""
ASKED = (
    "registry/attributes.py",
    "registry/options.py",
    "graph/base.py",
    "models/",
    "testing/",
    "migrations/",
)
"""Code that reads for its caller: the caller decides."""


class ReplicaRead(BaseException):
    """Not an Exception, because declarations that raise one are logged and passed over."""


class Watch:
    """Raise if a read of the app itself is left to the site's routers, where a replica may answer it.

    It stands behind `PrimaryReads`, which answers for reads that must go to the primary. So every test checks
    the reads of all code that it runs. Content types are left out, because they do not change.
    """

    def db_for_read(self, model: Any, **hints: Any) -> None:
        if model._meta.label == "contenttypes.ContentType":
            return
        frame = sys._getframe()
        while frame is not None:
            path = frame.f_code.co_filename
            if path.startswith(PACKAGE):
                module = path.removeprefix(PACKAGE)
                if module.startswith(ASKED):
                    pass
                elif not module.startswith(DECIDING) or module in SHOWING:
                    return
                else:
                    raise ReplicaRead(
                        f"{module}:{frame.f_lineno} ({frame.f_code.co_name}) reads {model._meta.label} from "
                        "wherever the site's routers say: decorate it with @primary_reads()"
                    )
            frame = frame.f_back
