"""Every cached value compared with SQL, while others write: bodies, viewer state and counts.

A value that is invalid in the store is never given out, so only valid ones are compared. A difference counts
only if the very same value is still given out after all journal entries that were pending when it was seen
are done, as with streams (see `verify`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from activitystream.feeds import ValueKind, kind_of, ref_of, remake
from activitystream.streams import Name, StreamStore
from activitystream.streams.sample import Reservoir

from .verify import LOOKS, Verdict, wait_for_journal

__all__ = ["ValueOutcome", "drop_value", "verify_values"]

TOGETHER = 500
"""Values that are made from SQL with the same queries, and kept in memory at once."""


@dataclass(frozen=True, slots=True)
class ValueOutcome:
    """A cached value and what is known of it."""

    name: Name
    verdict: Verdict
    differs_in: tuple[str, ...] = ()
    """Of a body: the fields that differ; empty if there is no such activity."""

    @property
    def kind(self) -> ValueKind | None:
        """What it is."""
        return kind_of(self.name)


def verify_values(
    store: StreamStore, *, sample: int | None = None, wait: float = 60.0
) -> Iterator[ValueOutcome]:
    """The outcome of each value that the store gives out; `sample`: of so many of each kind, at random.

    `wait`: seconds to wait for pending journal entries. Call it outside of transactions.
    """
    for kinds in ({ValueKind.BODY, ValueKind.VIEWER}, {ValueKind.COUNTS}):  # counts are made from the others
        names = _names(store, kinds) if sample is None else _sampled(store, kinds, sample)
        while batch := set(islice(names, TOGETHER)):
            yield from _verify(batch, store, wait)


def drop_value(name: Name, store: StreamStore) -> None:
    """Invalidate a value and delete it: the next reader makes it anew."""
    store.forget([ref_of(name)])
    store.erase([name])


def _names(store: StreamStore, kinds: Collection[ValueKind]) -> Iterator[Name]:
    return (name for name in store.names() if kind_of(name) in kinds)


def _sampled(store: StreamStore, kinds: Collection[ValueKind], size: int) -> Iterator[Name]:
    samples: dict[ValueKind, Reservoir[Name]] = {kind: Reservoir(size) for kind in kinds}
    for name in store.names():
        kind = kind_of(name)
        if kind in samples:
            samples[kind].offer(name)
    return (name for taken in samples.values() for name in taken.items)


def _verify(names: Collection[Name], store: StreamStore, wait: float) -> Iterator[ValueOutcome]:
    found, wrong = _look(names, store)
    yield from (ValueOutcome(name, Verdict.SAME) for name in found - wrong.keys())
    settled = True
    for _ in range(1, LOOKS):
        if not wrong or not settled:
            break
        settled = wait_for_journal(wait)
        _, still = _look(wrong, store)
        for name, value in list(wrong.items()):
            if still.get(name) != value:
                del wrong[name]
                yield ValueOutcome(name, Verdict.SAME)
    made = remake(wrong)
    for name, value in wrong.items():
        verdict = Verdict.DIFFERENT if settled else Verdict.UNSETTLED
        yield ValueOutcome(name, verdict, tuple(_fields(value, made.get(name))))


def _look(names: Iterable[Name], store: StreamStore) -> tuple[set[Name], dict[Name, bytes]]:
    """Those that the store gives out, and of these the values that SQL does not give."""
    found = store.get_many(list(names)).found
    made = remake(found)
    return set(found), {name: value for name, value in found.items() if made.get(name) != value}


def _fields(value: bytes, made: bytes | None) -> Iterator[str]:
    if made is not None:
        ours, theirs = _parsed(value), _parsed(made)
        yield from (key for key in theirs | ours if ours.get(key) != theirs.get(key))


def _parsed(value: bytes) -> dict[str, object]:
    """The fields of a body, and the line before it; of anything else, nothing."""
    access, _, body = value.partition(b"\n")
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return {"access": access, **fields}
