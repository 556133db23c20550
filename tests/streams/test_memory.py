"""What is particular to the memory store: time, and that it stays small."""

from __future__ import annotations

import threading

import pytest

from activitystream.streams import Addition, Body, Slice, State, StoreOptions
from activitystream.streams.memory import MemoryStore
from tests.kit import Shrink

from .helpers import add, warm


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> MemoryStore:
    store = MemoryStore(StoreOptions(stream_ttl=100, building_ttl=10, body_ttl=50))
    store.clock = clock
    return store


def test_a_stream_expires_after_its_last_read(memory: MemoryStore, clock: Clock) -> None:
    warm(memory, "s", [1])
    clock.now += 99
    assert memory.page("s", limit=5).ids == [1]
    clock.now += 99
    add(memory, "s", [2])
    assert memory.contents("s").ids == [2, 1]
    clock.now += 1
    assert memory.page("s", limit=5) == Slice(State.COLD)


def test_a_rebuild_that_did_not_finish_is_given_up(memory: MemoryStore, clock: Clock) -> None:
    memory.begin("s", "one")
    clock.now += 9
    add(memory, "s", [1])
    assert memory.page("s", limit=5) == Slice(State.BUILDING)
    assert not memory.begin("s", "two")
    clock.now += 1
    assert memory.begin("s", "two")
    assert not memory.finish("s", "one", [1], complete=True, max_length=None)
    assert memory.finish("s", "two", [2], complete=True, max_length=None)
    assert memory.contents("s").ids == [2]


def test_bodies_expire(memory: MemoryStore, clock: Clock) -> None:
    memory.put([Body(1, b"x", ["r"])], memory.get_many([1]).stamp)
    clock.now += 49
    assert memory.get(1) == b"x"
    clock.now += 1
    assert memory.get(1) is None


def test_bodies_stay_few(memory: MemoryStore, shrink: Shrink) -> None:
    shrink("streams.memory", MAX_BODIES=10)
    for id in range(100):
        memory.put([Body(id, b"x", [])], memory.get_many([id]).stamp)
        assert memory.get(id) == b"x"
    assert len(memory._bodies) <= 11


def test_nothing_is_left_after_clear(memory: MemoryStore) -> None:
    warm(memory, "s", [1])
    slow = memory.get_many([1, 2])
    memory.put([Body(1, b"x", ["r"])], slow.stamp)
    epoch = memory.epochs(["a"])
    memory.clear()
    memory.put([Body(2, b"x", ["r"])], slow.stamp)
    assert memory.length("s") is None
    assert memory.get_many([1, 2]).found == {}
    assert memory.epochs(["a"]) != epoch


def test_concurrent_adders_leave_no_duplicate(memory: MemoryStore) -> None:
    warm(memory, "s", [])

    def work() -> None:
        for id in range(1, 301):
            memory.add([Addition(["s"], [id])], max_length=None)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.contents("s").ids == list(range(300, 0, -1))
