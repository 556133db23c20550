"""Cached values made from SQL once more, for those who compare them with what the store gives out."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from activitystream.streams import Body, Name

from .base import Feed
from .bodies import activity_ref, make_bodies
from .facts import is_facts_name, make_facts
from .notifications import NotificationsFeed
from .notifications.counts import make_counts

__all__ = ["ValueKind", "kind_of", "ref_of", "remake"]


class ValueKind(StrEnum):
    """What is kept in the store beside streams."""

    BODY = "body"
    VIEWER = "viewer state"
    COUNTS = "counts"
    """Of notifications. They are made from bodies and viewer state: verify those first."""


def kind_of(name: Name) -> ValueKind | None:
    """The kind of the value of this name; None if there is no such thing (any more)."""
    if isinstance(name, int):
        return ValueKind.BODY
    if is_facts_name(name):
        return ValueKind.VIEWER
    return ValueKind.COUNTS if isinstance(Feed.parse_stream(name), NotificationsFeed) else None


def ref_of(name: Name) -> str:
    """The ref to invalidate for this value alone."""
    return activity_ref(name) if isinstance(name, int) else name


def remake(names: Collection[Name]) -> dict[Name, bytes]:
    """What the store should give for these names; nothing for an activity that is gone."""
    made = make_bodies([name for name in names if isinstance(name, int)])
    made += [body for name in names if isinstance(name, str) and (body := _make(name))]
    return {body.id: body.payload for body in made}


def _make(name: str) -> Body | None:
    if is_facts_name(name):
        return make_facts(name)
    feed = Feed.parse_stream(name)
    return make_counts(feed.owner, name) if isinstance(feed, NotificationsFeed) else None
