"""Filters: what a page is narrowed to. Nothing that was not checked here reaches a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from activitystream.exceptions import InvalidFilter
from activitystream.ids import MAX_ID, first_id
from activitystream.models import Activity, Ref
from activitystream.registry import options_for_label
from activitystream.text import is_visible, untranslated

__all__ = ["Filters"]

MAX_VALUES = 20
"""Values of one filter."""
MAX_TEXT = 255

Values = str | Iterable[str] | None
Models = str | type[models.Model] | Iterable[str | type[models.Model]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the entries of a feed are narrowed to; of several values, any. Made by `Feed.filter()`."""

    verbs: tuple[str, ...] = ()
    types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Labels of registered models, by role: {"object": ("photos.photo",)}."""
    kinds: tuple[str, ...] = ()
    """Of follow: what the others brought is left out."""
    low: int | None = None
    """Only ids above it."""
    high: int | None = None
    """Only ids below it."""

    def __bool__(self) -> bool:
        return self != NONE

    def narrow(self, source: QuerySet[Activity]) -> QuerySet[Activity]:
        """Those of these activities that match. Kinds are the feed's to ask for, bounds are the pull's."""
        if self.verbs:
            source = source.filter(verb__in=self.verbs)
        for role, labels in self.types.items():
            types = [Ref(label, "").content_type for label in labels]
            source = source.filter(**{f"{role}_type__in": types})
        return source

    def also(self, other: Filters) -> Filters:
        """Both at once: those of `other` in place of the same ones here, the narrower of the bounds."""
        lows = [bound for bound in (self.low, other.low) if bound is not None]
        highs = [bound for bound in (self.high, other.high) if bound is not None]
        return Filters(
            verbs=other.verbs or self.verbs,
            types={**self.types, **other.types},
            kinds=other.kinds or self.kinds,
            low=max(lows, default=None),
            high=min(highs, default=None),
        )

    @classmethod
    def of(
        cls,
        *,
        verb: Values,
        types: Mapping[str, Models],
        kind: Values,
        since: datetime | None,
        until: datetime | None,
    ) -> Filters:
        """Checked filters, `types` by role; InvalidFilter says what is allowed. See `Feed.filter`."""
        return cls(
            verbs=_texts("verb", verb),
            types={
                role: _labels(f"{role}_type", given) for role, given in types.items() if given is not None
            },
            kinds=_texts("kind", kind),
            low=None if since is None else _bound("since", since) - 1,
            high=None if until is None else _bound("until", until),
        )


NONE = Filters()


def _several(name: str, given: Any) -> list[Any]:
    given = untranslated(given)
    if given is None:
        return []
    values = [given] if isinstance(given, (str, type)) or not isinstance(given, Iterable) else list(given)
    if not 1 <= len(values) <= MAX_VALUES:
        raise InvalidFilter(f"{name} takes 1 to {MAX_VALUES} values, not {len(values)}")
    return values


def _texts(name: str, given: Any) -> tuple[str, ...]:
    values = [untranslated(value) for value in _several(name, given)]
    for value in values:
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not is_visible(value):
            raise InvalidFilter(f"{name} must be a word of printable characters, not {str(value)[:40]!r}")
    return tuple(sorted(set(values)))  # in one order in all processes: cursors are good for one filter


def _labels(name: str, given: Any) -> tuple[str, ...]:
    return tuple(sorted({_label(name, value) for value in _several(name, given)}))


def _label(name: str, value: Any) -> str:
    is_model = isinstance(value, type) and issubclass(value, models.Model)
    label = Ref.of_model(value).model if is_model else str(value).lower()
    if options_for_label(label) is None:
        raise InvalidFilter(
            f'{name} must be the label of a registered model, such as "photos.photo", not {label[:40]!r}'
        )
    return label


def _bound(name: str, value: Any) -> int:
    if not isinstance(value, datetime):
        raise InvalidFilter(f"{name} must be a date and time, not {str(value)[:40]!r}")
    try:
        moment = timezone.make_aware(value) if timezone.is_naive(value) else value
        return min(first_id(moment), MAX_ID)
    except (ValueError, OverflowError):
        raise InvalidFilter(f"{name} must be between 1970 and 2109, not {value.isoformat()}") from None
