"""Notifications: a feed of what its owner is told of, in groups, with counts and marks."""

from .feed import NotificationsFeed

__all__ = ["NotificationsFeed"]
