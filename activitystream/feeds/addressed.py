"""Whether cold streams could hold some activities: the push knows, since they cannot say it themselves."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import prefetch_related_objects

from activitystream.graph import get_graph
from activitystream.journal import write_alias
from activitystream.models import Activity, Ref

from .base import Feed, feeds

__all__ = ["without"]

logger = logging.getLogger("activitystream")

AUDIENCES = 50
"""Audiences for which it is asked which owners follow; past it, any stream of the feed may hold them."""


def without(ids: Collection[int], streams: Sequence[str]) -> Iterator[str]:
    """Those of these streams that cannot hold any of these activities, which are in the database.

    A feed that raises is asked no more: its streams may hold them.
    """
    if not streams:
        return
    rows = list(Activity.objects.using(write_alias()).filter(id__in=ids))
    by_name: dict[str, set[str]] = defaultdict(set)
    for stream in streams:
        by_name[stream.partition(":")[0]].add(stream)
    for feed in feeds():
        if asked := by_name.get(feed.name):
            try:
                with transaction.atomic(using=write_alias()):  # what it raises must not end the caller's
                    holding = frozenset(_holding(feed, rows, asked))
            except Exception:
                logger.exception("the feed %r cannot say whom an activity is for", feed.name)
            else:
                yield from asked - holding


def _holding(feed: type[Feed], rows: Sequence[Activity], streams: Collection[str]) -> Collection[str]:
    """Those of these streams of a feed that may hold some of these activities."""
    prefetch_related_objects(rows, *feed.needs)
    named = {feed(owner).stream for row in rows for owner in feed.recipients(row)}
    audiences = {(one.followee, one.as_actor) for row in rows for one in feed.audiences(row)}
    if len(audiences) > AUDIENCES:
        return streams
    label = get_user_model()._meta.label_lower
    prefix = feed(Ref(label, "")).stream
    owners = sorted(stream.removeprefix(prefix) for stream in streams if stream.startswith(prefix))
    for followee, as_actor in audiences if owners else ():
        followers = get_graph().still_following(followee, owners, kinds=feed.follow_kinds, as_actor=as_actor)
        named.update(feed.streams_of(label, followers))
    return named
