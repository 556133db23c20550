"""The twin: the same site on the same database without streams. What both answer must be the same."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from .api import Answer, Api
from .ledger import FOREVER, Ledger, Period
from .listeners import EVERYTHING, Listener
from .report import Report
from .walks import FeedOf, local

__all__ = ["Comparison", "check_ledger", "check_shown"]

TWIN = "the twin answers otherwise"
LIMIT = 40
GONE = "gone or hidden"
NOW = Period(FOREVER, FOREVER)


def addresses(viewer: int | None, people: Sequence[int], photos: Iterable[int]) -> Iterator[str]:
    """Everything that this reader can read."""
    for person in people:
        yield from (f"/feeds/{feed}/auth.user/{person}/" for feed in ("outbox", "object"))
        yield from (f"/feeds/{what}/auth.user/{person}/" for what in ("followers", "following"))
        yield f"/feeds/follows/auth.user/{person}/"
        yield f"/feeds/outbox/auth.user/{person}/?verb=like"
    for photo in photos:
        yield f"/feeds/object/app.photo/{photo}/"
        yield f"/feeds/object/app.photo/{photo}/?group=verb,object"
    if viewer is not None:
        yield from _own(viewer)


def _own(viewer: int) -> Iterator[str]:
    yield from (
        "/feeds/home/",
        "/feeds/home/?group=",
        "/feeds/home/?group=verb,object",
        "/feeds/home/?verb=say",
    )
    yield from ("/feeds/home/new/?since=1", "/feeds/notifications/", "/feeds/notifications/counts/")
    yield f"/feeds/notifications/auth.user/{viewer}/"
    yield from ("/feeds/follows/", "/feeds/blocks/", "/feeds/mutes/", "/feeds/suggestions/")
    yield from ("/feeds/requests/", "/feeds/requests/?direction=outgoing")


class Comparison:
    """Reads everything of everybody on both sites, forwards and backwards, and reports what differs."""

    def __init__(self, site: Api, twin: Api, report: Report) -> None:
        self._site, self._twin, self._report = site, twin, report
        self.pages = 0

    def run(self, ledger: Ledger, photos: Iterable[int]) -> None:
        """Compare all."""
        listed, latest = list(photos), list(ledger.made)[-10:]
        with ThreadPoolExecutor(1) as pool:
            for viewer in (None, *ledger.people):
                for path in addresses(viewer, ledger.people, listed):
                    if self._compare(pool, viewer, path, "next", "") > 1 and _has_previous(path):
                        self._compare(pool, viewer, path, "previous", "&before=1")
                for id in latest:
                    self._compare(pool, viewer, f"/feeds/activities/{id}/", "next", "")

    def _compare(self, pool: Executor, viewer: int | None, path: str, way: str, cursor: str) -> int:
        """Compare one list. How many pages it has if both agree, else 0."""
        address = f"{path}{'&' if '?' in path else '?'}limit={LIMIT}{cursor}"
        ours = pool.submit(_read, self._site, viewer, address, way)
        theirs = _read(self._twin, viewer, address, way)
        self.pages += len(theirs)
        same = _same(ours.result(), theirs, f"{path} by {way} as p{viewer}", self._report)
        return len(theirs) if same else 0


def _has_previous(path: str) -> bool:
    """Groups have only a next page."""
    return "group=" not in path and path != "/feeds/notifications/"


def _read(api: Api, viewer: int | None, address: str, way: str) -> list[Answer]:
    """All pages from this one on."""
    answers = [api.get(viewer, address)]
    while isinstance(answers[-1].body, dict) and (url := local(answers[-1].body.get(way))):
        answers.append(api.get(viewer, url))
    return answers


def _same(mine: list[Answer], theirs: list[Answer], where: str, report: Report) -> bool:
    """Whether both gave the same pages; else it is reported."""
    ours, wanted = [_plain(one) for one in mine], [_plain(one) for one in theirs]
    if ours == wanted:
        return True
    for number, (one, other) in enumerate(zip(ours, wanted, strict=False), start=1):
        if one != other:
            report.add(TWIN, f"{where}, page {number}:{_tell(one, other)}")
            return False
    report.add(TWIN, f"{where}: {len(ours)} pages, the twin has {len(wanted)}")
    return False


def _plain(answer: Answer) -> tuple[int, Any]:
    """Without addresses: a cursor may be sealed, and is then another each time."""
    body = answer.body
    if isinstance(body, dict) and "paging" in body:
        return answer.status, body["results"]
    return answer.status, body


def _tell(one: tuple[int, Any], other: tuple[int, Any]) -> str:
    """How they differ: by ids if they have some."""
    if one[0] != other[0]:
        return f" status {one[0]}, the twin {other[0]}: {_short(one[1])} {_short(other[1])}"
    mine, theirs = _by_id(one[1]), _by_id(other[1])
    lines = [f"\n    missing: {', '.join(sorted(theirs.keys() - mine.keys())[:8])}"]
    lines += [f"\n    too many: {', '.join(sorted(mine.keys() - theirs.keys())[:8])}"]
    changed = [id for id in mine.keys() & theirs.keys() if mine[id] != theirs[id]]
    lines += [f"\n    {id}: {_short(mine[id])}\n      twin {_short(theirs[id])}" for id in changed[:3]]
    if not mine and not theirs:
        lines = [f"\n    {_short(one[1])}\n    {_short(other[1])}"]
    return "".join(lines)


def _by_id(results: Any) -> dict[str, Any]:
    if not isinstance(results, list):
        return {}
    return {str(item.get("key", item.get("id"))): item for item in results if isinstance(item, dict)}


def _short(value: Any) -> str:
    return json.dumps(value, sort_keys=True)[:600]


def check_shown(listeners: Iterable[Listener], twin: Api, ledger: Ledger, report: Report) -> None:
    """In the end a page that listens shows what it would show if it were read again.

    A block hides activities without an event, and what a new follow opens is on the next page: those are
    left out.
    """
    for listener in listeners:
        feed: FeedOf = listener.feed
        answer = twin.get(feed.viewer, f"{feed.path}?limit={EVERYTHING}")
        results = answer.body["results"] if answer.is_done else []
        wanted = {int(entry["id"]): entry["data"].get("n") for entry in results}
        moved = _moved(ledger, feed.viewer, listener.page_read)
        shown = listener.shown
        wrong = [
            id
            for id in wanted.keys() | shown.keys()
            if shown.get(id, GONE) != wanted.get(id, GONE) and not _about(id, ledger) & moved
        ]
        for id in wrong:
            said, now = shown.get(id, GONE), wanted.get(id, GONE)
            period = Period(listener.page_read, time.monotonic())
            report.differ(
                f"is {said} on a page that listens, and {now} on a new one", feed, period, [id], ledger
            )


def _moved(ledger: Ledger, viewer: int, since: float) -> set[int]:
    """The people with whom this viewer's follows and blocks have changed."""
    found = set()
    for facts in (ledger.follows, ledger.blocks):
        for pair, timeline in facts.items():
            if viewer in pair and any(change.end >= since for change in timeline.changes):
                found |= set(pair)
    return found - {viewer}


def _about(id: int, ledger: Ledger) -> set[int]:
    """The people in an activity; everybody, if no client knows it."""
    made = ledger.made.get(id)
    return set(ledger.people) if made is None else {made.actor, made.owner or made.actor}


def check_ledger(ledger: Ledger, report: Report) -> None:
    """What was acknowledged is in the database."""
    from activitystream.models import Activity, Block, Follow
    from tests.app.models import Profile

    there = dict(Activity.objects.values_list("pk", "data"))
    for made in ledger.made.values():
        certain = made.exists.holds(NOW, True)
        if certain is not None and certain != (made.id in there):
            report.differ("is not in the database as acknowledged", "SQL", NOW, [made.id], ledger)
    pairs = Follow.objects.filter(kind="follow").values_list("follower_id", "followee_id")
    follows = {(one, int(other)) for one, other in pairs}
    blocks = set(Block.objects.values_list("blocker_id", "blocked_id"))
    private = set(Profile.objects.filter(is_private=True).values_list("pk", flat=True))
    for what, timelines, rows in (
        ("follows", ledger.follows, follows),
        ("blocks", ledger.blocks, blocks),
        ("private", ledger.private, private),
    ):
        for key, timeline in timelines.items():
            certain = timeline.holds(NOW, True)
            if certain is not None and certain != (key in rows):
                report.add("SQL", f"{what} {key} is {key in rows}, acknowledged was {certain}")
