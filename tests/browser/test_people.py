"""What people do on the example site, in a real browser."""

from __future__ import annotations

import re

import pytest

from .conftest import Browse
from .history import COUNT
from .pages import PHONE, entries, follow, ids, post, unfollow

DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def test_signs_in_with_a_click(browse: Browse) -> None:
    page = browse()
    page.goto("/photos/new/")
    page.get_by_role("button", name="Mei Nakamura").click()
    page.wait_for_url("**/photos/new/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/welcome/")


def test_follows_and_meets_what_is_posted(browse: Browse) -> None:
    reader, author = browse("amara"), browse("ruth")
    follow(reader, "ruth")
    post(author, "Asters, again")
    reader.goto("/")
    first = entries(reader).first
    assert "Ruth Abrams posted a photo" in " ".join(first.inner_text().split())
    assert "Asters, again" in first.inner_text()
    unfollow(reader, "ruth")
    reader.goto("/")
    assert "Asters, again" not in reader.locator("main").inner_text()


def test_likes_without_losing_the_place(browse: Browse) -> None:
    page = browse("priya")
    like = entries(page).locator("button.like").first
    before = like.inner_text()
    like.click()
    page.wait_for_load_state()
    assert int(like.inner_text()) == int(before) + 1
    assert like.get_attribute("aria-pressed") == "true"
    like.click()
    page.wait_for_load_state()
    assert like.inner_text() == before


def test_scrolls_to_the_very_end_of_a_long_feed(browse: Browse) -> None:
    page = browse("reader")
    page.route("**/art/**", lambda route: route.fulfill(body=DOT, content_type="image/svg+xml"))
    older = page.locator("a[rel=next]")
    while older.count():
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(30)
    seen = ids(page)
    assert len(seen) == COUNT
    assert sorted(set(seen), key=int, reverse=True) == seen, "twice, or out of order"


def test_works_without_javascript(browse: Browse) -> None:
    page = browse("sofie", java_script_enabled=False)
    unfollow(page, "harpreet")
    follow(page, "harpreet")
    assert page.locator(".profile .activitystream-following").count() == 1
    post(page, "Without a script")
    page.get_by_label("Your comment").fill("And a word")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile("#comment-"))
    assert "And a word" in page.locator(".comments").inner_text()


FITS = ["/", "/?together", "/discover/", "/people/jonas/", "/photos/1/", "/albums/1/", "/photos/new/"]


@pytest.mark.parametrize("path", FITS)
def test_fits_a_phone_and_a_tablet(browse: Browse, path: str) -> None:
    page = browse("tane", **PHONE)
    page.goto(path)
    for width in (390, 700, 761, 961):
        page.set_viewport_size({"width": width, "height": 900})
        needed = page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width, f"{path} scrolls sideways on {width} pixels"
    search, tabs = page.locator(".bar .search"), page.locator(".tabs")
    if search.count():  # on Discover it stands elsewhere
        found, beside = search.bounding_box(), tabs.bounding_box()
        assert found is not None
        assert beside is not None
        assert found["x"] + found["width"] <= beside["x"], "the search lies on the tabs"


def test_private_account_is_asked_and_answers(browse: Browse) -> None:
    asking, asked = browse("ahmet"), browse("leila")
    unfollow(asking, "leila")
    asking.goto("/people/leila/")
    assert "This account is private" in asking.locator("main").inner_text()
    assert not asking.locator("a[href*='/albums/']").count()
    asking.get_by_role("button", name="Follow").click()
    asking.get_by_role("button", name="Requested").wait_for()
    asking.goto("/people/leila/")
    assert "This account is private" in asking.locator("main").inner_text(), "asking is not enough"

    asked.goto("/notifications/")
    request = asked.locator(".activitystream-request", has_text="Ahmet")
    request.get_by_role("button", name="Accept").click()
    request.wait_for(state="detached")
    asking.goto("/people/leila/")
    asking.get_by_text("Wadi Rum").first.wait_for()
    asking.goto("/notifications/")
    told = asking.locator(".told", has_text="accepted your request").first
    assert "Leila" in told.inner_text()


def test_likes_of_three_are_one_notification(browse: Browse) -> None:
    owner = browse("tane")
    post(owner, "The bivouac, at last")
    path = owner.url
    owner.goto("/notifications/")
    for username in ("mei", "amara", "ines"):
        page = browse(username)
        page.goto(path)
        page.get_by_role("button", name="Like").click()
        page.get_by_role("button", name="Liked").wait_for()
    owner.goto("/discover/")
    bell = owner.locator(".activitystream-bell")
    assert bell.get_attribute("aria-label") == "Notifications, 1 new"
    owner.goto("/notifications/")
    told = owner.locator(".told.new")
    assert told.count() == 1
    text = " ".join(told.inner_text().split())
    assert "Inês Carvalho, Amara Okafor and Mei Nakamura liked The bivouac, at last" in text
    owner.goto("/")
    assert bell.get_attribute("aria-label") == "Notifications, nothing new", "who has looked has seen it"


def test_home_tells_together_who_liked_a_photo(browse: Browse) -> None:
    reader = browse("ahmet")
    liked = ("mei", "sofie", "ines")
    for username in (*liked, "tane"):
        follow(reader, username)
    owner = browse("tane")
    post(owner, "Liked by three")
    for username in liked:
        page = browse(username)
        page.goto(owner.url)
        page.get_by_role("button", name="Like").click()
        page.get_by_role("button", name="Liked").wait_for()
    reader.goto("/")
    assert reader.locator(".line", has_text="liked Liked by three").count() == 3
    reader.get_by_role("link", name="Together").click()
    told = reader.locator(".line", has_text="liked Liked by three")
    assert told.count() == 1
    assert "and Mei Nakamura liked" in " ".join(told.locator(".what > p").inner_text().split())
    assert not told.locator("li").first.is_visible()
    told.get_by_text("Show them").click()
    assert told.locator("li").count() == 3
    assert told.locator("li").first.is_visible()


def test_block_hides_each_from_the_other(browse: Browse) -> None:
    blocker, blocked = browse("jonas"), browse("mateo")
    follow(blocked, "jonas")
    blocker.goto("/people/mateo/")
    blocker.locator(".menu summary").click()
    blocker.get_by_role("button", name="Block").click()
    blocker.get_by_role("button", name="Unblock").first.wait_for()
    blocker.goto("/people/mateo/")
    assert "You block Mateo Rivas" in blocker.locator("main").inner_text()
    for page, name in ((blocker, "Mateo Rivas"), (blocked, "Jonas Lindqvist")):
        for path in ("/", "/discover/", "/search/?q=a", "/notifications/"):
            page.goto(path)
            assert name not in page.locator("main").inner_text(), path
    blocked.goto("/search/?q=lindqvist")
    assert "Nothing found" in blocked.locator("main").inner_text()
    blocker.goto("/settings/")
    blocker.get_by_role("button", name="Unblock").click()
    blocker.get_by_role("button", name="Block").wait_for()


def test_second_browser_sees_what_happens_within_a_second(browse: Browse) -> None:
    reader, author = browse("ines"), browse("priya")
    follow(reader, "priya")
    reader.goto("/live/")
    reader.get_by_text("Connected").wait_for()
    post(author, "Live from the greenhouse")
    entry = entries(reader).filter(has_text="Live from the greenhouse")
    entry.wait_for(timeout=1_000)
    assert "after it happened" in entry.inner_text()
    author.get_by_text("Delete the photo").click()
    author.get_by_role("button", name="Yes, delete it").click()
    author.wait_for_url("**/people/priya/")
    entry.wait_for(state="detached", timeout=1_000)


def test_home_says_how_many_are_new(browse: Browse) -> None:
    reader, author = browse("harpreet"), browse("amara")
    follow(reader, "amara")
    reader.goto("/")
    pill = reader.locator(".activitystream-new")
    assert not pill.is_visible()
    reader.wait_for_timeout(500)
    post(author, "The city, switching itself on", album="After six")
    pill.wait_for(timeout=1_500)
    pill.click()
    entries(reader).filter(has_text="The city, switching itself on").wait_for()
    assert not pill.is_visible()
