"""Settings of the app for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from django.test import override_settings

from activitystream.conf import SETTING, Settings, given

__all__ = ["activitystream_settings", "merged"]


@contextmanager
def activitystream_settings(**values: Any) -> Iterator[None]:
    """Change settings of the app inside the block: `activitystream_settings(MAX_LENGTH=3)`.

    The other settings stay as they are. TypeError if the app has no setting of that name.
    """
    with override_settings(**{SETTING: merged(values)}):
        yield


def merged(values: dict[str, Any]) -> dict[str, Any]:
    """Return the dict `ACTIVITYSTREAM` with these values added. TypeError if a name is unknown."""
    known = [field.name for field in fields(Settings)]
    for name in values:
        if name not in known:
            meant = get_close_matches(name, known, n=1)
            hint = f" Did you mean {meant[0]}?" if meant else ""
            raise TypeError(f"{SETTING} has no setting {name!r}.{hint}")
    return {**given(), **values}
