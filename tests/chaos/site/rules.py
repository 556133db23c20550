"""The parts of the site that a fault can break: each looks for a file that the runner makes and removes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

RAISING_RULE = "raising-rule"
BROKEN_BROKER = "broken-broker"


ALWAYS = "always"
"""Content of the file of the rule: it raises whatever it is asked."""
AS_IN_THE_GUIDE = "as in the guide"
"""The rule of docs/guide/privacy.md, which raises where an entry has no data to look at."""
REFUSES = "refuses"
"""Content of the file of the broker: it refuses connections."""
SILENT = "silent"
"""It takes connections, and says nothing: its client gives up after a while."""
PATIENCE = 4.0
"""Seconds until it does."""


def _is_on(fault: str) -> str:
    """What the file of this fault says; an empty text if there is none."""
    with suppress(FileNotFoundError):
        return (Path(settings.RUN_FOLDER) / fault).read_text()
    return ""


def may_see(entries: Sequence[Any], viewer: Any) -> Sequence[Any]:
    """Hide nothing; raise while the fault is on."""
    fault = _is_on(RAISING_RULE)
    if fault == ALWAYS:
        raise RuntimeError("the rule of the site is broken")
    if fault == AS_IN_THE_GUIDE:
        return [entry for entry in entries if not entry.data.get("adults_only")]
    return entries


def dispatch(entry: Any) -> None:
    """Hand an entry to the workers; fail as a client of a broker that is down while the fault is on."""
    from activitystream.journal import send_to_broker, tasks

    if fault := _is_on(BROKEN_BROKER):
        send_to_broker(lambda: _fail_as_a_client(fault), blocking=True)
    else:
        tasks.dispatch(entry)


def _fail_as_a_client(fault: str) -> None:
    time.sleep(PATIENCE if fault == SILENT else 0)
    raise ConnectionRefusedError("the broker does not answer")
