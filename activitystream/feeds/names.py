"""Names of feeds: what they may be, and who has which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import getattr_static
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from .base import Feed

__all__ = [
    "MAX_NAME",
    "RESERVED",
    "check_name",
    "check_stream",
    "clashes",
    "isolated_clashes",
    "who_says",
]

MAX_NAME = 32
"""Characters: it begins the name of every stream, and stands in columns of our tables."""
RESERVED = {
    *("activities", "cards", "export", "live", "mark", "new", "requests", "schema", "seen", "suggestions"),
    *("follow", "followers", "following", "follows", "unfollow", "answer"),
    *("block", "blocks", "mute", "mutes", "unblock", "unmute"),
}
"""Other addresses of the API and the pages: there a feed of this name would not be found."""

_clashes: dict[str, tuple[type[Feed], type[Feed]]] = {}


def check_name(feed: type[Feed], known: Mapping[str, type[Feed]]) -> None:
    """ImproperlyConfigured if a feed cannot have its name. If another has it, the system checks tell."""
    name, who = feed.name, f"{feed.__qualname__}.name = {feed.name!r}"
    if not (isinstance(name, str) and name.isascii() and name.isidentifier()):
        raise ImproperlyConfigured(f"{who} is not one plain word")
    if len(name) > MAX_NAME:
        raise ImproperlyConfigured(f"{who} has more than {MAX_NAME} characters")
    if name in RESERVED:
        raise ImproperlyConfigured(f"{who} is another address of the API: choose another word")
    other = known.get(name)
    if other is not None and not issubclass(feed, other) and _path(feed) != _path(other):
        _clashes[name] = (other, feed)


def who_says(feed: type[Feed], attribute: str) -> type:
    """The class that gives a feed this attribute: it may be a mixin."""
    return next(one for one in feed.__mro__ if attribute in one.__dict__)


_SELECT = ("audiences", "follow_kinds", "recipients", "sources")
"""What says which activities a feed has."""


def check_stream(feed: type[Feed]) -> None:
    """ImproperlyConfigured for a feed that would fill the streams of the one that it derives from."""
    named = who_says(feed, "name")
    mine = {what: getattr_static(feed, what) for what in _SELECT}
    selects = [what for what, own in mine.items() if getattr_static(named, what, own) is not own]
    if feed.name and selects:
        raise ImproperlyConfigured(
            f"{feed.__qualname__} overrides {', '.join(selects)}, and would put something else into "
            f"the streams of the feed {feed.name!r}: give it a name of its own; or an empty one, and SQL "
            "answers it"
        )


def clashes(known: Mapping[str, type[Feed]]) -> list[tuple[type[Feed], type[Feed]]]:
    """Pairs of feeds with one name, which the second has; one that derives from the other replaces it."""
    return [pair for name, pair in _clashes.items() if known.get(name) is pair[1]]


@contextmanager
def isolated_clashes() -> Iterator[None]:
    """Restore the recorded clashes at the end of the block (for tests)."""
    before = dict(_clashes)
    try:
        yield
    finally:
        _clashes.clear()
        _clashes.update(before)


def _path(feed: type[Feed]) -> tuple[str, str]:
    """What stays the same when a module is loaded again."""
    return (feed.__module__, feed.__qualname__)
