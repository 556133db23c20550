"""Cards: what is given out about a row. Nothing but what its registered model declares."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils import translation

from activitystream.models import DeletedObject, Ref
from activitystream.routers import primary_reads
from activitystream.text import clean_text

from .kept import Kept, load_kept
from .lookup import load_instances
from .options import ModelActivity
from .registry import options_for, options_for_label

__all__ = ["CardDict", "bare_card", "card_of", "cards_of", "load_cards", "make_card", "safe_url"]

logger = logging.getLogger("activitystream")


class CardDict(TypedDict):
    """A card as JSON, as it stands in cached bodies.

    `feeds.Card` has the same fields, and takes no others: with new fields comes a new `LAYOUT` of the Redis
    store, or pages fail on the bodies that are there.
    """

    type: str
    model: str
    id: str
    name: str
    url: str | None
    image: str | None
    content: str | None
    deleted: bool


def safe_url(value: Any) -> str | None:
    """The address if a browser may be sent there: http, https, or a path on the site; else None."""
    if not value:
        return None
    text = str(value)
    if text != clean_text(text):
        return None
    # Browsers skip control characters and white space when they look for a scheme ("java\nscript:").
    if any(ord(char) <= 32 or ord(char) == 127 for char in text):
        return None
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return None
    return text if scheme in ("", "http", "https") else None


@primary_reads()
def make_card(options: ModelActivity, obj: models.Model) -> CardDict:
    """The card of a row, in the language of the site: it is kept for all readers, not for the one at hand.

    A declaration that raises costs that one field, not the page: it is logged.
    """
    with translation.override(settings.LANGUAGE_CODE):  # as a decorator, it is one for all threads
        return _make_card(options, obj)


def _make_card(options: ModelActivity, obj: models.Model) -> CardDict:

    def tried(what: str, make: Any) -> Any:
        try:
            return make()
        except Exception:
            logger.exception(
                "%s.%s failed for %s %s", type(options).__name__, what, options.model.__name__, obj.pk
            )
            return None

    def text(what: str, make: Any) -> str:
        return tried(what, lambda: clean_text(str(make(obj) or ""))) or ""

    ref = Ref.of(obj)
    content = tried("content", lambda: options.value(obj, "content"))
    return CardDict(
        type=clean_text(str(tried("type", lambda: options.type_of(obj)) or ""))
        or str(options.model._meta.object_name),
        model=ref.model,
        id=ref.id,
        name=text("name", options.name_of),
        url=safe_url(tried("url", lambda: options.url_of(obj))),
        image=safe_url(tried("image", lambda: options.value(obj, "image"))),
        content=None if content is None else clean_text(str(content)),
        deleted=False,
    )


def card_of(row: models.Model) -> CardDict:
    """The card of a row of a registered model."""
    return make_card(options_for(row.__class__), row)  # not type(): request.user is a lazy object


def load_cards(refs: Iterable[Ref]) -> dict[Ref, CardDict]:
    """The cards of these refs: one query for each model, and two for rows that are gone but kept.

    A ref that is missing from the result may not be shown.
    """
    wanted = set(refs)
    rows = load_instances(wanted)
    return cards_of(rows, load_kept(wanted - rows.keys()))


def cards_of(rows: Mapping[Ref, models.Model], kept: Kept) -> dict[Ref, CardDict]:
    """The cards of rows, and of what is kept of those that are gone."""
    cards = {
        ref: make_card(options_for_label(ref.model), row)  # type: ignore[arg-type]
        for ref, row in rows.items()
    }
    return cards | {ref: _kept_card(ref, row) for ref, row in kept.items()}


def bare_card(ref: Ref) -> CardDict:
    """A card that names a row of a registered model, and says nothing of it."""
    options = options_for_label(ref.model)
    declared = options and (
        options.type if isinstance(options.type, str) else options.model._meta.object_name
    )
    return CardDict(
        type=declared or ref.model,
        model=ref.model,
        id=ref.id,
        name="",
        url=None,
        image=None,
        content=None,
        deleted=False,
    )


def _kept_card(ref: Ref, row: DeletedObject) -> CardDict:
    return CardDict(
        type=row.type,
        model=ref.model,
        id=ref.id,
        name=row.name,
        url=None,
        image=None,
        content=None,
        deleted=True,
    )
