"""Who sees what after any history of follows, requests, blocks, mutes and visibility, beside a model.

The model knows nothing of streams, bodies or SQL: it is sets of users. Each page, group and count of each
reader must be what it says, warm and after a flush.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import signature
from random import Random
from typing import Any, NoReturn

import pytest
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from activitystream import (
    HomeFeed,
    InvalidFollow,
    NotificationsFeed,
    OutboxFeed,
    accept,
    block,
    change_visibility,
    edit,
    follow,
    incoming,
    mute,
    publish,
    retract,
    unblock,
    unfollow,
    unmute,
)
from activitystream.feeds import get_entry
from activitystream.models import Activity, Follow, PulledAudience
from activitystream.operations import Verdict, verify
from activitystream.streams import get_store
from tests.app.models import Photo
from tests.histories import histories, tried

from .older import LosesWrites, losing_server

User = get_user_model()
HOUR = tried(360)
"""Steps of the long history; ten times as many histories make one step for each second of an hour."""
PEOPLE = range(4)
people = st.sampled_from(PEOPLE)
visibilities = st.sampled_from(["public", "public", "followers", "named", "self"])
Pair = tuple[int, int]
COMMON = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink takes minutes
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Made:
    """An activity, as the model knows it."""

    id: int
    actor: int
    owner: int | None
    visibility: str
    named: set[int]
    told: set[int] = field(default_factory=set)
    seen: bool = False
    """Whether who is told has seen it."""
    data: int = 0


class People(RuleBasedStateMachine):
    """Four people, of whom any may be private, and a photo of each."""

    @initialize()
    def begin(self) -> None:
        User.objects.all().delete()
        self.users = [User.objects.create(username=f"u{n}") for n in PEOPLE]
        self.photos = [self.new_photo(user) for user in self.users]
        self.made: list[Made] = []
        self.follows: set[Pair] = set()
        self.requests: set[Pair] = set()
        self.blocks: set[Pair] = set()
        self.mutes: set[Pair] = set()
        self.private: set[int] = set()
        self.hidden: set[int] = set()
        for one in PEOPLE:  # else little happens
            for other in PEOPLE:
                if one != other:
                    self.follow(one, other)

    def new_photo(self, owner: Any) -> Photo:
        """Without a signal: nothing is published."""
        Photo.objects.bulk_create([Photo(owner=owner, caption="x")])
        return Photo.objects.get(owner=owner)

    # -- the model -----------------------------------------------------------------------------------------

    def apart(self, one: int, other: int | None) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def may_see(self, viewer: int | None, made: Made) -> bool:
        if made.owner in self.hidden:
            return False
        about = {made.actor, made.owner} - {None}
        if viewer is None:
            return made.visibility == "public" and not about & self.private
        if any(self.apart(viewer, person) for person in about):
            return False
        if any(p != viewer and (viewer, p) not in self.follows for p in about & self.private):
            return False
        match made.visibility:
            case "public":
                return True
            case "followers":
                return viewer == made.actor or (viewer, made.actor) in self.follows
            case "named":
                return viewer == made.actor or viewer in made.named
        return viewer == made.actor

    def muted(self, viewer: int, made: Made) -> bool:
        return any((viewer, person) in self.mutes for person in (made.actor, made.owner))

    def newest_first(self, some: list[Made]) -> list[int]:
        return sorted((made.id for made in some), reverse=True)

    # -- what happens --------------------------------------------------------------------------------------

    @rule(actor=people, owner=st.none() | people, visibility=visibilities, named=st.sets(people, max_size=2))
    def publish(self, actor: int, owner: int | None, visibility: str, named: set[int]) -> None:
        named = named if visibility == "named" else set()
        tell = [] if owner is None else [self.users[owner]]
        activity = publish(
            actor=self.users[actor],
            verb="like",
            object=None if owner is None else self.photos[owner],
            visibility=visibility,
            to=[self.users[person] for person in named],
            notify=tell,
        )
        made = Made(activity.id, actor, owner, visibility, named)
        # of what is hidden nothing is known yet: it may be shown later
        later = owner in self.hidden and not self.apart(actor, owner)
        if owner is not None and owner != actor and (later or self.may_see(owner, made)):
            made.told.add(owner)
        self.made.append(made)

    @rule(pick=st.integers(0, 99), visibility=visibilities, named=st.sets(people, max_size=2))
    def change_visibility(self, pick: int, visibility: str, named: set[int]) -> None:
        if self.made:
            made = self.made[pick % len(self.made)]
            made.visibility, made.named = visibility, named if visibility == "named" else set()
            change_visibility(made.id, visibility, to=[self.users[person] for person in made.named])

    @rule(pick=st.integers(0, 99))
    def retract(self, pick: int) -> None:
        if self.made:
            retract(self.made.pop(pick % len(self.made)).id)

    @rule(pick=st.integers(0, 99))
    def edit(self, pick: int) -> None:
        if self.made:
            made = self.made[pick % len(self.made)]
            made.data += 1
            edit(Activity.objects.get(pk=made.id), data={"n": made.data})

    @rule(one=people)
    def hide_or_show_the_photo(self, one: int) -> None:
        self.hidden ^= {one}
        photo = Photo.objects.get(pk=self.photos[one].pk)
        photo.hidden = one in self.hidden
        photo.save()

    @rule(one=people)
    def delete_the_photo(self, one: int) -> None:
        self.photos[one].delete()
        self.made = [made for made in self.made if made.owner != one]
        self.hidden.discard(one)
        self.photos[one] = self.new_photo(self.users[one])

    @rule(one=people)
    def see_notifications(self, one: int) -> None:
        NotificationsFeed(self.users[one]).mark_seen()
        for made in self.made:
            made.seen |= one in made.told

    @rule(one=people, other=people)
    def follow(self, one: int, other: int) -> None:
        if one == other or self.apart(one, other):
            with pytest.raises((InvalidFollow, LookupError)):
                follow(self.users[one], self.users[other])
            return
        self.users[other].refresh_from_db()
        answer = follow(self.users[one], self.users[other])
        if (one, other) not in self.follows:
            waits = other in self.private
            assert isinstance(answer, Follow) != waits
            (self.requests if waits else self.follows).add((one, other))
            if not waits:
                self.requests.discard((one, other))

    @rule(one=people, other=people)
    def unfollow(self, one: int, other: int) -> None:
        unfollow(self.users[one], self.users[other])
        self.follows.discard((one, other))
        self.requests.discard((one, other))

    @rule(other=people)
    def accept(self, other: int) -> None:
        for request in incoming(self.users[other]):
            one = next(n for n in PEOPLE if self.users[n].pk == request.follower_id)
            accept(request)
            self.requests.remove((one, other))
            self.follows.add((one, other))

    @rule(one=people, other=people)
    def block(self, one: int, other: int) -> None:
        if one != other:
            block(self.users[one], self.users[other])
            self.blocks.add((one, other))
            both = {(one, other), (other, one)}
            self.follows -= both
            self.requests -= both

    @rule(one=people, other=people)
    def unblock(self, one: int, other: int) -> None:
        unblock(self.users[one], self.users[other])
        self.blocks.discard((one, other))

    @rule(one=people, other=people)
    def mute(self, one: int, other: int) -> None:
        if one != other:
            mute(self.users[one], self.users[other])
            self.mutes.add((one, other))

    @rule(one=people, other=people)
    def unmute(self, one: int, other: int) -> None:
        unmute(self.users[one], self.users[other])
        self.mutes.discard((one, other))

    @rule(one=people)
    def be_private_or_not(self, one: int) -> None:
        self.private ^= {one}
        user = User.objects.get(pk=self.users[one].pk)
        user.is_staff = one in self.private
        user.save()

    @rule()
    def flush(self) -> None:
        store = get_store()
        assert store is not None
        store.delete(list(store.streams()))

    # -- what is seen --------------------------------------------------------------------------------------

    @rule()
    def look(self) -> None:
        for viewer in (None, *PEOPLE):
            reader = None if viewer is None else self.users[viewer]
            for made in self.made[-50:]:
                entry = get_entry(made.id, reader)
                assert (entry is not None) == self.may_see(viewer, made)
                assert entry is None or entry.data.get("n", 0) == made.data
            for actor in PEOPLE:
                theirs = [m for m in self.made if m.actor == actor and self.may_see(viewer, m)]
                page = OutboxFeed(self.users[actor]).page(viewer=reader)
                assert [entry.id for entry in page] == self.newest_first(theirs)[:20]
        for viewer in PEOPLE:
            self.look_home(viewer)
            self.look_at_notifications(viewer)

    def look_home(self, viewer: int) -> None:
        home = [
            made
            for made in self.made
            if (viewer, made.actor) in self.follows
            and self.may_see(viewer, made)
            and not self.muted(viewer, made)
        ]
        assert [entry.id for entry in HomeFeed(self.users[viewer]).page()] == self.newest_first(home)[:20]
        counts = {}
        for made in home:
            counts[made.owner] = counts.get(made.owner, 0) + 1
        groups = HomeFeed(self.users[viewer]).groups(by="object")
        assert sorted(group.count for group in groups) == sorted(counts.values())

    def look_at_notifications(self, viewer: int) -> None:
        told = [
            made
            for made in self.made
            if viewer in made.told and self.may_see(viewer, made) and not self.muted(viewer, made)
        ]
        feed = NotificationsFeed(self.users[viewer])
        assert [entry.id for entry in feed.page()] == self.newest_first(told)[:20]
        assert feed.counts().unseen.items == len([made for made in told if not made.seen])
        assert [group.count for group in feed.groups()] == ([len(told)] if told else [])

    def teardown(self) -> None:
        if hasattr(self, "users"):
            self.look()
            store = get_store()
            assert store is not None
            verdicts = {outcome.verdict for outcome in verify(list(store.streams()), store, wait=0)}
            assert verdicts <= {Verdict.SAME, Verdict.UNREAD}


class LosingPeople(LosesWrites, People):
    """The same, beside a Redis that comes back with older data."""

    def came_back(self) -> None:
        self.look()


def retract_all() -> None:
    for activity in Activity.objects.all():
        retract(activity)


@pytest.fixture
def _private_people(register_model: Any) -> None:
    register_model(User, name="username", private="is_staff")


@histories
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_private_people", "store")
def test_everybody_sees_what_the_model_says_after_any_history() -> None:
    run_state_machine_as_test(
        People,
        settings=settings(COMMON, max_examples=tried(6), stateful_step_count=30),
    )


@histories
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_private_people")
def test_nobody_sees_more_although_redis_loses_writes(missing_server: Callable[[str], NoReturn]) -> None:
    with losing_server(missing_server):
        run_state_machine_as_test(
            LosingPeople,
            settings=settings(COMMON, max_examples=tried(6), stateful_step_count=40),
        )


HAPPENS = (
    *("publish", "publish", "publish", "change_visibility", "retract", "edit", "see_notifications", "flush"),
    *("hide_or_show_the_photo", "delete_the_photo", "be_private_or_not", "mute", "unmute"),
    *("follow", "follow", "unfollow", "accept", "block", "unblock", "unblock"),
)


@histories
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_private_people", "store")
@pytest.mark.parametrize("bounds", [{}, {"MAX_LENGTH": 15, "PULL_ABOVE": 2}], ids=["as set", "small"])
def test_an_hour_of_everything_leaves_feeds_that_verify(
    bounds: dict[str, int], configure: Any, request: pytest.FixtureRequest
) -> None:
    """A long history, where streams and tables are as full as they get; the seed is that of the run."""
    configure(**bounds)
    random = Random(request.config.getoption("randomly_seed"))
    people = People()
    people.begin()
    people.publish(0, None, "public", set())
    assert PulledAudience.objects.exists() == ("PULL_ABOVE" in bounds)  # it may end later
    for second in range(HOUR):
        happens = getattr(people, random.choice(HAPPENS))
        happens(**{name: drawn(name, random) for name in signature(happens).parameters})
        if second % 60 == 0:
            people.look()
    people.teardown()


def drawn(name: str, random: Random) -> Any:
    """A value for a parameter of what happens."""
    match name:
        case "pick":
            return random.randrange(100)
        case "visibility":
            return random.choice(["public", "public", "followers", "named", "self"])
        case "named":
            return set(random.sample(PEOPLE, random.randrange(3)))
    return random.choice(PEOPLE)
