"""Every page, with a look at it: what keeps people out of it, and pictures for whoever wants to look, too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from .conftest import Browse
from .pages import PHONE

PAGES = {
    "welcome": (None, "/welcome/"),
    "home": ("mei", "/"),
    "home-together": ("mei", "/?together"),
    "discover": ("mei", "/discover/"),
    "search": ("mei", "/search/?q=light"),
    "search-nothing": ("mei", "/search/?q=zzz"),
    "person": ("mei", "/people/jonas/"),
    "me": ("mei", "/people/mei/"),
    "private": ("harpreet", "/people/leila/"),
    "followers": ("mei", "/people/amara/followers/"),
    "album": ("mei", "/albums/1/"),
    "photo": ("mei", "/photos/1/"),
    "new-photo": ("mei", "/photos/new/?roll=7"),
    "settings": ("mei", "/settings/"),
    "notifications": ("mei", "/notifications/"),
    "not-found": ("mei", "/people/nobody/"),
    "api": ("mei", "/feeds/home/"),
}
SERIOUS = ("serious", "critical")
SCREEN = {"width": 1280, "height": 900}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": SCREEN},
    "dark": {"color_scheme": "dark", "viewport": SCREEN},
    "phone": PHONE,
}
DOCS = Path(__file__).parents[2] / "docs" / "images"


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ("api", "not-found")])
def test_nothing_keeps_people_out(browse: Browse, name: str) -> None:
    """What axe calls serious: contrast, names, roles, order."""
    from axe_playwright_python.sync_playwright import Axe

    who, path = PAGES[name]
    page = browse(who)
    page.goto(path)
    found = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    serious = [one for one in found if one["impact"] in SERIOUS]
    assert [(one["id"], node["html"][:200]) for one in serious for node in one["nodes"]] == []


def test_pictures_of_the_readme(browse: Browse) -> None:
    """`make test-browser SHOTS=1 ARGS="-k readme"`: so they show what is."""
    if os.environ.get("SHOTS") != "1":
        pytest.skip("SHOTS=1 makes the pictures of README and docs")
    page = browse("mei", **LOOKS["light"])
    page.wait_for_load_state("networkidle")
    page.screenshot(path=DOCS / "home.png")
    page.locator(".behind summary").click()
    page.screenshot(path=DOCS / "behind.png")
    page.goto("/notifications/")
    page.screenshot(path=DOCS / "notifications.png", clip={"x": 290, "y": 60, "width": 700, "height": 640})
    page = browse("mei", **LOOKS["dark"])
    page.goto("/people/jonas/")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=DOCS / "person.png")


@pytest.mark.parametrize("look", LOOKS)
def test_pictures_of_every_page(browse: Browse, shots: Path | None, look: str) -> None:
    if shots is None:
        pytest.skip("SHOTS=<folder> makes pictures of every page")
    for name, (who, path) in PAGES.items():
        page = browse(who, may_fail=name == "not-found", **LOOKS[look])
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=shots / f"{name}-{look}.png")
        page.context.close()
