"""How far a long command has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Progress"]

WIDTH = 30
REDRAW = 0.1
"""Seconds between two states of the bar."""
REPORT = 10.0
"""Seconds between two lines where there is no terminal."""


class _Output(Protocol):
    def write(self, text: str, *, ending: str | None = None) -> None: ...
    def isatty(self) -> bool: ...
    def flush(self) -> None: ...


class Progress:
    """Counts up to `total` on this output (the standard error, so that the output proper can be piped)."""

    def __init__(self, output: _Output, doing: str, total: int) -> None:
        self._output = output
        self._doing = doing
        self._total = total
        self._bar = output.isatty()
        self._started = self._shown = time.monotonic()
        self.done = 0

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        now = time.monotonic()
        if now - self._shown >= (REDRAW if self._bar else REPORT):
            self._shown = now
            if self._bar:
                self._write(f"\r{self._drawn(now)}\x1b[K", ending="")
            else:
                self._write(f"{self._doing}: {self.done} of {self._total}", ending="\n")

    def clear(self) -> None:
        """Take the bar away: something else is about to be written."""
        if self._bar:
            self._write("\r\x1b[K", ending="")

    def _drawn(self, now: float) -> str:
        share = min(1.0, self.done / max(1, self._total))
        filled = round(share * WIDTH)
        left = (now - self._started) * (self._total - self.done) / max(1, self.done)
        return (
            f"{self._doing} [{'#' * filled}{'.' * (WIDTH - filled)}] {self.done}/{self._total} "
            f"{share:4.0%}, {int(left // 60)}:{int(left % 60):02} left"
        )

    def _write(self, text: str, *, ending: str) -> None:
        self._output.write(text, ending=ending)
        self._output.flush()
