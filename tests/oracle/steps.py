"""Operations that are run a step at a time, in any order among one another.

Each operation is a greenlet that stops before and after every call of the store. SQL transactions make no
such call, so they are whole; everything else between two stops can be followed by a step of another
operation, or by a crash. All run in one thread, so a failure is repeated by repeating the order of steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from activitystream.streams import StreamStore

STOPPING = {
    "add", "begin", "finish", "delete", "remove", "page", "epochs", "advance", "get_many", "put", "forget"
}  # fmt: skip


class SteppedStore:
    """A store whose calls stop the operation that makes them; outside of operations they do not."""

    def __init__(self, store: StreamStore) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.store, name)
        return self._stepped(value) if name in STOPPING else value

    @staticmethod
    def _stepped(call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            pause()
            result = call(*args, **kwargs)
            pause()
            return result

        return stepped


def pause() -> None:
    """Stop the current operation until its next step."""
    parent = getcurrent().parent
    if parent is not None:
        parent.switch()


class Operation:
    """A function that is run a step at a time; nothing of it before the first."""

    def __init__(self, name: str, function: Callable[[], Any]) -> None:
        self.name = name
        self._greenlet = greenlet(function)

    @property
    def ended(self) -> bool:
        return bool(self._greenlet.dead)

    def step(self) -> None:
        """Go on to the next call of the store, or past it."""
        if not self.ended:
            self._greenlet.switch()

    def finish(self) -> None:
        while not self.ended:
            self.step()

    def crash(self) -> None:
        """End it where it stands, as a process that is killed does."""
        if not self.ended:
            self._greenlet.throw(GreenletExit)
