"""Whom one might want to follow: people followed by the people one follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.journal import write_alias
from activitystream.models import FOLLOW, Mute, Ref
from activitystream.registry import load_belongings, load_instances, options_for_label
from activitystream.routers import primary_reads

from .base import Graph, Window, get_graph
from .blocks import keep_apart
from .parties import check_user
from .requests import asked_for
from .seen import closed_to

__all__ = ["Suggestion", "suggestions"]

LOOKED_AT = 100
"""People one follows, the latest, whose follows are counted."""
CONSIDERED = 500
"""The best of those found, from which the ones that cannot be suggested are taken out."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A user to follow."""

    user: Any
    """The row."""
    count: int
    """How many of those whom one followed last follow this user."""


@primary_reads()
def suggestions(user: models.Model, limit: int = 20, kind: str = FOLLOW) -> list[Suggestion]:
    """Up to `limit` people whom most of those whom the user follows follow; the best first.

    Without those whom the user follows, asks to follow, has muted, or has a block with, and without oneself.
    Whom a private account follows is for its followers: follows of another kind do not make one.
    Of very large graphs a part is looked at, so that it stays quick: the last 100 people whom the user
    follows, and some thousand of their follows.
    """
    check_user(user)
    graph, (label, key) = get_graph(), Ref.of(user)
    latest = graph.latest(Window(limit=LOOKED_AT), kind=kind, follower_id=key, models=[label])
    people = _open(graph, user, [follow.followee_ref for follow in latest], kind)
    counts = Counter(graph.followed_by(people, label, kind=kind)) if people else Counter[str]()
    counts.pop(key, None)
    # of as many, the one who came first: whose keys are the smaller
    best = sorted(counts.items(), key=lambda found: (-found[1], len(found[0]), found[0]))[:CONSIDERED]
    refs = {Ref(label, id): count for id, count in best}
    known = _known(graph, user, refs, kind)
    some = [ref for ref in refs if ref not in known]
    found = load_instances(some[: limit * 2])  # some may not be shown
    hidden = closed_to(user, found)
    return [Suggestion(found[ref], refs[ref]) for ref in some if ref in found and ref not in hidden][:limit]


def _open(graph: Graph, user: models.Model, people: Collection[Ref], kind: str) -> list[str]:
    """Return the keys of those of these people whose lists this user may read; the user follows them all.

    No query if nobody can be hidden and the kind is that of ordinary follows.
    """
    options = options_for_label(get_user_model()._meta.label_lower)
    may_hide = options is not None and (options.visibility is not None or options.hides_rows)
    may_be_private = kind != FOLLOW and options is not None and options.private is not None
    if not (may_hide or may_be_private):
        return [ref.id for ref in people]
    rows = load_instances(people)
    closed = closed_to(user, rows) if may_hide else set()
    if may_be_private:
        private = {ref for ref, found in load_belongings(rows, rows).items() if found.private[ref]}
        asked, me = list(private - closed), Ref.of(user).id
        followed = graph.followed_among(me, asked, kinds=[FOLLOW], as_actor=True) if asked else set()
        closed |= private - followed
    return [ref.id for ref in people if ref in rows and ref not in closed]


def _known(graph: Graph, user: Any, refs: Collection[Ref], kind: str) -> set[Ref]:
    """Those of these people who are not to be suggested."""
    if not refs:
        return set()
    label, ids = get_user_model()._meta.label_lower, [ref.id for ref in refs]
    muted = Mute.objects.using(write_alias()).filter(
        user=user.pk, muted_type=Ref(label, "").content_type, muted_id__in=ids
    )
    out = set(muted.values_list("muted_id", flat=True))
    for asked in asked_for(user, refs, kind):
        out.update(asked.values_list("followee_id", flat=True))
    mine, theirs = keep_apart(user.pk, ids)
    followed = graph.followed_among(Ref.of(user).id, list(refs), kinds=[kind], as_actor=True)
    return followed | {Ref(label, id) for id in out | mine | theirs}
