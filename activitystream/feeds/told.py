"""Pages that were read are told of: to those who record, and to those who listen."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from activitystream.instrumentation import PageRead, recording
from activitystream.signals import page_read
from activitystream.streams.bridge import in_loop, wait

if TYPE_CHECKING:
    from .base import Feed

__all__ = ["tell_page"]


def tell_page(feed: Feed, count: int, started: float) -> None:
    """A page of this many entries (or groups) was read. `started`: what `perf_counter()` said before."""
    seconds = perf_counter() - started
    for one in recording():
        one.add(PageRead(feed.name, feed.stream, count, seconds))
    facts = {"feed": feed.name, "stream": feed.stream, "count": count, "seconds": seconds}
    if not in_loop():
        page_read.send_robust(type(feed), **facts)
    elif page_read.has_listeners(type(feed)):
        wait(page_read.asend_robust(type(feed), **facts))
