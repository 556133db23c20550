"""What entries are grouped by: the key of an entry, and the query for those of a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Self
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.utils import timezone

from activitystream.exceptions import InvalidFilter
from activitystream.feeds.entries import Entry
from activitystream.ids import MAX_ID, first_id
from activitystream.models import ROLES, Activity, Ref

__all__ = ["FIELDS", "By", "Grouping"]

FIELDS = ("verb", *ROLES, "day")
"""What entries can be grouped by in SQL. A day is one of the current time zone."""
SELECTIVE = ("object", "target", "actor")
"""The roles, the one with the fewest activities first."""

Part = str | Callable[[Entry], Any]
By = Part | Sequence[Part]
"""A field, a function of an entry, or several of them."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """What the entries of a group have in common."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, by: Any) -> Self:
        """The grouping that is meant; InvalidFilter says what can be."""
        parts = (by,) if isinstance(by, str) or callable(by) else tuple(by or ())
        wrong = [part for part in parts if not callable(part) and part not in FIELDS]
        if not parts or wrong or len(set(parts)) < len(parts):
            given = ", ".join(str(part)[:40] for part in parts[:9]) or "nothing"
            raise InvalidFilter(
                f"groups are by some of {', '.join(FIELDS)}, or by a function; not by {given}"
            )
        return cls(parts)

    @property
    def in_sql(self) -> bool:
        """Whether a query can tell the members of a group."""
        return not any(callable(part) for part in self.parts)

    @property
    def by_row(self) -> bool:
        """Whether the members of a group have a row in common."""
        return not set(ROLES).isdisjoint(self.parts)

    @property
    def name(self) -> str:
        """The same in every process: cursors of another grouping are refused."""
        return "|".join(part if isinstance(part, str) else _name(part) for part in self.parts)

    def key(self, entry: Entry) -> str:
        """The key of this entry's group: its parts, with what would make two keys one escaped."""
        return "|".join("" if value is None else quote(str(value), " /:@") for value in self._values(entry))

    def _values(self, entry: Entry) -> Iterable[Any]:
        for part in self.parts:
            yield _value(part, entry) if isinstance(part, str) else part(entry)

    # -- in SQL ----------------------------------------------------------------------------------------

    def like(self, entry: Entry) -> Q:
        """The activities of this entry's group."""
        condition = Q()
        for part in self.parts:
            condition &= _condition(str(part), entry)
        return condition

    def narrow(self, source: QuerySet[Activity], examples: Sequence[Entry]) -> list[QuerySet[Activity]]:
        """Those of these activities that may be of the groups of these entries, and few others: by the one
        role that has an index and leaves the least, one query for each model there."""
        if "verb" in self.parts:
            source = source.filter(verb__in={entry.verb for entry in examples})
        if "day" in self.parts:
            days = sorted(_day(entry) for entry in examples)
            source = source.filter(id__gte=days[0][0], id__lt=days[-1][1])
        role = next((role for role in SELECTIVE if role in self.parts), None)
        return [source] if role is None else [source.filter(some) for some in _rows(role, examples)]


def _name(function: Any) -> str:
    return f"{function.__module__}.{getattr(function, '__qualname__', '')}"


def _value(part: str, entry: Entry) -> str | None:
    if part == "verb":
        return entry.verb
    if part == "day":
        return timezone.localtime(entry.published).date().isoformat()
    ref = _ref(part, entry)
    return None if ref is None else str(ref)


def _ref(role: str, entry: Entry) -> Ref | None:
    card = getattr(entry, role)
    return None if card is None else Ref(card.model, card.id)


def _condition(part: str, entry: Entry) -> Q:
    if part == "verb":
        return Q(verb=entry.verb)
    if part == "day":
        first, next_ = _day(entry)
        return Q(id__gte=first, id__lt=next_)
    [condition] = _rows(part, [entry])
    return condition


def _rows(role: str, examples: Iterable[Entry]) -> list[Q]:
    """The conditions that an activity has one of the examples' rows in this role, by model."""
    by_model: dict[str | None, set[str]] = {}
    for entry in examples:
        ref = _ref(role, entry)
        by_model.setdefault(ref and ref.model, set()).add(ref.id if ref else "")
    return [
        Q(**{f"{role}_type__isnull": True})
        if model is None
        else Q(**{f"{role}_type": Ref(model, "").content_type, f"{role}_id__in": sorted(ids)})
        for model, ids in by_model.items()
    ]


def _day(entry: Entry) -> tuple[int, int]:
    """The ids of this entry's day: from the first on, and below the second."""
    day = timezone.localtime(entry.published).date()
    zone = timezone.get_current_timezone()
    first, next_ = (datetime.combine(day + timedelta(days=n), time.min, zone) for n in (0, 1))
    return _first_id(first), _first_id(next_)


def _first_id(moment: datetime) -> int:
    """That of a moment, or the outermost one: a day can begin before all ids, and end after them."""
    try:
        return first_id(moment)
    except ValueError:
        return 0 if moment.timestamp() < 0 else MAX_ID
