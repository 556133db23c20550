"""Verbs and data as a site has them: translated lazily, in any writing, with the values of Python."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy, pgettext_lazy

from activitystream import HomeFeed, InvalidActivity, OutboxFeed, follow, publish, retract
from activitystream.checks import _is_verb
from activitystream.models import Activity, Notification
from activitystream.publishing.drafts import clean_data
from tests.app.models import Note

pytestmark = pytest.mark.django_db

FOLLOW = gettext_lazy("Follow")
"""A text that is translated into German: "Folgen"."""


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_lazily_translated_verb(
    language: str, ana: Any, ben: Any, registering: Any, configure: Any
) -> None:
    configure(FOLLOW_VERB=FOLLOW)
    registering(Note, actor="author", on_create=FOLLOW, notify=lambda self, obj, verb: [ben])
    with translation.override(language):
        assert str(FOLLOW) == ("Follow" if language == "en" else {"de": "Folgen", "fr": "Suivre"}[language])
        publish(actor=ana, verb=FOLLOW, notify=[ben])
        Note.objects.create(author=ana)
        follow(ben, ana)
        assert {row.verb for row in Activity.objects.all()} == {"Follow"}
        assert len({row.group for row in Notification.objects.all()}) == 2
        assert all("Follow" in row.group for row in Notification.objects.all())
        assert len(list(OutboxFeed(ana).filter(verb=FOLLOW).page())) == 2
        assert len(list(HomeFeed(ben).filter(verb=[FOLLOW]).page())) == 2
        assert retract(actor=ana, verb=FOLLOW) == 2
    assert publish(actor=ana, verb=pgettext_lazy("verb", "Follow")).verb == "Follow"


def test_a_translated_verb_is_a_verb_to_the_checks() -> None:
    assert _is_verb(FOLLOW)
    assert not _is_verb(3)


@pytest.mark.parametrize("verb", ["می‌خواهد", "👨‍👩‍👧", "❤️", "क्‍ष", "aime", "喜欢"])
def test_joiners_where_writing_has_them(verb: str, ana: Any) -> None:
    assert publish(actor=ana, verb=verb).verb == verb
    assert len(list(OutboxFeed(ana).filter(verb=verb).page())) == 1
    assert _is_verb(verb)


@pytest.mark.parametrize(
    "verb",
    [
        "li\u200cke",
        "\u200dlike",
        "می\u200c",
        "می\u200c\u200cخ",
        "\u200d",
        "\u202eekil",
        "like\u2066",
        "li\u200bke",
        "li\u00adke",
        "like\ufeff",
        "li\u2060ke",
        "\u200flike",
        "like\U000e0041",
        "a\nb",
        "\ud83d",
    ],
)
def test_what_cannot_be_seen(verb: str, ana: Any) -> None:
    with pytest.raises(InvalidActivity, match="verb must be a text of 1 to 100 printable characters"):
        publish(actor=ana, verb=verb)
    assert not _is_verb(verb)


def test_data_of_python(ana: Any) -> None:
    key = uuid.uuid4()
    data = {
        "at": datetime(2026, 3, 1, 12, 0, 0, 1500, tzinfo=UTC),
        "on": date(2026, 3, 1),
        "for": timedelta(hours=1),
        "price": Decimal("1.50"),
        "key": key,
        "label": FOLLOW,
        "more": [Decimal(1), {"x": date(2026, 3, 1)}],
    }
    wanted = {
        "at": "2026-03-01T12:00:00.001Z",
        "on": "2026-03-01",
        "for": "P0DT01H00M00S",
        "price": "1.50",
        "key": str(key),
        "label": "Follow",
        "more": ["1", {"x": "2026-03-01"}],
    }
    with translation.override("de"):
        made = publish(actor=ana, verb="buy", data=data)
    assert made.data == Activity.objects.get().data == wanted
    assert [entry.data for entry in OutboxFeed(ana).page()] == [wanted]


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", float("nan"), "\ud800"])
def test_what_is_no_data(value: Any) -> None:
    with pytest.raises(InvalidActivity, match="data must be JSON"):
        clean_data({"x": value})
