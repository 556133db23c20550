"""Watchers: what goes into their queues."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from activitystream import OutboxFeed
from activitystream.live import Watcher
from activitystream.live.watchers import WAITING
from activitystream.streams.events import Event, Kind, Position
from tests.kit import Shrink

pytestmark = pytest.mark.django_db


def test_what_two_threads_bring_is_told_once(ana: Any) -> None:
    """The hub's, and the one in which a connection catches up."""
    events = [Event(6, "s", Kind.ADDED, 1, ""), Event(7, "s", Kind.ADDED, 2, "")]

    async def unseen() -> list[list[Event]]:
        watcher = Watcher(OutboxFeed(ana), None)
        watcher.move(Position("log", 6))
        before = watcher.unseen(events)
        watcher.move(Position("log", 7))
        return [before, watcher.unseen(events)]

    assert asyncio.run(unseen()) == [events[1:], []]


def test_the_end_is_told_however_much_waits(ana: Any) -> None:
    async def overflow() -> list[bytes | None]:
        watcher = Watcher(OutboxFeed(ana), None)
        for _ in range(WAITING // 1_000):
            watcher.put(b"x" * 1_000)
        watcher.put(None)
        await asyncio.sleep(0)
        return list(watcher._frames)

    assert asyncio.run(overflow()) == [None]


def test_bytes_that_wait_are_bound(ana: Any) -> None:
    """However large frames are, and however many: past it, the page is to be read again."""

    async def overflow() -> int:
        watcher = Watcher(OutboxFeed(ana), None)
        for size in (100_000, 100_000, 100_000, 50):
            watcher.put(b"x" * size)
        await asyncio.sleep(0)
        assert b"event: reset" in (watcher._frames[0] or b"")
        return sum(len(frame or b"") for frame in watcher._frames)

    assert asyncio.run(overflow()) < 1_000


def test_a_client_that_does_not_read_is_ended(ana: Any, shrink: Shrink) -> None:
    """What a server does: it asks for a frame, and waits until the client has taken enough of it."""
    shrink("live.watchers", SEND=0.2)

    async def send_to_nobody() -> bool:
        watcher = Watcher(OutboxFeed(ana), None)

        async def answer() -> None:
            async for _ in watcher.frames(heartbeat=60):
                await asyncio.Event().wait()

        task = asyncio.create_task(answer())
        await asyncio.wait([task], timeout=5)
        return task.cancelled()

    assert asyncio.run(send_to_nobody())


def test_a_client_that_reads_is_not_ended(ana: Any, shrink: Shrink) -> None:
    shrink("live.watchers", SEND=0.2)

    async def send() -> int:
        watcher, taken = Watcher(OutboxFeed(ana), None), 0
        async for _ in watcher.frames(heartbeat=0.3):
            taken += 1
            if taken == 4:
                break
        return taken

    assert asyncio.run(send()) == 4
