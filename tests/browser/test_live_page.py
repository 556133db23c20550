"""The live pages of the guide and of the example: nothing is lost that arrives while a page is on its way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.example.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

FAKE = """
window.sources = [];
window.EventSource = class extends EventTarget {
  static CLOSED = 2;
  constructor(url) { super(); this.url = url; this.readyState = 1; window.sources.push(this); }
  close() { this.readyState = 2; }
};
window.tell = (name, data) =>
  window.sources.at(-1).dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
"""
"""In place of the browser's: it says what the test lets it say."""


def guide() -> str:
    text = Path(ROOT, "docs/guide/live.md").read_text()
    [page] = re.findall(r"```html\n(.*?)```", text, re.DOTALL)
    return str(page)


def example() -> str:
    script = Path(ROOT, "example_project/photos/static/photos/live.js").read_text()
    return f'<p id="status"></p><ul id="live"></ul><script type="module">{script}</script>'


class Live:
    """The page, whose requests for the feed wait until the test answers."""

    def __init__(self, page: Page, html: str) -> None:
        self.page = page
        self.asked: list[Route] = []
        page.add_init_script(FAKE)
        page.clock.install()
        page.route("https://site.test/", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.route("https://site.test/feeds/home/", lambda route: self.asked.append(route))
        page.goto("https://site.test/")

    def tell(self, name: str, data: Any) -> None:
        self.page.evaluate("([name, data]) => tell(name, data)", [name, data])

    def request(self, number: int) -> Route:
        """The request of this number, once it is there."""
        for _ in range(100):
            if len(self.asked) > number:
                return self.asked[number]
            self.page.wait_for_timeout(20)
        raise AssertionError(f"the page was asked for {len(self.asked)} times")

    def answer(self, number: int, *names: str) -> None:
        body = {"results": [entry(name) for name in names]}
        self.request(number).fulfill(body=json.dumps(body), content_type="application/json")

    def expect(self, *names: str) -> None:
        """The names in the list, from the top."""
        for _ in range(100):
            found = self.page.locator("ol li, ul li").all_inner_texts()
            shown = [match.group() for text in found if (match := re.search(r"entry-\d", text))]
            if shown == list(names):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError((shown, names))


def entry(name: str) -> dict[str, Any]:
    """An activity; its id is the number in its name."""
    card = {"name": name, "type": "Note", "url": None, "image": None, "content": ""}
    return {
        "id": f"100{name[-1]}",
        "verb": "wave",
        "published": "2026-01-01T00:00:00Z",
        "actor": card,
        "object": None,
        "target": None,
        "data": {},
    }


@pytest.fixture(params=[guide, example], ids=["guide", "example"])
def live(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Live]:
    context = chromium.new_context()
    yield Live(context.new_page(), request.param())
    context.close()


def test_what_arrives_while_the_page_is_on_its_way(live: Live) -> None:
    live.tell("reset", {})
    live.request(0)
    live.tell("activity", entry("entry-3"))
    live.tell("remove", {"id": "1001"})
    live.answer(0, "entry-2", "entry-1")
    live.expect("entry-3", "entry-2")
    live.tell("activity", entry("entry-4"))
    live.expect("entry-4", "entry-3", "entry-2")
    live.tell("remove", {"id": "1003"})
    live.expect("entry-4", "entry-2")


def test_a_page_that_comes_late_is_not_shown(live: Live) -> None:
    """Of two that are on their way, the one that was asked for last counts."""
    live.tell("reset", {})
    live.request(0)
    live.tell("reset", {})
    live.answer(1, "entry-2")
    live.expect("entry-2")
    live.answer(0, "entry-1")
    live.page.wait_for_timeout(100)
    live.expect("entry-2")


def test_a_page_that_cannot_be_read_is_asked_for_again(live: Live) -> None:
    live.tell("reset", {})
    live.request(0).fulfill(status=503, body="{}")
    live.tell("activity", entry("entry-1"))
    live.page.wait_for_timeout(100)
    live.page.clock.fast_forward(6_000)
    live.answer(1, "entry-2", "entry-1")
    live.expect("entry-2", "entry-1")


def test_who_is_refused_comes_back(live: Live) -> None:
    live.page.evaluate("sources[0].readyState = 2, sources[0].dispatchEvent(new Event('error'))")
    live.page.clock.fast_forward(70_000)
    assert live.page.evaluate("sources.length") == 2
