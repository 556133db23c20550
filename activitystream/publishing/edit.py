"""Edit: the data of an activity, changed everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.contrib.auth import get_user_model

from activitystream.conf import settings
from activitystream.feeds import Audience, activity_ref, feeds, get_feed
from activitystream.feeds.watched import changing
from activitystream.graph import get_graph
from activitystream.journal import drop, fans_out, handler, put_off, record, write_alias, writing
from activitystream.models import Activity, Ref
from activitystream.routers import primary_reads
from activitystream.streams import get_store

from .drafts import clean_data
from .questions import answer

__all__ = ["edit"]


@primary_reads()
def edit(activity: Activity | int, data: Mapping[str, Any]) -> bool:
    """Put other `data` into an activity: it shows at once, wherever the activity does. Whether there is such
    an activity. InvalidActivity if `data` is not allowed.

    Feeds that look into `data` are right too: the streams of owners who are its recipients before or after,
    but not both, are made anew; so are those of followers.
    """
    cleaned = clean_data(data)
    id = activity.id if isinstance(activity, Activity) else activity
    with writing(), changing(lambda: [id]) as change:
        # two edits at once would not know of each other's recipients
        row = Activity.objects.using(write_alias()).select_for_update().filter(id=id).first()
        if row is None:
            return False
        after = copy(row)
        after.data = cleaned
        _move(row, after)
        Activity.objects.using(write_alias()).filter(id=id).update(data=cleaned)
        change.forget([activity_ref(id)], purge=[id])
    if isinstance(activity, Activity):
        activity.data = cleaned
    return True


def _move(before: Activity, after: Activity) -> None:
    """Let the streams follow. Those that change are dropped, which is always right, and (`moved`) again by
    the sweeper if there are fan-outs, for one may have read the activity before."""
    streams = _streams(before) ^ _streams(after)
    if streams:
        drop(sorted(streams), moved=[activity_ref(after.id)])
    old, new = _audiences(before), _audiences(after)
    for feed, audience in sorted(old - new, key=str):
        followee, as_actor, _ = audience
        record("drop_audience", {"feed": feed, "followee": str(followee), "as_actor": as_actor})
    if new - old:
        record("fan_out", {"activities": [after.id]})


def _streams(activity: Activity) -> set[str]:
    return {
        feed(owner).stream
        for feed in feeds()
        for owner in answer(feed, activity, lambda feed, activity: feed.recipients(activity)) or ()
    }


def _audiences(activity: Activity) -> set[tuple[str, Audience]]:
    return {
        (feed.name, audience)
        for feed in feeds()
        for audience in answer(feed, activity, lambda feed, activity: feed.audiences(activity)) or ()
    }


@handler("drop_audience")
def _drop_audience(payload: Mapping[str, Any], cursor: Any) -> Any:
    """Drop the streams of a chunk of followers; the cursor is the last of them. All of them again by the
    sweeper if there are fan-outs, as `drop` does."""
    store = get_store()
    if store is None:
        return None
    if cursor is None and not payload.get("again") and fans_out():
        put_off("drop_audience", {**payload, "again": True})
    feed = get_feed(payload["feed"])
    followers = get_graph().follower_ids(
        Ref.parse(payload["followee"]),
        kinds=feed.follow_kinds,
        as_actor=payload["as_actor"],
        after=cursor,
        limit=settings.CHUNK_SIZE,
    )
    store.delete(feed.streams_of(get_user_model()._meta.label_lower, followers))
    return followers[-1] if len(followers) == settings.CHUNK_SIZE else None
