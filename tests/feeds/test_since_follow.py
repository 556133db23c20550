"""HOME_SINCE_FOLLOW: a follow brings what is published from then on."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from activitystream import HomeFeed, follow, publish, publish_many, retract, unfollow
from activitystream.feeds import pull
from activitystream.graph.base import Graph
from activitystream.graph.tables import FollowGraph
from activitystream.models import ROLES, Activity, Follow, PulledAudience, Ref
from activitystream.publishing import Draft
from activitystream.streams import Addition, State, get_store
from tests.kit import Spying

pytestmark = pytest.mark.usefixtures("transactional_db")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _since(configure: Any) -> None:
    configure(HOME_SINCE_FOLLOW=True)


def verbs(user: Any) -> list[str]:
    return [entry.verb for entry in HomeFeed(user).page()]


def began(days: int) -> None:
    """All follows began so many days ago."""
    Follow.objects.update(created=timezone.now() - days * DAY)


def test_only_what_came_since(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="before", published=timezone.now() - DAY)
    follow(ben, ana)
    assert verbs(ben) == []
    publish(actor=ana, verb="after")
    publish(actor=ana, verb="imported", published=timezone.now() - DAY)
    assert verbs(ben) == ["after"]
    began(2)
    unfollow(ben, ana)
    follow(ben, ana)
    assert verbs(ben) == []  # it begins anew


def test_what_is_published_in_the_moment_of_the_follow_is_in_it(ana: Any, ben: Any, any_store: str) -> None:
    """Fan-out and query agree: the moment itself counts."""
    follow(ben, ana)
    moment = timezone.now().replace(microsecond=5_000) - DAY
    Follow.objects.update(created=moment)
    assert verbs(ben) == []  # warm from here on
    for milliseconds, verb in [(-1, "before"), (0, "then"), (1, "after")]:
        publish(actor=ana, verb=verb, published=moment + timedelta(milliseconds=milliseconds))
    assert verbs(ben) == ["after", "then"]


def test_another_follow_may_bring_it(ana: Any, ben: Any, photo: Any, any_store: str) -> None:
    follow(ben, photo)
    began(2)
    follow(ben, ana)
    publish(actor=ana, verb="do", published=timezone.now() - DAY)
    publish(actor=ana, verb="do to", object=photo, published=timezone.now() - DAY)
    assert verbs(ben) == ["do to"]


def test_a_batch_is_parted(ana: Any, people: Any, store: Any) -> None:
    late, early = people(2)
    follow(early, ana)
    began(3)
    follow(late, ana)
    Follow.objects.filter(follower=late).update(created=timezone.now() - 1.5 * DAY)
    assert (verbs(late), verbs(early)) == ([], [])
    moments = [timezone.now() - days * DAY for days in (1, 2, 4)]
    publish_many([Draft(actor=ana, verb=f"v{n}", published=moment) for n, moment in enumerate(moments)])
    assert get_store() is not None
    assert (verbs(late), verbs(early)) == (["v0"], ["v0", "v1"])


def test_who_unfollows_and_follows_again_meanwhile(
    ana: Any, ben: Any, store: Any, store_with: Spying
) -> None:
    follow(ben, ana)
    began(2)
    assert verbs(ben) == []
    home, again = HomeFeed(ben).stream, []

    def then_again(additions: Iterable[Addition], **options: Any) -> None:
        written = list(additions)
        if not again and any(home in streams for streams, _ in written):
            again.append(home)
            unfollow(ben, ana)
            follow(ben, ana)
            assert verbs(ben) == []  # warm again, before the old write comes
        real.add(written, **options)  # with what it had read

    real = store_with(add=then_again)
    publish(actor=ana, verb="old", published=timezone.now() - DAY)
    assert again
    assert verbs(ben) == []


def test_large_audiences_are_written_to(ana: Any, people: Any, store: Any, configure: Any) -> None:
    fans = people(4)
    for fan in fans:
        follow(fan, ana)
        HomeFeed(fan).page()
    configure(PULL_ABOVE=2, CHUNK_SIZE=2)
    publish(actor=ana, verb="one")
    assert not PulledAudience.objects.exists()
    ref = Ref.of(ana)
    PulledAudience.objects.create(  # from before the setting
        feed="home", followee_type=ref.content_type, followee_id=ref.id, as_actor=True, state="pulled"
    )
    publish(actor=ana, verb="two")
    assert [verbs(fan) for fan in fans] == [["two", "one"]] * 4


class ForgetfulGraph(FollowGraph):
    """A graph that does not know when a follow began."""

    since_follow = Graph.since_follow


def test_a_graph_that_does_not_know_says_so(ana: Any, ben: Any, configure: Any) -> None:
    follow(ben, ana)
    configure(GRAPH=f"{__name__}.ForgetfulGraph")
    with pytest.raises(ImproperlyConfigured, match="HOME_SINCE_FOLLOW"):
        verbs(ben)


def wanted(user: Any) -> list[int]:
    """The home worked out from the tables in the plainest way."""
    follows = list(Follow.objects.filter(follower=user, kind="follow"))

    def brought(row: Activity, made: Follow) -> bool:
        roles = ROLES[:1] if made.actor_only else ROLES
        return made.created <= row.published and made.followee_ref in [row.ref(role) for role in roles]

    rows = Activity.objects.order_by("-id")
    return [
        row.id
        for row in rows
        if row.ref("actor") != Ref.of(user) and any(brought(row, made) for made in follows)
    ]


class Life:
    """Four people who do one thing after the other, by chance and with any date."""

    def __init__(self, users: list[Any], seed: int) -> None:
        self.users, self.chance = users, random.Random(seed)

    def step(self) -> None:
        acts = [self.say, self.say, self.say, self.begin, self.begin, self.end, self.take_back, self.read]
        self.chance.choice(acts)()

    def back(self) -> Any:
        return timezone.now() - self.chance.random() * 4 * DAY

    def pair(self) -> list[Any]:
        return self.chance.sample(self.users, 2)

    def begin(self) -> None:
        user, other = self.pair()
        made = follow(user, other, actor_only=self.chance.choice([True, False]))
        if self.chance.random() < 0.7:  # as if it had been then
            Follow.objects.filter(pk=made.pk).update(created=self.back())
            get_store().delete([HomeFeed(user).stream])  # type: ignore[union-attr]

    def end(self) -> None:
        unfollow(*self.pair())

    def say(self) -> None:
        actor, other = self.pair()
        publish(actor=actor, verb="do", object=self.chance.choice([None, other]), published=self.back())

    def take_back(self) -> None:
        if ids := list(Activity.objects.values_list("id", flat=True)):
            retract(self.chance.choice(ids))

    def read(self) -> None:
        HomeFeed(self.pair()[0]).page(3)


def check(feed: HomeFeed, want: list[int], store: Any) -> None:
    assert pull(feed.sources(), limit=100, windowed=True) == want
    contents = store.contents(feed.stream)
    if contents.state is State.WARM:
        alive = set(Activity.objects.values_list("id", flat=True))
        least = 0 if contents.complete else min(contents.ids)
        assert [id for id in contents.ids if id in alive] == [id for id in want if id >= least]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_every_stream_is_its_query(people: Any, store: Any, configure: Any, seed: int) -> None:
    """Whatever is published with whatever date, and whoever follows, unfollows, reads and rebuilds."""
    configure(MAX_LENGTH=6, CHUNK_SIZE=2, PULL_ABOVE=1)
    life = Life(people(4), seed)
    for _ in range(30):
        life.step()
        for user in life.users:
            want = wanted(user)
            check(HomeFeed(user), want, store)
            if life.chance.random() < 0.5:
                assert [entry.id for entry in HomeFeed(user).page(100)] == want
