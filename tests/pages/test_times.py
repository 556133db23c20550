"""Times in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from activitystream.templatetags._times import relative_time, time_in_words

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-90), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=7), "May 13, 2026"),
        (timedelta(days=400), "April 15, 2025"),
    ],
)
def test_in_words(passed: timedelta, words: str) -> None:
    assert time_in_words(NOW - passed) == words


def test_the_exact_time_is_there_for_scripts_and_people() -> None:
    with timezone.override("Asia/Tokyo"), translation.override("en"):
        html = relative_time(NOW - timedelta(hours=2))
    assert html == (
        '<time class="activitystream-published" datetime="2026-05-20T19:00:00+09:00" '
        'title="May 20, 2026, 7 p.m.">2 hours ago</time>'
    )
