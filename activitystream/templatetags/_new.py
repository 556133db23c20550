"""How our script learns of what is new: where it asks, and what it says of so many."""

from __future__ import annotations

from collections.abc import Callable

from django.core.handlers.asgi import ASGIRequest
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.translation import ngettext

from activitystream.conf import settings
from activitystream.models import Ref
from activitystream.streams import get_events

__all__ = ["COUNTED", "addresses", "counted_texts", "new_texts"]

COUNTED = 20
"""How many are told by their number; more are "20+"."""


def addresses(context: Context, feed: str, owner: Ref) -> dict[str, str]:
    """Where to listen for events (`live`, empty where nobody tells of any), and where to ask how many are new
    (`poll`)."""
    where = {"feed": feed, "type": owner.model, "id": owner.id}
    live = _address("feed-live", where) if _listens(context) else ""
    return {"live": live, "poll": _address("feed-new", where)}


def _listens(context: Context) -> bool:
    if get_events() is None:
        return False
    chosen = settings.LIVE_PAGES
    return isinstance(context.get("request"), ASGIRequest) if chosen is None else chosen


def _address(name: str, where: dict[str, str]) -> str:
    try:
        return reverse(f"activitystream:{name}", kwargs=where)
    except NoReverseMatch:  # an id that stands in no address
        return ""


def counted_texts(text: Callable[[int], str]) -> list[str]:
    """What is said of 1, 2, … in the plural forms of the language; last, of more than `COUNTED`."""
    numbers = range(1, COUNTED + 2)
    return [text(n) % {"count": n if n <= COUNTED else f"{COUNTED}+"} for n in numbers]


def new_texts() -> list[str]:
    """What the pill says."""
    return counted_texts(lambda n: ngettext("%(count)s new activity", "%(count)s new activities", n))
