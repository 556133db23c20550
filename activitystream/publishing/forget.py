"""Forget a user: no trace is left in the tables of this app, nor in the store.

The store is told of names, too, and not only of refs: what is invalid is never given out, but its bytes would
stay until they expire.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, router

from activitystream.feeds import NotificationsFeed, activity_ref, facts_name, feeds_of
from activitystream.graph import apart_from, forget_person, forget_row
from activitystream.journal import drop, erase, forget, write_alias, writing
from activitystream.models import (
    ROLES,
    Activity,
    Addressee,
    Mute,
    Notification,
    Receipt,
    Ref,
    by_model,
)
from activitystream.parts import in_parts
from activitystream.registry import (
    ModelActivity,
    load_belongings,
    load_instances,
    options_for_label,
    registered,
)
from activitystream.routers import primary_reads

from .hooks.senders import senders
from .keep import kept_by, kept_of, let_go, refs_of, release
from .pulling import take_apart
from .retract import retract_about

__all__ = ["connect_users", "forget_user"]

BATCH = 500


@primary_reads()
def forget_user(user: models.Model | Ref) -> None:
    """Delete everything that the app holds about a user, whose own row stays: what they did and what was done
    to them, follows, requests, blocks and mutes both ways, notifications, a kept name, streams and caches.

    Deleting the row does it as well. ValueError if it is not a user.
    """
    ref = user.spelled if isinstance(user, Ref) else Ref.of(user)
    if ref.model != get_user_model()._meta.label_lower:
        raise ValueError(f"{ref} is not a {get_user_model()._meta.label}")
    with _without_trace(ref):
        retract_about(ref)
        let_go(ref)
        forget_person(ref.id)
        for rows in _rows(ref):
            rows.delete()


def connect_users() -> None:
    """Forget users who are deleted."""
    for sender in senders(get_user_model()):
        models.signals.pre_delete.connect(_before_delete, sender=sender, dispatch_uid="activitystream.forget")
        models.signals.post_delete.connect(_deleted, sender=sender, dispatch_uid="activitystream.forgotten")


@primary_reads()
def _before_delete(*, instance: Any, **kwargs: Any) -> None:
    """What the deletion of the row and the hooks of its registration leave behind. A registration with
    `on_delete = "keep"` keeps the activities and the last name: the site has decided that."""
    ref = Ref.of(instance)
    with _without_trace(ref):
        forget_row(ref)
        if _may_be_private(ref):
            let_go(ref)  # nobody can be told any more who followed the account


def _may_be_private(user: Ref) -> bool:
    """As the database has it; of what is hidden nobody knows."""
    options = options_for_label(user.model)
    if options is None or options.private is None:
        return False
    row = load_instances([user]).get(user)
    return row is None or options.is_private(row)


@primary_reads()
def _deleted(*, instance: Any, **kwargs: Any) -> None:
    """After the rows that went with the user's, too."""
    release(Ref.of(instance))


@contextmanager
def _without_trace(user: Ref) -> Iterator[None]:
    """Around the deletion of rows: what the store has of the user is learnt before, and goes after it."""
    with writing():
        addressed = _addressed(user)
        names = [*addressed, *_names(user)]
        take_apart(user)
        # Another user may be given the same key: nothing in these streams is for them.
        drop([feed(user).stream for feed in feeds_of(user)], moved=[str(user)])
        yield
        forget([str(user), facts_name(user), *map(activity_ref, addressed)])
        for some in in_parts(names, BATCH):
            erase(some, texts=True)


def _rows(user: Ref) -> Iterator[models.QuerySet[Any]]:
    """What else names the user by a foreign key (it goes with the user's row), and a kept name."""
    key: Any = user.id
    alias = write_alias()
    yield Notification.objects.using(alias).filter(recipient=key)
    yield Addressee.objects.using(alias).filter(user=key)
    yield Receipt.objects.using(alias).filter(user=key)
    yield kept_of(user)


def _addressed(user: Ref) -> list[int]:
    """The activities whose bodies list the user among those they are for."""
    key: Any = user.id
    rows = Addressee.objects.using(write_alias()).filter(user=key)
    return list(rows.order_by().values_list("activity_id", flat=True))


def _names(user: Ref) -> Iterator[int | str]:
    """The cached values that show the user, or anything of theirs, besides those of `_addressed`."""
    yield from _about([user])
    for some in _belongings(user):
        yield from _about(some)
    for label, ids in by_model(refs_of(kept_by(user))).items():
        for few in in_parts(ids, BATCH):
            yield from _about([Ref(label, id) for id in few])
    yield facts_name(user)
    yield NotificationsFeed(user).stream  # its counts
    yield from (facts_name(Ref.of_user(key)) for key in _in_the_facts_of(user))


def _belongings(user: Ref) -> Iterator[list[Ref]]:
    """The rows that are the user's, and those that belong to these; each time some, of one model."""
    found = {user}
    owners = {user}
    while owners:
        further: set[Ref] = set()
        for options in registered():
            if not issubclass(options.model, get_user_model()):
                new = [ref for ref in _owned(options, user, owners) if ref not in found]
                for few in in_parts(new, BATCH):
                    further.update(few)
                    yield list(few)
        found |= further
        owners = further


def _owned(options: ModelActivity, user: Ref, owners: Collection[Ref]) -> Iterator[Ref]:
    """Those of its rows that belong to these owners. Where a method says whose they are, all are read, once:
    beside the user, all that are the user's, by however many steps."""
    rows = options.model._base_manager.using(router.db_for_write(options.model))
    if options.owner_model is not None:
        for some in in_parts(sorted(owners), BATCH):
            yield from map(Ref.of, options.owned_by(rows, some).only("pk"))
    elif user in owners and options.owner_path is not None:
        for many in in_parts(list(rows), BATCH):
            found = load_belongings({Ref.of(row): row for row in many}, map(Ref.of, many))
            yield from (ref for ref, one in found.items() if user in one.private)


def _about(refs: list[Ref]) -> Iterator[int]:
    """The activities about these rows, all of one model."""
    ids = [ref.id for ref in refs]
    for role in ROLES if refs else ():
        rows = Activity.objects.using(write_alias()).filter(
            **{f"{role}_type": refs[0].content_type, f"{role}_id__in": ids}
        )
        yield from rows.order_by().values_list("id", flat=True)


def _in_the_facts_of(user: Ref) -> set[Any]:
    """The users who block or mute this one, or are blocked."""
    alias = write_alias()
    muted = {"muted_type": user.content_type, "muted_id": user.id}
    found = set(Mute.objects.using(alias).filter(**muted).order_by().values_list("user", flat=True))
    return found | apart_from(user.id)
