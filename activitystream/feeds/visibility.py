"""What a viewer may see: the one place where it is decided, for pages, groups, counts and events alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from activitystream.conf import SETTING, settings
from activitystream.graph import get_graph
from activitystream.models import FOLLOW, Ref, Visibility
from activitystream.registry import hidden_by_hooks, hooks_hide_rows
from activitystream.routers import primary_reads

from .bodies import load
from .entries import Entry
from .facts import Facts

if TYPE_CHECKING:
    from .base import Feed

__all__ = [
    "Viewer",
    "addressed_among",
    "as_viewer",
    "get_entries",
    "get_entry",
    "may_read",
    "shut_out",
    "visible",
]

Viewer = Ref | None
"""Who reads: the ref of a user, or None for somebody who is not signed in."""


def as_viewer(user: Any) -> Viewer:
    """The viewer that a row of the user model (or its ref) is; anything else is nobody who is signed in."""
    if isinstance(user, Ref):
        return user.spelled if user.model == get_user_model()._meta.label_lower else None
    return Ref.of(user) if isinstance(user, get_user_model()) and user.pk is not None else None


def get_entry(id: int, viewer: Any = None) -> Entry | None:
    """One activity as an entry; None if there is none, or this user (None: not signed in) may not see it."""
    return next(iter(get_entries([id], viewer)), None)


def get_entries(ids: Sequence[int], viewer: Any = None) -> list[Entry]:
    """Those of these activities that this user may see, in their order."""
    who = as_viewer(viewer)
    loaded = load(ids, who)
    entries = [loaded.entries[id] for id in ids if id in loaded.entries]
    return visible(entries, who, loaded.facts)


@primary_reads()
def may_read(feed: Feed, user: Any) -> bool:
    """Return whether this user (perhaps one who is not signed in) may read the feed."""
    return feed.may_read(user)


@primary_reads()
def visible(entries: Sequence[Entry], viewer: Viewer, facts: Facts, *, muting: bool = False) -> list[Entry]:
    """Those of these entries that a viewer with these facts may see, in their order. `muting`: without what
    the viewer has muted."""
    me = None if viewer is None else str(viewer)
    unwanted = facts.blocked | facts.muted if muting else facts.blocked
    candidates = [
        entry for entry in entries if unwanted.isdisjoint(entry.access.about) and _addressed(entry, me)
    ]
    asked = {entry: _must_follow(entry, me) for entry in candidates}
    followed = _followed(viewer, set().union(*asked.values()))
    seen = [entry for entry in candidates if asked[entry] <= followed]
    seen = _without_hidden_rows(seen, viewer)
    rule = _rule(settings.MAY_SEE)
    if rule is None or not seen:
        return seen
    allowed = {entry.id for entry in rule(seen, viewer)}
    return [entry for entry in seen if entry.id in allowed]


def shut_out(entries: Iterable[Entry], viewer: Viewer, owner: Ref) -> bool:
    """Whether these entries tell that this is a private account, which the viewer does not follow. A query
    only if it is one, and somebody is signed in."""
    account = str(owner)
    if viewer == owner or not any(account in entry.access.gates for entry in entries):
        return False
    return account not in _followed(viewer, {account})


@primary_reads()
def addressed_among(entry: Entry, users: Collection[Ref]) -> set[Ref]:
    """Those of these users whom its visibility lets see it. One query for each account that must be followed.

    Blocks and the site's rule are not asked: they are when it is read.
    """
    asked = {user: _must_follow(entry, str(user)) for user in users if _addressed(entry, str(user))}
    for gate in set().union(*asked.values()):
        ids = [user.id for user, gates in asked.items() if gate in gates]
        follow = get_graph().still_following(Ref.parse(gate), ids, kinds=[FOLLOW], as_actor=True)
        asked = {user: gates for user, gates in asked.items() if gate not in gates or user.id in follow}
    return set(asked)


def _addressed(entry: Entry, me: str | None) -> bool:
    """Whether it is for this viewer, if it is for some people only."""
    access = entry.access
    if not all(gate or me in people for gate, people in access.limits):
        return False
    match access.visibility:
        case Visibility.PUBLIC | Visibility.FOLLOWERS:
            return True
        case Visibility.NAMED:
            return me is not None and (me == access.author or me in access.named)
    return me is not None and me == access.author


def _must_follow(entry: Entry, me: str | None) -> set[str]:
    """Whom one must follow to see it: one's own self is not asked. An activity for the followers of nobody
    (its actor is no user's) is for those of the actor."""
    access = entry.access
    asked = set(access.gates)
    if access.visibility == Visibility.FOLLOWERS:
        asked.add(access.author or access.about[0])
    asked.update(gate for gate, people in access.limits if gate and me not in people)
    asked.discard(me or "")
    return asked


@primary_reads()
def _followed(viewer: Viewer, refs: set[str]) -> set[str]:
    """Those of these whom the viewer follows; one query for a page, and none if it is all public."""
    if viewer is None or not refs:
        return set()
    found = get_graph().followed_among(
        viewer.id, [Ref.parse(ref) for ref in sorted(refs)], kinds=[FOLLOW], as_actor=True
    )
    return set(map(str, found))


def _without_hidden_rows(entries: list[Entry], viewer: Viewer) -> list[Entry]:
    """Drop what is about a row that its registration's `visible_rows` hides, or about what belongs to one.
    One query and one call for each model that has the hook."""
    if not hooks_hide_rows():
        return entries
    about = {ref: Ref.parse(ref) for entry in entries for ref in entry.access.about}
    hidden = {str(ref) for ref in hidden_by_hooks(about.values(), viewer)}
    return [entry for entry in entries if hidden.isdisjoint(entry.access.about)]


@lru_cache
def _rule(path: str | None) -> Callable[[Sequence[Entry], Viewer], Iterable[Entry]] | None:
    return None if path is None else import_string(path)


def _forget_rule(*, setting: str, **kwargs: Any) -> None:
    if setting == SETTING:
        _rule.cache_clear()


setting_changed.connect(_forget_rule, dispatch_uid="activitystream.visibility")
