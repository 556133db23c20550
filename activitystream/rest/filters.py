"""Filters of a feed as query parameters; one that is given several times takes any of its values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from activitystream.exceptions import InvalidFilter
from activitystream.feeds import Feed

__all__ = ["filtered"]

SEVERAL = ("verb", "actor_type", "object_type", "target_type", "kind")
TIMES = ("since", "until")


def filtered(feed: Feed, query: QueryDict) -> Feed:
    """The feed, narrowed as the client asks; InvalidFilter says what is allowed."""
    given: dict[str, Any] = {name: query.getlist(name) for name in SEVERAL if name in query}
    given |= {name: _moment(name, query.getlist(name)) for name in TIMES if name in query}
    return feed.filter(**given) if given else feed


def _moment(name: str, values: list[str]) -> datetime:
    """The moment of an ISO date and time; of a date alone, its first."""
    text = values[-1]
    try:
        moment = parse_datetime(
            text.replace(" ", "+") if "T" in text else text
        )  # a plus that was not escaped
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidFilter(
            f"{name} must be a time such as 2026-05-17T12:00:00Z or a date, not {text[:40]!r}"
        )
    return moment
