"""Whatever happens in whatever order, a stream never lies about what SQL has.

The model is a set of ids (SQL). Publishing has two steps, commit and fan-out, and so have retracting and
rebuilding: the steps of all of them interleave.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitystream.streams import Addition, State, StreamStore
from tests.histories import histories, tried

if TYPE_CHECKING:
    from .conftest import MakeStore

IDS = st.one_of(
    st.integers(1, 40),
    st.integers(1, 40).map(lambda offset: (1_700_000_000_000 << 21) + offset),
)
MAX_LENGTHS = st.sampled_from([None, 3, 12])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.lists(IDS, min_size=1, max_size=15)),
        st.tuples(st.just("fan_out"), st.booleans()),
        st.tuples(st.just("retract"), IDS),
        st.tuples(st.just("remove"), st.none()),
        st.tuples(st.just("delete"), st.none()),
        st.tuples(st.just("begin"), st.integers(1, 3)),
        st.tuples(st.just("query"), st.sampled_from([2, 5, 1000])),
        st.tuples(st.just("finish"), st.none()),
        st.tuples(st.just("page"), st.tuples(st.sampled_from(["before", "after", ""]), IDS)),
    ),
    max_size=60,
)


class Site:
    """A site with one stream, and what it knows to be true of it."""

    def __init__(self, store: StreamStore, max_length: int | None) -> None:
        self.store = store
        self.name = f"s{uuid.uuid4().hex}"
        self.max_length = max_length
        self.rows: set[int] = set()
        self.pending: list[int] = []
        """Committed and not fanned out yet."""
        self.gone: set[int] = set()
        """Retracted: pages skip them, wherever they are."""
        self.rebuilds: dict[str, tuple[list[int], bool] | None] = {}
        """By token: the answer and whether it is complete; None before the query."""

    def commit(self, ids: list[int]) -> None:
        new = [id for id in ids if id not in self.gone]
        self.rows.update(new)
        self.pending += new

    def fan_out(self, again: bool) -> None:
        self.store.add([Addition([self.name], self.pending)], max_length=self.max_length)
        if not again:  # else the process died before it noted that it was done
            self.pending = []

    def retract(self, id: int) -> None:
        self.gone.add(id)
        self.rows.discard(id)

    def remove(self, _: None) -> None:
        self.store.remove([self.name], sorted(self.gone))

    def delete(self, _: None) -> None:
        self.store.delete([self.name])

    def begin(self, number: int) -> None:
        token = f"{number}-{len(self.rebuilds)}"
        if self.store.begin(self.name, token):
            self.rebuilds[token] = None

    def query(self, limit: int) -> None:
        newest = sorted(self.rows, reverse=True)
        for token, answer in self.rebuilds.items():
            if answer is None:
                self.rebuilds[token] = (newest[:limit], len(newest) <= limit)

    def finish(self, _: None) -> None:
        for token, answer in list(self.rebuilds.items()):
            if answer is not None:
                ids, complete = answer
                self.store.finish(self.name, token, ids, complete=complete, max_length=self.max_length)
                del self.rebuilds[token]

    def page(self, asked: tuple[str, int]) -> None:
        mode, cursor = asked
        contents = self.store.contents(self.name)
        limit = 4
        page = self.store.page(self.name, limit=limit, **({mode: cursor} if mode else {}))
        if contents.state is not State.WARM:
            assert page.state is contents.state
            return
        ids, complete = contents.ids, contents.complete
        if mode == "before":
            newer = [id for id in ids if id > cursor]
            beyond = not complete and cursor < ids[-1]
            expected, exhausted = newer[-limit:], len(newer) <= limit
        else:
            older = [id for id in ids if not mode or id < cursor]
            beyond = not complete and not older
            expected, exhausted = older[:limit], complete and len(older) <= limit
        if beyond:
            assert (page.state, page.ids) == (State.BEYOND, [])
        else:
            assert (page.state, page.ids, page.exhausted) == (State.WARM, expected, exhausted)

    def check(self) -> None:
        contents = self.store.contents(self.name)
        ids = contents.ids
        assert ids == sorted(set(ids), reverse=True), "newest first, each once"
        assert set(ids) <= self.rows | self.gone, "nothing that was never published"
        if contents.state is State.COLD:
            assert self.store.length(self.name) is None
            return
        assert self.store.length(self.name) == len(ids)
        if contents.state is not State.WARM:
            return
        claimed = {id for id in self.rows if contents.complete or id >= ids[-1]}
        assert claimed - set(ids) <= set(self.pending), "everything that it claims to have"
        if self.max_length is not None:
            assert len(ids) <= self.max_length + 10 + 1


@pytest.mark.slow
@histories
@pytest.mark.parametrize("kind", ["memory", "fakeredis", "server"])
def test_a_stream_never_lies(make_store: MakeStore, kind: str) -> None:
    store = make_store(kind)

    @settings(
        max_examples=tried(100),
        deadline=None,
        derandomize=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(steps=STEPS, max_length=MAX_LENGTHS)
    def run(steps: list[tuple[str, object]], max_length: int | None) -> None:
        site = Site(store, max_length)
        for name, argument in steps:
            getattr(site, name)(argument)
            site.check()
        store.delete([site.name])

    run()


@pytest.mark.slow
@histories
@pytest.mark.parametrize("kind", ["fakeredis", "server"])
def test_redis_does_what_memory_does(make_store: MakeStore, kind: str) -> None:
    """The same steps on both give the same answers, but for where within the slack a trim falls."""
    stores = [make_store("memory"), make_store(kind)]

    @settings(max_examples=tried(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=STEPS)
    def run(steps: list[tuple[str, object]]) -> None:
        sites = [Site(store, None) for store in stores]
        for name, argument in steps:
            for site in sites:
                getattr(site, name)(argument)
            one, other = (site.store.contents(site.name) for site in sites)
            assert one == other
        for site in sites:
            site.store.delete([site.name])

    run()
