"""Cards: what is given out about a row, and what never is."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from activitystream import ModelActivity
from activitystream.models import DeletedObject, Ref
from activitystream.registry import follow_path, load_cards, load_instances, make_card, safe_url
from tests.app.models import Album, Note, Page, Photo, Unregistered
from tests.fixtures import People

pytestmark = pytest.mark.django_db


# -- values ----------------------------------------------------------------------------------------------


def test_nothing_but_what_is_declared(ana: Any) -> None:
    ana.email, ana.password = "ana@example.org", "secret"
    ana.save()
    card = load_cards([Ref.of(ana)])[Ref.of(ana)]
    assert card == {
        "type": "Person", "model": "auth.user", "id": str(ana.pk), "name": "ana",
        "url": None, "image": None, "content": None, "deleted": False,
    }  # fmt: skip


def test_defaults(registering: Any) -> None:
    card = make_card(registering(Note), Note(pk=3, text="hello"))
    assert (card["type"], card["name"], card["url"], card["image"], card["content"]) == (
        "Note",
        "hello",
        None,
        None,
        None,
    )


def test_the_language_of_a_thread_stays_its_own(registering: Any) -> None:
    """While two make a card at once: it is in the language of the site, and they go on in theirs."""
    together = threading.Barrier(2, timeout=10)

    def name(self: Any, note: Any) -> str:
        together.wait()
        return str(translation.get_language())

    options = registering(Note, name=name)

    def work(language: str) -> tuple[str, str | None]:
        translation.activate(language)
        card = make_card(options, Note(pk=3))
        return card["name"], translation.get_language()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, ["de", "fr"])) == [("en", "de"), ("en", "fr")]


def test_paths_methods_and_constants(registering: Any, ana: Any) -> None:
    class Declared(ModelActivity):
        name = "about__owner.get_username"
        image = "about.thumbnail_url"

        def type(self, note: Any) -> str:
            return f"Note{note.views}"

        def url(self, note: Any) -> str:
            return f"/notes/{note.pk}"

        def content(self, note: Any) -> Any:
            return note.views

    note = Note(pk=3, views=7, about=Photo(pk=5, owner=ana))
    card = make_card(Declared(Note), note)
    assert (card["type"], card["name"], card["url"]) == ("Note7", "ana", "/notes/3")
    assert (card["image"], card["content"]) == ("/thumbnails/5.jpg", "7")


def test_a_path_ends_where_there_is_nothing() -> None:
    assert follow_path(Note(), "about.owner.username") is None
    assert follow_path(get_user_model()(pk=1), "profile.is_private") is None, "who has no profile"
    with pytest.raises(AttributeError):
        follow_path(Note(text="x"), "text.nothing")


@pytest.mark.parametrize("broken", ["type", "name", "url", "image", "content"])
def test_a_declaration_that_fails_costs_one_field(broken: str, caplog: pytest.LogCaptureFixture) -> None:
    declared = {
        "type": lambda self, row: "T",
        "name": lambda self, row: "N",
        "url": lambda self, row: "/u",
        "image": lambda self, row: "/i",
        "content": lambda self, row: "C",
        broken: lambda self, row: 1 / 0,
    }
    card = make_card(type("Declared", (ModelActivity,), declared)(Note), Note(pk=1))
    expected = {"type": "T", "name": "N", "url": "/u", "image": "/i", "content": "C"}
    expected |= {broken: {"type": "Note", "name": ""}.get(broken)}
    assert {field: card[field] for field in expected} == expected  # type: ignore[literal-required]
    assert f"Declared.{broken} failed for Note 1" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_wrong_paths_cost_one_field(caplog: pytest.LogCaptureFixture) -> None:
    options = type(
        "Declared", (ModelActivity,), {"name": "nothing", "image": "text.nothing", "content": "text"}
    )
    card = make_card(options(Note), Note(pk=1, text="x"))
    assert (card["name"], card["image"], card["content"]) == ("", None, "x")


# -- people ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["ana@example.org", "Ana <ana@example.org>"])
def test_an_address_is_no_name(login: str) -> None:
    """Where people sign in with their e-mail address, str(user) is that."""
    user = get_user_model()(pk=7, username=login)
    assert ModelActivity(get_user_model()).name_of(user) == "user 7"


@pytest.mark.parametrize("login", ["ana", "@ana", "ana@", "a @ b"])
def test_other_logins_are(login: str) -> None:
    user = get_user_model()(pk=7, username=login)
    assert ModelActivity(get_user_model()).name_of(user) == login


def test_a_login_that_is_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    user = get_user_model()
    monkeypatch.setattr(user, "USERNAME_FIELD", user.EMAIL_FIELD)
    assert ModelActivity(user).name_of(user(pk=7, email="ana at example")) == "user 7"


def test_a_name_that_is_declared_is_given_out() -> None:
    options = type("Declared", (ModelActivity,), {"name": "email"})(get_user_model())
    assert options.name_of(get_user_model()(pk=7, email="ana@example.org")) == "ana@example.org"


# -- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "/x",
        "x/y?a=b:c#d",
        "http://example.org/",
        "HTTPS://example.org",
        "//cdn.example.org/x.jpg",
        "/ü/日本",
        "?a=javascript:",
    ],
)
def test_addresses_that_are_given_out(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
        "java\tscript:x", "\x01javascript:x", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://example.org",
        "mailto:a@b.c", "http://[", "", None, 0, "/a b", "blob:x",
    ],
)  # fmt: skip
def test_addresses_that_are_not(url: Any) -> None:
    assert safe_url(url) is None


def test_cards_have_safe_addresses_only() -> None:
    declared = {"url": lambda self, row: "javascript:x", "image": lambda self, row: "data:x"}
    card = make_card(type("Declared", (ModelActivity,), declared)(Note), Note(pk=1))
    assert (card["url"], card["image"]) == (None, None)


# -- rows ------------------------------------------------------------------------------------------------


def test_one_query_for_each_model(ana: Any, people: People) -> None:
    rows = [ana, *people(5), Page.objects.create(slug="a/b", author=ana)]
    rows += [Photo.objects.create(caption=str(n), owner=ana) for n in range(5)]
    rows += [Album.objects.create(id=uuid.uuid4(), title="x", owner=ana)]
    refs = [Ref.of(row) for row in rows]
    with CaptureQueriesContext(connection) as captured:
        assert load_instances(refs) == dict(zip(refs, rows, strict=True))
    assert len(captured) == 4


def test_what_may_not_be_shown(ana: Any) -> None:
    hidden = Photo.objects.create(caption="x", owner=ana, hidden=True)
    unregistered = Unregistered.objects.create(name="x")
    refs = [
        Ref.of(hidden),
        Ref.of(unregistered),
        Ref("app.photo", "999999"),
        Ref("app.photo", "no number"),
        Ref("app.photo", "9" * 40),
        Ref("app.photo", "-" + "9" * 40),
        Ref("app.album", "no uuid"),
        Ref("app.page", "nul\0"),
        Ref("app.page", "nothing"),
        Ref("gone.model", "1"),
    ]
    assert load_instances(refs) == {}
    assert load_cards(refs) == {}


def test_rows_that_are_gone_and_kept(ana: Any) -> None:
    page = Page.objects.create(slug="a", author=ana)
    page.delete()
    DeletedObject.objects.create(
        content_type=Ref("app.photo", "1").content_type, object_id="1", type="x", name="x"
    )
    refs = [Ref("app.page", "a"), Ref("app.page", "never"), Ref("app.photo", "1")]
    cards = load_cards(refs)
    assert {ref: (card["name"], card["deleted"]) for ref, card in cards.items()} == {
        refs[0]: ("Page a", True)
    }
    Page.objects.create(slug="a", author=ana)
    assert load_cards(refs)[refs[0]]["deleted"] is False


def test_kept_rows_need_no_query_where_none_is_missing(ana: Any, django_assert_num_queries: Any) -> None:
    refs = [Ref.of(Page.objects.create(slug="a", author=ana))]
    with django_assert_num_queries(1):
        load_cards(refs)
