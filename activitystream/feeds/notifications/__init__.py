"""Notifications: a feed of what its owner is told of, in groups, with counts and marks."""

from .counts import Count, Counts
from .feed import NotificationsFeed
from .groups import NotificationGroup

__all__ = ["Count", "Counts", "NotificationGroup", "NotificationsFeed"]
