"""Audiences past PULL_ABOVE: nothing is lost or doubled on the way there, there, and on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from activitystream import HomeFeed, follow, forget_user, publish, retract, unfollow
from activitystream.journal import entries, sweep
from activitystream.models import PulledAudience, Ref
from activitystream.publishing import review
from activitystream.streams import State, get_store
from tests.app.models import Album
from tests.oracle.truth import expected, pages
from tests.settings import KEY_PREFIX

User = get_user_model()
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(
    params=["activitystream.streams.memory.MemoryStore", "activitystream.streams.redis.RedisStore"]
)
def site(request: pytest.FixtureRequest) -> Iterator[None]:
    changed = {
        "STREAMS": request.param,
        "KEY_PREFIX": KEY_PREFIX,
        "PULL_ABOVE": 3,
        "CHUNK_SIZE": 2,
        "MAX_LENGTH": 5,
        "SWEEP_AFTER": 0,
    }
    with override_settings(ACTIVITYSTREAM=changed):
        yield


def people(count: int) -> list[Any]:
    return [User.objects.create(username=f"person {number}") for number in range(count)]


def check(users: list[Any]) -> None:
    sweep()
    for user in users:
        feed = HomeFeed(user)
        want = expected(feed)
        assert pages(feed, 2) == (want, want)
        assert pages(feed, 50) == (want, want)


def state() -> list[str]:
    return list(PulledAudience.objects.values_list("state", flat=True))


@pytest.mark.parametrize(("above", "chunk"), [(2, 2), (4, 2), (3, 2), (2, 3), (3, 1), (2, 5)])
def test_an_audience_is_pulled_from_one_more_than_the_threshold_on(
    above: int, chunk: int, configure: Any
) -> None:
    """Wherever chunks end: before the threshold, exactly on it, or past it."""
    configure(PULL_ABOVE=above, CHUNK_SIZE=chunk)
    ana, last, *fans = people(above + 2)
    for fan in fans:
        follow(fan, ana)
    publish(actor=ana, verb="one")
    assert state() == []
    follow(last, ana)
    publish(actor=ana, verb="two")
    assert state() == ["pulled"]


def stream_ids(user: Any) -> list[int]:
    store = get_store()
    assert store is not None
    return store.contents(HomeFeed(user).stream).ids


def test_a_large_audience_is_read_from_the_outbox(site: None) -> None:
    star, quiet, *fans = people(6)
    for fan in fans:
        follow(fan, star)
    for fan in fans[:3]:
        follow(fan, quiet)
    check(fans)
    first = publish(actor=star, verb="do")  # four followers: it turns out to be large here
    assert state() == ["pulled"]
    assert all(HomeFeed(fan).page()[0].id == first.id for fan in fans)
    second = publish(actor=star, verb="do")
    small = publish(actor=quiet, verb="do")
    for fan in fans:
        assert second.id not in stream_ids(fan)  # it was not written there
    assert [small.id in stream_ids(fan) for fan in fans] == [True, True, True, False]
    check(fans)
    retract(first)
    check(fans)
    call_command("activitystream_verify")


def test_it_ends_when_the_audience_became_small(site: None) -> None:
    star, *fans = people(6)
    for fan in fans:
        follow(fan, star)
    for _ in range(4):
        publish(actor=star, verb="do")
        check(fans)
    assert state() == ["pulled"]
    assert review() == 0
    for fan in fans[2:]:
        unfollow(fan, star)
    assert review() == 1
    assert state() == []
    check(fans)
    last = publish(actor=star, verb="do")
    assert [last.id in stream_ids(fan) for fan in fans] == [True, True, False, False, False]
    check(fans)


def test_a_threshold_of_none_ends_all(site: None) -> None:
    star, *fans = people(5)
    for fan in fans:
        follow(fan, star)
    publish(actor=star, verb="do")
    assert state() == ["pulled"]
    with override_settings(
        ACTIVITYSTREAM={"STREAMS": "activitystream.streams.memory.MemoryStore", "PULL_ABOVE": None}
    ):
        assert review() == 1
        assert state() == []


def test_what_is_followed_in_any_role_is_read_from_its_object_feed_without_ones_own(site: None) -> None:
    owner, *fans = people(6)
    album = Album.objects.create(title="album", owner=owner)
    for fan in fans:
        follow(fan, album)
    publish(actor=owner, verb="do", target=album)
    check(fans)
    publish(actor=owner, verb="do", target=album)
    own = publish(actor=fans[0], verb="do", target=album)
    publish(actor=owner, verb="do", object=album)
    check(fans)
    assert own.id not in [entry.id for entry in HomeFeed(fans[0]).page()]
    assert own.id in [entry.id for entry in HomeFeed(fans[1]).page()]


def test_a_fan_who_comes_and_goes(site: None) -> None:
    star, late, *fans = people(7)
    for fan in fans:
        follow(fan, star)
    publish(actor=star, verb="do")
    follow(late, star)
    publish(actor=star, verb="do")
    check([late, *fans])
    unfollow(late, star)
    check([late, *fans])


class Interrupted:
    """Runs the journal, and the change of an audience only for so many of its steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
        self.left = steps
        self.whole = entries.run
        monkeypatch.setattr("activitystream.journal.tasks.run", self.run)

    def run(self, entry: Any) -> bool:
        if entry.kind != "pull":
            return self.whole(entry)
        while self.left and entries.run_step(entry):
            self.left -= 1
        return False


def publish_and_look(star: Any, fans: list[Any]) -> None:
    publish(actor=star, verb="do")
    for fan in fans:
        feed = HomeFeed(fan)
        assert [entry.id for entry in feed.page()] == expected(feed)


@pytest.mark.parametrize("steps", range(4))
def test_between_any_two_steps_of_the_change(site: None, steps: int) -> None:
    star, *fans = people(6)
    for fan in fans:
        follow(fan, star)
    check(fans)
    with pytest.MonkeyPatch.context() as monkeypatch:
        Interrupted(monkeypatch, steps)
        publish_and_look(star, fans)
        publish_and_look(star, fans)
    check(fans)
    assert state() == ["pulled"]
    for fan in fans[2:]:
        unfollow(fan, star)
    with pytest.MonkeyPatch.context() as monkeypatch:
        Interrupted(monkeypatch, steps)
        review()
        publish_and_look(star, fans)
    check(fans)
    assert state() == []


def test_the_note_survives_a_trim(site: None) -> None:
    star, quiet, *fans = people(6)
    for fan in fans:
        follow(fan, star)
    for fan in fans[:3]:
        follow(fan, quiet)
    publish(actor=star, verb="do")
    check(fans)
    for _ in range(20):  # past the maximum and its slack
        publish(actor=quiet, verb="do")
    store = get_store()
    assert store is not None
    contents = store.contents(HomeFeed(fans[0]).stream)
    assert (contents.state, contents.complete) == (State.WARM, False)
    assert contents.note
    publish(actor=star, verb="do")
    check(fans)


def test_the_home_of_a_row_that_is_no_user_is_empty(site: None) -> None:
    ana, bo = people(2)
    follow(ana, bo)
    publish(actor=bo, verb="do")
    assert len(HomeFeed(ana).page()) == 1
    assert len(HomeFeed(Ref("app.photo", str(ana.pk))).page()) == 0


def test_a_feed_that_takes_less_must_say_so_of_what_is_merged_in() -> None:
    nothing = {"name": "", "sources": lambda self: []}
    with pytest.raises(ImproperlyConfigured, match="includes"):
        type("Narrow", (HomeFeed,), nothing)
    type("Narrow", (HomeFeed,), {**nothing, "includes": lambda self, entry: False})
    type("Unmerged", (HomeFeed,), {**nothing, "pulled_from": classmethod(lambda *_, **__: None)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sources", lambda self: []),
        ("recipients", classmethod(lambda cls, activity: [])),
        ("audiences", classmethod(lambda cls, activity: [])),
        ("follow_kinds", ["watch"]),
    ],
)
def test_a_feed_of_its_own_has_a_name_of_its_own(name: str, value: Any) -> None:
    """Else it would be read from the streams of the feed it derives from, and fill them."""
    declared = {name: value, "includes": lambda self, entry: True}
    with pytest.raises(ImproperlyConfigured, match=f"Narrow overrides {name}.*'home': give it a name"):
        type("Narrow", (HomeFeed,), declared)
    with pytest.raises(ImproperlyConfigured, match="'home': give it a name"):
        type("Mixed", (type("Mixin", (), declared), HomeFeed), {"includes": lambda self, entry: True})
    type("Ranked", (HomeFeed,), {"ranked": 3, "includes": lambda self, entry: True})


def test_a_feed_without_a_name_leaves_the_stream_alone(site: None) -> None:
    class Only(HomeFeed):
        name = ""

        def sources(self) -> Any:
            return [rows.filter(verb="sing") for rows in super().sources()]

        def includes(self, entry: Any) -> bool:
            return bool(entry.verb == "sing")

    ana, bo = people(2)
    follow(ana, bo)
    for verb in ("sing", "wave"):
        publish(actor=bo, verb=verb)
    assert [entry.verb for entry in Only(ana).page()] == ["sing"]
    assert [entry.verb for entry in HomeFeed(ana).page()] == ["wave", "sing"]


def test_who_is_forgotten_is_taken_out_of_streams_chunk_by_chunk(site: None) -> None:
    star, *fans = people(7)
    for fan in fans:
        follow(fan, star)
    publish(actor=star, verb="wave")
    assert state() == ["pulled"]
    with CaptureQueriesContext(connection) as captured:
        forget_user(star)
    asked = [query["sql"] for query in captured]
    assert sum("activitystream_follow" in sql and "LIMIT 2" in sql for sql in asked) == 4
    assert state() == []
    check(fans)
