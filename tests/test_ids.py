"""Activity ids: their order is that of time, and they are never given twice."""

from __future__ import annotations

import os
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from activitystream import ids
from activitystream.ids import BITS, DAY, MAX_ID, first_id, new_id, parse_id, to_datetime

NOW = datetime(2026, 5, 17, 12, 30, 15, 123456, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def test_order_is_time() -> None:
    moments = [NOW - timedelta(days=365), NOW - MILLISECOND, NOW, NOW + MILLISECOND, NOW + timedelta(days=9)]
    made = [new_id(moment) for moment in moments]
    assert made == sorted(made)
    assert [str(id) for id in made] == sorted(map(str, made))


@pytest.mark.parametrize("moment", [datetime(1986, 1, 1, tzinfo=UTC), NOW, datetime(2109, 1, 1, tzinfo=UTC)])
def test_nineteen_digits(moment: datetime) -> None:
    assert len(str(new_id(moment))) == 19
    assert new_id(moment) <= MAX_ID


def test_time_is_kept_to_the_millisecond() -> None:
    assert to_datetime(new_id(NOW)) == NOW.replace(microsecond=123000)


def test_time_zones_do_not_matter() -> None:
    assert first_id(NOW) == first_id(NOW.astimezone(timezone(timedelta(hours=-9))))


def test_first_id_is_a_bound() -> None:
    assert new_id(NOW - MILLISECOND) < first_id(NOW) <= new_id(NOW) < first_id(NOW + MILLISECOND)
    assert first_id(NOW + timedelta(days=1)) - first_id(NOW) == DAY


def test_counts_on_within_a_millisecond() -> None:
    first = new_id(NOW)
    following = [new_id(NOW) for _ in range(1000)]
    wrapped = [(first + i) % 2**BITS for i in range(1, 1001)]
    assert [id % 2**BITS for id in following] == wrapped
    assert {id >> BITS for id in following} == {first >> BITS}


def test_starts_at_random() -> None:
    starts = {new_id(NOW + i * MILLISECOND) % 2**BITS for i in range(50)}
    assert len(starts) > 40


def test_wraps_within_its_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids.secrets, "randbits", lambda bits: 2**bits - 1)
    moment = NOW + timedelta(days=3)
    last, first = new_id(moment), new_id(moment)
    assert (last, first) == (first_id(moment + MILLISECOND) - 1, first_id(moment))


@pytest.mark.parametrize("year", [1, 1969, 2110, 9999])
def test_times_that_do_not_fit(year: int) -> None:
    with pytest.raises(ValueError, match="between 1970 and 2109"):
        new_id(datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC))


def test_threads_never_get_one_twice() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: [new_id(NOW) for _ in range(2_500)], range(8)))
    assert len({id for some in made for id in some}) == 20_000


def test_starts_anew_when_asked() -> None:
    """After a clash: the ids that follow may be taken as well, by an import of that same time."""
    made = []
    for _ in range(20):
        made.append(new_id(NOW))
        ids.start_anew()
    assert sum(after == before + 1 for before, after in pairwise(made)) < 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_does_not_count_on_as_its_parent() -> None:
    new_id(NOW)
    reading, writing = os.pipe()
    ids._lock.acquire()  # held by another thread at this moment, say: the child must not wait for it
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # there may be threads
        child = os.fork()
    if not child:
        signal.alarm(5)
        os.write(writing, str(new_id(NOW)).encode())
        os._exit(0)
    ids._lock.release()
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        assert int(answer.read()) != new_id(NOW)


@pytest.mark.parametrize("id", [0, 1, MAX_ID])
def test_an_id_that_somebody_wrote(id: int) -> None:
    assert parse_id(str(id)) == id


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "٣", "0x1", str(MAX_ID + 1), "9" * 5000])
def test_what_cannot_be_an_id(text: str) -> None:
    assert parse_id(text) is None
