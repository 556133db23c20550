"""The stream store in Redis (>= 6.0.6), Valkey, or a cluster of either, through django-redis.

A stream is a list of ids, newest at the head. Its last element is a mark. It begins with `C` (complete: SQL
has nothing older), `T` (trimmed: older ids are in SQL) or `B` (being built). Then come the identity of the
server that wrote it (see `lua/_identity.lua`), and the stream's note, or the token of the rebuild under way.
What must be atomic is one script (`lua/`), and every script can be run twice without harm.

Keys are `<prefix>:<layout>:{<shard>}:<name>`; in a space, `<prefix>:<layout>:@<space>:{<shard>}:<name>`.
The braces put a shard into one slot of a cluster, so that one script call serves many streams. On a single
server a call mixes shards.
"""

from __future__ import annotations

import re
import secrets
from copy import copy
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

from activitystream.parts import in_parts
from activitystream.streams import scripts
from activitystream.streams.base import (
    Addition,
    Bodies,
    Body,
    Contents,
    Measure,
    Name,
    Slice,
    State,
    StoreOptions,
    StreamStore,
    Usage,
    slack,
)
from activitystream.streams.checks import check_alias
from activitystream.streams.connection import Call, Connection
from activitystream.streams.events import Kind, Told
from activitystream.streams.redis_events import RedisEventLog
from activitystream.streams.sample import Reservoir
from activitystream.streams.wire import BATCH, base_of, raw, raw_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.core.checks import CheckMessage

__all__ = ["RedisStore"]

T = TypeVar("T")

LAYOUT = 2
"""Part of every key: raise it when what is behind a key changes (or the JSON of a body), and all is cold."""

MAX_IDS = 500_000
"""Ids that `finish` takes at most: a command has 1,048,576 arguments at most."""

MAX_CHANGES = 100_000
"""Forgotten refs that a body shard remembers at most: past it all its bodies are invalid."""

UNKNOWN = b"00000000"
"""The identity of a server that refuses to tell its own (see lua/_identity.lua)."""

EPOCH_TTL = 3_600
"""Seconds that an epoch is kept after it was last asked for."""

SPACES = 1_000
"""Spaces whose first parts of keys are kept; those of one more are made anew, which takes about 150 µs."""


def _digest(ref: str) -> bytes:
    """What stands for a ref: no shorter, and what was forgotten may not be a list of who was deleted."""
    return blake2b(raw(ref), digest_size=8).digest()


class RedisStore(StreamStore):
    """Streams, epochs and bodies in Redis."""

    def __init__(self, options: StoreOptions) -> None:
        super().__init__(options)
        self._connection = Connection(options.alias, options.retry_after)
        self._spaces = lru_cache(maxsize=SPACES)(self._in_space)
        self._lay_out()

    def _lay_out(self) -> None:
        """Make what all keys of this space begin with."""
        options = self.options
        self._base = base_of(options.prefix, LAYOUT, options.space)
        # One channel wakes the readers of all spaces: it says that something happened, and not what.
        channel = base_of(options.prefix, LAYOUT) + b"events"
        self.events: RedisEventLog = RedisEventLog(self._connection, self._base, channel, self._holding)
        # Made once: a fan-out makes hundreds of thousands of keys a second.
        self._shards = [b"%b{%d}:" % (self._base, shard) for shard in range(options.shards)]

    def in_space(self, name: str) -> RedisStore:
        return self._spaces(name)

    def _in_space(self, name: str) -> RedisStore:
        there = copy(self)  # with the same connection and circuit breaker: they belong to the server
        there.options = replace(self.options, space=name)
        there._lay_out()  # noqa: SLF001  (it is one of us)
        return there

    def check(self) -> list[CheckMessage]:
        return check_alias(self.options.alias)

    # -- keys ------------------------------------------------------------------------------------------

    def _key(self, stream: str) -> bytes:
        name = raw(stream)
        return self._shards[crc32(name) % len(self._shards)] + name

    def _epoch_key(self, name: str) -> bytes:
        key = raw(name)
        return b"%b{e%d}:epoch:%b" % (self._base, crc32(key) % self.options.shards, key)

    def _body_key(self, name: Name) -> bytes:
        return b"%b{b%d}:body:%b" % (self._base, _shard(name, self._body_shards), raw(str(name)))

    def _changes_key(self, shard: int) -> bytes:
        return b"%b{b%d}:changes" % (self._base, shard)

    def _grouped(self, keys: Iterable[bytes], size: int) -> list[Sequence[bytes]]:
        """Keys in groups for one script call each: of one slot each on a cluster."""
        if not self._connection.is_cluster():
            return list(in_parts(list(keys), size))
        slots: dict[bytes, list[bytes]] = {}
        start = len(self._base)
        for key in keys:
            slots.setdefault(key[start : key.index(b"}", start)], []).append(key)
        return [part for slot in slots.values() for part in in_parts(slot, size)]

    # -- streams ---------------------------------------------------------------------------------------

    def add(self, additions: Iterable[Addition], *, max_length: int | None) -> None:
        additions = list(additions)
        limits = (max_length or 0, max_length + slack(max_length) if max_length else 0)
        calls: list[Call] = []
        for streams, ids in additions:
            for part in in_parts(sorted(set(ids)), BATCH):
                args = (*limits, *part)
                groups = self._grouped(map(self._key, streams), max(1, BATCH // len(part)))
                calls += [Call(keys, args) for keys in groups]
        self._connection.run(scripts.ADD, calls)
        self.events.tell(Told(Kind.ADDED, streams, ids) for streams, ids in additions)

    def pages(
        self, streams: Sequence[str], *, limit: int, before: int | None = None, after: int | None = None
    ) -> list[Slice]:
        mode, cursor = ("before", before) if before is not None else ("after", after)
        args: tuple[str | int, ...]
        if cursor is None:
            args = ("newest", "", limit, self.options.stream_ttl)
        else:
            args = (mode, max(0, cursor), limit, self.options.stream_ttl)
        calls = [Call([self._key(stream)], args) for stream in streams]
        return [
            Slice(
                State(text_of(state)), [int(id) for id in ids], exhausted=bool(exhausted), note=text_of(note)
            )
            for state, exhausted, note, *ids in self._connection.run(scripts.PAGE, calls)
        ]

    def contents(self, stream: str) -> Contents:
        [entries] = self._connection.run(scripts.CONTENTS, [Call([self._key(stream)])])
        if not entries:
            return Contents(State.COLD)
        mark = raw_of(entries[-1])
        if mark.startswith(b"B"):
            return Contents(State.BUILDING, [int(id) for id in entries[:-1]])
        ids = [int(id) for id in entries[:-1]]
        return Contents(State.WARM, ids, complete=mark.startswith(b"C"), note=mark[1:].decode())

    def remove(self, streams: Sequence[str], ids: Sequence[int]) -> None:
        calls: list[Call] = []
        for part in in_parts(ids, BATCH):
            groups = self._grouped(map(self._key, streams), max(1, BATCH // len(part)))
            calls += [Call(keys, part) for keys in groups]
        self._connection.run(scripts.REMOVE, calls)

    def length(self, stream: str) -> int | None:
        [length] = self._connection.run(scripts.LENGTH, [Call([self._key(stream)])])
        return None if length is None else int(length)

    def delete(self, streams: Iterable[str]) -> None:
        streams = list(streams)
        groups = self._grouped(map(self._key, streams), BATCH)
        self._connection.run(scripts.DELETE, [Call(keys) for keys in groups])
        self.events.tell([Told(Kind.DROPPED, streams)])

    def _holding(self, streams: Sequence[str], ids: Sequence[int]) -> list[list[int] | None]:
        """See `EventLog.holding`."""
        keys = {self._key(stream): stream for stream in streams}
        found: dict[str, list[int] | None] = {}
        groups = self._grouped(keys, BATCH)
        answers = self._connection.run(scripts.HOLDING, [Call(some, ids) for some in groups])
        for some, answer in zip(groups, answers, strict=True):
            for key, held in zip(some, answer, strict=True):
                found[keys[key]] = None if held is None else [int(id) for id in held]
        return [found[stream] for stream in streams]

    def begin(self, stream: str, token: str) -> bool:
        args = (raw(token), self.options.building_ttl * 1_000)
        [begun] = self._connection.run(scripts.BEGIN, [Call([self._key(stream)], args)])
        return bool(begun)

    def finish(
        self,
        stream: str,
        token: str,
        ids: Sequence[int],
        *,
        complete: bool,
        max_length: int | None,
        note: str = "",
    ) -> bool:
        newest = sorted(set(ids), reverse=True)
        complete = complete and len(newest) <= MAX_IDS
        args = (raw(token), int(complete), max_length or 0, self.options.stream_ttl, raw(note))
        call = Call([self._key(stream)], (*args, *newest[:MAX_IDS]))
        [warm] = self._connection.run(scripts.FINISH, [call])
        return bool(warm)

    # -- epochs ----------------------------------------------------------------------------------------

    def epochs(self, names: Sequence[str]) -> list[str]:
        args = (secrets.token_hex(8), EPOCH_TTL)
        calls = [Call([self._epoch_key(name)], args) for name in names]
        return [text_of(epoch) for [epoch] in self._connection.run(scripts.EPOCHS, calls)]

    def advance(self, names: Sequence[str]) -> None:
        # The next who asks makes another. Forgetting needs no memory, so it works on a full server, too: an
        # unfollow must not wait for that.
        self._connection.send([("UNLINK", self._epoch_key(name)) for name in names])

    # -- bodies ----------------------------------------------------------------------------------------
    # How bodies and changes are laid out is described in lua/get_bodies.lua.

    @property
    def _body_shards(self) -> int:
        """One on a single server: a page needs one script call then, and so does `forget`."""
        return self.options.body_shards if self._connection.is_cluster() else 1

    @property
    def _changes_ttl(self) -> int:
        return 2 * self.options.body_ttl

    def get_many(self, ids: Sequence[Name]) -> Bodies:
        shards = _by_shard(ids, self._body_shards)
        args = (secrets.token_hex(8), self._changes_ttl)
        calls = [
            Call([self._changes_key(shard), *map(self._body_key, members)], args) for shard, members in shards
        ]
        found: dict[Name, bytes] = {}
        stamps: dict[Name, str] = {}
        for (_, members), [stamp, *payloads] in zip(
            shards, self._connection.run(scripts.GET_BODIES, calls), strict=True
        ):
            stamps.update(dict.fromkeys(members, text_of(stamp)))
            for id, payload in zip(members, payloads, strict=True):
                if payload is not None:
                    found[id] = raw_of(payload)
        return Bodies(found, stamps)

    def put(self, bodies: Iterable[Body], stamp: Mapping[Name, str]) -> None:
        stamped = {body.id: body for body in bodies if body.id in stamp}
        calls: list[Call] = []
        for shard, members in _by_shard(stamped, self._body_shards):
            args: list[bytes | int | str] = [self._changes_ttl, self.options.body_ttl]
            for id in members:
                epoch, _, seq = stamp[id].rpartition(":")
                args += (epoch, seq, _value(stamped[id], epoch, seq))
            calls.append(Call([self._changes_key(shard), *map(self._body_key, members)], args))
        self._connection.run(scripts.PUT_BODIES, calls)

    def forget(self, refs: Iterable[str]) -> None:
        fields = [b"=" + _digest(ref) for ref in dict.fromkeys(refs)]
        calls = [
            Call([self._changes_key(shard)], (self._changes_ttl, MAX_CHANGES, *part))
            for part in in_parts(fields, BATCH)
            for shard in range(self._body_shards)
        ]
        self._connection.run(scripts.FORGET, calls)

    def erase(self, names: Iterable[Name]) -> None:
        groups = self._grouped(map(self._body_key, names), BATCH)
        self._connection.run(scripts.DELETE, [Call(keys) for keys in groups])

    # -- operations ------------------------------------------------------------------------------------

    def streams(self) -> Iterator[str]:
        names = self._names(b"{[0-9]*", b"}:")
        mine = (name for key, name in names if self._key(name) == key)  # not of another number of shards
        while some := list(islice(mine, BATCH)):
            lengths = self._connection.run(scripts.LENGTH, [Call([self._key(name)]) for name in some])
            yield from (name for name, length in zip(some, lengths, strict=True) if length is not None)

    def names(self) -> Iterator[Name]:
        for key, text in self._names(b"{b[0-9]*}:body:*", b"}:body:"):
            name = int(text) if text.isdecimal() else text
            if self._body_key(name) == key:  # else it is left from another number of shards
                yield name

    def knows_its_server(self) -> bool:
        calls = [Call([self._changes_key(shard)]) for shard in range(self._body_shards)]
        return UNKNOWN not in map(raw_of, self._connection.run(scripts.IDENTITY, calls))

    def _names(self, pattern: bytes, end: bytes) -> Iterator[tuple[bytes, str]]:
        """The keys that match, and the name in each, which begins after `end`."""
        start = len(self._base)
        for found in self._connection.scan(_escaped(self._base) + pattern):
            key = raw_of(found)
            yield key, key[key.index(end, start) + len(end) :].decode("utf-8", "surrogatepass")

    def measure(self, streams: Sequence[str]) -> list[Measure]:
        measures: list[Measure] = []
        for part in in_parts(streams, BATCH // 10):
            keys = [self._key(stream) for stream in part]
            lengths = self._connection.run(scripts.LENGTH, [Call([key]) for key in keys])
            ttls = self._connection.send([("PTTL", key) for key in keys])
            sizes = self._connection.sizes(keys)
            measures += map(_measure, lengths, ttls, sizes)
        return measures

    def usage(self, sample: int) -> dict[str, Usage]:
        samples: dict[str, Reservoir[bytes]] = {}
        for found in self._connection.scan(_escaped(self._base) + b"{*"):
            key = raw_of(found)
            samples.setdefault(_kind(key[len(self._base) + 1 :]), Reservoir(sample)).offer(key)
        return {kind: self._usage(taken) for kind, taken in sorted(samples.items())}

    def _usage(self, taken: Reservoir[bytes]) -> Usage:
        sizes = [size for size in self._connection.sizes(taken.items) if size is not None]
        return Usage(taken.offered, taken.offered * sum(sizes) // max(1, len(sizes)))


def _escaped(text: bytes) -> bytes:
    """The text in a pattern of SCAN."""
    return re.sub(rb"([\\*?\[\]^-])", rb"\\\1", text)


def _kind(rest: bytes) -> str:
    """The kind of a key, from what follows the opening brace."""
    if rest.startswith(b"w"):
        return "events"
    if rest.startswith(b"b"):
        return "changes" if rest.endswith(b"}:changes") else "bodies"
    return "epochs" if rest.startswith(b"e") else "streams"


def _measure(length: int | None, ttl: int, size: int | None) -> Measure:
    if length is None:
        return Measure(None)
    return Measure(length, ttl / 1_000 if ttl >= 0 else None, size)


def _shard(name: Name, shards: int) -> int:
    return (name if isinstance(name, int) else crc32(raw(name))) % shards


def _by_shard(names: Iterable[Name], shards: int) -> list[tuple[int, Sequence[Name]]]:
    """Different names by body shard, in parts that one script call takes."""
    groups: dict[int, list[Name]] = {}
    for name in dict.fromkeys(names):
        groups.setdefault(_shard(name, shards), []).append(name)
    return [(shard, part) for shard, group in groups.items() for part in in_parts(group, BATCH)]


def _value(body: Body, epoch: str, seq: str) -> bytes:
    refs = [_digest(ref) for ref in body.refs]
    header = " ".join([epoch, seq, *(str(len(ref)) for ref in refs)])
    return b"".join([header.encode(), b"\n", *refs, body.payload])
