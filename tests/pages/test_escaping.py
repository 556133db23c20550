"""Text from users is escaped wherever the tags and templates of the app put it."""

from __future__ import annotations

import re
from functools import partial
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model

from activitystream import follow, publish
from tests.app.models import Photo
from tests.fixtures import Register

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\" onload='x' `&amp;<b>"
RTL = "\u202egpj.exe\u2066"
PAGE = (
    '{% feed_page "outbox" owner as page %}{% render_feed page %}{% for activity in page %}'
    "{% follow_button activity.object kind=kind label=kind %}{{ activity.object|card_link }}{% endfor %}"
)


class Tags(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


@pytest.fixture
def declared(override_registration: Register) -> Callable[..., object]:
    """Let the photos' registration say something else."""
    return partial(override_registration, Photo)


@pytest.mark.parametrize("text", [SCRIPT, QUOTES])
def test_names_types_contents_verbs_and_kinds(
    text: str, ben: User, declared: Callable[..., None], render: Callable[..., str]
) -> None:
    nasty = get_user_model().objects.create(username=text)
    declared(type=lambda self, obj: text, content=lambda self, obj: text)
    photo = Photo.objects.create(caption=text, owner=nasty)
    publish(actor=nasty, verb=text, object=photo, target=photo)
    plain = Tags(render(PAGE, owner=ben, user=ben, kind="k"))
    page = Tags(render(PAGE, owner=nasty, user=ben, kind=text[:32], url=f"/?x={text}"))
    assert page.text.count(text) >= 8
    assert {tag for tag, _ in page.elements} <= {
        *{"div", "article", "p", "a", "bdi", "img", "span", "time", "form", "input", "button"},
        *{tag for tag, _ in plain.elements},
    }
    assert page.values("onload") == []
    assert text[:32] in page.values("value")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVa\nScript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_addresses_of_scripts_are_no_links(
    address: str, ana: User, ben: User, declared: Callable[..., None], render: Callable[..., str]
) -> None:
    declared(url=lambda self, obj: address, image=lambda self, obj: address)
    Photo.objects.create(caption="x", owner=ana)
    page = Tags(render(PAGE, owner=ana, user=ben, kind="k"))
    assert set(page.values("href")) <= {"?"}  # the feed itself
    assert page.values("src") == []
    assert "x" in page.text


def test_addresses_cannot_leave_their_attribute(
    ana: User, ben: User, declared: Callable[..., None], render: Callable[..., str]
) -> None:
    address = "/x\"onload='y'><script>"
    declared(url=lambda self, obj: address, image=lambda self, obj: address)
    Photo.objects.create(caption="x", owner=ana)
    page = Tags(render(PAGE, owner=ana, user=ben, kind="k"))
    assert set(page.values("href")) - {"?"} == {address}
    assert set(page.values("src")) == {address}
    assert page.values("onload") == []


def test_a_change_of_direction_ends_with_its_name(ana: User, ben: User, render: Callable[..., str]) -> None:
    Photo.objects.create(caption=RTL, owner=ana)
    html = render(PAGE, owner=ana, user=ben, kind="k")
    assert Tags(html).text.count(RTL) == 2
    assert len(re.findall(f"<bdi[^>]*>{RTL}</bdi>", html)) == 2


def test_what_the_form_carries_is_escaped(ana: User, ben: User, render: Callable[..., str]) -> None:
    follow(ben, ana)
    html = render(
        "{% follow_button owner following_label=label %}",
        owner=ana,
        user=ben,
        label=SCRIPT,
        url='/?"><script>',
    )
    assert "<script>" not in html
    assert Tags(html).text.strip() == SCRIPT
