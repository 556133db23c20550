"""One id into many streams: the store against what else writes to the same server."""

from __future__ import annotations

import shutil
import subprocess
from itertools import count

from activitystream.ids import BITS, first_id
from activitystream.streams import Addition
from benchmarks.row import Row, Unmeasurable, at_least, at_most, seconds
from benchmarks.sizes import LENGTH

__all__ = ["AgainstBenchmark", "AgainstPipeline", "Cold", "EntrySize"]

CHUNK = 5_000
"""Streams for one call of the store: as a fan-out does it (the setting CHUNK_SIZE)."""
BATCH = 1_000
"""Commands in one pipeline: more make it no faster."""
WRITES = 10
"""Ids that are written one after the other for one cost: some of them meet a trim."""


class Fanout(Row):
    """Warm streams, and new ids for them."""

    unit = "s a write"

    def setup(self) -> None:
        self.streams = [f"home:auth.user:{number}" for number in range(self.world.sizes.streams)]
        self.world.warm(self.streams, self.world.some_ids())
        self.new_ids = map(self._new_id, count())

    def _new_id(self, number: int) -> int:
        return first_id(self.world.now) + (number << BITS)

    def add(self, streams: list[str]) -> None:
        """A new id into these streams."""
        id = next(self.new_ids)
        for start in range(0, len(streams), CHUNK):
            self.world.store.add([Addition(streams[start : start + CHUNK], [id])], max_length=LENGTH)

    def ours(self) -> float:
        return seconds(lambda: self.add(self.streams), WRITES) / len(self.streams)

    def teardown(self) -> None:
        self.world.redis.flushall()


class AgainstPipeline(Fanout):
    """What peers do: a sorted set for each stream, and a pipeline."""

    name = f"store fan-out: one id into warm streams of {LENGTH}"
    compared_with = "pipelined ZADD + ZREMRANGEBYRANK, redis-py"
    bound = at_least(6)

    def setup(self) -> None:
        super().setup()
        self.sets = [f"sorted:{number}" for number in range(len(self.streams))]
        # A score is a double, and an id is not: peers use the time for it.
        self.world.redis.zadd(self.sets[0], {str(id): id >> BITS for id in self.world.some_ids()})
        with self.world.redis.pipeline(transaction=False) as pipe:
            for key in self.sets[1:]:
                pipe.copy(self.sets[0], key)
            pipe.execute()

    def theirs(self) -> float:
        return seconds(self._add_sorted, 2) / len(self.sets)

    def _add_sorted(self) -> None:
        id = next(self.new_ids)
        for start in range(0, len(self.sets), BATCH):
            with self.world.redis.pipeline(transaction=False) as pipe:
                for key in self.sets[start : start + BATCH]:
                    pipe.zadd(key, {str(id): id >> BITS})
                    pipe.zremrangebyrank(key, 0, -LENGTH - 1)
                pipe.execute()


class AgainstBenchmark(Fanout):
    """The fastest client there is, written in C: 50 connections that push an id to one of the same lists,
    without looking at what is there, and without a maximum."""

    name = "store fan-out, against the server's own benchmark"
    compared_with = "redis-benchmark -P 100 -r … LPUSH on as many lists"
    bound = at_least(1)

    def setup(self) -> None:
        found = shutil.which("redis-benchmark") or shutil.which("valkey-benchmark")
        if found is None:
            raise Unmeasurable("redis-benchmark is not on the PATH")
        super().setup()
        with self.world.redis.pipeline(transaction=False) as pipe:
            for number in range(len(self.streams)):
                pipe.copy(self.world.key(self.streams[0]), f"bench:{number:012d}")
            pipe.execute()
        socket = self.world.url.removeprefix("unix://")
        writes, lists = str(WRITES * len(self.streams)), str(len(self.streams))
        self.command = [found, "-s", socket, "-P", "100", "-n", writes, "-r", lists, "--csv"]
        self.command += ["LPUSH", "bench:__rand_int__", str(self._new_id(0))]

    def theirs(self) -> float:
        ran = subprocess.run(self.command, check=True, capture_output=True, text=True)
        return 1 / float(ran.stdout.splitlines()[-1].split(",")[-7].strip('"'))


class Cold(Fanout):
    """Most followers of a large site have not been there for a month."""

    name = "cold followers"
    compared_with = "warm followers"
    bound = at_least(2)

    def setup(self) -> None:
        super().setup()
        self.cold = [f"home:auth.user:cold{number}" for number in range(len(self.streams))]

    def ours(self) -> float:
        return seconds(lambda: self.add(self.cold), WRITES) / len(self.cold)

    def theirs(self) -> float:
        return seconds(lambda: self.add(self.streams), WRITES) / len(self.streams)


class EntrySize(AgainstPipeline):
    """Bytes, as MEMORY USAGE gives them: with the key, its time to live and all overhead."""

    name = f"bytes an entry at {LENGTH}"
    compared_with = "sorted set"
    bound = at_most(0.1)
    unit = "bytes"

    def ours(self) -> float:
        return self._size(self.world.key(self.streams[0]))

    def theirs(self) -> float:
        return self._size(self.sets[0])

    def _size(self, key: bytes | str) -> float:
        size = self.world.redis.memory_usage(key, samples=0)
        assert isinstance(size, int)
        return size / LENGTH
