"""Settings: typed defaults, read live."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from activitystream.conf import Settings, given, settings


def test_defaults(settings: Any) -> None:
    from activitystream.conf import settings as ours

    settings.ACTIVITYSTREAM = {}
    assert given() == {}
    for field in fields(Settings):
        assert getattr(ours, field.name) == field.default


def test_read_live(configure: Any) -> None:
    before = settings.MAX_LENGTH
    configure(MAX_LENGTH=3)
    assert settings.MAX_LENGTH == 3 != before
    configure(MAX_LENGTH=None)
    assert settings.MAX_LENGTH is None


def test_durations_are_seconds(configure: Any) -> None:
    configure(STREAM_TTL=timedelta(days=2), BODY_TTL=60)
    assert (settings.STREAM_TTL, settings.BODY_TTL) == (172_800, 60)
    configure(RETRY_AFTER=timedelta(milliseconds=500))
    assert settings.RETRY_AFTER == 0.5


def test_what_is_wrong_is_left_to_the_checks(settings: Any) -> None:
    from activitystream.conf import settings as ours

    settings.ACTIVITYSTREAM = {"NOTHING": 1, "MAX_LENGTH": "x"}
    assert ours.MAX_LENGTH == "x"
    settings.ACTIVITYSTREAM = ["MAX_LENGTH"]
    assert ours.MAX_LENGTH == 800


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError):
        settings.NOTHING  # type: ignore[attr-defined]  # noqa: B018
