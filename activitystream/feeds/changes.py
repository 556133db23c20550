"""What a change of the graph means for streams."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth import get_user_model

from activitystream.graph import Change
from activitystream.journal import drop
from activitystream.models import FOLLOW

from .base import feeds
from .notifications import NotificationsFeed

__all__ = ["on_change"]


def on_change(changes: Sequence[Change]) -> None:
    """Make the followers' streams cold, in every feed that these kinds of follow feed: they are rebuilt at
    the next read, exactly. That somebody ceased to follow is told to the fan-outs that are under way."""
    told = [(change, streams) for change in changes if (streams := _streams(change))]
    counted = {name for change in changes for name in _counts(change)}
    if told or counted:
        moved = [str(change.followee) for change, _ in told if change.narrowed or not change.following]
        drop({stream for _, streams in told for stream in streams}, moved=moved, forgotten=counted)


def _counts(change: Change) -> list[str]:
    """The counts of what the followers are told of: some of it may be for followers alone."""
    label = get_user_model()._meta.label_lower
    return NotificationsFeed.streams_of(label, change.follower_ids) if change.kind == FOLLOW else []


def _streams(change: Change) -> list[str]:
    label = get_user_model()._meta.label_lower
    return [
        stream
        for feed in feeds()
        if change.kind in feed.follow_kinds
        for stream in feed.streams_of(label, change.follower_ids)
    ]
