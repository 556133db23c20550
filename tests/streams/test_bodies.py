"""What every store does with bodies: found while nothing they were made from has changed, else missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from activitystream.streams import Body, StreamStore
from tests.kit import Shrink

from .helpers import big

if TYPE_CHECKING:
    from collections.abc import Sequence


def put(store: StreamStore, id: int, payload: bytes, *refs: str) -> None:
    store.put([Body(id, payload, refs)], store.get_many([id]).stamp)


def test_a_body_that_was_put_is_found(store: StreamStore) -> None:
    ids = big(*range(30))
    missed = store.get_many(ids)
    assert missed.found == {}
    assert set(missed.stamp) == set(ids)
    store.put([Body(id, b"body %d" % id, [f"activity:{id}"]) for id in ids], missed.stamp)
    assert store.get_many(ids + big(99)).found == {id: b"body %d" % id for id in ids}
    assert store.get(ids[3]) == b"body %d" % ids[3]
    assert store.get(5) is None


@pytest.mark.parametrize("payload", [b"", b"{}", b"\n\n1 2 3\n", bytes(range(256)), b"x" * 300_000])
def test_a_payload_comes_back_byte_for_byte(store: StreamStore, payload: bytes) -> None:
    put(store, 1, payload, "a", "b")
    assert store.get(1) == payload


@pytest.mark.parametrize(
    "ref", ["", "#", "=", "a b", "a\nb", "12", "\u00e4\U0001f600", "\ud800", "photos.photo:12", "x" * 3_000]
)
def test_any_string_is_a_ref(store: StreamStore, ref: str) -> None:
    put(store, 1, b"one", "other", ref)
    put(store, 2, b"two", "other")
    assert store.get_many([1, 2]).found == {1: b"one", 2: b"two"}
    store.forget([ref])
    assert store.get_many([1, 2]).found == {2: b"two"}


def test_refs_are_not_confused_when_they_run_together(store: StreamStore) -> None:
    put(store, 1, b"one", "ab", "c")
    store.forget(["a", "bc", "abc", "b"])
    assert store.get(1) == b"one"


def test_forgetting_one_ref_invalidates_all_that_have_it_and_no_other(store: StreamStore) -> None:
    ids = list(range(1, 201))
    stamp = store.get_many(ids).stamp
    store.put([Body(id, b"x", [f"activity:{id}", f"user:{id % 3}"]) for id in ids], stamp)
    store.forget(["user:1", "unknown"])
    assert set(store.get_many(ids).found) == {id for id in ids if id % 3 != 1}


def test_a_body_can_be_put_again_after_it_was_forgotten(store: StreamStore) -> None:
    put(store, 1, b"old", "a")
    store.forget(["a"])
    assert store.get(1) is None
    put(store, 1, b"new", "a")
    assert store.get(1) == b"new"


def test_a_slow_reader_cannot_put_back_what_was_forgotten(store: StreamStore) -> None:
    stamp = store.get_many([1, 2]).stamp
    store.forget(["a"])
    store.put([Body(1, b"stale", ["a"]), Body(2, b"fine", ["b"])], stamp)
    assert store.get_many([1, 2]).found == {2: b"fine"}


def test_a_slow_reader_cannot_hide_the_change_behind_a_later_one(store: StreamStore) -> None:
    stamp = store.get_many([1]).stamp
    store.forget(["a"])
    store.forget(["other"])
    put(store, 1, b"new", "a")
    store.put([Body(1, b"stale", ["a"])], stamp)
    assert store.get(1) is None


def test_a_body_without_a_stamp_is_not_kept(store: StreamStore) -> None:
    store.put([Body(1, b"x", ["a"])], store.get_many([2]).stamp)
    assert store.get(1) is None


def test_when_too_many_refs_are_forgotten_all_bodies_are(store: StreamStore, shrink: Shrink) -> None:
    for module in ("memory", "redis"):
        shrink(f"streams.{module}", MAX_CHANGES=10_000)
    slow = store.get_many([1, 2, 3, 4])
    put(store, 1, b"one", "a")
    store.forget(f"ref:{number}" for number in range(10_500))
    store.put([Body(2, b"two", ["b"])], slow.stamp)
    assert store.get_many([1, 2]).found == {}, "a miss, never a lie"
    put(store, 1, b"new", "a")
    assert store.get(1) == b"new"
    store.forget(["a"])
    assert store.get(1) is None


def test_more_bodies_than_one_call_takes(store: StreamStore) -> None:
    ids: Sequence[int] = range(1, 6_001)
    stamp = store.get_many(ids).stamp
    store.put([Body(id, b"%d" % id, [f"activity:{id}"]) for id in ids], stamp)
    assert store.get_many(ids).found == {id: b"%d" % id for id in ids}


def test_an_id_asked_for_twice(store: StreamStore) -> None:
    put(store, 1, b"one", "a")
    assert store.get_many([1, 1, 2, 2]).found == {1: b"one"}


def test_a_body_can_have_a_word_as_its_name(store: StreamStore) -> None:
    put(store, 1, b"an activity", "a")
    store.put(
        [Body("viewer:auth.user:7", b"facts", ["viewer:auth.user:7"])],
        store.get_many([1, "viewer:auth.user:7"]).stamp,
    )
    assert store.get_many([1, "viewer:auth.user:7", "viewer:auth.user:8"]).found == {
        1: b"an activity",
        "viewer:auth.user:7": b"facts",
    }
    store.forget(["viewer:auth.user:7"])
    assert store.get_many([1, "viewer:auth.user:7"]).found == {1: b"an activity"}


def test_what_is_erased_is_gone_for_good(store: StreamStore) -> None:
    stamp = store.get_many([1, 2, "viewer:auth.user:7"]).stamp
    store.put([Body(name, b"{}", ["a"]) for name in stamp], stamp)
    store.erase([1, "viewer:auth.user:7", 99])
    assert set(store.get_many([1, 2, "viewer:auth.user:7"]).found) == {2}
    store.erase([])
