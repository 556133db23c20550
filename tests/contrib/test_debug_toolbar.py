"""The panel of the Django Debug Toolbar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, modify_settings, override_settings

from activitystream import HomeFeed, follow, publish
from tests.fixtures import STORES
from tests.settings import KEY_PREFIX

panels = pytest.importorskip(
    "activitystream.contrib.debug_toolbar", reason="django-debug-toolbar is not installed"
)
pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def toolbar(monkeypatch: pytest.MonkeyPatch, configure: Any) -> Iterator[Any]:
    """Run a view as behind the toolbar: the panel, its html and the answer."""
    configure(STREAMS=STORES["fakeredis"])
    with (
        modify_settings(INSTALLED_APPS={"append": "debug_toolbar"}),
        override_settings(
            ROOT_URLCONF="tests.contrib.urls",
            DEBUG_TOOLBAR_PANELS=["activitystream.contrib.debug_toolbar.FeedsPanel"],
            DEBUG_TOOLBAR_CONFIG={"SHOW_TOOLBAR_CALLBACK": lambda request: True},
        ),
    ):
        from debug_toolbar.middleware import DebugToolbarMiddleware
        from debug_toolbar.toolbar import DebugToolbar

        made: list[Any] = []

        class Kept(DebugToolbar):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args)
                made.append(self)

        def run(view: Any) -> tuple[Any, str, HttpResponse]:
            response = DebugToolbarMiddleware(view)(RequestFactory().get("/page/"))
            [panel] = made[-1].panels
            return panel, panel.content, response

        monkeypatch.setattr("debug_toolbar.middleware.DebugToolbar", Kept)
        monkeypatch.setattr(DebugToolbar, "_panel_classes", None)
        yield run


def test_the_panel_tells_of_pages_and_round_trips(toolbar: Any, ana: Any, ben: Any) -> None:
    follow(ben, ana)
    publish(actor=ana, verb="wave")
    home = HomeFeed(ben)
    home.page()

    def view(request: Any) -> HttpResponse:
        home.page()
        return HttpResponse("<body>the page</body>")

    panel, html, response = toolbar(view)
    assert str(panel.nav_subtitle).startswith("1 pages, 2 round trips in ")
    for text in (home.stream, "warm", "get_bodies", f"{KEY_PREFIX}:2:{{"):
        assert text in html, text
    assert "FeedsPanel" in response.content.decode()
    assert 'desc="Feeds: 2 round trips"' in response["Server-Timing"]


def test_a_request_without_feeds(toolbar: Any) -> None:
    _, html, _ = toolbar(lambda request: HttpResponse("<body></body>"))
    assert "No page of a feed was read." in html
    assert "Command" not in html
