"""What our own tests change by `tests.kit`: it fails where it would prove nothing, and is undone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from activitystream import breaker
from activitystream.feeds.groups import read
from activitystream.journal import record, run
from activitystream.models import JournalEntry
from activitystream.streams import get_store
from tests.kit import Clocks, Shrink, Spying, StandIn, handling, limits


def test_numbers_are_shrunk_and_restored(shrink: Shrink) -> None:
    before = (read.COUNTED, read.ROUNDS)
    with limits("feeds.groups.read", COUNTED=3, ROUNDS=(1, 2)):
        assert (read.COUNTED, read.ROUNDS) == (3, (1, 2))
        shrink("feeds.groups.read", SLAB=1.5)
        assert (read.COUNTED, read.SLAB) == (3, 1.5)
    assert before == (read.COUNTED, read.ROUNDS)


@pytest.mark.parametrize(
    ("module", "values", "error"),
    [
        ("feeds.groups.gone", {"COUNTED": 3}, ModuleNotFoundError),
        ("feeds.groups.read", {"COUNTED": 3, "GONE": 3}, LookupError),
        ("feeds.groups.read", {"shown": 3}, LookupError),
        ("feeds.groups.read", {"COUNTED": "3"}, TypeError),
        ("feeds.groups.read", {"ROUNDS": 3}, TypeError),
    ],
)
def test_what_cannot_be_shrunk(module: str, values: dict[str, Any], error: type[Exception]) -> None:
    before = read.COUNTED
    with pytest.raises(error):
        limits(module, **values).__enter__()
    assert before == read.COUNTED


def test_a_clock_stands_still_until_it_is_moved(clock: Clocks) -> None:
    now = clock("breaker")
    begun: Any = breaker.time
    assert begun.monotonic() == begun.monotonic() == begun.time()
    now.on_sleep = lambda seconds: now.advance(1)
    start = begun.monotonic()
    begun.sleep(4)
    assert (begun.monotonic() - start, now.naps) == (5, [4])
    assert time.monotonic() != time.monotonic(), "others have the true one"
    with pytest.raises(KeyError):
        clock("feeds.groups.read")


def test_methods_of_the_store_in_use_are_replaced(store_with: Spying) -> None:
    before: Any = get_store()
    real = store_with(length=lambda stream: 7)
    now: Any = get_store()
    assert real is before is not now
    assert (now.length("x"), now.options) == (7, before.options)
    with pytest.raises(AssertionError, match="has no lenght"):
        StandIn(before, lenght=len)


@pytest.mark.django_db(transaction=True)
def test_work_is_handled_inside_the_block() -> None:
    done: list[Any] = []
    with handling("kit", lambda payload, cursor: done.append(payload)):
        entry = JournalEntry(kind="kit", payload=3)
        assert run(entry)
        record("kit", 4)
    assert done[0] == 3
    with pytest.raises(KeyError):
        run(entry)
    JournalEntry.objects.all().delete()
