"""Activity ids: 63-bit integers ordered by time.

`published` in unix milliseconds << 21 | 21 bits. An id is the primary key, the order of every feed and the
cursor of every page; ids are unique, so there are no ties. The 21 bits start at random and count on within a
process and a millisecond: 1,000 random draws in one millisecond would clash one time in four. A clash between
processes shows as an IntegrityError and is retried by the publisher, from another start.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime, timedelta
from threading import Lock

from django.utils import timezone

__all__ = ["DAY", "MAX_ID", "first_id", "new_id", "parse_id", "start_anew", "to_datetime", "to_iso"]

BITS = 21
DAY = 86_400_000 << BITS
"""One day, as a distance between ids."""
MAX_ID = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_lock = Lock()
_millisecond = -1
_low = 0


def new_id(published: datetime) -> int:
    """A new id for an activity of this (aware) time. ValueError before 1970 and after 2109."""
    global _millisecond, _low
    base = first_id(published)
    with _lock:
        if base >> BITS == _millisecond:
            _low = (_low + 1) % 2**BITS
        else:
            _millisecond, _low = base >> BITS, secrets.randbits(BITS)
        return base | _low


def start_anew() -> None:
    """Let the next id start at random. After a clash: the ids that would follow may be taken too, in the one
    millisecond of an import (midnight, say) that another process made."""
    global _millisecond
    _millisecond = -1


def _after_fork() -> None:
    """A child must not count on as its parent does, nor wait for a thread that only its parent has."""
    global _lock
    _lock = Lock()
    start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def first_id(moment: datetime) -> int:
    """The smallest id that an activity of this millisecond can have: a bound for queries by time."""
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    if not 0 <= milliseconds < 2 ** (63 - BITS):
        raise ValueError(f"{moment.isoformat()} is not between 1970 and 2109, the times an id can hold")
    return milliseconds << BITS


def to_datetime(id: int) -> datetime:
    """When the activity of this id was published, to the millisecond."""
    return _EPOCH + (id >> BITS) * _MILLISECOND


def to_iso(moment: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond: as all that is given out has times, also on a site without time
    zones (USE_TZ)."""
    aware = timezone.make_aware(moment) if timezone.is_naive(moment) else moment
    return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_id(text: str) -> int | None:
    """The id that somebody wrote; None if it cannot be one."""
    if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_ID:
        return int(text)
    return None
