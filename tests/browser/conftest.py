"""The example site in a real browser: `make test-browser`.

It needs a Chromium: the one that CHROMIUM names, or one on the PATH. Without it the tests are skipped, and
say so; with ACTIVITYSTREAM_REQUIRE_SERVERS=1 they fail. SHOTS=1 also writes the pictures of README and docs,
and SHOTS=<folder> pictures of every page in light, dark and phone size.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.example.conftest import ROOT, Site, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WAIT = 5_000
"""Milliseconds after which something has not happened."""

Browse = Callable[..., "Page"]


@pytest.fixture(scope="session")
def chromium(missing_server: Callable[[str], NoReturn]) -> Iterator[Browser]:
    """The browser, for all tests."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        missing_server("no browser tests: `pip install --group browser` first, as `make test-browser` does")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        missing_server("no browser tests: no Chromium on the PATH, and CHROMIUM does not name one")
    with sync_playwright() as playwright:
        # Without a sandbox, for root (containers) cannot have one; it only ever sees our own site.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        with suppress(Error):  # it may have gone down with a Ctrl-C
            browser.close()


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, and in it somebody with a long history."""
    data = tmp_path_factory.mktemp("browser")
    subprocess.run(
        [sys.executable, "-m", "tests.browser.history"],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "example_project.settings", "EXAMPLE_DATA_DIR": str(data)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with running(data) as started:
        yield started


@pytest.fixture
def browse(chromium: Browser, site: Site) -> Iterator[Browse]:
    """A browser of its own for each call: `browse("mei")` is signed in, `browse()` is not.

    More arguments are those of a browser context: `java_script_enabled`, `viewport`, `color_scheme` … What
    goes wrong in a page (an exception, what its policy forbids, a picture that is missing) fails the test,
    unless it `may_fail`.
    """
    contexts, errors = [], []

    def one(username: str | None = None, *, may_fail: bool = False, **options: Any) -> Page:
        context = chromium.new_context(base_url=site.url, locale="en-GB", reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_default_timeout(WAIT)
        page = context.new_page()
        if not may_fail:
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        if username:
            _sign_in(context, username)
            page.goto("/")
        return page

    yield one
    for context in contexts:
        context.close()
    assert errors == []


def _sign_in(context: BrowserContext, username: str) -> None:
    """As the button on the first page does, without the page."""
    context.request.get("/welcome/")
    [token] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken"]
    answer = context.request.post("/sign-in/", form={"person": username, "csrfmiddlewaretoken": token})
    assert answer.ok, answer.text()


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """The folder for pictures of every page; None: none are wanted."""
    wanted = os.environ.get("SHOTS", "")
    return Path(wanted) if wanted not in ("", "1") else None
