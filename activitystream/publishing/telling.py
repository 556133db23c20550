"""Notifications: who is told of an activity, written in the transaction that publishes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model

from activitystream.feeds import NotificationsFeed, addressed_among, load_new
from activitystream.journal import after_commit, forget, write_alias
from activitystream.models import Activity, Block, Notification, Ref, Visibility, read_key, user_keys
from activitystream.parts import in_parts
from activitystream.registry import load_instances, options_for, options_for_label, registered
from activitystream.routers import primary_reads
from activitystream.signals import notified

from .drafts import Prepared, group_of

__all__ = ["Told", "tell", "told_of_follows"]

PARAMETERS = 200
"""Keys in one query; SQLite allows 999 parameters."""


class Told(NamedTuple):
    """Who is told, and what it is grouped by: the last two fields of `Prepared`."""

    notify: tuple[Any, ...] = ()
    group: str = ""


def tell(published: Iterable[tuple[Activity, Prepared]]) -> None:
    """Write the notifications of these activities: never of one's own doings, never twice, and to nobody who
    blocks the actor, is blocked, or cannot see it. What is counted for those who are told is made anew.

    Two queries, and one for blocks; none if nobody is told. What is not public costs some more.
    """
    wanted = {
        (activity.id, Ref.of_user(key)): Notification(recipient_id=key, activity=activity, group=draft.group)
        for activity, draft in published
        for key in draft.notify
        if Ref.of_user(key) != draft.actor
    }
    if not wanted:
        return
    apart = _apart(wanted.values())
    rows = _addressed(
        [row for row in wanted.values() if (row.activity.ref("actor"), _recipient(row)) not in apart]
    )
    if rows:
        Notification.objects.using(write_alias()).bulk_create(rows)
        after_commit(notified, Notification, notifications=rows, count=len(rows))
        label = get_user_model()._meta.label_lower
        forget(NotificationsFeed.streams_of(label, sorted(set(user_keys(row.recipient_id for row in rows)))))


@primary_reads()
def told_of_follows(followees: Iterable[Ref], verb: str) -> dict[Ref, Told]:
    """Who is told that these are followed, as their registrations say; those of whom nobody is told are left
    out. One query for each model of which somebody is."""
    telling = [
        ref for ref in followees if (options := options_for_label(ref.model)) and options.notifies(verb)
    ]
    told: dict[Ref, Told] = {}
    for ref, row in load_instances(telling).items() if telling else ():
        if users := options_for(row.__class__).told_of(row, verb):
            keys = dict.fromkeys(read_key(user.__class__, user.pk) for user in users)
            told[ref] = Told(tuple(keys), group_of(row, verb))
    return told


def _recipient(row: Notification) -> Ref:
    return Ref.of_user(row.recipient_id)


def _apart(rows: Collection[Notification]) -> set[tuple[Ref | None, Ref]]:
    """Those of these pairs, actor and recipient, of which one blocks the other. One query for most."""
    actors = {ref.id for row in rows if (ref := row.activity.ref("actor")) and Ref.of_user(ref.id) == ref}
    told = set(user_keys(row.recipient_id for row in rows))
    found: set[tuple[Ref | None, Ref]] = set()
    parts = (in_parts(list[Any](sorted(keys)), PARAMETERS) for keys in (actors, told))
    for some, others in product(*parts):
        blocks = Block.objects.using(write_alias()).order_by()
        # two, so that each has its index
        by_actor = blocks.filter(blocker__in=some, blocked__in=others).values_list("blocker", "blocked")
        by_told = blocks.filter(blocked__in=some, blocker__in=others).values_list("blocked", "blocker")
        pairs = by_actor.union(by_told, all=True).order_by()
        found |= {(Ref.of_user(actor), Ref.of_user(other)) for actor, other in pairs}
    return found


def _addressed(rows: Sequence[Notification]) -> list[Notification]:
    """Without those of users whom the visibility of the activity, or a private account, keeps out."""
    private = any(options.private is not None for options in registered())
    asked = [row.activity for row in rows if private or row.activity.visibility != Visibility.PUBLIC]
    entries = load_new([activity.id for activity in asked]) if asked else {}
    users: dict[int, list[Ref]] = defaultdict(list)
    for row in rows:
        users[row.activity_id].append(_recipient(row))
    may = {id: addressed_among(entry, users[id]) for id, entry in entries.items()}
    # of what is hidden now nothing is known: it may be shown later
    return [row for row in rows if _recipient(row) in may.get(row.activity_id, users[row.activity_id])]
