"""The event log in Redis: sorted sets of events and of what is watched, and a channel that wakes readers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

from activitystream.exceptions import StoreUnavailable
from activitystream.parts import in_parts
from activitystream.streams import scripts
from activitystream.streams.connection import Call, Connection
from activitystream.streams.events import (
    KEPT,
    KEPT_TEXTS,
    MAX_EVENTS,
    WATCH,
    Arrivals,
    Event,
    EventLog,
    Holding,
    Kind,
    Listener,
    Position,
    Text,
    Told,
)
from activitystream.streams.wire import BATCH, raw, raw_of, text_of

__all__ = ["RedisEventLog"]


def _now() -> int:
    return time.time_ns() // 1_000


class RedisEventLog(EventLog):
    """Both sets are in one slot of a cluster; the streams are not asked for."""

    def __init__(self, connection: Connection, base: bytes, channel: bytes, holding: Holding) -> None:
        self._connection = connection
        self._watched, self._log = base + b"{w}:watched", base + b"{w}:events"
        self._texts = base + b"{w}:text:"
        self._channel = channel
        super().__init__(holding)

    def watch(self, streams: Sequence[str]) -> Position:
        name, position = secrets.token_hex(8), Position("", 0)
        calls = [
            Call(
                [self._watched, self._log],
                (_now(), WATCH * 1_000_000, KEPT * 1_000_000, name, *map(raw, part)),
            )
            for part in in_parts(streams, BATCH)
        ]
        for log, seq in self._connection.run(scripts.WATCH, calls):
            position = Position(text_of(log), int(seq))
        return position

    def watched(self) -> list[str]:
        [found] = self._connection.send([("ZRANGEBYSCORE", self._watched, _now(), "+inf")])
        return [text_of(stream) for stream in found]

    def tell(self, told: Iterable[Told]) -> None:
        told = [one for one in told if one.streams and one.ids]
        if not told or not self._connection.send([("EXISTS", self._watched)])[0]:
            return
        head = (_now(), KEPT * 1_000_000, MAX_EVENTS, self._channel)
        calls = [
            Call([self._watched, self._log], (*head, kind, raw(note), len(part), *part, *map(raw, some)))
            for kind, streams, ids, note in told
            for part in in_parts(ids, BATCH)
            for some in in_parts(streams, max(1, BATCH // len(part)))
        ]
        self._connection.run(scripts.TELL, calls)

    def keep(self, texts: Mapping[Text, bytes]) -> None:
        for part in in_parts(list(texts), BATCH):
            commands: list[tuple[Any, ...]] = []
            for text in part:
                key = self._text_key(text.id)
                commands += [("HSET", key, text.name, texts[text]), ("EXPIRE", key, KEPT_TEXTS)]
            self._connection.send(commands)

    def kept(self, texts: Sequence[Text]) -> dict[Text, bytes]:
        found: dict[Text, bytes] = {}
        for part in in_parts(texts, BATCH):
            answers = self._connection.send([("HGET", self._text_key(id), name) for id, name in part])
            found |= {text: raw_of(raw) for text, raw in zip(part, answers, strict=True) if raw is not None}
        return found

    def discard(self, ids: Sequence[int]) -> None:
        for part in in_parts(ids, BATCH):
            self._connection.send([("UNLINK", *map(self._text_key, part))])

    def _text_key(self, id: int) -> bytes:
        return self._texts + b"%d" % id

    def since(self, position: Position, limit: int = 1_000) -> Arrivals:
        call = Call([self._log, self._watched], (position.log, position.seq, limit))
        [[lost, log, last, *found]] = self._connection.run(scripts.SINCE, [call])
        if lost:
            return Arrivals(Position(text_of(log), int(last)), lost=True)
        events = [_event(member, seq) for member, seq in zip(found[::2], found[1::2], strict=True)]
        more = len(events) == limit
        return Arrivals(Position(text_of(log), events[-1].seq if more else int(last)), events, more=more)

    def listen(self) -> Listener:
        return _Subscriber(self._connection, self._channel)


def _event(member: Any, seq: Any) -> Event:
    stream, what, note = text_of(member).rsplit("\n", 2)
    return Event(int(seq), stream, Kind(what[0]), int(what[1:]), note)


class _Subscriber(Listener):
    """Is woken by the channel; one that lost its connection makes another."""

    def __init__(self, connection: Connection, channel: bytes) -> None:
        self._connection, self._channel = connection, channel
        self._pubsub: Any = None

    def __enter__(self) -> Self:
        with suppress(StoreUnavailable):
            self._subscribe()
        return self

    def __exit__(self, *exc: object) -> None:
        self._close()

    def _subscribe(self) -> None:
        with self._connection.client() as client:
            self._pubsub = client.pubsub(ignore_subscribe_messages=True)
            self._pubsub.subscribe(self._channel)

    def _close(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            with suppress(Exception):  # it was broken already
                pubsub.close()

    def wait(self, seconds: float) -> None:
        try:
            if self._pubsub is None:
                self._subscribe()
            until = time.monotonic() + seconds
            with self._connection.client():
                # None: the answer to the subscription
                while self._pubsub.get_message(timeout=max(0.0, until - time.monotonic())) is None:
                    if time.monotonic() >= until:
                        return
                while self._pubsub.get_message(timeout=0):
                    pass
        except StoreUnavailable:
            self._close()
            time.sleep(seconds)
