"""How many random histories a test tries: few in each run of the suite, many in `make histories`."""

from __future__ import annotations

import os

import pytest

__all__ = ["TIMES", "histories", "tried"]

TIMES = int(os.environ.get("ACTIVITYSTREAM_TEST_HISTORIES", "1"))
"""A factor for all of these tests."""

histories = pytest.mark.histories
"""Marks a test that `make histories` repeats with more of them."""


def tried(number: int) -> int:
    """Return how many histories to try, where an ordinary run tries this number."""
    return number * TIMES
