"""Two spaces of one store never meet: not in a key, and not in an answer."""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any

import pytest

from activitystream.instrumentation import record
from activitystream.streams.base import Addition, Body, StreamStore
from activitystream.streams.events import EventLog, Kind, Position, Text, Told
from activitystream.streams.redis import LAYOUT, RedisStore
from activitystream.streams.wire import base_of

if TYPE_CHECKING:
    from collections.abc import Callable

STREAM, OTHER = "home:auth.user:1", "home:auth.user:2"
REFS = ("auth.user:1",)
NAMES = ("acme.1", "acme.2", "acme", "a{b}c", "{", "a%7Bb%7Dc", "1", "@1", "a:1", "a:1:@b", "ü", "a*", "a?b")

OPERATIONS: dict[str, Callable[[Any, int], Any]] = {
    "begin": lambda store, id: store.begin(STREAM, "token"),
    "finish": lambda store, id: store.finish(STREAM, "token", [id], complete=True, max_length=None),
    "events.watch": lambda store, id: store.events.watch([STREAM]),
    "add": lambda store, id: store.add([Addition([STREAM], [id + 1])], max_length=None),
    "page": lambda store, id: store.page(STREAM, limit=5).ids,
    "pages": lambda store, id: [slice.ids for slice in store.pages([STREAM, OTHER], limit=5)],
    "contents": lambda store, id: store.contents(STREAM).ids,
    "length": lambda store, id: store.length(STREAM),
    "measure": lambda store, id: [measure.length for measure in store.measure([STREAM])],
    "streams": lambda store, id: list(store.streams()),
    "names": lambda store, id: sorted(map(str, store.names())),
    "usage": lambda store, id: {kind: usage.keys for kind, usage in store.usage(10).items()},
    "epochs": lambda store, id: store.epochs([STREAM, OTHER]),
    "put": lambda store, id: store.put([Body(id, b"%d" % id, REFS)], store.get_many([id]).stamp),
    "get_many": lambda store, id: store.get_many([id]).found,
    "get": lambda store, id: store.get(id),
    "events.watched": lambda store, id: store.events.watched(),
    "events.tell": lambda store, id: store.events.tell([Told(Kind.CHANGED, [STREAM], [id])]),
    "events.since": lambda store, id: store.events.since(Position("", 0)).lost,
    "events.keep": lambda store, id: store.events.keep({Text(1, "digest"): b"%d" % id}),
    "events.kept": lambda store, id: store.events.kept([Text(1, "digest")]),
    "events.holding": lambda store, id: store.events.holding([STREAM], [id]),
}
"""In an order in which each finds what it needs."""
ENDS: dict[str, Callable[[Any, int], Any]] = {
    "remove": lambda store, id: store.remove([STREAM], [id]),
    "advance": lambda store, id: store.advance([STREAM]),
    "forget": lambda store, id: store.forget(REFS),
    "erase": lambda store, id: store.erase([id]),
    "delete": lambda store, id: store.delete([STREAM]),
    "events.discard": lambda store, id: store.events.discard([1]),
}
READS = (
    *("page", "pages", "contents", "length", "measure", "streams", "epochs", "get"),
    *("names", "events.watched", "events.kept"),
)
"""What tells the state of a space, and does not change it."""
ELSEWHERE = {"in_space", "check", "knows_its_server", "events.listen"}
"""Operations that touch no key."""


def _run(store: StreamStore, operations: dict[str, Callable[[Any, int], Any]], id: int) -> dict[str, Any]:
    return {name: operation(store, id) for name, operation in operations.items()}


def _state(store: StreamStore) -> dict[str, Any]:
    return {name: OPERATIONS[name](store, 0) for name in READS}


def test_each_operation_is_known_here() -> None:
    """A new one must be added above, so that the tests below see its keys."""
    public = {name for name, _ in inspect.getmembers(StreamStore, callable) if not name.startswith("_")}
    public |= {f"events.{name}" for name, _ in inspect.getmembers(EventLog, callable) if name[0] != "_"}
    assert public == {*OPERATIONS, *ENDS, *ELSEWHERE}


def test_every_key_begins_with_the_base_of_its_space(redis_store: RedisStore) -> None:
    """Keys that are written, and those that are only asked for."""
    store, prefix = redis_store.in_space("acme.1"), redis_store.options.prefix
    base = base_of(prefix, LAYOUT, "acme.1")
    with record() as recorded:
        for operations in (OPERATIONS, ENDS, OPERATIONS):
            _run(store, operations, 7)
    asked = {key.encode() for trip in recorded.round_trips for key in trip.keys}
    with redis_store._connection.client() as client:
        kept = {bytes(key) for key in client.scan_iter(match="*", count=1_000) if prefix.encode() in key}
    assert [key for key in {*asked, *kept} if not key.startswith(base + b"{")] == []
    kinds = {key[len(base) + 1 :][:1] for key in kept}
    assert kinds >= {b"e", b"b", b"w"}, "epochs, bodies and events"
    assert len(kept) >= 6


def test_a_space_sees_nothing_of_the_others(store: StreamStore) -> None:
    empty = {**_state(store.in_space("never")), "epochs": None}
    spaces = [store, store.in_space("acme.1"), store.in_space("acme.2")]
    for number, space in enumerate(spaces):
        assert {**_state(space), "epochs": None} == empty
        _run(space, OPERATIONS, 100 * (number + 1))
    for number, space in enumerate(spaces):
        assert space.contents(STREAM).ids == [100 * (number + 1) + 1, 100 * (number + 1)]
        assert list(space.get_many([100, 200, 300]).found.values()) == [b"%d" % (100 * (number + 1))]
        assert set(space.streams()) == {STREAM}
    assert len({epoch for space in spaces for epoch in space.epochs([STREAM])}) == 3
    before = [_state(space) for space in spaces]
    _run(spaces[1], ENDS, 200)
    assert [_state(spaces[0]), _state(spaces[2])] == [before[0], before[2]]
    assert _state(store.in_space("acme.2")) == before[2], "it is the same when it is asked for again"


def test_events_of_a_space_reach_it_alone(store: StreamStore) -> None:
    one, two = store.in_space("one"), store.in_space("two")
    assert one.events is not None
    assert two.events is not None
    here, there = one.events.watch([STREAM]), two.events.watch([STREAM])
    one.add([Addition([STREAM], [5])], max_length=None)
    assert [event.id for event in one.events.since(here).events] == [5]
    assert list(two.events.since(there).events) == []
    assert two.events.since(here).lost, "a position of another space is none here"


def test_one_listener_hears_of_all_spaces(store: StreamStore) -> None:
    assert store.events is not None
    there = store.in_space("one")
    assert there.events is not None
    there.events.watch([STREAM])
    with store.events.listen() as listener:
        listener.wait(0.05)
        there.add([Addition([STREAM], [5])], max_length=None)
        started = time.monotonic()
        listener.wait(10)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("one", ["", *NAMES])
def test_no_base_begins_another(one: str) -> None:
    for two in {"", *NAMES} - {one}:
        for prefix in ("p", "p:1", "p:1:@b"):
            key = base_of(prefix, LAYOUT, two) + b"{0}:home:auth.user:1"
            assert not key.startswith(base_of("p", LAYOUT, one) + b"{"), (two, prefix)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_chooses_no_slot(make_store: Callable[..., RedisStore], name: str) -> None:
    """On a cluster the first braces of a key decide: they are those of the shard, whatever the name is."""
    store = make_store("fakeredis", shards=8).in_space(name)
    keys = [store._key(f"home:auth.user:{number}") for number in range(100)]
    assert {key[key.index(b"{") :].split(b"}")[0] for key in keys} == {b"{%d" % shard for shard in range(8)}


def test_the_circuit_breaker_belongs_to_the_server(make_store: Callable[..., RedisStore]) -> None:
    store = make_store("fakeredis")
    assert store.in_space("one")._connection is store.in_space("two")._connection is store._connection


def test_without_spaces_keys_are_what_they_were(make_store: Callable[..., RedisStore]) -> None:
    store = make_store("fakeredis", prefix="p", shards=1)
    assert store._key(STREAM) == b"p:%d:{0}:home:auth.user:1" % LAYOUT
    assert store.in_space("acme.1")._key(STREAM) == b"p:%d:@acme.1:{0}:home:auth.user:1" % LAYOUT
