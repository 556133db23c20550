"""How a watcher begins: what it watches, and what it is sent first."""

from __future__ import annotations

from collections.abc import Collection

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable
from activitystream.feeds.pulled import merging_feeds, note_for, read_note
from activitystream.streams import get_events
from activitystream.streams.events import Arrivals, EventLog, Position

from . import frames
from .news import Frames, News
from .watchers import Watcher, is_anew

__all__ = ["catch_up", "get_log", "send", "send_since", "streams_of", "watch"]


def catch_up(events: EventLog, watcher: Watcher, after: Position) -> None:
    """Send what happened since the connection broke. If something raises, the page is to be read again."""
    now = watcher.position
    watcher.move(after)
    arrivals = Arrivals(after, more=True)
    while arrivals.more:
        arrivals = events.since(arrivals.position)
        mine = [event for event in arrivals.events if event.stream in watcher.streams]
        if arrivals.lost or is_anew(mine):
            return watcher.reset(now)
        news = News(events, mine)
        found = news.frames(watcher.feed, watcher.reader, watcher.facts, mine, after.log)
        if found.anew or any(news.failures.blamed()):
            return watcher.reset(now)
        send(watcher, found)
        watcher.move(arrivals.position)
    return None


def send(watcher: Watcher, found: Frames) -> None:
    """Put what was found into its queue."""
    for frame in found.frames:
        watcher.put(frame)


def send_since(watcher: Watcher, since: int) -> None:
    """Send what is newer than this cursor; if that is more than a page, the page is to be read again."""
    page = watcher.feed.page(settings.MAX_PAGE_SIZE, before=since, viewer=watcher.viewer)
    if page.has_previous:
        watcher.reset(watcher.position)
    for entry in [] if page.has_previous else reversed(page):
        watcher.put(frames.activity(watcher.position, entry.raw))


def get_log(space: str | None = None) -> EventLog:
    """The event log of a space; None: of the one that this thread works in."""
    events = get_events(space)
    if events is None:
        raise StoreUnavailable("the stream store has no event log")
    return events


def watch(events: EventLog, watcher: Watcher) -> tuple[frozenset[str], Position]:
    """Watch a feed: its stream first, so that one which begins to be merged with it is not missed."""
    events.watch([watcher.feed.stream])
    streams = streams_of(watcher, merging_feeds())
    return streams, events.watch(list(streams))


def streams_of(watcher: Watcher, merging: Collection[str]) -> frozenset[str]:
    """The stream of its feed, and those that are merged with it. `merging`: see `merging_feeds`."""
    feed = watcher.feed
    others = read_note(note_for(feed)) if feed.name in merging else []
    return frozenset([feed.stream, *others])
