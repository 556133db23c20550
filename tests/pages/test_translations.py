"""English and the other languages: nothing is left out, and plural forms are right."""

from __future__ import annotations

import ast
import gettext
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone, translation

from activitystream import Entry, Ref, follow, publish
from activitystream.feeds import Card, get_entry
from activitystream.feeds.entries import Instances
from activitystream.templatetags._new import new_texts
from activitystream.templatetags._sentences import names
from activitystream.templatetags._times import time_in_words
from scripts import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

LANGUAGES = messages.LANGUAGES
PLACE = re.compile(r"%\(\w+\)[\w.]+|%[ds]|\{\w*\}|</?\w+>")
RUN = "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    assert messages.missing(messages.catalog_of(language), messages.extract()) == [], RUN


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_over(language: str) -> None:
    written = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for message in messages.catalog_of(language)
    }
    assert written - {""} == messages.extract().keys(), RUN


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    path = messages.po_path(language)
    now = gettext.GNUTranslations(io.BytesIO(messages.compiled(messages.catalog_of(language))))
    packed = gettext.GNUTranslations(io.BytesIO(path.with_suffix(".mo").read_bytes()))
    assert {**packed._catalog, "": None} == {**now._catalog, "": None}, RUN  # the header has a date


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_text(language: str) -> None:
    for message in messages.catalog_of(language):
        if not message.id:
            continue
        plural = isinstance(message.id, tuple)
        wanted = set(PLACE.findall(message.id[-1] if plural else message.id))
        for text in message.string if plural else [message.string]:
            assert set(PLACE.findall(text)) == wanted, text


def test_texts_are_marked_by_names_that_the_script_knows() -> None:
    known = messages.ONE | messages.MANY | messages.SAME
    for path in messages.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                for name in node.names:
                    assert "gettext" not in name.name or (name.asname or name.name) in known, path


def test_the_script_finds_what_is_marked() -> None:
    python = '_("one")\nngettext("a", "b", n)\n_s("same")\n_(variable)\nother("not")'
    assert list(messages.in_python(python)) == ["one", ("a", "b"), ("same", "same")]
    template = (
        "{% translate \"one\" %}{% translate 'two' as x %}"
        "{% blocktranslate with a=b %}for {{ a }}{% endblocktranslate %}"
        "{% blocktranslate count n=x %}{{ n }} dog{% plural %}{{ n }} dogs{% endblocktranslate %}"
    )
    assert list(messages.in_template(template)) == ["one", "two", "for %(a)s", ("%(n)s dog", "%(n)s dogs")]


def test_an_empty_translation_is_missed() -> None:
    catalog = messages.updated(messages.catalog_of("de"), {"Back": "Back", "none": "none", "a": ("a", "b")})
    assert messages.missing(catalog, {"Back": "Back", "none": "none", "a": ("a", "b")}) == ["none", "a"]


@pytest.mark.parametrize(
    ("language", "one", "two", "many"),
    [
        ("en", "1 new activity", "2 new activities", "20+ new activities"),
        ("de", "1 neue Aktivität", "2 neue Aktivitäten", "20+ neue Aktivitäten"),
        ("es", "1 actividad nueva", "2 actividades nuevas", "20+ actividades nuevas"),
        ("fr", "1 nouvelle activité", "2 nouvelles activités", "20+ nouvelles activités"),
    ],
)
def test_counts(language: str, one: str, two: str, many: str) -> None:
    with translation.override(language):
        texts = new_texts()
    assert (texts[0], texts[1], texts[-1]) == (one, two, many)


@pytest.mark.parametrize(
    ("language", "hour", "hours"),
    [
        ("de", "vor 1 Stunde", "vor 5 Stunden"),
        ("es", "hace 1 hora", "hace 5 horas"),
        ("fr", "il y a 1 heure", "il y a 5 heures"),
    ],
)
def test_times(language: str, hour: str, hours: str) -> None:
    now = timezone.now()
    with translation.override(language):
        assert time_in_words(now - timedelta(minutes=61)) == hour
        assert time_in_words(now - timedelta(minutes=301)) == hours


def _cards(count: int) -> list[Card]:
    empty: dict[str, Any] = dict.fromkeys(("url", "image", "content"))
    return [
        Card(
            type="Person",
            model="auth.user",
            id=str(n),
            name=f"P{n}",
            deleted=False,
            instances=Instances(),
            **empty,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("language", "count", "others", "text"),
    [
        ("en", 1, 0, "P0"),
        ("en", 2, 0, "P0 and P1"),
        ("en", 3, 0, "P0, P1 and P2"),
        ("en", 2, 1, "P0, P1 and 1 other"),
        ("en", 2, 3, "P0, P1 and 3 others"),
        ("de", 2, 3, "P0, P1 und 3 weitere"),
        ("es", 3, 0, "P0, P1 y P2"),
        ("fr", 2, 1, "P0, P1 et 1 autre personne"),
    ],
)
def test_lists_of_names(language: str, count: int, others: int, text: str) -> None:
    with translation.override(language):
        assert re.sub("<[^>]+>", "", names(_cards(count), others)) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ana liked Sunset in Holidays"),
        ("de", "ana gefällt Sunset in Holidays"),
        ("es", "A ana le gustó Sunset en Holidays"),
        ("fr", "ana a aimé Sunset dans Holidays"),
    ],
)
def test_sentences(language: str, text: str, photo: Any, ana: User, render: Callable[..., str]) -> None:
    made: Entry | None = get_entry(publish(actor=ana, verb="like", object=photo, target=photo.album).pk)
    with translation.override(language):
        html = render("{% activity_sentence made %}", made=made)
    assert re.sub("<[^>]+>", "", html) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_has_no_english_left(
    language: str, photo: Any, ana: User, ben: User, render: Callable[..., str]
) -> None:
    """Whatever the catalog translates otherwise is not there."""
    follow(ben, ana)
    publish(actor=ana, verb="like", object=photo)
    source = (
        '{% feed "home" user limit=1 %}{% feed "outbox" user %}{% follow_button ana %}{% mute_button ana %}'
        '{% block_button ana %}{% notification_bell "/x/" %}{% notification_list %}{% follow_requests %}'
    )
    with translation.override(language):
        html = render(source, user=ben, ana=ana)
    for text in (
        "Older",
        "Nothing here yet",
        "Following",
        "Mute<",
        "Block<",
        "nothing new",
        "Nobody waits",
        "ago",
    ):
        assert text not in html
    assert Ref.of(ana).id in html
