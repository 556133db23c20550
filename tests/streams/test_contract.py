"""What every store does with streams and epochs."""

from __future__ import annotations

import pytest

from activitystream.streams import Addition, Contents, Slice, State, StreamStore

from .helpers import BIG, add, big, warm

S = "home:auth.user:7"


def warm_slice(ids: list[int], *, exhausted: bool) -> Slice:
    return Slice(State.WARM, ids, exhausted)


# -- cold, building, warm ------------------------------------------------------------------------------


def test_a_stream_that_nobody_built_is_cold_and_stays_so(store: StreamStore) -> None:
    add(store, S, [5])
    store.remove([S], [5])
    store.delete([S])
    assert store.page(S, limit=10) == Slice(State.COLD)
    assert store.contents(S) == Contents(State.COLD)
    assert store.length(S) is None


def test_no_page_is_given_while_a_stream_is_being_built(store: StreamStore) -> None:
    assert store.begin(S, "one")
    assert not store.begin(S, "two")
    assert store.begin(S, "one"), "asked again after a failure"
    add(store, S, [5, 7])
    for cursors in ({}, {"before": 5}, {"after": 7}):
        assert store.page(S, limit=10, **cursors) == Slice(State.BUILDING)
    assert store.contents(S) == Contents(State.BUILDING, [7, 5])
    assert store.length(S) == 2


def test_a_rebuild_merges_what_arrived_meanwhile(store: StreamStore) -> None:
    store.begin(S, "one")
    add(store, S, [50, 25, 5])
    assert store.finish(S, "one", [40, 25, 10], complete=True, max_length=None)
    assert store.contents(S) == Contents(State.WARM, [50, 40, 25, 10, 5], complete=True)


def test_an_answer_in_any_order_and_with_repetitions_is_merged(store: StreamStore) -> None:
    store.begin(S, "one")
    assert store.finish(S, "one", [10, 40, 25, 40], complete=True, max_length=None)
    assert store.contents(S).ids == [40, 25, 10]


def test_what_arrived_below_an_incomplete_answer_does_not_hide_the_gap(store: StreamStore) -> None:
    store.begin(S, "one")
    add(store, S, [50, 5])
    assert store.finish(S, "one", [40, 25], complete=False, max_length=None)
    assert store.contents(S) == Contents(State.WARM, [50, 40, 25], complete=False)


def test_nothing_known_of_an_incomplete_stream_is_cold(store: StreamStore) -> None:
    store.begin(S, "one")
    add(store, S, [50])
    assert not store.finish(S, "one", [], complete=False, max_length=None)
    assert store.length(S) is None


def test_an_empty_stream_can_be_complete(store: StreamStore) -> None:
    warm(store, S, [])
    assert store.page(S, limit=10) == warm_slice([], exhausted=True)
    assert store.page(S, limit=10, after=5) == warm_slice([], exhausted=True)
    assert store.page(S, limit=10, before=5) == warm_slice([], exhausted=True)
    assert store.length(S) == 0
    add(store, S, [3])
    assert store.contents(S) == Contents(State.WARM, [3], complete=True)


def test_a_rebuild_ends_only_with_its_own_token(store: StreamStore) -> None:
    store.begin(S, "one")
    assert not store.finish(S, "two", [1], complete=True, max_length=None)
    assert store.finish(S, "one", [2], complete=True, max_length=None)
    assert not store.finish(S, "one", [3], complete=True, max_length=None)
    assert store.contents(S).ids == [2]


def test_a_stream_dropped_during_its_rebuild_is_not_brought_back(store: StreamStore) -> None:
    store.begin(S, "one")
    store.delete([S])
    assert not store.finish(S, "one", [2], complete=True, max_length=None)
    assert store.length(S) is None
    store.begin(S, "two")
    assert not store.finish(S, "one", [2], complete=True, max_length=None)
    assert store.finish(S, "two", [3], complete=True, max_length=None)
    assert store.contents(S).ids == [3]


def test_a_long_answer_is_kept_whole(store: StreamStore) -> None:
    ids = big(*range(25_000, 0, -1))
    warm(store, S, ids)
    assert store.contents(S) == Contents(State.WARM, ids, complete=True)
    assert store.page(S, limit=3, after=ids[20_000] - 0) == warm_slice(ids[20_001:20_004], exhausted=False)


# -- add -----------------------------------------------------------------------------------------------


def test_ids_find_their_place_whatever_the_order_of_arrival(store: StreamStore) -> None:
    warm(store, S, [])
    for id in (30, 10, 20, 9, 100, 20, 10, 100, 31):
        add(store, S, [id])
    assert store.contents(S) == Contents(State.WARM, [100, 31, 30, 20, 10, 9], complete=True)


def test_neighbours_of_63_bits_stay_apart(store: StreamStore) -> None:
    ids = [*big(*range(40, 0, -1)), 2**63 - 1, 1]
    warm(store, S, [])
    add(store, S, reversed(ids))
    assert store.contents(S).ids == sorted(ids, reverse=True)
    assert store.page(S, limit=2, after=BIG + 20).ids == big(19, 18)
    assert store.page(S, limit=2, before=BIG + 20).ids == big(22, 21)


def test_adding_again_changes_nothing(store: StreamStore) -> None:
    ids = list(range(2_000, 0, -2))
    warm(store, S, ids)
    add(store, S, [2_000, 1_998, 1_000, 2])
    assert store.contents(S).ids == ids
    add(store, S, [1, 999, 3])
    assert store.contents(S).ids == sorted({*ids, 1, 999, 3}, reverse=True)


def test_many_additions_to_many_streams(store: StreamStore) -> None:
    names = [f"home:{number}" for number in range(1_500)]
    for name in names[::300]:
        warm(store, name, [])
    store.add([Addition(names, [1, 2]), Addition(names[:1], [3]), Addition([], [4]), Addition(names, [])],
              max_length=10)  # fmt: skip
    assert store.contents(names[0]).ids == [3, 2, 1]
    assert store.contents(names[1_200]).ids == [2, 1]
    assert store.length(names[1]) is None


def test_thousands_of_ids_to_one_stream(store: StreamStore) -> None:
    warm(store, S, [])
    add(store, S, range(1, 2_501))
    assert store.contents(S).ids == list(range(2_500, 0, -1))


def test_a_long_stream_is_trimmed_and_is_not_complete_any_more(store: StreamStore) -> None:
    warm(store, S, [])
    trimmed = set()
    for id in range(1, 200):
        add(store, S, [id], max_length=20)
        contents = store.contents(S)
        trimmed |= set() if contents.complete else {len(contents.ids)}
        assert len(contents.ids) <= 31
        assert contents.ids == list(range(id, id - len(contents.ids), -1))
        assert contents.complete == (len(contents.ids) == id)
    assert min(trimmed) == 20


def test_without_a_maximum_nothing_is_trimmed(store: StreamStore) -> None:
    warm(store, S, [], max_length=None)
    for id in range(1, 100):
        add(store, S, [id], max_length=None)
    assert store.contents(S) == Contents(State.WARM, list(range(99, 0, -1)), complete=True)


def test_a_stream_is_not_trimmed_while_it_is_being_built(store: StreamStore) -> None:
    store.begin(S, "one")
    add(store, S, range(1, 101), max_length=10)
    add(store, S, [200], max_length=10)
    assert store.length(S) == 101
    assert store.finish(S, "one", [300], complete=True, max_length=10)
    assert store.contents(S) == Contents(State.WARM, [300, 200, *range(100, 92, -1)], complete=False)


def test_an_answer_of_the_maximum_can_be_complete(store: StreamStore) -> None:
    warm(store, S, [3, 2, 1], complete=True, max_length=3)
    assert store.contents(S).complete
    store.delete([S])
    warm(store, S, [4, 3, 2, 1], complete=True, max_length=3)
    assert store.contents(S) == Contents(State.WARM, [4, 3, 2], complete=False)


def test_ids_past_the_end_of_a_trimmed_stream_are_left_to_sql(store: StreamStore) -> None:
    warm(store, S, [30, 20, 10], complete=False)
    add(store, S, [5])
    add(store, S, [15, 10])
    assert store.contents(S) == Contents(State.WARM, [30, 20, 15, 10], complete=False)


# -- pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("complete", [True, False])
def test_the_newest_page(store: StreamStore, complete: bool) -> None:
    warm(store, S, [50, 40, 30], complete=complete)
    assert store.page(S, limit=2) == warm_slice([50, 40], exhausted=False)
    assert store.page(S, limit=3) == warm_slice([50, 40, 30], exhausted=complete)
    assert store.page(S, limit=9) == warm_slice([50, 40, 30], exhausted=complete)


@pytest.mark.parametrize("cursor", [40, 39, 31])
@pytest.mark.parametrize("complete", [True, False])
def test_a_page_after_a_cursor_there_or_not(store: StreamStore, cursor: int, complete: bool) -> None:
    warm(store, S, [50, 40, 30, 20, 10], complete=complete)
    assert store.page(S, limit=2, after=cursor) == warm_slice([30, 20], exhausted=False)
    assert store.page(S, limit=3, after=cursor) == warm_slice([30, 20, 10], exhausted=complete)
    assert store.page(S, limit=9, after=cursor) == warm_slice([30, 20, 10], exhausted=complete)


@pytest.mark.parametrize("cursor", [20, 21, 29])
@pytest.mark.parametrize("complete", [True, False])
def test_a_page_before_a_cursor_is_directly_newer(store: StreamStore, cursor: int, complete: bool) -> None:
    warm(store, S, [50, 40, 30, 20, 10], complete=complete)
    assert store.page(S, limit=2, before=cursor) == warm_slice([40, 30], exhausted=False)
    assert store.page(S, limit=3, before=cursor) == warm_slice([50, 40, 30], exhausted=True)
    assert store.page(S, limit=9, before=cursor) == warm_slice([50, 40, 30], exhausted=True)


@pytest.mark.parametrize("cursor", [10, 9, 0, -3])
def test_cursors_at_the_end_of_a_complete_stream(store: StreamStore, cursor: int) -> None:
    warm(store, S, [30, 20, 10])
    assert store.page(S, limit=2, after=cursor) == warm_slice([], exhausted=True)
    assert store.page(S, limit=1, before=min(cursor, 9)) == warm_slice([10], exhausted=False)


@pytest.mark.parametrize("cursor", [10, 9, 0, -3])
def test_cursors_at_the_end_of_a_trimmed_stream_are_beyond(store: StreamStore, cursor: int) -> None:
    warm(store, S, [30, 20, 10], complete=False)
    assert store.page(S, limit=2, after=cursor) == Slice(State.BEYOND)
    assert store.page(S, limit=2, before=min(cursor, 9)) == Slice(State.BEYOND)
    assert store.page(S, limit=2, before=10) == warm_slice([30, 20], exhausted=True)


@pytest.mark.parametrize("cursor", [50, 51, 2**63 - 1])
def test_cursors_at_the_head(store: StreamStore, cursor: int) -> None:
    warm(store, S, [50, 40, 30])
    assert store.page(S, limit=2, before=cursor) == warm_slice([], exhausted=True)
    assert store.page(S, limit=2, after=max(cursor, 51)) == warm_slice([50, 40], exhausted=False)


def test_paging_through_and_back_gives_every_id_once(store: StreamStore) -> None:
    ids = big(*range(700, 0, -1))
    warm(store, S, ids)
    seen: list[int] = []
    page = store.page(S, limit=37)
    while True:
        seen += page.ids
        if page.exhausted:
            break
        page = store.page(S, limit=37, after=seen[-1])
    assert seen == ids
    back: list[int] = seen[-1:]
    while True:
        page = store.page(S, limit=37, before=back[0])
        back = page.ids + back
        if page.exhausted:
            break
    assert back == ids


# -- remove, delete ------------------------------------------------------------------------------------


def test_removed_ids_are_gone_from_each_stream(store: StreamStore) -> None:
    warm(store, S, [30, 20, 10])
    warm(store, "other", [30, 20])
    store.remove([S, "other", "cold"], [20, 30, 99])
    assert store.contents(S) == Contents(State.WARM, [10], complete=True)
    assert store.contents("other") == Contents(State.WARM, [], complete=True)
    assert store.page(S, limit=5, after=20) == warm_slice([10], exhausted=True)


def test_a_trimmed_stream_of_which_all_is_removed_is_cold(store: StreamStore) -> None:
    warm(store, S, [30, 20], complete=False)
    store.remove([S], [20])
    assert store.page(S, limit=5, after=30) == Slice(State.BEYOND)
    store.remove([S], [30])
    assert store.length(S) is None


def test_removing_from_a_stream_that_is_being_built_does_not_end_the_rebuild(store: StreamStore) -> None:
    store.begin(S, "one")
    add(store, S, [30])
    store.remove([S], [30])
    assert store.finish(S, "one", [20], complete=True, max_length=None)
    assert store.contents(S).ids == [20]


def test_deleted_streams_are_cold(store: StreamStore) -> None:
    names = [f"home:{number}" for number in range(2_100)]
    for name in names[::700]:
        warm(store, name, [1])
    store.delete(iter(names))
    assert {store.length(name) for name in names[::700]} == {None}


@pytest.mark.parametrize(
    "stream", ["", "a b", "a:{b}:c", "home:\u00e4\u1f600\n", "x" * 500, "\ud800", "%d%b"]
)
def test_any_string_names_a_stream(store: StreamStore, stream: str) -> None:
    warm(store, stream, [1])
    add(store, stream, [2])
    assert store.page(stream, limit=5).ids == [2, 1]
    store.delete([stream])
    assert store.length(stream) is None


def test_nothing_to_do_is_nothing_done(store: StreamStore) -> None:
    store.add([], max_length=5)
    store.remove([], [1])
    store.remove([S], [])
    store.delete([])
    store.advance([])
    store.forget([])
    store.put([], {})
    assert store.epochs([]) == []
    assert store.get_many([]).found == {}


# -- epochs --------------------------------------------------------------------------------------------


def test_an_epoch_stays_until_it_is_advanced(store: StreamStore) -> None:
    first = store.epochs(["a", "b", "a"])
    assert first[0] == first[2]
    assert store.epochs(["b", "a"]) == [first[1], first[0]]
    store.advance(["a"])
    second = store.epochs(["a", "b"])
    assert second[0] != first[0]
    assert second[1] == first[1]
    assert store.epochs(["a", "b"]) == second


def test_an_epoch_never_comes_back(store: StreamStore) -> None:
    seen = set()
    for _ in range(50):
        store.advance(["a"])
        seen.update(store.epochs(["a"]))
    assert len(seen) == 50


def test_epochs_and_streams_of_one_name_are_apart(store: StreamStore) -> None:
    warm(store, "epoch:a", [1])
    store.advance(["a", "epoch:a"])
    assert store.contents("epoch:a").ids == [1]
