"""The pull: a feed's ids from SQL."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from itertools import islice

from django.db.models import Min, QuerySet
from django.utils import timezone

from activitystream.ids import DAY, first_id
from activitystream.journal import write_alias
from activitystream.models import Activity

__all__ = ["pull"]

Sources = Sequence[QuerySet[Activity]]

GROWTH = 16
"""How many times wider than all before it a window may be at most."""


def pull(
    sources: Sources,
    *,
    limit: int | None,
    before: int | None = None,
    after: int | None = None,
    low: int | None = None,
    high: int | None = None,
    windowed: bool = False,
) -> list[int]:
    """Up to `limit` ids of the union of these querysets, newest first; fewer only if there are no more.

    Cursors as in `Feed.page`; `low` and `high` are exclusive bounds beside them. Read from the database that
    is written to: a stream rebuilt from a replica that lags behind would lose what its fan-out just skipped.
    """
    newest = before is None
    low = max((bound for bound in (low, before) if bound is not None), default=None)
    high = min((bound for bound in (high, after) if bound is not None), default=None)
    if windowed and limit is not None:
        ids = _in_windows(sources, low=low, high=high, limit=limit, newest=newest)
    else:
        ids = _between(sources, low=low, high=high, limit=limit, newest=newest)
    return ids if newest else ids[::-1]


def _between(
    sources: Sources, *, low: int | None, high: int | None, limit: int | None, newest: bool
) -> list[int]:
    """Ids with low < id < high, from the newest (or else the oldest) on."""
    answers = [_ids(source, low, high, newest)[:limit] for source in sources]
    if len(answers) == 1:
        return list(answers[0])
    return list(islice(_unique(heapq.merge(*answers, reverse=newest)), limit))


def _ids(
    source: QuerySet[Activity], low: int | None, high: int | None, newest: bool
) -> QuerySet[Activity, int]:
    if low is not None:
        source = source.filter(id__gt=low)
    if high is not None:
        source = source.filter(id__lt=high)
    return source.using(write_alias()).order_by("-id" if newest else "id").values_list("id", flat=True)


def _unique(ids: Iterable[int]) -> Iterable[int]:
    last = None
    for id in ids:
        if id != last:
            yield id
        last = id


def _in_windows(
    sources: Sources, *, low: int | None, high: int | None, limit: int, newest: bool
) -> list[int]:
    """The same, a window of time after the other, each wider as the last gave little.

    Ids carry the time. So thousands of busy followees cost the days that fill a page and not their whole
    history, and a few quiet ones cost some look-ups in the index and not a walk along it.
    """
    edge, bound = (high, low) if newest else (low, high)
    start = edge if edge is not None else _now()
    found: list[int] = []
    reach, width, oldest = 0, DAY, low or 0
    while len(found) < limit:
        end = start - reach - width if newest else start + reach + width
        last = end <= oldest if newest else end > _least(high, _now())
        far = bound if last else end
        # bounds are exclusive, and each window begins with the very id at which the one before it ended
        above, below = (far, edge) if newest else (edge, far)
        found += _between(sources, low=above, high=below, limit=limit - len(found), newest=newest)
        if last:
            break
        edge = end + 1 if newest else end - 1
        if newest and not reach and len(found) < limit:  # how far back is there anything?
            oldest = max(oldest, _oldest())
        reach += width
        width = _next_width(reach, len(found), limit)
    return found


def _least(bound: int | None, other: int) -> int:
    return other if bound is None else min(bound, other)


def _oldest() -> int:
    """The oldest activity of all, or 0. Not a bound, only where windows end: an older one may just come."""
    oldest = Activity.objects.using(write_alias()).aggregate(oldest=Min("id"))["oldest"]
    return oldest or 0


def _now() -> int:
    """Where windows begin and end. Not a bound: clocks differ, and there may be activities that are newer."""
    return first_id(timezone.now())


def _next_width(reach: int, found: int, limit: int) -> int:
    """As far again as the rest will need if it comes as thick, and half as much for luck."""
    if not found:
        return reach * GROWTH
    needed = reach * (limit - found) * 3 // (found * 2)
    return min(max(needed, reach), reach * GROWTH)
