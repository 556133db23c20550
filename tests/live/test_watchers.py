"""Watchers: what goes into their queues."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from activitystream import OutboxFeed, publish
from activitystream.feeds.bodies import load
from activitystream.feeds.facts import NOTHING
from activitystream.live import Watcher
from activitystream.live.watchers import FRAMES
from activitystream.streams.events import Event, Kind, Position

pytestmark = pytest.mark.django_db


def test_what_two_threads_bring_is_told_once(ana: Any) -> None:
    """The hub's, and the one in which a connection catches up."""
    activity = publish(actor=ana, verb="wave")
    entries = load([activity.pk]).entries
    events = [Event(7, "s", Kind.ADDED, activity.pk, "")]

    async def take_twice() -> int:
        watcher = Watcher(OutboxFeed(ana), None)
        watcher.move(Position("log", 5))
        assert watcher.take(events, entries, NOTHING)
        assert watcher.take(events, entries, NOTHING)
        await asyncio.sleep(0)
        return len(watcher._frames)

    assert asyncio.run(take_twice()) == 1


def test_the_end_is_told_however_much_waits(ana: Any) -> None:
    async def overflow() -> list[bytes | None]:
        watcher = Watcher(OutboxFeed(ana), None)
        for _ in range(FRAMES):
            watcher.put(b"frame")
        watcher.put(None)
        await asyncio.sleep(0)
        return list(watcher._frames)

    assert asyncio.run(overflow()) == [None]
