"""Watchers: one for each open connection. The hub's thread fills its queue, a coroutine empties it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from activitystream.conf import settings
from activitystream.feeds import Entry, Feed
from activitystream.feeds.facts import NOTHING, Facts
from activitystream.feeds.visibility import Viewer, visible
from activitystream.feeds.watched import was
from activitystream.streams.events import Event, Kind, Position

from . import frames

if TYPE_CHECKING:
    from activitystream.feeds import Page

__all__ = ["Watcher"]

FRAMES = 200
"""Frames that wait for a slow client at most: past it, it is told to read its page again."""


class Watcher:
    """Who watches which feed, and what is still to be sent."""

    def __init__(
        self,
        feed: Feed,
        viewer: Viewer,
        *,
        may_stay: Callable[[], bool] = lambda: True,
        counting: int | None = None,
        space: str = "",
    ) -> None:
        self.feed, self.viewer, self.space = feed, viewer, space
        self.may_stay = may_stay
        """Asked from time to time: whether it is still the same reader, and may read."""
        self.counting = counting
        """The cursor since which activities are counted; None: the activities themselves are sent."""
        self.streams: frozenset[str] = frozenset()
        """The feed's stream, and those that it is merged with."""
        self.facts = NOTHING
        self.check_at = 0.0
        """When it is to be asked whether it may stay."""
        self.left = False
        self.lock = threading.Lock()
        """Held while what happened is turned into frames: two threads do that when it begins."""
        self.position = Position("", 0)
        """As far as frames were made."""
        self._told: dict[str, Any] | None = None
        """The number that was told last."""
        self._frames: deque[bytes | None] = deque()
        self._sent = self.position
        self._filled = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    # -- in the hub's thread ---------------------------------------------------------------------------

    def take(self, events: Iterable[Event], entries: Mapping[int, Entry], facts: Facts) -> bool:
        """Put what this viewer may know of these events into the queue. False: it must begin anew."""
        new = [event for event in events if event.seq > self.position.seq]
        if not new:
            return True
        if any(event.kind in (Kind.DROPPED, Kind.BEGAN) for event in new):
            return False
        self.move(Position(self.position.log, new[-1].seq))
        if self.counting is not None:
            self._tell_count(changed_only=True)
            return True
        changed = {event.id: event for event in new}  # of several of one activity, the last
        seen = {entry.id for entry in self._visible([entries[id] for id in changed if id in entries], facts)}
        for event in sorted(changed.values()):
            position = Position(self.position.log, event.seq)
            if event.id in seen:
                self.put(frames.activity(position, entries[event.id].raw))
            elif event.kind == Kind.CHANGED and self._visible([was(event.id, event.note)], facts, gone=True):
                self.put(frames.remove(position, event.id))
        return True

    def _visible(self, entries: Sequence[Entry], facts: Facts, *, gone: bool = False) -> list[Entry]:
        """Those that this viewer may (or might, of what is gone) see in this feed."""
        mine = [entry for entry in entries if gone or self.feed.includes(entry)]
        return visible(mine, self.viewer, facts, muting=self.feed.muting) if mine else []

    def count(self) -> dict[str, Any]:
        """How many are new, as `new/` tells it."""
        page = self.page_since(self.counting or 0)
        return {"count": len(page), "more": page.has_previous, "newest": page.before}

    def page_since(self, cursor: int) -> Page:
        """What this viewer may see that is newer."""
        return self.feed.page(settings.MAX_PAGE_SIZE, before=cursor, viewer=self.viewer)

    def reset(self, position: Position) -> None:
        """Begin anew: the reader reads its page again."""
        self.move(position)
        if self.counting is not None:
            self._tell_count()
        else:
            self.put(frames.reset(position))

    def _tell_count(self, *, changed_only: bool = False) -> None:
        """The number; of what this viewer may not see, nothing tells."""
        number = self.count()
        if not (changed_only and number == self._told):
            self._told = number
            self.put(frames.count(self.position, number))

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
        if len(self._frames) >= FRAMES:
            self._frames.clear()
            frame = frame and frames.reset(self.position)  # the end stays the end
        self._frames.append(frame)
        self._filled.set()

    def _settle(self, position: Position) -> None:
        self._sent = position

    async def frames(self, heartbeat: float) -> AsyncIterator[bytes]:
        """What is to be sent, as it comes; a heartbeat when nothing did."""
        yield frames.RETRY
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
                yield frame
