"""Fan-out: whatever the size of its chunks, whatever happens between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from activitystream import (
    Activity,
    Audience,
    Draft,
    Feed,
    HomeFeed,
    ObjectFeed,
    OutboxFeed,
    Ref,
    StoreUnavailable,
    follow,
    publish,
    publish_many,
    retract,
    unfollow,
)
from activitystream.feeds import pull
from activitystream.graph import FollowGraph
from activitystream.journal import pending, run, sweep
from activitystream.models import JournalEntry
from activitystream.streams import StreamStore, get_store
from activitystream.testing import use_store
from tests.app.models import Photo
from tests.kit import Spying

pytestmark = pytest.mark.usefixtures("transactional_db")
People = Callable[..., list[Any]]


@pytest.fixture
def ana(people: People) -> Any:
    return people("ana")[0]


@pytest.fixture
def photo(ana: Any) -> Photo:
    return Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])[0]


@pytest.fixture
def later(configure: Any) -> None:
    """Journal entries wait: their dispatch is a worker that died."""
    configure(DISPATCH="tests.publishing.test_fanout.nobody")


def nobody(entry: JournalEntry) -> None:
    pass


def agrees(feed: Feed, store: StreamStore) -> bool:
    """A warm stream is what its query answers."""
    return store.contents(feed.stream).ids == pull(feed.sources(), limit=None)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_of_any_size_reach_everybody(
    ana: Any, people: People, photo: Photo, store: StreamStore, configure: Any, size: int
) -> None:
    configure(CHUNK_SIZE=size)
    fans = people(7)
    for number, fan in enumerate(fans):
        if number != 3:
            follow(fan, ana)
        if number % 2:
            follow(fan, photo)
        HomeFeed(fan).page()
    OutboxFeed(ana).page()
    ObjectFeed(photo).page()
    publish_many(
        [
            Draft(actor=ana, verb="one"),
            Draft(actor=ana, verb="two", object=photo),
            Draft(actor=fans[0], verb="three", object=photo),
            Draft(actor=fans[1], verb="four", object=photo, target=ana),
        ]
    )
    assert not pending().exists()
    for fan in fans:
        assert agrees(HomeFeed(fan), store)
    assert agrees(OutboxFeed(ana), store)
    assert agrees(ObjectFeed(photo), store)
    assert store.length(HomeFeed(fans[3]).stream) == 3
    assert store.length(HomeFeed(fans[1]).stream) == 3


def test_a_step_reads_one_chunk(
    ana: Any, people: People, configure: Any, later: None, store: StreamStore
) -> None:
    configure(CHUNK_SIZE=2)
    for fan in people(5):
        follow(fan, ana)
        HomeFeed(fan).page()
    publish(actor=ana, verb="wave")
    entry = JournalEntry.objects.get()
    from activitystream.journal import run_step

    reached = []
    while run_step(entry):
        reached.append(
            sum(bool(store.length(HomeFeed(fan).stream)) for fan in type(ana).objects.exclude(pk=ana.pk))
        )
    assert reached[:2] == [2, 4]
    assert not pending().exists()


def test_cold_streams_stay_cold(ana: Any, people: People, store: StreamStore) -> None:
    (fan,) = people("fan")
    follow(fan, ana)
    publish(actor=ana, verb="wave")
    assert store.length(HomeFeed(fan).stream) is None


def test_many_followers_are_few_calls(ana: Any, people: People, later: None, configure: Any) -> None:
    """Never one round trip for each follower."""
    for fan in people(30):
        follow(fan, ana)
    publish_many(Draft(actor=ana, verb=str(n)) for n in range(20))
    store = get_store()
    calls: list[str] = []

    class Spy:
        def __getattr__(self, name: str) -> Any:
            calls.append(name)
            return getattr(store, name)

    with use_store(Spy()):  # type: ignore[arg-type]
        run(JournalEntry.objects.get())
    assert calls.count("add") == 2  # those who are named, and the followers
    assert len(calls) <= 4


def test_done_twice_is_done_once(ana: Any, people: People, store: StreamStore, later: None) -> None:
    (fan,) = people("fan")
    follow(fan, ana)
    HomeFeed(fan).page()
    publish(actor=ana, verb="wave")
    entry = JournalEntry.objects.get()
    run(entry)
    run(JournalEntry(pk=entry.pk, kind=entry.kind, payload=entry.payload))
    assert store.length(HomeFeed(fan).stream) == 1


def test_what_was_retracted_meanwhile(ana: Any, people: People, store: StreamStore, later: None) -> None:
    (fan,) = people("fan")
    follow(fan, ana)
    HomeFeed(fan).page()
    retract(publish(actor=ana, verb="gone"))
    publish(actor=ana, verb="kept")
    for entry in pending():
        run(entry)
    assert [entry.verb for entry in HomeFeed(fan).page()] == ["kept"]
    assert store.length(HomeFeed(fan).stream) == 1


# -- between reading the followers and writing to them -----------------------------------------------------


class Between(FollowGraph):
    """Something happens right after a chunk of followers was read."""

    action: Callable[[], Any] = staticmethod(lambda: None)

    def follower_ids(self, *args: Any, **kwargs: Any) -> list[str]:
        found = super().follower_ids(*args, **kwargs)
        action, Between.action = Between.action, staticmethod(lambda: None)
        action()
        return found


def happens(action: Callable[[], Any]) -> None:
    Between.action = staticmethod(action)


@pytest.fixture
def between(configure: Any) -> None:
    configure(GRAPH="tests.publishing.test_fanout.Between")


@pytest.mark.parametrize("size", [1, 2, 100])
def test_unfollow_in_the_middle_of_a_chunk(
    ana: Any, people: People, store: StreamStore, between: None, configure: Any, size: int
) -> None:
    configure(CHUNK_SIZE=size)
    one, two, three = people("one", "two", "three")
    for fan in (one, two, three):
        follow(fan, ana)
        HomeFeed(fan).page()

    def unfollow_and_read() -> None:
        unfollow(one, ana)
        assert len(HomeFeed(one).page()) == 0  # warm again, before the fan-out writes to it

    happens(unfollow_and_read)
    publish(actor=ana, verb="wave")
    assert [entry.verb for entry in HomeFeed(one).page()] == []
    for fan in (two, three):
        assert [entry.verb for entry in HomeFeed(fan).page()] == ["wave"]
        assert agrees(HomeFeed(fan), store)


def test_a_fan_out_that_dies_before_it_looks_again(
    ana: Any, people: People, store: StreamStore, between: None, store_with: Spying
) -> None:
    """It has written to somebody who unfollowed meanwhile, and whoever goes on does not know of them."""
    (fan,) = people("fan")
    follow(fan, ana)
    HomeFeed(fan).page()

    def unfollow_and_read() -> None:
        unfollow(fan, ana)
        assert len(HomeFeed(fan).page()) == 0

    happens(unfollow_and_read)
    calls: list[Any] = []

    def dies(names: Any) -> Any:
        calls.append(names)
        if len(calls) == 2:
            raise StoreUnavailable("killed")
        return inner.epochs(names)

    inner = store_with(epochs=dies)
    publish(actor=ana, verb="wave")
    assert pending().count() == 2
    JournalEntry.objects.update(updated=timezone.now() - timedelta(hours=1))
    assert sweep().done == 2
    assert [entry.verb for entry in HomeFeed(fan).page()] == []


def test_an_unfollow_is_done_at_once_where_nothing_is_fanned_out(ana: Any, people: People) -> None:
    (fan,) = people("fan")
    follow(fan, ana)
    unfollow(fan, ana)
    assert not pending().exists()


def test_a_follow_that_is_narrowed_in_the_middle_of_a_chunk(
    ana: Any, people: People, store: StreamStore, between: None
) -> None:
    """It is as if half of it were unfollowed."""
    ben, fan = people("ben", "fan")
    follow(fan, ana, actor_only=False)
    HomeFeed(fan).page()

    def narrow_and_read() -> None:
        follow(fan, ana, actor_only=True)
        assert len(HomeFeed(fan).page()) == 0

    happens(narrow_and_read)
    publish(actor=ben, verb="mention", object=ana)
    assert [entry.verb for entry in HomeFeed(fan).page()] == []


def test_a_follow_in_the_middle_of_a_chunk(
    ana: Any, people: People, store: StreamStore, between: None
) -> None:
    one, two = people("one", "two")
    follow(two, ana)
    HomeFeed(one).page()

    def follow_and_read() -> None:
        follow(one, ana)
        HomeFeed(one).page()

    happens(follow_and_read)
    publish(actor=ana, verb="wave")
    for fan in (one, two):
        assert [entry.verb for entry in HomeFeed(fan).page()] == ["wave"]


def test_a_retraction_in_the_middle_of_a_chunk(
    ana: Any, people: People, between: None, store: StreamStore
) -> None:
    (fan,) = people("fan")
    follow(fan, ana)
    HomeFeed(fan).page()
    happens(lambda: (retract(actor=ana), HomeFeed(fan).page()))
    publish(actor=ana, verb="wave")
    assert len(HomeFeed(fan).page()) == 0
    assert store.length(HomeFeed(fan).stream) == 0


# -- feeds of a site's own -----------------------------------------------------------------------------------


@pytest.fixture
def watched(isolated_feeds: None) -> Any:
    from activitystream.feeds import Audience
    from activitystream.graph import get_graph
    from activitystream.models import Activity, Ref

    class WatchedFeed(Feed):
        """What was done to what a user watches."""

        name = "watched"
        follow_kinds = ("watch",)
        max_length = 3

        @classmethod
        def audiences(cls, activity: Activity) -> Any:
            ref = activity.ref("object")
            return [Audience(ref, as_actor=False)] if ref else []

        def sources(self) -> Any:
            watched = get_graph().followees(self.owner.id, kinds=self.follow_kinds, as_actor=False)
            return [
                Activity.objects.filter(object_type=Ref(model, "").content_type, object_id__in=ids)
                for model, ids in watched.items()
            ]

    return WatchedFeed


def test_a_feed_of_ones_own(ana: Any, people: People, photo: Photo, watched: Any, any_store: str) -> None:
    (fan,) = people("fan")
    publish(actor=ana, verb="0", object=photo)
    follow(fan, photo, kind="watch")
    for number in range(1, 40):
        watched(fan).page(1)
        publish(actor=ana, verb=str(number), object=photo)
    verbs = [entry.verb for entry in watched(fan).page(100)]
    assert verbs == [str(number) for number in range(39, -1, -1)]
    assert len(HomeFeed(fan).page()) == 0
    unfollow(fan, photo, kind="watch")
    assert len(watched(fan).page()) == 0


def test_a_feed_needs_a_plain_name_and_sources(ana: Any) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from activitystream.feeds import get_feed

    with pytest.raises(ImproperlyConfigured, match="not one plain word"):
        type("Odd", (Feed,), {"name": "a:b"})
    with pytest.raises(NotImplementedError, match="needs sources"):
        Feed(ana).sources()
    with pytest.raises(LookupError, match=r"no feed 'nope'; declared are: .*home"):
        get_feed("nope")
    assert (get_feed("home"), HomeFeed(ana).stream) == (HomeFeed, f"home:auth.user:{ana.pk}")


# -- a feed that raises --------------------------------------------------------------------------------


@pytest.fixture
def broken(isolated_feeds: None) -> Any:
    """A feed that cannot say whom an activity is for, until it is mended."""

    class BrokenFeed(HomeFeed):
        name = "broken"
        raises: ClassVar[set[str]] = {"recipients"}

        @classmethod
        def recipients(cls, activity: Activity) -> Iterable[Ref]:
            return cls.asked("recipients", activity) or OutboxFeed.recipients(activity)

        @classmethod
        def audiences(cls, activity: Activity) -> Iterable[Audience]:
            return cls.asked("audiences", activity) or super().audiences(activity)

        @classmethod
        def asked(cls, what: str, activity: Activity) -> None:
            if what in cls.raises and activity.verb == "strange":
                raise KeyError(activity.verb)

        def sources(self) -> list[Any]:
            return [*super().sources(), Activity.objects.by(self.owner)]

        def includes(self, entry: Any) -> bool:
            return True

    return BrokenFeed


@pytest.mark.parametrize("what", ["recipients", "audiences"])
def test_a_feed_that_raises_stops_no_other(
    ana: Any,
    people: People,
    store: StreamStore,
    broken: Any,
    what: str,
    configure: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    configure(CHUNK_SIZE=2)
    broken.raises = {what}
    fans = people(5)
    for fan in fans:
        follow(fan, ana)
    feeds = [OutboxFeed(ana), broken(ana), *map(HomeFeed, fans), *map(broken, fans)]
    for feed in feeds:
        feed.page()
    publish_many(Draft(actor=ana, verb=verb) for verb in ("wave", "strange", "wave"))
    right = {feed.stream for feed in feeds if agrees(feed, store)}
    assert {feed.stream for feed in feeds if not isinstance(feed, broken)} <= right
    assert not right & {broken(fan).stream for fan in fans}
    assert all(len(store.contents(broken(fan).stream).ids) == 2 for fan in fans), "what it can say is done"
    assert "the feed broken cannot say whom activity" in caplog.text

    assert sweep(older_than=0).failed == 1, "it still cannot"
    [left] = pending()
    assert left.payload["feed"] == "broken"
    assert len(left.payload["activities"]) == 1
    broken.raises = set()
    assert sweep(older_than=0).done == 1
    assert all(agrees(feed, store) for feed in feeds)
    assert not pending()
