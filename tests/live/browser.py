"""A browser that reads Server-Sent Events, in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from django.test import AsyncClient

__all__ = ["Browser", "Told"]


class Told(NamedTuple):
    """One event, as a browser has it."""

    name: str
    data: Any
    id: str


class Browser:
    """Opens an address when it is made; `last_id` is what it remembers from before."""

    def __init__(self, url: str, cookies: Any = None, last_id: str = "", **headers: str) -> None:
        self.told: list[Told] = []
        self.beats = 0
        self.retry = 0
        """Milliseconds, as it was told last, after which it would come back."""
        self.last_id = last_id
        self.status = 0
        self.body = b""
        self.headers: Any = {}
        self.ended = False
        self.error: BaseException | None = None
        self._url, self._cookies, self._headers = url, cookies, headers
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        try:
            asyncio.run(self._read())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001  (told by the test)
            self.error = error
        finally:
            self._ready.set()
            with self._changed:
                self.ended = True
                self._changed.notify_all()

    async def _read(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        client = AsyncClient()
        if self._cookies is not None:
            client.cookies = self._cookies
        headers = {"Accept": "text/event-stream", **self._headers}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        response: Any = await client.get(self._url, headers=headers)
        self.status, self.headers = response.status_code, response.headers
        if not response.streaming:
            self.body = response.content
            for block in (
                self.body.split(b"\n\n") if self.headers["Content-Type"] == "text/event-stream" else ()
            ):
                self._block(block.decode())
            return
        text = b""
        async for chunk in response.streaming_content:
            self._ready.set()
            *blocks, text = (text + chunk).split(b"\n\n")
            for block in blocks:
                self._block(block.decode())

    def _block(self, block: str) -> None:
        lines = [line.partition(":")[::2] for line in block.split("\n")]
        fields = {name: value.removeprefix(" ") for name, value in lines}
        with self._changed:
            self.last_id = fields.get("id", self.last_id)
            self.retry = int(fields.get("retry", self.retry))
            if "data" in fields:
                self.told.append(Told(fields.get("event", ""), json.loads(fields["data"]), self.last_id))
            elif "" in fields:
                self.beats += 1
            self._changed.notify_all()

    def until(self, found: Callable[[], bool], seconds: float = 10) -> bool:
        """Wait until this is so."""
        with self._changed:
            return self._changed.wait_for(found, seconds)

    def expect(self, number: int) -> list[Told]:
        """The events, which are this many, and no more a moment later."""
        assert self.until(lambda: len(self.told) >= number), (self.told, self.error)
        time.sleep(0.1)
        assert len(self.told) == number, self.told
        return self.told

    def names(self) -> list[tuple[str, str]]:
        """What happened, and to which id."""
        return [(told.name, told.data.get("id", "")) for told in self.told]

    def close(self) -> None:
        """As when a tab is closed."""
        with suppress(RuntimeError):  # it has ended by itself just now
            self._loop.call_soon_threadsafe(self._task.cancel)  # type: ignore[union-attr]
        self._thread.join(10)
        assert not self._thread.is_alive()
        assert self.error is None, self.error
