"""Somebody whose account is private."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def cleo(people: Any, private_rows: None) -> Any:
    """Her account is private."""
    [cleo] = people("cleo")
    cleo.last_name = "private"
    cleo.save()
    return cleo
