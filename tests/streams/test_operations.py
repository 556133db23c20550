"""What commands ask a store: which streams there are, and what they take up."""

from __future__ import annotations

import pytest

from activitystream.streams import Body, Measure, StreamStore
from activitystream.streams.sample import Reservoir

from .conftest import MakeStore
from .helpers import big, warm

REDIS = ["fakeredis", "server", "cluster"]


def test_streams_names_all_that_are_not_cold(store: StreamStore) -> None:
    names = {"home:auth.user:7", "a:{b}:c", "home:\u00e4", "", "\ud800", *(f"home:{n}" for n in range(30))}
    for name in names:
        warm(store, name, big(1))
    store.begin("building", "token")
    warm(store, "gone", big(1))
    store.delete(["gone"])
    assert set(store.streams()) == {*names, "building"}


def test_streams_names_nothing_but_streams(store: StreamStore) -> None:
    store.get_many([1, 2])
    store.epochs(["home:auth.user:7"])
    assert list(store.streams()) == []


@pytest.mark.parametrize("kind", REDIS)
def test_streams_of_another_prefix_or_number_of_shards_are_left_out(kind: str, make_store: MakeStore) -> None:
    store = make_store(kind, prefix="ab*[x]\\", shards=256)
    warm(store, "mine", [1])
    for other in (make_store(kind, prefix="abc[x]\\"), make_store(kind, prefix="ab*[x]\\", shards=7)):
        warm(other, "other", [1])
    assert list(store.streams()) == ["mine"]
    store.delete(["mine"])


def test_measure_tells_length_and_time_to_live(store: StreamStore) -> None:
    warm(store, "a", big(3, 2, 1))
    warm(store, "b", big(2, 1), complete=False)
    a, b, cold = store.measure(["a", "b", "cold"])
    assert (a.length, b.length, cold) == (3, 2, Measure(None))
    assert a.ttl is not None
    assert store.options.stream_ttl - 60 < a.ttl <= store.options.stream_ttl


def test_a_store_that_knows_lengths_alone_measures_them(store: StreamStore) -> None:
    warm(store, "a", big(2, 1))
    assert StreamStore.measure(store, ["a", "cold"]) == [Measure(2), Measure(None)]


def test_measure_counts_ids_and_not_the_mark_of_a_rebuild(store: StreamStore) -> None:
    store.begin("a", "token")
    assert store.measure(["a"])[0].length == 0


@pytest.mark.parametrize("kind", REDIS[1:])  # fakeredis has no MEMORY USAGE
def test_measure_tells_bytes(kind: str, make_store: MakeStore) -> None:
    store = make_store(kind)
    warm(store, "a", big(3, 2, 1))
    a, cold = store.measure(["a", "cold"])
    assert cold.size is None
    assert a.size is not None
    assert 40 < a.size < 500


def test_usage_counts_keys_by_kind(redis_store: StreamStore) -> None:
    for number in range(20):
        warm(redis_store, f"home:{number}", big(3, 2, 1))
    redis_store.epochs(["a", "b"])
    redis_store.get_many([1])
    usage = redis_store.usage(sample=5)
    assert {kind: used.keys for kind, used in usage.items()} == {"streams": 20, "epochs": 2, "changes": 1}
    assert usage["streams"].size < 20 * 500


@pytest.mark.parametrize("kind", REDIS[1:])
def test_usage_reckons_bytes_from_a_sample(kind: str, make_store: MakeStore) -> None:
    store = make_store(kind)
    for number in range(20):
        warm(store, f"home:{number}", big(3, 2, 1))
    assert 20 * 40 < store.usage(sample=5)["streams"].size < 20 * 500


def test_a_reservoir_keeps_a_fair_sample() -> None:
    kept = [0] * 10
    for _ in range(2_000):
        reservoir: Reservoir[int] = Reservoir(3)
        for number in range(10):
            reservoir.offer(number)
        assert len(set(reservoir.items)) == 3
        for number in reservoir.items:
            kept[number] += 1
    assert min(kept) > 450
    assert max(kept) < 750


def test_names_has_every_value_that_is_kept(store: StreamStore) -> None:
    ids = big(*range(50))
    names = [*ids, "viewer:auth.user:7", "notifications:auth.user:\u00e4}:body:1"]
    assert list(store.names()) == []
    store.put([Body(name, b"x", ["r"]) for name in names], store.get_many(names).stamp)
    warm(store, "home:1", big(1))
    assert set(store.names()) == set(names)
    store.forget(["r"])
    assert set(store.names()) == set(names), "what is invalid is still kept"
    store.erase(names)
    assert list(store.names()) == []
