"""Pages listen to live feeds where somebody tells them of events, and ask from time to time elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import AsyncRequestFactory, RequestFactory

from .conftest import templates

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE = '{% load activitystream %}{% notification_bell "/told/" %}{% feed "home" user %}'
FACTORIES = {"wsgi": RequestFactory, "asgi": AsyncRequestFactory}


def addresses(server: str, user: User) -> list[tuple[str, str]]:
    """What the script is told of the bell and of the feed: where to listen, and where to ask."""
    request: Any = FACTORIES[server]().get("/")
    request.user = user
    html = templates().from_string(PAGE).render({}, request)
    return re.findall(r'data-live="([^"]*)" data-poll="([^"]*)"', html)


@pytest.mark.parametrize(
    ("server", "chosen", "listens"),
    [
        ("wsgi", None, False),
        ("asgi", None, True),
        ("wsgi", True, True),
        ("asgi", False, False),
    ],
)
def test_pages_of_a_server_that_can(
    server: str, chosen: bool | None, listens: bool, ana: User, configure: Any
) -> None:
    configure(STREAMS="activitystream.streams.memory.MemoryStore", LIVE_PAGES=chosen)
    found = addresses(server, ana)
    assert len(found) == 2
    for live, poll in found:
        assert live.endswith("/live/") if listens else live == ""
        assert poll.endswith("/new/")


@pytest.mark.parametrize("chosen", [None, True])
def test_without_streams_nobody_tells(chosen: bool | None, ana: User, configure: Any) -> None:
    configure(STREAMS=None, LIVE_PAGES=chosen)
    assert [live for live, _ in addresses("asgi", ana)] == ["", ""]
