"""The app's own tags, style sheet and script, in a real browser, under a strict policy.

SHOTS=1 also makes the pictures of docs/guide/templates.md; SHOTS=<folder> every page in light, dark and phone
size.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import asyncio as django_asyncio
from django.utils import timezone
from django.utils.text import slugify

from activitystream import block, follow, is_following, mute, publish
from tests.app.models import Album, Photo

from . import tagsite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "docs" / "images" / "tags"
WAIT = 5_000
IN_HOME = 48
"""The 45, a follow, and two likes of people whom Mia follows."""
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 900, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 900, "height": 900}},
    "phone": {
        "color_scheme": "light",
        "viewport": {"width": 375, "height": 812},
        "is_mobile": True,
        "has_touch": True,
    },
}
DECLARED: dict[str, dict[str, Any]] = {
    "auth.user": {
        "name": "first_name",
        "private": "is_staff",
        "image": lambda self, row: None if row.username == "dev" else f"/picture/{row.username}.svg",
    },
    "app.photo": {
        "on_create": None,
        "image": lambda self, row: f"/picture/{slugify(row.caption)}.svg",
    },
}
CAPTIONS = [
    "First light",
    "The long way up",
    "Salt and driftwood",
    "Snow on the pass",
    "Harbour, 6 a.m.",
    "A quiet square",
]


@pytest.fixture(scope="session")
def _beside_a_loop() -> Iterator[None]:
    """Playwright's loop runs in this very thread, which Django takes for a mistake."""

    def no_loop() -> None:
        raise RuntimeError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_asyncio, "get_running_loop", no_loop)
        yield


@pytest.fixture(scope="session")
def django_db_setup(_beside_a_loop: None, django_db_setup: None) -> None:
    """The database, made while the loop may run already."""


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.browser.tagsite"
    settings.LOGIN_REDIRECT_URL = "/tags/feed/"


@pytest.fixture
def world(live_server: Any, override_registration: Any) -> dict[str, Any]:
    """Mia's site: people whom she follows, blocks, mutes, and a home of 45 activities."""
    user = get_user_model()
    for label, declared in DECLARED.items():
        override_registration(apps.get_model(label), **declared)
    names = {
        "mia": "Mia Lindqvist",
        "ana": "Ana Ribeiro",
        "bo": "Bo Nakamura",
        "cleo": "Cléo Marchand",
        "dev": "Dev Anand",
        "eve": "Eve Castellanos-Whittington",
        "gus": "Gus Okafor",
        "hal": "Hal Brandt",
    }
    people = {name: user.objects.create(username=name, first_name=full) for name, full in names.items()}
    mia, ana, bo, dev = (people[name] for name in ("mia", "ana", "bo", "dev"))
    user.objects.filter(username="eve").update(is_staff=True)  # private
    album = Album.objects.create(title="Coast to coast", owner=ana)
    photos = Photo.objects.bulk_create(
        [Photo(caption=caption, owner=ana, album=album) for caption in CAPTIONS]
    )
    for person in (ana, bo, dev):
        follow(mia, person)
    now = timezone.now()
    for number in range(44, -1, -1):
        who, verb, photo = [
            (ana, "post", photos[number % 6]),
            (bo, "like", photos[number % 5]),
            (dev, "comment on", photos[number % 4]),
        ][number % 3]
        publish(
            actor=who,
            verb=verb,
            object=photo,
            target=album if verb == "post" else None,
            published=now - timedelta(minutes=7 * number * number + 2),
        )
    publish(actor=bo, verb="follow", object=ana, published=now - timedelta(minutes=40))
    for number, name in enumerate(["bo", "dev", "cleo", "eve", "gus"]):
        when, what = now - timedelta(hours=number + 1), photos[number == 3]
        publish(actor=people[name], verb="like", object=what, notify=[mia], published=when)
    when = now - timedelta(minutes=5)
    publish(actor=people["cleo"], verb="follow", object=mia, notify=[mia], published=when)
    eve = people["eve"]
    follow(mia, eve)
    follow(mia, ana, kind="watch")
    user.objects.filter(username="mia").update(is_staff=True)
    follow(people["cleo"], mia)
    follow(eve, mia)
    for caption in CAPTIONS[:3]:
        album = Album.objects.create(title=caption, owner=people["hal"])
        publish(actor=people["hal"], verb="visit", object=album)
    mute(mia, people["hal"])
    block(mia, people["gus"])
    return people


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the pages."""
    return []


@pytest.fixture
def browse(
    chromium: Browser, live_server: Any, world: dict[str, Any], errors: list[str]
) -> Iterator[Callable[..., Page]]:
    """A page of the site: `browse("feed", user="mia", java_script_enabled=False, …)`."""
    contexts = []

    def one(name: str, *, user: str | None = "mia", query: str = "", **options: Any) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, reduced_motion="reduce", locale="en-GB", **options
        )
        context.set_default_timeout(WAIT)
        contexts.append(context)
        if user:
            client = Client()
            client.force_login(world[user])
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if _matters(said) else None)
        page.goto(f"/tags/{name}/{query}")
        return page

    yield one
    for context in contexts:
        context.close()


def sentences(page: Page) -> list[str]:
    return list(page.locator(".activitystream-sentence").all_inner_texts())


def _matters(said: Any) -> bool:
    """Errors do, but for one: the live address says 406, for the server of these tests is none of ASGI."""
    return said.type == "error" and "/live/" not in said.location["url"]


def test_every_page_of_a_feed_comes_as_one_scrolls(browse: Callable[..., Page], errors: list[str]) -> None:
    page = browse("feed")
    assert page.locator("article").count() >= 10
    for _ in range(20):
        page.mouse.wheel(0, 20_000)
        if page.get_by_text("That is everything.").is_visible():
            break
        page.wait_for_timeout(150)
    assert page.locator("article").count() == IN_HOME
    assert page.locator("a[rel=next]").count() == 0
    assert errors == []


def test_a_button_works_in_place(
    browse: Callable[..., Page], world: dict[str, Any], errors: list[str]
) -> None:
    page = browse("buttons")
    page.get_by_role("button", name="Follow, Cléo Marchand").click()
    following = page.get_by_role("button", name="Following, Cléo Marchand")
    following.wait_for()
    assert page.url.endswith("/tags/buttons/")
    assert following.evaluate("one => one === document.activeElement")
    assert is_following(world["mia"], world["cleo"])
    following.click()
    page.get_by_role("button", name="Follow, Cléo Marchand").wait_for()
    assert not is_following(world["mia"], world["cleo"])
    assert errors == []


def test_a_refusal_is_told_beside_the_button(browse: Callable[..., Page], world: dict[str, Any]) -> None:
    page = browse("buttons")
    block(world["mia"], world["cleo"])  # in another window
    page.get_by_role("button", name="Follow, Cléo Marchand").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text() == "You block this person: unblock them first."


@pytest.mark.parametrize("name", ["links", "buttons", "requests", "muted", "blocked"])
def test_without_javascript(name: str, browse: Callable[..., Page], world: dict[str, Any]) -> None:
    page = browse(name, java_script_enabled=False)
    match name:
        case "links":
            seen = sentences(page)
            while (older := page.get_by_role("link", name="Older")).count():
                older.click()
                seen += sentences(page)
            assert len(seen) == IN_HOME
        case "buttons":
            page.get_by_role("button", name="Requested").click()
            button = page.get_by_role("button", name="Follow, Eve")
            button.wait_for()
            assert page.url.partition("#")[2] == button.locator("xpath=..").get_attribute("id")
        case "requests":
            page.get_by_role("button", name="Accept, Cléo Marchand").click()
            page.get_by_role("button", name="Reject, Eve").click()
            page.get_by_text("Nobody waits for your answer.").wait_for()
            assert is_following(world["cleo"], world["mia"])
            assert not is_following(world["eve"], world["mia"])
        case "muted":
            page.get_by_role("button", name="Unmute").click()
            assert page.get_by_text("You have muted this.").count() == 0
        case "blocked":
            page.get_by_role("button", name="Unblock").click()
            assert page.get_by_text("You block this account.").count() == 0


FOCUSED = "[...document.querySelectorAll('article')].indexOf(document.activeElement)"


def test_older_by_keyboard_goes_on_where_the_new_ones_begin(browse: Callable[..., Page]) -> None:
    page = browse("feed", viewport={"width": 900, "height": 500})
    page.evaluate("IntersectionObserver.prototype.observe = () => {}")
    before = page.locator("article").count()
    page.get_by_role("link", name="Older").press("Enter")
    page.locator("article").nth(before).wait_for()
    page.locator("article:focus").wait_for()
    assert page.evaluate(FOCUSED) >= before
    assert page.locator(".activitystream-status").inner_text() == "Older activities were added."


def test_older_by_keyboard_while_it_is_on_its_way(browse: Callable[..., Page]) -> None:
    """It was asked for by scrolling just before: the focus goes to what comes all the same."""
    page = browse("feed", viewport={"width": 900, "height": 300})
    page.wait_for_load_state("networkidle")
    held: list[Route] = []
    page.route("**/tags/feed/?after=*", lambda route: held.append(route))
    before = page.locator("article").count()
    with page.expect_request("**/tags/feed/?after=*"):
        page.mouse.wheel(0, 50_000)
    page.get_by_role("link", name="Older").press("Enter")
    page.wait_for_timeout(100)
    held[0].continue_()
    page.locator("article:focus").wait_for()
    assert page.evaluate(FOCUSED) == before


def test_a_page_that_does_not_come_can_be_asked_for_again(browse: Callable[..., Page]) -> None:
    page = browse("feed", viewport={"width": 900, "height": 300})
    page.wait_for_load_state("networkidle")
    count = page.locator("article").count()
    page.route("**/tags/feed/?after=*", lambda route: route.abort())
    page.mouse.wheel(0, 50_000)
    page.get_by_text("That did not work. Try again.").wait_for()
    assert page.locator("article").count() == count
    page.unroute("**/tags/feed/?after=*")
    page.get_by_role("link", name="Older").click()
    page.locator("article").nth(count).wait_for()


def test_times_stay_true(browse: Callable[..., Page]) -> None:
    page = browse("feed")
    page.clock.install()
    page.reload()
    first = page.locator("time").first
    assert first.inner_text() == "2 minutes ago"
    page.clock.fast_forward("02:00")
    assert first.inner_text() == "4 minutes ago"


def test_what_is_new_is_announced_and_comes_at_a_click(
    browse: Callable[..., Page], world: dict[str, Any], errors: list[str]
) -> None:
    page = browse("feed")
    pill = page.locator(".activitystream-new")
    assert not pill.is_visible()
    page.clock.install()
    for number in range(3):
        publish(
            actor=world["bo"],
            verb="write",
            object=Album.objects.create(title=f"Book {number}", owner=world["bo"]),
        )
    page.reload()  # a clock that can be moved
    for number in range(2):
        publish(
            actor=world["bo"],
            verb="write",
            object=Album.objects.create(title=f"Page {number}", owner=world["bo"]),
        )
    for _ in range(20):  # it asks each minute, once it knows that it is told nothing live
        page.clock.fast_forward("01:05")
        page.wait_for_timeout(300)
        if pill.is_visible():
            break
    assert pill.inner_text() == "2 new activities"
    pill.click()
    page.get_by_text("Page 1").wait_for()
    assert not page.locator(".activitystream-new").is_visible()
    assert page.evaluate("document.activeElement.textContent").count("Page 1") == 1
    assert len(errors) <= 2, errors  # the live address says that this server cannot: 501


def test_notifications_are_seen_once_they_are_looked_at(browse: Callable[..., Page]) -> None:
    page = browse("feed")
    bell = page.get_by_role("link", name="Notifications, 2 new")
    assert bell.inner_text() == "2"
    page.goto("/tags/notifications/")
    assert page.locator(".activitystream-unseen").count() == 2
    page.get_by_role("link", name="Notifications, nothing new").wait_for()
    assert "Gus Okafor" not in page.locator("main").inner_text(), "blocked"
    page.reload()
    assert page.locator(".activitystream-unseen").count() == 0


def test_notifications_without_javascript(browse: Callable[..., Page]) -> None:
    page = browse("notifications", java_script_enabled=False)
    page.get_by_role("button", name="Mark all as seen").click()
    page.get_by_role("link", name="Notifications, nothing new").wait_for()
    assert page.get_by_role("button", name="Mark all as seen").count() == 0


def test_groups(browse: Callable[..., Page]) -> None:
    page = browse("groups")
    assert "Bo Nakamura and Dev Anand liked First light" in " / ".join(sentences(page))
    page.get_by_text("Show them").first.click()
    assert page.locator("details[open] li").count() > 1


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_serious_for_axe(look: str, browse: Callable[..., Page], errors: list[str]) -> None:
    page = browse("feed", **LOOKS[look], bypass_csp=True)  # axe puts itself into the page
    for name in tagsite.PAGES:
        page.goto(f"/tags/{name}/")
        results = Axe().run(page)
        serious = [
            found for found in results.response["violations"] if found["impact"] in ("serious", "critical")
        ]
        assert serious == [], (name, look)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (name, look)
    assert errors == []


def test_looks(browse: Callable[..., Page], shots: Path | None) -> None:
    if shots is None:
        pytest.skip("no pictures are asked for: SHOTS=<folder> makes them")
    for look, options in LOOKS.items():
        page = browse("feed", **options)
        for name in tagsite.PAGES:
            page.goto(f"/tags/{name}/")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=shots / f"tags-{name}-{look}.png", full_page=name != "feed")


def test_pictures_of_the_docs(browse: Callable[..., Page], world: dict[str, Any]) -> None:
    if os.environ.get("SHOTS") != "1":
        pytest.skip("no pictures are asked for: SHOTS=1 makes them")
    PICTURES.mkdir(exist_ok=True)
    page = browse("feed", color_scheme="light", viewport={"width": 640, "height": 640})
    for name in ("groups", "buttons", "requests", "muted", "blocked", "private", "notifications"):
        page.goto(f"/tags/{name}/")
        page.wait_for_load_state("networkidle")
        page.locator("main").screenshot(path=PICTURES / f"{name}.png", scale="css")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto("/tags/feed/")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"feed-{scheme}.png", scale="css")


def test_right_to_left(browse: Callable[..., Page], shots: Path | None) -> None:
    page = browse("feed", query="?lang=ar", viewport={"width": 375, "height": 700})
    face, sentence = page.locator(".activitystream-face").first, page.locator(".activitystream-body").first
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert face.bounding_box()["x"] > sentence.bounding_box()["x"]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if shots:
        page.screenshot(path=shots / "tags-feed-rtl.png")
