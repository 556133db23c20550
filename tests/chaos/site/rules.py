"""The parts of the site that a fault can break: each looks for a file that the runner makes and removes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

RAISING_RULE = "raising-rule"
BROKEN_BROKER = "broken-broker"


def _is_on(fault: str) -> bool:
    return (Path(settings.RUN_FOLDER) / fault).exists()


def may_see(entries: Sequence[Any], viewer: Any) -> Sequence[Any]:
    """Hide nothing; raise while the fault is on."""
    if _is_on(RAISING_RULE):
        raise RuntimeError("the rule of the site is broken")
    return entries


def dispatch(entry: Any) -> None:
    """Hand an entry to the workers; fail as a broker that refuses connections while the fault is on."""
    from activitystream.journal import tasks

    if _is_on(BROKEN_BROKER):
        raise ConnectionRefusedError("the broker does not answer")
    tasks.dispatch(entry)
