"""Walks through feeds by cursor, and what must be true of each.

No id comes twice in one walk. Nothing is missing that was there, and for this reader, from before the walk
until its end. Nothing comes that was gone or hidden before the walk began, and stayed so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from .ledger import Ledger, Made, Period, Sight

if TYPE_CHECKING:
    from .api import Answer, Api
    from .report import History, Report

__all__ = ["FeedOf", "Walk", "any_feed", "check_walks", "walk"]


class FeedOf(NamedTuple):
    """A feed as somebody reads it. The owner is a person, or a photo as a negative number."""

    name: str
    owner: int
    viewer: int

    @property
    def path(self) -> str:
        """Its address."""
        row = f"auth.user/{self.owner}" if self.owner > 0 else f"app.photo/{-self.owner}"
        return f"/feeds/{self.name}/{row}/"

    def __str__(self) -> str:
        return f"{self.path} as p{self.viewer}"


@dataclass(slots=True)
class Walk:
    """What somebody saw."""

    feed: FeedOf
    back: bool
    period: Period
    seen: list[int] = field(default_factory=list)
    versions: dict[int, Any] = field(default_factory=dict)
    pages: int = 0
    ended: bool = False
    """Whether it came to the end: else something may be missing."""


def any_feed(random: Random, who: int, people: list[int], photos: dict[int, int]) -> FeedOf:
    """A feed to read."""
    name = random.choice(["home", "home", "outbox", "object", "object", "notifications"])
    owner = who if name in ("home", "notifications") else random.choice(people)
    if name == "object" and random.random() < 0.5:
        owner = -random.choice(list(photos))
    return FeedOf(name, owner, who)


def walk(api: Api, feed: FeedOf, random: Random) -> Walk:
    """Walk to the oldest page, or from there back to the newest."""
    limit, back = random.choice([3, 7, 20, 50]), random.random() < 0.4
    path: str | None = f"{feed.path}?limit={limit}"
    if back:
        path = _oldest(api, feed, path)
    answer = None if path is None else api.get(feed.viewer, path)
    found = Walk(feed, back, answer.period if answer else Period(0, 0))
    while answer is not None:
        if answer.is_open:
            return found
        path = _take(found, answer)
        if path is None:
            found.ended = True
            return found
        answer = api.get(feed.viewer, path)
    return found


def _take(found: Walk, answer: Answer) -> str | None:
    """Keep what a page shows. The address of the next page; None at the end."""
    found.pages += 1
    found.period = found.period._replace(end=answer.period.end)
    if not answer.is_done:  # the reader may not see this feed, or may not see it any more
        return None
    results = answer.body["results"]
    for entry in reversed(results) if found.back else results:
        found.seen.append(int(entry["id"]))
        found.versions[int(entry["id"])] = entry["data"].get("n")
    return local(answer.body["previous" if found.back else "next"])


def _oldest(api: Api, feed: FeedOf, path: str) -> str | None:
    """A page at the end of the feed, by asking for what is newer than the beginning of time."""
    return f"{path}&before=1"


def local(url: str | None) -> str | None:
    """The path and query of an address: the next page may come from any process."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def check_walks(walks: Iterable[Walk], ledger: Ledger, history: History, report: Report) -> None:
    """Report what is wrong with these walks."""
    for one in walks:
        twice = [id for id, count in Counter(one.seen).items() if count > 1]
        if twice:
            report.differ("came twice in one walk", one.feed, one.period, twice, ledger)
        _check_hidden(one, ledger, history, report)
        if one.ended:
            _check_missing(one, ledger, history, report)


def _check_hidden(one: Walk, ledger: Ledger, history: History, report: Report) -> None:
    period = history.must_hold(one.period)
    sight = Sight(ledger, period)
    for id in one.seen:
        if made := ledger.made.get(id):
            if sight.shows(one.feed, made) is False:
                report.differ("was shown though it was hidden or gone", one.feed, period, [id], ledger)
            elif one.versions[id] not in made.version.values(period):
                what = f"was shown with old data, {one.versions[id]}"
                report.differ(what, one.feed, period, [id], ledger)


def _check_missing(one: Walk, ledger: Ledger, history: History, report: Report) -> None:
    period = Period(history.settled.before(one.period.begin), one.period.end)
    sight, seen = Sight(ledger, period), set(one.seen)
    for made in _throughout(ledger, period):
        if made.id not in seen and sight.shows(one.feed, made):
            report.differ("was missing in a walk", one.feed, period, [made.id], ledger)


def _throughout(ledger: Ledger, period: Period) -> Iterator[Made]:
    """The activities that may have been there all the time."""
    for made in list(ledger.made.values()):
        if made.born.end < period.begin:
            last = made.exists.changes[-1]
            if last.value or last.end > period.begin:
                yield made
