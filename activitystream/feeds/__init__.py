"""Feeds: push, pull and pages."""

from .base import Audience, Feed, feeds, feeds_of, followed_kinds, get_feed
from .bodies import activity_ref, load, load_new
from .changes import on_change
from .entries import Card, Entry
from .facts import facts_name, load_facts
from .groups import Group, Groups
from .notifications import NotificationsFeed
from .pages import Page
from .pull import pull
from .pulled import read_note
from .rebuild import rebuild
from .remake import ValueKind, kind_of, ref_of, remake
from .shipped import HomeFeed, ModelFeed, ObjectFeed, OutboxFeed
from .visibility import addressed_among, get_entries, get_entry, visible

__all__ = [
    "Audience",
    "Card",
    "Entry",
    "Feed",
    "Group",
    "Groups",
    "HomeFeed",
    "ModelFeed",
    "NotificationsFeed",
    "ObjectFeed",
    "OutboxFeed",
    "Page",
    "ValueKind",
    "activity_ref",
    "addressed_among",
    "facts_name",
    "feeds",
    "feeds_of",
    "followed_kinds",
    "get_entries",
    "get_entry",
    "get_feed",
    "kind_of",
    "load",
    "load_facts",
    "load_new",
    "on_change",
    "pull",
    "read_note",
    "rebuild",
    "ref_of",
    "remake",
    "visible",
]
