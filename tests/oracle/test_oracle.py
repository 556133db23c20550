"""The oracle: after any history of operations, crashes and retries, every feed is its query.

Histories are made by Hypothesis. Operations are run a step at a time among one another (see `steps`), any
of them can be killed at any step, journal entries are run late, twice or never, and the store is flushed, or
comes back with older data. At the end the sweeper runs; then every stream must equal its query, and paging
both ways must give each id once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from activitystream import (
    Draft,
    HomeFeed,
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    follow,
    publish,
    publish_many,
    retract,
    unfollow,
)
from activitystream.conf import settings as app_settings
from activitystream.feeds import Feed, read_note
from activitystream.journal import run_step, sweep
from activitystream.models import Activity, DeletedObject, Follow, JournalEntry, Notification, PulledAudience
from activitystream.publishing import review
from activitystream.streams import State, get_store
from activitystream.testing import use_store
from tests.app.models import Album
from tests.histories import histories, tried
from tests.settings import KEY_PREFIX

from .older import LosesWrites, losing_server
from .steps import Operation, SteppedStore
from .truth import check_notifications, everybody, expected, pages, shown

User = get_user_model()
PEOPLE = 4
ALBUMS = 2
people = st.integers(0, PEOPLE - 1)
albums = st.integers(0, ALBUMS - 1)
tolds = st.sets(people, max_size=PEOPLE)
whats = st.one_of(st.none(), st.tuples(st.just("person"), people), st.tuples(st.just("album"), albums))
schedules = st.lists(st.tuples(st.integers(0, 1000), st.sampled_from([1, 2, 4, 30])), min_size=1, max_size=6)
COMMON = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # to shrink a history takes minutes, and helps little
)
CHANGED = {
    "KEY_PREFIX": KEY_PREFIX,
    "DISPATCH": f"{__name__}.remember",
    "MAX_LENGTH": 4,
    "CHUNK_SIZE": 2,
    "SWEEP_AFTER": 0,
}
"""Settings of the app in all of these tests."""
dispatched: list[int] = []


def remember(entry: JournalEntry) -> None:
    """The setting DISPATCH: workers are the machine's rules."""
    dispatched.append(entry.pk)


class Site(RuleBasedStateMachine):
    """People who follow one another and albums, publish, read, and a world that fails."""

    operations: list[Operation]

    @initialize()
    def begin(self) -> None:
        for model in (JournalEntry, PulledAudience, Activity, Follow, DeletedObject, Album, User):
            model._base_manager.all().delete()
        store = get_store()
        assert store is not None
        store.clear() if hasattr(store, "clear") else flush(store)
        dispatched.clear()
        self.operations = []
        self.names = [f"person {number}" for number in range(PEOPLE)]
        self.people = [User.objects.create(username=name) for name in self.names]
        self.albums = [
            Album.objects.create(title=f"album {number}", owner=self.people[0]) for number in range(ALBUMS)
        ]
        self.clock = datetime.now(UTC) - timedelta(days=40)

    def start(self, name: str, function: Any) -> None:
        self.operations = [operation for operation in self.operations if not operation.ended]
        self.operations.append(Operation(name, function))

    def row(self, what: tuple[str, int] | None) -> Any:
        if what is None:
            return None
        return self.people[what[1]] if what[0] == "person" else self.albums[what[1]]

    def moment(self, back: int) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock - timedelta(hours=back)

    # -- what people do ------------------------------------------------------------------------------

    @rule(actor=people, object=whats, where=whats, back=st.sampled_from([0, 0, 0, 1, 500]), told=tolds)
    def publish(self, actor: int, object: Any, where: Any, back: int, told: set[int]) -> None:
        who, what, place = self.people[actor], self.row(object), self.row(where)
        more = self.told(told) | {"published": self.moment(back)}
        self.start("publish", lambda: publish(actor=who, verb="do", object=what, target=place, **more))

    def told(self, told: set[int]) -> dict[str, Any]:
        """Those who are told, by number: for `publish()`, and in the data for the truth."""
        users = [self.people[number] for number in sorted(told)]
        return {"notify": users, "data": {"told": [str(user.pk) for user in users]}}

    @rule(actors=st.lists(people, min_size=2, max_size=5), object=whats, told=tolds)
    def publish_many(self, actors: list[int], object: Any, told: set[int]) -> None:
        what = self.row(object)
        drafts = [
            Draft(
                actor=self.people[actor],
                verb="do",
                object=what,
                published=self.moment(0),
                **self.told(told),
            )
            for actor in actors
        ]
        self.start("publish_many", lambda: publish_many(drafts))

    @rule(pick=st.integers(0, 1000))
    def retract(self, pick: int) -> None:
        ids = list(Activity.objects.values_list("id", flat=True))
        if ids:
            self.start("retract", lambda: retract(ids[pick % len(ids)]))

    @rule(follower=people, what=whats, actor_only=st.sampled_from([None, True, False]))
    def follow(self, follower: int, what: Any, actor_only: bool | None) -> None:
        user, row = self.people[follower], self.row(what)
        if row not in (None, user):
            self.start("follow", lambda: follow(user, row, actor_only=actor_only))

    @rule(pick=st.integers(0, 1000))
    def unfollow(self, pick: int) -> None:
        made = list(Follow.objects.order_by("pk"))
        if made:
            one = made[pick % len(made)]
            user = next(user for user in self.people if user.pk == one.follower_id)
            rows = [row for row in [*self.people, *self.albums] if str(row.pk) == one.followee_id]
            if rows:  # else an album that was deleted just before it was followed
                self.start("unfollow", lambda: unfollow(user, rows[0]))

    @rule(person=people, name=st.integers(0, 9))
    def rename(self, person: int, name: int) -> None:
        user = self.people[person]
        user.username = f"person {person} ({name})"
        self.start("rename", user.save)

    @rule(album=albums)
    def delete_album(self, album: int) -> None:
        old = self.albums[album]
        self.albums[album] = Album.objects.create(title=f"{old.title}+", owner=self.people[0])
        self.start("delete", lambda: Album.objects.get(pk=old.pk).delete())

    @rule(owner=people, what=st.sampled_from(["seen", "read", "one", "counts", "groups"]))
    def notice(self, owner: int, what: str) -> None:
        """Read what one is told of, and how much it is; and mark it."""
        feed = NotificationsFeed(self.people[owner])
        ids = Notification.objects.filter(recipient=self.people[owner]).values_list("activity_id", flat=True)
        latest = ids.order_by("-activity_id").first()
        actions = {
            "seen": feed.mark_seen,
            "read": lambda: feed.mark_read(up_to=latest),
            "one": lambda: feed.mark_read(latest),
            "counts": feed.counts,
            "groups": lambda: feed.groups(2),
        }
        self.start(what, actions[what])

    @rule(
        kind=st.sampled_from([HomeFeed, HomeFeed, OutboxFeed, ObjectFeed, NotificationsFeed]),
        owner=people,
        size=st.integers(1, 4),
        cursor=st.sampled_from(["", "before", "after"]),
        pick=st.integers(0, 1000),
    )
    def read(self, kind: type[Feed], owner: int, size: int, cursor: str, pick: int) -> None:
        feed = kind(self.people[owner])
        ids = list(Activity.objects.values_list("id", flat=True))
        place = {cursor: ids[pick % len(ids)]} if cursor and ids else {}
        seen: dict[str, Any] = {}

        def look() -> None:
            seen["ids"] = [entry.id for entry in feed.page(size, **place)]
            assert seen["ids"] == sorted(set(seen["ids"]), reverse=True)

        self.start("read", look)

    # -- what workers and the world do -----------------------------------------------------------------

    @precondition(lambda self: dispatched)
    @rule(pick=st.integers(0, 1000))
    def work(self, pick: int) -> None:
        """A worker takes up an entry, perhaps one that another has taken up before."""
        pk = dispatched[pick % len(dispatched)]

        def work() -> None:
            entry = JournalEntry.objects.filter(pk=pk).first()
            if entry is not None:
                run_step(entry)

        self.start("work", work)

    @rule()
    def sweep(self) -> None:
        self.start("sweep", sweep)

    @rule()
    def review(self) -> None:
        self.start("review", review)

    @precondition(lambda self: any(not operation.ended for operation in self.operations))
    @rule(schedule=schedules)
    def step(self, schedule: list[tuple[int, int]]) -> None:
        follow_schedule(self.operations, schedule)

    @precondition(lambda self: any(not operation.ended for operation in self.operations))
    @rule(pick=st.integers(0, 1000))
    def crash(self, pick: int) -> None:
        self.operations[pick % len(self.operations)].crash()

    @rule()
    def flush(self) -> None:
        store = get_store()
        assert store is not None
        store.clear() if hasattr(store, "clear") else flush(store)

    @rule(owner=people)
    def expire(self, owner: int) -> None:
        store = get_store()
        assert store is not None
        store.store.delete([HomeFeed(self.people[owner]).stream])  # type: ignore[attr-defined]

    # -- and then --------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if hasattr(self, "operations"):
            for operation in self.operations:
                operation.finish()
            self.check()

    def check(self) -> None:
        for _ in range(
            3
        ):  # what a sweep does can be the begin of more: a fan-out finds an audience very large
            sweep()
        assert not JournalEntry.objects.exists()
        for feed in self.feeds():
            check_stream(feed)
        for feed in self.feeds():
            want = shown(feed)
            for size in (1, 3):
                assert pages(feed, size) == (want, want), feed
            check_stream(feed)
        for told in everybody():
            check_notifications(told, 1)
            check_notifications(told, 3)
        self.check_names()

    def feeds(self) -> Iterator[Feed]:
        for person in self.people:
            yield from (feed(person) for feed in (HomeFeed, OutboxFeed, ObjectFeed, NotificationsFeed))
        for album in self.albums:
            yield ObjectFeed(album)

    def check_names(self) -> None:
        names = {str(user.pk): user.username for user in User.objects.all()}
        for person in self.people:
            for entry in OutboxFeed(person).page(100):
                assert entry.actor.name == names[entry.actor.id]


class LosingSite(LosesWrites, Site):
    """The same, in a world where Redis comes back with older data, too."""

    def warm_up(self) -> None:
        for feed in self.feeds():
            feed.page(2)


def follow_schedule(operations: list[Operation], schedule: list[tuple[int, int]]) -> None:
    """Run operations in turns: which one, and how many steps."""
    for pick, steps in schedule:
        for _ in range(steps):
            operations[pick % len(operations)].step()


def flush(store: Any) -> None:
    """FLUSHALL, for this suite's keys."""
    from django_redis import get_redis_connection

    client = get_redis_connection(app_settings.CACHE)
    keys = list(client.scan_iter(match=f"{KEY_PREFIX}:*", count=1000))
    if keys:
        client.delete(*keys)


def check_stream(feed: Feed) -> None:
    """What is in the stream is the newest of the query; ids whose row is gone wait there for a reader."""
    store = get_store()
    assert store is not None
    contents = store.contents(feed.stream)
    if contents.state is not State.WARM:
        return
    want = expected(feed)
    alive = set(Activity.objects.values_list("id", flat=True))
    held = [id for id in contents.ids if id in alive]
    if not contents.complete:
        want = [id for id in want if id >= min(contents.ids)]
    merged = {id for stream in read_note(contents.note) for id in expected(Feed.parse_stream(stream))}
    assert set(held) <= set(want), feed
    assert [id for id in want if id not in merged or id in held] == held, feed


@pytest.fixture(params=[("memory", None), ("fakeredis", 1)], ids=str)
def stepped(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    classes = {
        "memory": "activitystream.streams.memory.MemoryStore",
        "fakeredis": "activitystream.streams.redis.RedisStore",
    }
    monkeypatch.setattr("activitystream.streams.memory.slack", lambda length: 1)
    monkeypatch.setattr("activitystream.streams.redis.slack", lambda length: 1)
    changed = {**CHANGED, "STREAMS": classes[request.param[0]], "PULL_ABOVE": request.param[1]}
    with override_settings(ACTIVITYSTREAM=changed), _stepped():
        yield


@pytest.fixture
def losing(missing_server: Callable[[str], NoReturn], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stepped, on a server that loses writes."""
    monkeypatch.setattr("activitystream.streams.redis.slack", lambda length: 1)
    with losing_server(missing_server, **CHANGED, PULL_ABOVE=1), _stepped():
        yield


@contextmanager
def _stepped() -> Iterator[None]:
    store = get_store()
    assert store is not None
    with use_store(SteppedStore(store)):  # type: ignore[arg-type]
        yield


@histories
@pytest.mark.django_db(transaction=True)
def test_every_feed_is_its_query_after_any_history(stepped: None) -> None:
    run_state_machine_as_test(
        Site,
        settings=settings(
            COMMON,
            max_examples=tried(10),
            stateful_step_count=40,
        ),
    )


@histories
@pytest.mark.django_db(transaction=True)
def test_every_feed_is_its_query_although_redis_loses_writes(losing: None) -> None:
    run_state_machine_as_test(
        LosingSite,
        settings=settings(COMMON, max_examples=tried(8), stateful_step_count=40),
    )
