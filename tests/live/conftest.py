"""Browsers that are closed at the end, and the hub with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests.kit import Shrink

from .browser import Browser

Open = Callable[..., Browser]


@pytest.fixture
def login() -> Callable[[Any], Any]:
    """The cookies of somebody who has signed in."""

    def make(user: Any) -> Any:
        client = Client()
        client.force_login(user)
        return client.cookies

    return make


def hub_runs() -> bool:
    """Whether the thread of the hub has not ended."""
    return any(thread.name == "activitystream-live" for thread in threading.enumerate())


@pytest.fixture
def open_live(transactional_db: None, store: Any, login: Any, shrink: Shrink) -> Iterator[Open]:
    """Opens a live feed, as this user or nobody, and waits until it begins."""
    shrink("live.hub", PAUSE=0.1)  # the thread ends sooner
    opened: list[Browser] = []

    def make(url: str, user: Any = None, *, last_id: str = "", **headers: str) -> Browser:
        cookies = None if user is None else login(user)
        opened.append(Browser(f"/feeds/{url}", cookies, last_id, **headers))
        return opened[-1]

    yield make
    for browser in opened:
        browser.close()
    for _ in range(100):
        if not hub_runs():
            return
        time.sleep(0.05)
    raise AssertionError("the hub goes on")
