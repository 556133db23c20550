"""What only our own tests change: numbers, clocks, and single methods of the store in use.

What a site's tests need, too, is in `activitystream.testing`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from django_redis import get_redis_connection

from activitystream.journal import entries
from activitystream.journal.entries import Handler
from activitystream.models import JournalEntry
from activitystream.streams import get_store
from activitystream.streams.memory import MemoryStore
from activitystream.testing import use_store

Shrink = Callable[..., None]
Clocks = Callable[..., "Clock"]
Spying = Callable[..., Any]


@pytest.fixture
def shrink() -> Iterator[Shrink]:
    """Shrink numbers of a module for one test, so that few rows reach them: `shrink("live.hub", PAUSE=0.1)`.

    Fails if the module has no such constant, or one of another type: a number that is moved or renamed cannot
    leave a test behind that proves nothing.
    """
    with ExitStack() as stack:
        yield lambda module, **values: stack.enter_context(limits(module, **values))


@contextmanager
def limits(module: str, **values: Any) -> Iterator[None]:
    """The same for a block."""
    home = import_module(f"activitystream.{module}")
    before = {name: _constant(home, name, value) for name, value in values.items()}
    vars(home).update(values)
    try:
        yield
    finally:
        vars(home).update(before)


def _constant(home: ModuleType, name: str, value: Any) -> Any:
    if not name.isupper() or name not in vars(home):
        raise LookupError(f"{home.__name__} has no constant {name}")
    now = vars(home)[name]
    number = isinstance(now, (int, float)) and isinstance(value, (int, float))
    if not (number or type(now) is type(value)):
        raise TypeError(f"{home.__name__}.{name} is {now!r}: {value!r} is of another type")
    return now


class Clock:
    """Replaces the module `time`: the clock moves when a test moves it, or when the code sleeps."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.naps: list[float] = []
        self.on_sleep: Callable[[float], None] = lambda seconds: None

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def time(self) -> float:
        return self.now

    monotonic = perf_counter = time

    def time_ns(self) -> int:
        return int(self.now * 1_000_000_000)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.advance(seconds)
        self.on_sleep(seconds)


@pytest.fixture
def clock() -> Iterator[Clocks]:
    """A clock in place of `time` in these modules: `clock("breaker").advance(30)`."""
    with ExitStack() as stack:

        def put(*modules: str) -> Clock:
            made = Clock(time.time())
            for module in modules:
                stack.enter_context(_clock_in(f"activitystream.{module}", made))
            return made

        yield put


@contextmanager
def _clock_in(module: str, clock: Clock) -> Iterator[None]:
    home = import_module(module)
    before = vars(home)["time"]
    assert before is time or isinstance(before, Clock), f"{module} does not import the module time"
    vars(home)["time"] = clock
    try:
        yield
    finally:
        vars(home)["time"] = before


class StandIn:
    """An object of which some methods are others: the rest is asked of it."""

    def __init__(self, real: Any, **methods: Any) -> None:
        self.real = real
        vars(self).update(methods)
        for name in methods:
            assert hasattr(real, name), f"{real!r} has no {name}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@pytest.fixture
def store_with() -> Iterator[Spying]:
    """Replace methods of the store in use for the rest of the test: `store_with(delete=refuse)`.

    Gives the store as it was before. Settings are to be changed before: they make another store.
    """
    with ExitStack() as stack:

        def replace(**methods: Any) -> Any:
            real = get_store()
            stack.enter_context(use_store(StandIn(real, **methods)))  # type: ignore[arg-type]
            return real

        yield replace


@contextmanager
def handling(kind: str, handler: Handler) -> Iterator[None]:
    """Inside, this does the work of journal entries of this kind."""
    before = dict(entries._kinds)
    entries.handler(kind)(handler)
    try:
        yield
    finally:
        entries._kinds.clear()
        entries._kinds.update(before)


def lose_events(store: Any) -> None:
    """Let the store forget what happened, as a server does that is flushed or restarted without its data."""
    if isinstance(store, MemoryStore):
        store.clear()
        return
    client = get_redis_connection(store.options.alias)
    assert client.delete(*client.scan_iter(match=f"{store.options.prefix}:*{{w}}*"))


@pytest.fixture
def dispatched(monkeypatch: pytest.MonkeyPatch) -> list[JournalEntry]:
    """Journal entries that are handed to workers, in order; no worker gets them.

    Not by the setting `DISPATCH`: a change of the settings would make another store.
    """
    taken: list[JournalEntry] = []
    monkeypatch.setattr("activitystream.journal.tasks.dispatch", taken.append)
    return taken
