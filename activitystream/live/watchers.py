"""Watchers: one for each open connection. The hub's thread fills its queue, a coroutine empties it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from activitystream.feeds import Feed
from activitystream.feeds.facts import NOTHING
from activitystream.feeds.visibility import Viewer
from activitystream.models import Ref
from activitystream.streams.events import Event, Kind, Position

from . import frames
from .counts import Newest

if TYPE_CHECKING:
    from .news import Reader

__all__ = ["Client", "Watcher", "client_of", "is_anew"]

Client = tuple[str, Ref] | str
"""The owner of a connection: a user in a space, or the address of an anonymous visitor."""
WAITING = 256 * 1024
"""Bytes that wait for a slow client at most: past it, they are dropped, and the page is to be read again."""
SEND = 60.0
"""Seconds after which a connection is ended whose client takes nothing of what is sent."""


def client_of(viewer: Viewer, address: str, space: str) -> Client:
    """Return whose connections are counted together."""
    return address if viewer is None else (space, viewer)


class Watcher:
    """Who watches which feed, and what is still to be sent."""

    def __init__(
        self,
        feed: Feed,
        viewer: Viewer,
        *,
        address: str = "",
        may_stay: Callable[[], bool] = lambda: True,
        counting: int | None = None,
        space: str = "",
    ) -> None:
        self.feed, self.viewer, self.space = feed, viewer, space
        self.client = client_of(viewer, address, space)
        self.reader: Reader = feed.stream, viewer
        self.may_stay = may_stay
        """Asked from time to time: whether it is still the same reader, and may read."""
        self.counting = counting
        """The cursor since which activities are counted; None: the activities themselves are sent."""
        self.streams: frozenset[str] = frozenset()
        """The feed's stream, and those that it is merged with."""
        self.facts = NOTHING
        self.check_at = 0.0
        """When it is to be asked whether it may stay."""
        self.owed = False
        """An event was skipped: the page is to be read again at the next look."""
        self.left = False
        self.lock = threading.Lock()
        """Held while what happened is turned into frames: two threads do that when it begins."""
        self.position = Position("", 0)
        """As far as frames were made."""
        self._told: dict[str, Any] | None = None
        """The number that was told last."""
        self._frames: deque[bytes | None] = deque()
        self._waiting = 0
        """Bytes of them."""
        self._sent = self.position
        self._filled = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    # -- in the hub's thread ---------------------------------------------------------------------------

    def unseen(self, happened: Iterable[Event]) -> list[Event]:
        """Those of these events that come after its position."""
        return [event for event in happened if event.seq > self.position.seq]

    def reset(self, position: Position) -> None:
        """Begin anew: the reader reads its page again. Who only counts is to be counted for, instead."""
        self.move(position)
        self.owed = False
        if self.counting is None:
            self.put(frames.reset(position))

    def tell_count(self, newest: Newest) -> None:
        """Send the number if it is another one; of what this viewer may not see, nothing tells."""
        number = newest.since(self.counting or 0)
        if number != self._told:
            self._told = number
            self.put(frames.count(self.position, number))
        self.rest()

    def move(self, position: Position) -> None:
        """All before this is done."""
        self.position = position

    def put(self, frame: bytes | None) -> None:
        """Hand a frame to the coroutine; None ends the connection."""
        self._hand(self._put, frame)

    def rest(self) -> None:
        """All is handed over as far as the position: a heartbeat may say so."""
        self._hand(self._settle, self.position)

    def _hand(self, function: Callable[..., None], argument: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, argument)
        except RuntimeError:
            self.left = True  # its loop is closed

    # -- in the loop -----------------------------------------------------------------------------------

    def _put(self, frame: bytes | None) -> None:
        if self._waiting + len(frame or b"") > WAITING or frame is None:
            self._frames.clear()
            self._waiting = 0
            frame = frame and frames.reset(self.position)  # the end stays the end
        self._frames.append(frame)
        self._waiting += len(frame or b"")
        self._filled.set()

    def _settle(self, position: Position) -> None:
        self._sent = position

    async def frames(self, heartbeat: float) -> AsyncIterator[bytes]:
        """What is to be sent, as it comes; a heartbeat when nothing did.

        It does not go on while the client does not read: the task that sends is cancelled after SEND seconds.
        """
        async with aclosing(self._all(heartbeat)) as all_frames:
            async for frame in all_frames:
                stuck = self._loop.call_later(SEND, _cancel, asyncio.current_task())
                try:
                    yield frame
                finally:
                    stuck.cancel()

    async def _all(self, heartbeat: float) -> AsyncGenerator[bytes]:
        yield frames.retry()
        while True:
            try:
                async with asyncio.timeout(heartbeat):
                    await self._filled.wait()
            except TimeoutError:
                if not self._filled.is_set():  # something may have come just now
                    yield frames.beat(self._sent)
                    continue
            self._filled.clear()
            while self._frames:
                frame = self._frames.popleft()
                if frame is None:
                    return
                self._waiting -= len(frame)
                yield frame


def _cancel(task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        task.cancel()


def is_anew(happened: Iterable[Event]) -> bool:
    """Return True if a stream may hold quite different things now."""
    return any(event.kind in (Kind.DROPPED, Kind.BEGAN) for event in happened)
