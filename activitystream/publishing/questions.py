"""Asking feeds whom an activity is for. One that raises stands in no other's way: it is put off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from activitystream.feeds import Audience, Feed
from activitystream.journal import put_off
from activitystream.models import Activity, Ref

__all__ = ["Pair", "Questions", "answer"]

logger = logging.getLogger("activitystream")

Pair = tuple[str, int]
"""The name of a feed, and the id of an activity that it raised for."""
_T = TypeVar("_T", Ref, Audience)


class Questions:
    """Asks each of these feeds about each of these activities.

    Of a feed that raises, the activity is put off: a journal entry of its own is left to the sweeper, which
    asks the feed again (`strict`: what it raises is raised). `without`: what was put off before.
    """

    def __init__(
        self,
        feeds: Sequence[type[Feed]],
        activities: Sequence[Activity],
        *,
        without: Collection[Pair] = (),
        strict: bool = False,
    ) -> None:
        self.feeds, self.activities, self.strict = feeds, activities, strict
        self.failed: set[Pair] = set(without)
        self._known = frozenset(self.failed)

    def recipients(self) -> Iterator[tuple[type[Feed], Activity, list[Ref]]]:
        """The owners that the feeds name."""
        return self._ask(lambda feed, activity: feed.recipients(activity))

    def audiences(self) -> Iterator[tuple[type[Feed], Activity, list[Audience]]]:
        """The followers that the feeds name."""
        return self._ask(lambda feed, activity: feed.audiences(activity))

    def _ask(
        self, question: Callable[[type[Feed], Activity], Iterable[_T]]
    ) -> Iterator[tuple[type[Feed], Activity, list[_T]]]:
        for feed in self.feeds:
            for activity in self.activities:
                if (feed.name, activity.id) in self.failed:
                    continue
                found = answer(feed, activity, question, strict=self.strict)
                if found is None:
                    self.failed.add((feed.name, activity.id))
                else:
                    yield feed, activity, found

    def put_off(self) -> None:
        """Leave to the sweeper what failed since `without`."""
        failed: dict[str, list[int]] = {}
        for name, id in sorted(self.failed - self._known):
            failed.setdefault(name, []).append(id)
        for name, ids in failed.items():
            logger.warning("the sweeper will ask the feed %s again about %d activities", name, len(ids))
            put_off("fan_out", {"activities": ids, "feed": name})


def answer(
    feed: type[Feed],
    activity: Activity,
    question: Callable[[type[Feed], Activity], Iterable[_T]],
    *,
    strict: bool = False,
) -> list[_T] | None:
    """What the feed says of an activity; None if it raised, which is logged."""
    try:
        return list(question(feed, activity))
    except Exception:
        if strict:
            raise
        logger.exception("the feed %s cannot say whom activity %s is for", feed.name, activity.id)
        return None
