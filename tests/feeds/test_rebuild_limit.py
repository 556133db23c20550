"""How many cold streams are rebuilt at once: after a restart of Redis all are cold, and everybody reads.

What happens at the same time happens here within the query of a rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from activitystream import OutboxFeed, publish
from activitystream.signals import rebuilt
from activitystream.streams import State, StreamStore
from tests.fixtures import People

rebuild_module = import_module("activitystream.feeds.rebuild")  # not the function of that name


@pytest.fixture
def feeds(transactional_db: None, store: StreamStore, people: People) -> list[OutboxFeed]:
    """Cold outboxes, with an activity each."""
    owners = people("ana", "ben", "cleo")
    for owner in owners:
        publish(actor=owner, verb="wave")
    return [OutboxFeed(owner) for owner in owners]


@pytest.fixture
def streams() -> Iterator[list[str]]:
    """The streams that were rebuilt."""
    heard: list[str] = []

    def hear(sender: Any, stream: str, **facts: Any) -> None:
        heard.append(stream)

    rebuilt.connect(hear)
    yield heard
    rebuilt.disconnect(hear)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Do these things, one within the query of each rebuild."""
    pull = rebuild_module.pull

    def let(*things: Callable[[], object]) -> None:
        rest = list(things)

        def pull_and_do(*args: Any, **kwargs: Any) -> Any:
            if rest:
                rest.pop(0)()
            return pull(*args, **kwargs)

        monkeypatch.setattr(rebuild_module, "pull", pull_and_do)

    return let


def test_past_the_limit_sql_answers_and_a_later_reader_rebuilds(
    feeds: list[OutboxFeed], store: StreamStore, streams: list[str], meanwhile: Any, settings: Any
) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "MAX_REBUILDS": 2}
    one, two, three = feeds
    pages: list[int] = []
    meanwhile(two.page, lambda: pages.append(len(three.page())))
    assert len(one.page()) == 1
    assert pages == [1], "who may not rebuild sees the same"
    assert streams == [two.stream, one.stream]
    assert store.contents(three.stream).state is State.COLD
    three.page()
    assert store.contents(three.stream).state is State.WARM


def test_one_reader_rebuilds_a_stream_and_the_others_are_answered_by_sql(
    feeds: list[OutboxFeed], streams: list[str], meanwhile: Any
) -> None:
    one, *_ = feeds
    pages: list[int] = []
    meanwhile(lambda: pages.extend(len(one.page()) for _ in range(5)))
    one.page()
    assert pages == [1] * 5
    assert streams == [one.stream]


def test_a_rebuild_that_fails_gives_its_place_back(
    feeds: list[OutboxFeed], store: StreamStore, meanwhile: Any, settings: Any
) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "MAX_REBUILDS": 1}

    def fail() -> None:
        raise LookupError("the query")

    meanwhile(*[fail] * 2)
    for feed in feeds[:2]:
        with pytest.raises(LookupError):
            feed.page()
    feeds[2].page()
    assert store.contents(feeds[2].stream).state is State.WARM
