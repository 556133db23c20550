"""Who is pulled: audiences past the setting PULL_ABOVE are not written to; their readers merge.

Crossing the threshold loses nothing, in either direction, since every stream is dropped in between:

- *starting* is recorded; streams that are built from now on merge; fan-out still writes to all. All
  followers' streams are dropped. Then it is *pulled*, and fan-out skips the audience.
- *ending* is recorded; fan-out writes to all again, and streams that are built do not merge. All followers'
  streams are dropped. Then the row is deleted.

What a fan-out skipped was committed before *ending* was, so a stream that is built later has it from SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from activitystream.conf import settings
from activitystream.feeds import get_feed
from activitystream.graph import get_graph
from activitystream.journal import drop, handler, record, write_alias, writing
from activitystream.models import PulledAudience, Ref, by_model
from activitystream.routers import primary_reads
from activitystream.streams import get_store

__all__ = ["PulledKey", "pulled_among", "review", "start", "take_apart"]

PulledKey = tuple[str, str, bool]
"""An audience: the feed's name, the followee, whether all its followers or only those in any role."""
HYSTERESIS = 0.8
"""An audience ends to be pulled below this part of the threshold, so that it does not go to and fro."""

State = PulledAudience.State


def pulled_among(followees: Collection[Ref]) -> set[PulledKey]:
    """The audiences of these followees that a fan-out skips."""
    wanted = Q()
    for model, ids in by_model(followees).items():
        wanted |= Q(followee_type=Ref(model, "").content_type, followee_id__in=ids)
    rows = _rows().filter(wanted, state=State.PULLED) if wanted else ()
    return {(row.feed, str(row.followee_ref), row.as_actor) for row in rows}


def start(key: PulledKey) -> None:
    """Begin to pull an audience, unless that has begun."""
    feed, followee, as_actor = key
    ref = Ref.parse(followee)
    with writing():
        _, created = _rows().get_or_create(
            feed=feed,
            followee_type=ref.content_type,
            followee_id=ref.id,
            as_actor=as_actor,
            defaults={"state": State.STARTING},
        )
        if created:
            record("pull", {"key": key})


@primary_reads()
def review() -> int:
    """Look at all that are pulled, and end it where the followers became few. How many that were."""
    ended = 0
    for row in _rows().filter(state=State.PULLED):
        if not _is_large(row):
            with writing():
                if _rows().filter(pk=row.pk, state=State.PULLED).update(state=State.ENDING):
                    record("pull", {"key": (row.feed, str(row.followee_ref), row.as_actor)})
                    ended += 1
    return ended


def take_apart(followee: Ref) -> None:
    """Drop the streams that are merged with a feed of this row, whose follows are about to go, and end all
    its audiences. In the transaction of the caller.

    Another row may be given the same key, and then its activities would be in the homes of people who do not
    follow it.
    """
    audiences = _rows().filter(followee_type=followee.content_type, followee_id=followee.id)
    for audience in audiences:
        feed, after = get_feed(audience.feed), None
        while ids := _followers(audience, after, settings.CHUNK_SIZE):
            drop(feed.streams_of(get_user_model()._meta.label_lower, ids), moved=[str(followee)])
            after = ids[-1]
    audiences.delete()


def _is_large(row: PulledAudience) -> bool:
    if settings.PULL_ABOVE is None:
        return False
    enough = int(settings.PULL_ABOVE * HYSTERESIS) + 1
    return len(_followers(row, None, enough)) == enough


@handler("pull")
def _pull(payload: Mapping[str, Any], cursor: Any) -> Any:
    """Drop the streams of a chunk of followers, past the last of whom (the cursor) comes the next state."""
    feed, followee, as_actor = payload["key"]
    ref = Ref.parse(followee)
    row = (
        _rows()
        .filter(feed=feed, followee_type=ref.content_type, followee_id=ref.id, as_actor=as_actor)
        .first()
    )
    store = get_store()
    if row is None or store is None:
        return None
    followers = _followers(row, cursor, settings.CHUNK_SIZE)
    store.delete(get_feed(feed).streams_of(get_user_model()._meta.label_lower, followers))
    if len(followers) == settings.CHUNK_SIZE:
        return followers[-1]
    _rows().filter(pk=row.pk, state=State.STARTING).update(state=State.PULLED)
    _rows().filter(pk=row.pk, state=State.ENDING).delete()
    return None


def _followers(row: PulledAudience, after: str | None, limit: int) -> list[str]:
    return get_graph().follower_ids(
        row.followee_ref,
        kinds=get_feed(row.feed).follow_kinds,
        as_actor=row.as_actor,
        after=after,
        limit=limit,
    )


def _rows() -> Any:
    return PulledAudience.objects.using(write_alias())
