"""Who watches at this process, what, and how many may."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from activitystream.conf import settings

if TYPE_CHECKING:
    from activitystream.streams.events import Event

    from .watchers import Client, Watcher

__all__ = ["Members", "TooMany", "TooManyOfOne"]


class TooMany(Exception):
    """There are as many connections as LIVE_CONNECTIONS allows."""


class TooManyOfOne(TooMany):
    """One client has as many connections as LIVE_PER_CLIENT allows."""


class Members:
    """The watchers of a process. Threads of connections come and go, and the hub's looks."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._watchers: set[Watcher] = set()
        self._by_stream: dict[str, dict[str, set[Watcher]]] = defaultdict(lambda: defaultdict(set))
        """By space, then by stream."""
        self._of_client: Counter[Client] = Counter()
        self._nameless = 0

    def __len__(self) -> int:
        return len(self._watchers)

    def check(self, client: Client) -> None:
        """Raise TooMany if another one of this client is one too many."""
        with self.lock:
            if self._of_client[client] >= settings.LIVE_PER_CLIENT:
                raise TooManyOfOne
            # Who is not signed in comes from as many addresses as they like: they leave half to the others.
            nameless = isinstance(client, str) and self._nameless >= settings.LIVE_CONNECTIONS // 2
            if nameless or len(self._watchers) >= settings.LIVE_CONNECTIONS:
                raise TooMany

    def add(self, watcher: Watcher) -> bool:
        """Take it in, unless it has left already. TooMany."""
        with self.lock:
            if watcher.left:
                return False
            self.check(watcher.client)
            self._watchers.add(watcher)
            self._of_client[watcher.client] += 1
            self._nameless += isinstance(watcher.client, str)
            self._enter(watcher)
            return True

    def remove(self, watcher: Watcher) -> None:
        """It has left."""
        with self.lock:
            watcher.left = True  # also if it is just about to join
            if watcher not in self._watchers:
                return
            self._watchers.discard(watcher)
            self._of_client[watcher.client] -= 1
            if not self._of_client[watcher.client]:
                del self._of_client[watcher.client]
            self._nameless -= isinstance(watcher.client, str)
            self._exit(watcher)

    def move(self, watcher: Watcher, streams: frozenset[str]) -> None:
        """It watches these streams now."""
        with self.lock:
            self._exit(watcher)
            watcher.streams = streams
            if watcher in self._watchers:
                self._enter(watcher)

    def _enter(self, watcher: Watcher) -> None:
        for stream in watcher.streams:
            self._by_stream[watcher.space][stream].add(watcher)

    def _exit(self, watcher: Watcher) -> None:
        of_space = self._by_stream[watcher.space]
        for stream in watcher.streams & of_space.keys():
            of_space[stream].discard(watcher)
            if not of_space[stream]:
                del of_space[stream]
        if not of_space:
            del self._by_stream[watcher.space]

    def concerned(self, space: str, happened: Iterable[Event]) -> dict[Watcher, list[Event]]:
        """The events of each watcher in a space."""
        found: dict[Watcher, list[Event]] = defaultdict(list)
        with self.lock:
            of_space = self._by_stream.get(space, {})
            for event in happened:
                for watcher in of_space.get(event.stream, ()):
                    found[watcher].append(event)
        return found

    def all(self, space: str | None = None) -> list[Watcher]:
        """All that watch, or those in one space."""
        with self.lock:
            return [watcher for watcher in self._watchers if space in (None, watcher.space)]

    def spaces(self) -> set[str]:
        """Where somebody watches."""
        with self.lock:
            return {watcher.space for watcher in self._watchers}

    def to_check(self, space: str, most: int) -> Sequence[Watcher]:
        """Return watchers in a space that are due for a check, at most so many."""
        now = time.monotonic()
        return [watcher for watcher in self.all(space) if watcher.check_at <= now][:most]

    def streams(self, space: str) -> list[str]:
        """All that is watched in a space."""
        with self.lock:
            return list(self._by_stream.get(space, ()))
