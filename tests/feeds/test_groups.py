"""Groups: each exactly once on the pages of a scroll, with the count of what the reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from activitystream import (
    Activity,
    Draft,
    Entry,
    Feed,
    Group,
    HomeFeed,
    InvalidCursor,
    InvalidFilter,
    ModelFeed,
    ObjectFeed,
    OutboxFeed,
    follow,
    mute,
    publish,
    publish_many,
    retract,
)
from activitystream.feeds import pages
from activitystream.feeds.groups import cursor, read
from activitystream.feeds.groups.keys import Grouping
from activitystream.publishing import fan_out
from activitystream.routers import primary_reads
from tests.app.models import Album, Photo
from tests.fixtures import People
from tests.histories import histories, tried
from tests.kit import Shrink

pytestmark = pytest.mark.usefixtures("transactional_db")
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)
VERBS = ("post", "like", "view")


@pytest.fixture
def photos(ana: Any) -> list[Photo]:
    return Photo.objects.bulk_create(Photo(owner=ana, caption=f"Photo {n}") for n in range(4))


@pytest.fixture
def history(ana: Any, ben: Any, photos: list[Photo]) -> None:
    """In pairs of one millisecond, over some days, so that every grouping has groups of many sizes."""
    album = Album.objects.create(title="Alps", owner=ana)
    publish_many(
        Draft(
            actor=(ana, ben)[n % 2],
            verb=VERBS[n % 3],
            object=[*photos, album, None][n * n % 6],
            target=album if n % 4 == 0 else None,
            published=NOON + timedelta(hours=n // 2 * 7),
        )
        for n in range(48)
    )


def initial(entry: Entry) -> str:
    return f"{entry.verb[0]}{entry.id % 2}"


def named(by: Any) -> str:
    """The id of a test: the same in each process, which an address in memory is not."""
    parts = by if isinstance(by, tuple) else (by,)
    return "-".join(getattr(part, "__name__", part) for part in parts)


def truth(feed: Feed, key: Callable[[Entry], Any]) -> list[list[int]]:
    """The groups as they must be: of all entries, by hand."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for entry in feed.page(100):
        groups[key(entry)].append(entry.id)
    return sorted(groups.values(), reverse=True)


def ref(card: Any) -> Any:
    return card and card.ref


KEYS: dict[Any, Callable[[Entry], Any]] = {
    "verb": lambda e: e.verb,
    "object": lambda e: ref(e.object),
    "target": lambda e: ref(e.target),
    "actor": lambda e: ref(e.actor),
    "day": lambda e: timezone.localtime(e.published).date(),
    ("verb", "object"): lambda e: (e.verb, ref(e.object)),
    ("day", "actor"): lambda e: (timezone.localtime(e.published).date(), ref(e.actor)),
    ("actor", "verb", "target", "day"): lambda e: (
        e.verb,
        ref(e.actor),
        ref(e.target),
        timezone.localtime(e.published).date(),
    ),
    initial: initial,
    ("verb", initial): lambda e: (e.verb, initial(e)),
}


def scroll(
    feed: Feed, by: Any, limit: int, meanwhile: Callable[[], Any] = lambda: None, **kwargs: Any
) -> list[Group]:
    """All groups, page by page."""
    found: list[Group] = []
    after = None
    while True:
        page = feed.groups(limit, by=by, after=after, **kwargs)
        assert len(page) <= limit
        found += page
        assert len(found) < 500, "it does not end"
        if not page.has_next:
            return found
        after = page.next_cursor
        meanwhile()


def told(groups: Sequence[Group]) -> list[tuple[list[int], int]]:
    return [([entry.id for entry in group.entries], group.count) for group in groups]


@pytest.mark.parametrize("by", KEYS, ids=named)
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_every_group_once_newest_first(history: None, ben: Any, ana: Any, by: Any, limit: int) -> None:
    follow(ben, ana)
    for feed in (
        ObjectFeed(ana),
        HomeFeed(ben),
        OutboxFeed(ben),
        ObjectFeed(ana).filter(verb=["post", "like"]),
    ):
        groups = scroll(feed, by, limit)
        expected = truth(feed, KEYS[by])
        assert told(groups) == [(ids[:3], len(ids)) for ids in expected]
        assert len({group.key for group in groups}) == len(groups)
        assert not any(group.more for group in groups)


@pytest.mark.parametrize("by", ["verb", ("verb", "object"), initial], ids=named)
def test_from_every_store(any_store: str, history: None, ben: Any, ana: Any, by: Any) -> None:
    follow(ben, ana)
    for _ in ("cold", "warm"):
        for limit in (1, 20):
            expected = truth(HomeFeed(ben), KEYS[by])
            assert told(scroll(HomeFeed(ben), by, limit)) == [(ids[:3], len(ids)) for ids in expected]


def test_all_rows_of_a_model(history: None) -> None:
    groups = scroll(ModelFeed(Photo), "object", 2)
    assert told(groups) == [(ids[:3], len(ids)) for ids in truth(ModelFeed(Photo), KEYS["object"])]
    assert len(groups) == 3


def test_what_a_group_tells(people: People, photo: Photo) -> None:
    fans = people("al", "bo", "cy", "dee", "eve")
    for fan in [*fans, fans[1], fans[1]]:
        publish(actor=fan, verb="like", object=photo)
    [group] = ObjectFeed(photo).groups(by=["verb", "object"])
    assert [card.name for card in group.actors] == ["bo", "eve", "dee"]
    assert (group.count, group.actor_count, group.others, group.more) == (7, 5, 2, False)
    assert [entry.actor.name for entry in group.entries] == ["bo", "bo", "eve"]
    assert group.verb == "like"
    assert group.object is not None
    assert group.object.name == photo.caption
    assert group.target is None
    assert group.key == f"like|app.photo:{photo.pk}"
    assert group.published == group.latest.published
    told = group.as_dict()
    assert told["id"] == str(group.id)
    assert told["count"] == 7
    assert told["actors"][1] == group.entries[2].as_dict()["actor"]


def test_a_key_is_a_groups_own(ana: Any) -> None:
    """What stands between the parts of a key can stand in a verb, too."""
    publish(actor=ana, verb="a|")
    publish(actor=ana, verb="a")
    publish(actor=ana, verb="a%7C")
    keys = {group.key for group in OutboxFeed(ana).groups(by=("verb", "object"))}
    assert len(keys) == 3


# -- while things change -------------------------------------------------------------------------------


def test_what_is_published_meanwhile_is_not_in_the_scroll(history: None, ana: Any, photos: Any) -> None:
    feed = ObjectFeed(ana)
    expected = truth(feed, KEYS["verb", "object"])
    new = iter(range(1000))

    def meanwhile() -> None:
        publish(actor=ana, verb="like", object=photos[next(new) % 4])
        publish(actor=ana, verb=f"new-{next(new)}")

    groups = scroll(feed, ("verb", "object"), 2, meanwhile)
    assert told(groups) == [(ids[:3], len(ids)) for ids in expected]


def test_a_retracted_activity_shrinks_its_group_and_the_last_one_takes_it_along(
    any_store: str, ana: Any, ben: Any, photo: Photo
) -> None:
    likes = [publish(actor=person, verb="like", object=photo) for person in (ana, ben)]
    seen = publish(actor=ana, verb="view", object=photo)
    feed = ObjectFeed(photo)
    assert [(g.verb, g.count) for g in feed.groups(by="verb")] == [("view", 1), ("like", 2)]
    retract(seen)
    assert [(g.verb, g.count) for g in feed.groups(by="verb")] == [("like", 2)]
    retract(likes[1])
    [group] = feed.groups(by="verb")
    assert (group.count, [card.name for card in group.actors]) == (1, ["ana"])
    retract(likes[0])
    assert list(feed.groups(by="verb")) == []


@pytest.mark.parametrize("by", ["verb", initial], ids=named)
def test_what_comes_late_or_goes_meanwhile_makes_no_group_come_twice_or_not_at_all(ana: Any, by: Any) -> None:
    """An import puts an activity between those shown; the newest of a group that was shown is retracted."""
    made = {
        verb: publish(actor=ana, verb=verb, published=NOON + timedelta(minutes=n))
        for n, verb in enumerate("abcdef")
    }
    publish(actor=ana, verb="e", published=NOON)
    feed = OutboxFeed(ana)
    first = feed.groups(2, by=by)
    shown = [group.verb for group in first]
    retract(made["e"])
    publish(actor=ana, verb="a", published=NOON + timedelta(minutes=4, seconds=30))
    rest = feed.groups(20, by=by, after=first.next_cursor)
    if by == "verb":
        assert shown == ["f", "e"]
        assert [group.verb for group in rest] == ["d", "c", "b", "a"]
        assert rest[3].count == 2
    assert len({group.key for group in [*first, *rest]}) == len([*first, *rest])


@histories
@hypothesis_settings(
    max_examples=tried(30),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    arriving=st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), max_size=3), max_size=12),
    before=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 40)), max_size=40),
    limit=st.integers(1, 4),
    by=st.sampled_from([*KEYS]),
    remembered=st.sampled_from([1, 3, 250]),
)
def test_paging_while_activities_arrive(
    people: People, arriving: Any, before: Any, limit: int, by: Any, remembered: int
) -> None:
    """Each group of the beginning is there once, with the count of then, whatever the cursor remembers."""
    actors = _three(people)
    Photo.objects.bulk_create(
        [Photo(pk=n, owner=actors[0], caption=str(n)) for n in range(1, 5)], ignore_conflicts=True
    )
    things = list(Photo.objects.filter(pk__in=range(1, 5)))
    Activity.objects.all().delete()
    coming = iter(arriving)

    def make(actor: int, what: int, minutes: int | None = None) -> Draft:
        when = None if minutes is None else NOON + timedelta(minutes=minutes * 100)
        thing = things[what % 4] if what < 6 else None
        return Draft(actor=actors[actor], verb=VERBS[what % 3], object=thing, published=when)

    publish_many(make(*one) for one in before)
    feed = ModelFeed(type(actors[0]))
    expected = truth(feed, KEYS[by])

    def meanwhile() -> None:
        publish_many(make(*one) for one in next(coming, ()))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cursor, "REMEMBERED", remembered)
        patched.setattr(read, "SLAB", 3)
        groups = scroll(feed, by, limit, meanwhile)
    assert told(groups) == [(ids[:3], len(ids)) for ids in expected]


def _three(people: People) -> list[Any]:
    names = ["h-1", "h-2", "h-3"]
    known = {user.username: user for user in get_user_model().objects.filter(username__in=names)}
    return [known.get(name) or people(name)[0] for name in names]


# -- very many --------------------------------------------------------------------------------------------


def test_a_feed_with_more_groups_than_a_cursor_names(ana: Any, shrink: Shrink) -> None:
    """Then those shown before are told by their members."""
    shrink("feeds.groups.cursor", REMEMBERED=5)
    publish_many(
        Draft(actor=ana, verb=f"v{n % 30}", published=NOON + timedelta(minutes=n)) for n in range(90)
    )
    for by in ("verb", lambda entry: entry.verb):
        groups = scroll(OutboxFeed(ana), by, 4)
        assert [group.verb for group in groups] == [f"v{n}" for n in range(29, -1, -1)]
        assert {group.count for group in groups} == {3}


@pytest.mark.parametrize("by", ["verb", lambda entry: entry.verb])
def test_what_is_not_counted_is_told(ana: Any, shrink: Shrink, by: Any) -> None:
    shrink("feeds.groups.read", COUNTED=10, TOGETHER=14, SCANNED=30)
    publish_many(
        Draft(actor=ana, verb="few" if n < 4 else "many", published=NOON + timedelta(minutes=n))
        for n in range(40)
    )
    groups = scroll(OutboxFeed(ana), by, 5)
    assert groups[0].verb == "many"
    assert groups[0].more
    assert groups[0].count >= 10
    assert [group.verb for group in groups] == ["many", "few"]
    assert groups[1].count == 4
    assert not groups[1].more


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each question is about, from now on."""
    numbers: list[int] = []

    def shown(feed: Any, ids: Any, *args: Any) -> Any:
        numbers.append(len(ids))
        return pages.shown(feed, ids, *args)

    monkeypatch.setattr(read, "shown", shown)
    return numbers


@pytest.mark.slow
@pytest.mark.parametrize("store", ["memory"], indirect=True)
@pytest.mark.parametrize("limit", [20, 100])
def test_a_page_of_large_groups_looks_at_so_many_and_no_more(
    people: People, photo: Photo, store: Any, looked_at: list[int], limit: int
) -> None:
    """A visitor's one request."""
    some = people(limit)
    publish_many(Draft(actor=actor, verb="see", object=photo) for _ in range(6000 // limit) for actor in some)
    groups = ObjectFeed(photo).groups(limit, by="actor")
    assert {group.count for group in groups} == {2000 // limit}
    assert all(group.more for group in groups)
    assert sum(looked_at) <= 2000 + read.SLAB * read.PATIENCE


def test_small_groups_are_counted_and_large_ones_share_the_rest(
    ana: Any, any_store: str, shrink: Shrink
) -> None:
    shrink("feeds.groups.read", COUNTED=20, TOGETHER=30)
    sizes = {"two": 2, "four": 4, "many": 40, "others": 50, "more": 9}
    publish_many(
        Draft(actor=ana, verb=verb, published=NOON + timedelta(minutes=n))
        for verb, size in sizes.items()
        for n in range(size)
    )
    found = {group.verb: (group.count, group.more) for group in OutboxFeed(ana).groups(by="verb")}
    assert found == {
        "two": (2, False),
        "four": (4, False),
        "many": (8, True),
        "others": (8, True),
        "more": (8, True),
    }
    alone = OutboxFeed(ana).filter(verb="many").groups(by="verb")
    assert [(group.count, group.more) for group in alone] == [(20, True)]


@pytest.mark.parametrize(
    ("sizes", "share"),
    [([], 10), ([1], 10), ([11], 10), ([5, 5], 10), ([2, 11], 8), ([6, 6], 5), ([0, 4, 9], 6), ([9] * 20, 0)],
)
def test_shares(sizes: list[int], share: int) -> None:
    assert read._share(sizes, 10) == share


def test_to_look_for_groups_that_were_shown_is_bounded(
    people: People, photo: Photo, looked_at: list[int], shrink: Shrink
) -> None:
    """Where all of them were, and the cursor names none."""
    shrink("feeds.groups.read", TOGETHER=50, SPENT=100, SLAB=10)
    some = people(60)
    publish_many(Draft(actor=actor, verb="see", object=photo) for _ in range(5) for actor in some)
    feed = ObjectFeed(photo)
    scroll = cursor.Scroll.parse("actor", pages.scope_of(feed), None)
    newest = feed.page(1)[0].id
    late = replace(scroll.went_on((), place=newest, bound=newest, heads=[newest]), floor=1)
    page = feed.groups(1, by="actor", after=str(replace(late, sealed=True)))
    assert (len(page), page.has_next) == (0, True)
    assert sum(looked_at) <= 200
    with pytest.raises(InvalidCursor):  # nobody makes one up
        feed.groups(1, by="actor", after=str(late))


def scrolled(first: cursor.Scroll, *pages: tuple[str, int]) -> cursor.Scroll:
    """After pages with these groups, a letter for each; the last of a page stands at this id."""
    for keys, place in pages:
        first = first.went_on(keys, place=place, bound=90, heads=[90, place])
    return first


def test_a_scroll_has_a_floor_once_it_cannot_name_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursor, "REMEMBERED", 3)
    first = cursor.Scroll.parse("verb", "outbox", None)
    named = scrolled(first, ("ab", 80), ("c", 70))
    assert (named.floor, named.sealed, named.place, named.bound) == (None, False, 70, 90)
    assert [key for key in "abcd" if named.has_shown(key)] == ["a", "b", "c"]
    more = scrolled(named, ("d", 60))
    assert (more.floor, more.sealed) == (60, True)
    assert [key for key in "abcd" if more.has_shown(key)] == ["b", "c", "d"]
    assert (scrolled(more, ("", 50)).floor, scrolled(more, ("e", 40)).floor) == (60, 40)


@pytest.mark.parametrize(
    ("place", "bound", "sealed"),
    [(7, 9, False), (7, 8, False), (8, 9, False), (6, 9, True), (7, 6, True), (6, 6, True)],
)
def test_a_scroll_is_sealed_where_it_has_an_id_that_was_not_shown(
    place: int, bound: int, sealed: bool
) -> None:
    """Groups stand at 8 and 7; the scroll began at 9."""
    before = replace(cursor.Scroll.parse("verb", "outbox", None), bound=9)
    after = before.went_on("a", place=place, bound=bound, heads=[8, 7])
    assert after.sealed is sealed
    assert after.went_on("b", place=5, bound=bound, heads=[5]).sealed is sealed  # and stays what it is


@pytest.mark.parametrize("by", ["verb", lambda entry: entry.verb])
def test_a_cursor_with_a_floor_is_sealed(ana: Any, shrink: Shrink, by: Any) -> None:
    """Each page costs what lies above the floor: nobody is to say that this is all there is."""
    shrink("feeds.groups.cursor", REMEMBERED=3)
    for verb in "abcdefgh":
        publish(actor=ana, verb=verb)
    feed, after, sealed = OutboxFeed(ana), None, list[bool]()
    for _ in range(4):
        after = feed.groups(2, by=by, after=after).next_cursor
        sealed.append((after or "").startswith("."))
    assert sealed == [False, True, True, False]
    assert after is None


def test_few_large_groups_cost_few_queries(ana: Any, photo: Photo) -> None:
    publish_many(Draft(actor=ana, verb=VERBS[n % 3], object=photo) for n in range(600))
    feed = ObjectFeed(photo)
    feed.page()
    with CaptureQueriesContext(connection) as captured:
        groups = feed.groups(by="verb")
    assert [group.count for group in groups] == [200, 200, 200]
    assert len(captured) <= 12, [query["sql"][:90] for query in captured]


def test_a_page_of_many_groups_costs_as_many_queries_as_one_of_few(
    ana: Any, django_assert_max_num_queries: Any
) -> None:
    photos = Photo.objects.bulk_create(Photo(owner=ana, caption=str(n)) for n in range(100))
    publish_many(Draft(actor=ana, verb="post", object=photo) for photo in photos for _ in range(2))
    OutboxFeed(ana).page(100)
    counts = []
    for limit in (5, 45):
        with CaptureQueriesContext(connection) as captured:
            assert len(OutboxFeed(ana).groups(limit, by=("verb", "object"))) == limit
        counts.append(len(captured))
    assert counts[1] <= counts[0] + 2
    assert counts[1] <= 8


def test_a_fan_out_knows_nothing_of_groups(ana: Any, ben: Any, photo: Photo) -> None:
    """It makes the same queries and writes with a feed that is grouped."""
    follow(ben, ana)
    activity = publish(actor=ana, verb="like", object=photo)
    costs = []
    for by in (None, ("verb", "object")):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(HomeFeed, "group_by", by)
            with primary_reads(), CaptureQueriesContext(connection) as captured:
                fan_out({"activities": [activity.id]}, None)
        costs.append(len(captured))
    assert costs[0] == costs[1]


# -- what is asked for --------------------------------------------------------------------------------------


def test_a_feed_says_what_it_is_grouped_by(ana: Any, photo: Photo) -> None:
    class Grouped(OutboxFeed):
        def group_by(self, entry: Entry) -> str:  # type: ignore[override]
            return entry.verb.upper()

    class ByTwo(OutboxFeed):
        group_by = ("verb", "object")

    publish(actor=ana, verb="like", object=photo)
    assert [group.key for group in Grouped(ana).groups()] == ["LIKE"]
    assert [group.key for group in ByTwo(ana).groups()] == [f"like|app.photo:{photo.pk}"]
    assert [group.key for group in ByTwo(ana).groups(by="verb")] == ["like"]
    with pytest.raises(InvalidFilter, match="not by nothing"):
        OutboxFeed(ana).groups()


@pytest.mark.parametrize("by", ["colour", "", ("verb", "verb"), ["verb", "data__secret"], 7, ()])
def test_what_cannot_be_grouped_by(ana: Any, by: Any) -> None:
    with pytest.raises((InvalidFilter, TypeError)):
        OutboxFeed(ana).groups(by=by)


def test_cursors_of_others_are_refused(history: None, ana: Any) -> None:
    feed = ObjectFeed(ana)
    good = feed.groups(1, by="verb").next_cursor
    assert good is not None
    with pytest.raises(InvalidCursor):
        feed.groups(1, by="actor", after=good)
    for bad in (
        "",
        "x",
        "7",
        good[:-3],
        good + "AAAA" * 400,
        "é",
        good.replace(good[0], "-")[:20],
        "A" * 5000,
    ):
        with pytest.raises(InvalidCursor):
            feed.groups(1, by="verb", after=bad)


@pytest.mark.parametrize("rounds", [(1, 2, 1_000), (1,)], ids=["in rounds", "one by one"])
def test_a_group_comes_once_however_much_of_it_is_hidden(
    ana: Any, configure: Any, shrink: Shrink, rounds: tuple[int, ...]
) -> None:
    """Past those that the cursor names, the newest member that the viewer may see decides if it was shown."""
    configure(STREAMS=None)
    shrink("feeds.groups.cursor", REMEMBERED=3)
    shrink("feeds.groups.read", TOGETHER=20, SPENT=30, ROUNDS=rounds)
    photos = Photo.objects.bulk_create([Photo(owner=ana, caption=str(n)) for n in range(12)])
    for visibility in (*["public"] * 2, *["self"] * 8):
        publish_many(Draft(actor=ana, verb="see", object=photo, visibility=visibility) for photo in photos)
    keys, after = [], None
    for _ in range(100):
        groups = OutboxFeed(ana).groups(4, by="object", after=after, viewer=None)
        keys += [group.key for group in groups]
        after = groups.next_cursor
        if after is None:
            break
    assert len(keys) == len(set(keys)) == 12


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Tokyo"])
def test_the_first_day_there_is(ana: Any, zone: str) -> None:
    """In some zones it begins before all ids."""
    publish(actor=ana, verb="wave", published=datetime(1970, 1, 1, tzinfo=UTC))
    with timezone.override(zone):
        assert [group.count for group in OutboxFeed(ana).groups(by="day")] == [1]


def test_days_are_those_of_the_current_time_zone(ana: Any) -> None:
    for hour in (1, 10, 20):
        publish(actor=ana, verb="wave", published=datetime(2024, 5, 17, hour, tzinfo=UTC))
    days = {}
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        with timezone.override(zone):
            days[zone] = [(group.key, group.count) for group in OutboxFeed(ana).groups(by="day")]
    assert days["UTC"] == [("2024-05-17", 3)]
    assert days["Asia/Tokyo"] == [("2024-05-18", 1), ("2024-05-17", 2)]
    assert days["America/Los_Angeles"] == [("2024-05-17", 2), ("2024-05-16", 1)]


def test_hidden_rows_are_in_no_group(ana: Any, ben: Any, photos: list[Photo]) -> None:
    for person in (ana, ben):
        for photo in photos:
            publish(actor=person, verb="like", object=photo)
    by = {group.key: group.count for group in ObjectFeed(ana).groups(by="verb")}
    assert by == {"like": 4}
    photos[1].hidden = True
    photos[1].save()
    assert [group.count for group in ObjectFeed(ana).groups(by="verb")] == [3]
    photos[1].hidden = False
    photos[1].save()
    assert [group.count for group in ObjectFeed(ana).groups(by="verb")] == [4]


def test_a_group_stands_at_the_newest_member_that_the_reader_may_see(
    ana: Any, ben: Any, photo: Photo
) -> None:
    """And so the order of groups is each reader's own; who is muted is in no group of a home."""
    publish(actor=ana, verb="view", object=photo)
    publish(actor=ana, verb="like", object=photo)
    publish(actor=ana, verb="view", object=photo, visibility="self")
    for limit in (1, 5):
        read = [(g.verb, g.count) for g in scroll(OutboxFeed(ana), "verb", limit, viewer=ben)]
        assert read == [("like", 1), ("view", 1)]
        assert [(g.verb, g.count) for g in scroll(OutboxFeed(ana), "verb", limit, viewer=ana)] == [
            ("view", 2),
            ("like", 1),
        ]
    follow(ben, ana)
    assert len(HomeFeed(ben).groups(by="actor")) == 1
    mute(ben, ana)
    assert len(HomeFeed(ben).groups(by="actor")) == 0


@pytest.mark.parametrize(
    ("by", "by_row"),
    [("actor", True), ("object", True), (("verb", "target"), True), ("verb", False), ("day", False)],
)
def test_groups_of_a_row_are_found_by_its_index(by: Any, by_row: bool) -> None:
    assert Grouping.of(by).by_row is by_row
