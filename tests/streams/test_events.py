"""What every store does with events."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from activitystream import StoreUnavailable
from activitystream.streams import StreamStore
from activitystream.streams import events as events_module
from activitystream.streams.events import KEPT, WATCH, EventLog, Kind, Position, Text, Told
from activitystream.streams.memory_events import MemoryEventLog
from activitystream.streams.redis import RedisStore
from activitystream.streams.redis_events import RedisEventLog
from tests.kit import Clocks, Shrink, lose_events

from .helpers import BIG, add, big, warm

S, T = "home:auth.user:7", "home:auth.user:8\n=x"


@pytest.fixture
def log(store: StreamStore) -> EventLog:
    assert store.events is not None
    return store.events


def happened(log: EventLog, position: Position) -> list[tuple[str, str, int]]:
    arrivals = log.since(position)
    assert not arrivals.lost
    assert [event.seq for event in arrivals.events] == sorted({event.seq for event in arrivals.events})
    return [(event.stream, str(event.kind), event.id) for event in arrivals.events]


def test_what_is_not_watched_is_not_written_down(store: StreamStore, log: EventLog) -> None:
    position = log.watch([S])
    warm(store, T, [])
    add(store, T, big(1))
    store.delete([T])
    assert happened(log, position) == []


def test_what_is_watched_is_told_in_the_order_of_arrival(store: StreamStore, log: EventLog) -> None:
    position = log.watch([S, T])
    warm(store, S, [])
    add(store, S, [BIG + 5])
    add(store, S, [BIG + 1])
    add(store, T, [BIG + 5])
    store.delete([S])
    assert happened(log, position) == [
        (S, "+", BIG + 5),
        (S, "+", BIG + 1),
        (T, "+", BIG + 5),
        (S, "!", 0),
    ]
    assert sorted(log.watched()) == sorted([S, T])


def test_a_position_goes_on_where_it_stands(store: StreamStore, log: EventLog) -> None:
    position = log.watch([S])
    add(store, S, big(1, 2, 3))
    first = log.since(position, limit=2)
    assert ([event.id for event in first.events], first.more) == (big(1, 2), True)
    rest = log.since(first.position, limit=2)
    assert ([event.id for event in rest.events], rest.more) == (big(3), False)
    assert log.since(rest.position).events == []
    add(store, S, big(4))
    assert happened(log, rest.position) == [(S, "+", BIG + 4)]


def test_what_is_added_again_is_told_once(store: StreamStore, log: EventLog) -> None:
    position = log.watch([S])
    for _ in range(2):
        add(store, S, big(1, 2))
    assert happened(log, position) == [(S, "+", BIG + 1), (S, "+", BIG + 2)]


def test_who_waits_for_nothing_waits(log: EventLog) -> None:
    """A listener that returned at once would have the hub run without a rest."""
    log.watch([S])
    with log.listen() as listener:
        listener.wait(0)
        before = time.monotonic()
        listener.wait(0.1)
        assert time.monotonic() - before >= 0.09


def test_who_cannot_listen_waits_and_listens_later(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    if not isinstance(log, RedisEventLog):
        pytest.skip("a store in memory is always there")

    def refuse(*args: Any) -> Any:
        raise StoreUnavailable("down")

    with monkeypatch.context() as down:
        down.setattr(log._connection, "client", refuse)
        listener = log.listen()
        listener.__enter__()
        before = time.monotonic()
        listener.wait(0.1)
        assert time.monotonic() - before >= 0.09
        late = log.listen()
        late.__enter__()
    for one in (listener, late):
        one.wait(0.01)
    late.__exit__()
    assert listener._pubsub is not None  # type: ignore[attr-defined]
    listener.__exit__()


def test_what_is_added_again_is_no_news(store: StreamStore, log: EventLog) -> None:
    position = log.watch([S])
    add(store, S, big(1, 2))
    seen = log.since(position).position
    add(store, S, big(1, 2, 3))
    assert happened(log, seen) == [(S, "+", BIG + 3)]


def test_an_id_that_a_rebuild_brought_before_is_told(store: StreamStore, log: EventLog) -> None:
    position = log.watch([S])
    warm(store, S, big(1))
    add(store, S, big(1))
    assert happened(log, position) == [(S, "+", BIG + 1)]


def test_changes_come_again_at_the_end(log: EventLog) -> None:
    position = log.watch([S])
    log.tell([Told(Kind.CHANGED, [S], [5], "x"), Told(Kind.CHANGED, [S], [6], "")])
    log.tell([Told(Kind.CHANGED, [S], [5], "x")])
    assert happened(log, position) == [(S, "~", 6), (S, "~", 5)]
    assert [event.note for event in log.since(position).events] == ["", "x"]


def test_who_watches_on_has_no_gap_and_who_begins_has_one(log: EventLog) -> None:
    position = log.watch([S])
    assert log.watch([S]) == position
    log.watch([T, S])
    assert happened(log, position) == [(T, "^", 0)]


def test_watching_ends(store: StreamStore, log: EventLog, clock: Clocks) -> None:
    position = log.watch([S])
    later(log, clock, WATCH + 1)
    assert log.watched() == []
    add(store, S, big(1))
    assert happened(log, position) == []
    log.watch([S])
    assert happened(log, position) == [(S, "^", 0)]


def test_what_is_old_is_not_kept_and_that_is_told(store: StreamStore, log: EventLog, clock: Clocks) -> None:
    position = log.watch([S])
    add(store, S, big(1))
    middle = log.since(position).position
    for seconds in range(60, KEPT + 61, 60):
        later(log, clock, seconds)
        log.watch([S])
    add(store, S, big(2))
    assert log.since(position).lost
    assert happened(log, middle) == [(S, "+", BIG + 2)]


def test_only_so_many_are_kept(store: StreamStore, log: EventLog, shrink: Shrink) -> None:
    for module in ("redis_events", "memory_events"):
        shrink(f"streams.{module}", MAX_EVENTS=5)
    position = log.watch([S])
    for n in range(8):
        add(store, S, big(n))
        if n == 2:
            middle = log.since(position).position
    assert log.since(position).lost
    assert [id for _, _, id in happened(log, middle)] == big(3, 4, 5, 6, 7)


def test_a_log_that_is_gone_is_another(store: StreamStore, log: EventLog, any_way_to_lose: Any) -> None:
    position = log.watch([S])
    add(store, S, big(1))
    any_way_to_lose()
    assert log.since(position).lost
    add(store, S, big(2))
    log.watch([S])
    arrivals = log.since(position)
    assert arrivals.lost
    assert log.since(arrivals.position) == (arrivals.position, [], False, False)


@pytest.fixture
def any_way_to_lose(store: StreamStore) -> Any:
    """The server was flushed, or restarted without its data."""
    return lambda: lose_events(store)


def test_a_position_of_another_log_is_lost(log: EventLog) -> None:
    log.watch([S])
    assert log.since(Position("another", 2**52)).lost


@pytest.mark.parametrize("another", [False, True])
@pytest.mark.parametrize("what", ["watched", "events"])
def test_a_position_is_lost_with_either_key(what: str, another: bool, redis_store: RedisStore) -> None:
    """An eviction takes single keys. Then nothing is written down, or not for all who watch."""
    log = redis_store.events
    position = log.watch([S])
    with redis_store._connection.client() as client:
        [key] = client.scan_iter(match=f"{redis_store.options.prefix}:*:{what}")
        assert client.delete(key)
    if another:  # who watches through another process comes first
        log.watch([T])
    arrivals = log.since(position)
    assert arrivals.lost
    log.watch([S])
    assert sorted(log.watched()) == sorted([T, S] if another else [S])


def test_which_streams_hold_which_ids(store: StreamStore, log: EventLog) -> None:
    warm(store, S, big(3, 1))
    warm(store, T, [])
    assert log.holding([S, "cold:x", T], big(1, 2, 3)) == [big(1, 3), None, []]
    assert log.holding([S], big(*range(30))) == [big(1, 3)]
    assert log.holding([], [1]) == []


def test_a_stream_that_is_being_built_does_not_say_what_it_holds(store: StreamStore, log: EventLog) -> None:
    assert store.begin(S, "token")
    add(store, S, big(1))
    assert log.holding([S], big(1)) == [None]


def test_texts_are_kept_for_a_while(log: EventLog) -> None:
    before, after, other = Text(1, "a"), Text(1, "b"), Text(2, "a")
    log.keep({before: b"1", other: b"2"})
    log.keep({after: b"\xff\n2"})
    log.keep({})
    assert log.kept([after, Text(1, "c"), before]) == {before: b"1", after: b"\xff\n2"}
    assert log.kept([]) == {}
    log.discard([1, 3])
    log.discard([])
    assert log.kept([before, after, other]) == {other: b"2"}


@pytest.fixture
def listening(log: EventLog) -> Iterator[list[float]]:
    """The times at which a listener woke, until the test ends."""
    woken: list[float] = []
    ready, end = threading.Event(), threading.Event()

    def listen() -> None:
        with log.listen() as listener:
            listener.wait(0.05)
            ready.set()
            while not end.is_set():
                listener.wait(5)
                woken.append(time.monotonic())

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert ready.wait(5)
    yield woken
    end.set()
    log.watch([S])
    log.tell([Told(Kind.DROPPED, [S])])
    thread.join(10)
    assert not thread.is_alive()


def test_who_listens_is_woken(store: StreamStore, log: EventLog, listening: list[float]) -> None:
    log.watch([S])
    before = time.monotonic()
    while not listening and time.monotonic() < before + 4:
        add(store, S, [BIG + time.monotonic_ns()])
        time.sleep(0.05)
    assert listening
    assert listening[0] - before < 2


def later(log: EventLog, clock: Clocks, seconds: float) -> None:
    """From now on it is that much later."""
    if isinstance(log, MemoryEventLog):
        log.clock = lambda: time.time() + seconds
    else:
        clock("streams.redis_events").now = time.time() + seconds


def test_the_times_fit_one_another() -> None:
    assert events_module.KEPT > events_module.WATCH
