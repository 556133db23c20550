"""What tests do on the pages of the example site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
"""A browser context of this size."""

__all__ = ["PHONE", "entries", "follow", "ids", "post", "unfollow"]

FOLLOW = re.compile(r"^\s*Follow\s*$")
"""What the button of somebody says whom one does not follow."""


def entries(page: Page) -> Locator:
    """The entries of the feed on a page."""
    return page.locator("[data-activity]")


def ids(page: Page) -> list[str]:
    """Their ids, as they stand on the page."""
    return list(entries(page).evaluate_all("all => all.map(one => one.dataset.activity)"))


def follow(page: Page, username: str) -> None:
    """Follow somebody on their page, unless that is so already."""
    page.goto(f"/people/{username}/")
    button = page.locator(".profile .activitystream-follow button")
    if button.inner_text() == "Follow":
        button.click()
        button.filter(has_not_text=FOLLOW).wait_for()  # to go on before it has come would take it back


def unfollow(page: Page, username: str) -> None:
    """The reverse."""
    page.goto(f"/people/{username}/")
    button = page.locator(".profile .activitystream-follow button")
    if button.inner_text() != "Follow":
        button.click()
        button.filter(has_text=FOLLOW).wait_for()


def post(page: Page, caption: str, album: str = "From the tests") -> None:
    """Post a photo, with the form."""
    page.goto("/photos/new/?roll=7")
    page.locator(".film label").first.click()
    page.get_by_label("Caption").fill(caption)
    page.get_by_label("new album").fill(album)
    page.get_by_role("button", name="Post").click()
    page.wait_for_url(re.compile(r"/photos/\d+/$"))
