"""Filters: a narrowed feed is what matches of the whole feed, page by page, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activitystream import (
    Draft,
    Entry,
    Feed,
    HomeFeed,
    InvalidFilter,
    ModelFeed,
    ObjectFeed,
    OutboxFeed,
    follow,
    publish,
    publish_many,
    retract,
)
from activitystream.feeds.bodies import load
from activitystream.feeds.filters import MAX_TEXT
from activitystream.models import Activity
from activitystream.streams import get_store
from tests.app.models import Album, Page, Photo, Unregistered
from tests.fixtures import People

from .test_pages import back, ids, to_the_end

pytestmark = pytest.mark.usefixtures("transactional_db")
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)
VERBS = ("post", "like", "view")


@pytest.fixture
def alps(ana: Any) -> Album:
    return Album.objects.create(title="Alps", owner=ana)


@pytest.fixture
def history(ana: Any, ben: Any, photo: Photo, alps: Album) -> list[int]:
    """Of two actors, of three verbs, of objects of two models and none, in pairs of one millisecond."""
    objects: list[Any] = [photo, alps, None]
    made = publish_many(
        Draft(
            actor=(ana, ben)[n % 2],
            verb=VERBS[n % 3],
            object=objects[n // 2 % 3],
            target=alps if n % 5 == 0 else None,
            published=NOON + timedelta(hours=n // 2 * 13),
        )
        for n in range(40)
    )
    return sorted((activity.id for activity in made), reverse=True)


Matches = Callable[[Entry], bool]
CASES: dict[str, tuple[dict[str, Any], Matches]] = {
    "verb": ({"verb": "like"}, lambda e: e.verb == "like"),
    "verbs": ({"verb": ["like", "post"]}, lambda e: e.verb in ("like", "post")),
    "object": ({"object_type": "app.photo"}, lambda e: bool(e.object and e.object.model == "app.photo")),
    "objects": ({"object_type": [Photo, "App.Album"]}, lambda e: e.object is not None),
    "target": ({"target_type": Album}, lambda e: e.target is not None),
    "actor": ({"actor_type": "auth.user"}, lambda e: True),
    "no such actor": ({"actor_type": Album}, lambda e: False),
    "since": ({"since": NOON + timedelta(hours=26)}, lambda e: e.published >= NOON + timedelta(hours=26)),
    "until": ({"until": NOON + timedelta(hours=26)}, lambda e: e.published < NOON + timedelta(hours=26)),
    "all": (
        {"verb": "post", "object_type": Album, "since": NOON, "until": NOON + timedelta(days=9)},
        lambda e: bool(
            e.verb == "post"
            and e.object
            and e.object.model == "app.album"
            and e.published < NOON + timedelta(days=9)
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("feed_class", [HomeFeed, OutboxFeed])
def test_a_narrowed_feed_is_what_matches_of_the_whole(
    any_store: str, history: list[int], ana: Any, ben: Any, name: str, feed_class: type[Feed]
) -> None:
    follow(ben, ana)
    given, matches = CASES[name]
    feed = feed_class(ben)
    expected = [entry.id for entry in feed.page(100) if matches(entry)]
    narrowed = feed.filter(**given)
    for limit in (1, 3, 100):
        seen, last = to_the_end(narrowed, limit)
        assert seen == expected
        assert back(narrowed, limit, last.previous_cursor) + ids(last) == expected
    assert len(ids(feed.page(100))) == 20, "the feed itself is as it was"


def test_no_page_is_short_but_the_last(history: list[int], ana: Any) -> None:
    page = OutboxFeed(ana).filter(verb="like").page(4)
    sizes = [len(page)]
    while page.has_next:
        page = OutboxFeed(ana).filter(verb="like").page(4, after=page.next_cursor)
        sizes.append(len(page))
    assert sizes == [4, 2]


def test_what_is_published_or_retracted_meanwhile_shifts_no_page(history: list[int], ana: Any) -> None:
    feed = OutboxFeed(ana).filter(verb="like")
    expected = ids(feed.page(100))
    first = feed.page(2)
    publish(actor=ana, verb="like")
    retract(expected[1])
    second = feed.page(2, after=first.next_cursor)
    assert ids(first) + ids(second) == expected[:4]


def test_filters_of_a_narrowed_feed_add_up(history: list[int], ana: Any) -> None:
    feed = OutboxFeed(ana)
    day = NOON + timedelta(days=1)
    both = feed.filter(verb="post").filter(object_type=Photo, since=NOON).filter(since=day)
    assert ids(both.page()) == ids(feed.filter(verb="post", object_type=Photo, since=day).page())
    assert 0 < len(both.page()) < len(feed.filter(verb="post", object_type=Photo).page())


def test_a_page_of_a_narrowed_feed_leaves_the_stream_as_it_is(history: list[int], ana: Any) -> None:
    feed = OutboxFeed(ana)
    ids(feed.filter(verb="like").page())
    store = get_store()
    assert store is not None
    assert store.length(feed.stream) is None, "cold: it was not built from what matches"
    assert len(feed.page(100)) == 20


# -- kinds of follow -----------------------------------------------------------------------------------


@pytest.fixture
def both(isolated_feeds: None) -> type[Feed]:
    """A home of two kinds of follow."""

    class BothFeed(HomeFeed):
        name = "both"
        follow_kinds = ("follow", "watch")

    return BothFeed


def test_a_kind_narrows_to_what_such_follows_brought(
    both: type[Feed], people: People, configure: Any, any_store: str
) -> None:
    if any_store == "none":
        configure(HOME_OWN=True)
    reader, liked, watched, doubly = people("reader", "liked", "watched", "doubly")
    follow(reader, liked)
    follow(reader, watched, kind="watch")
    follow(reader, doubly)
    follow(reader, doubly, kind="watch")
    for person in (reader, liked, watched, doubly):
        publish(actor=person, verb="wave")
    feed = both(reader)
    for _ in ("cold", "warm"):
        names = {kind: [e.actor.name for e in feed.filter(kind=kind).page()] for kind in ("follow", "watch")}
        assert names == {"follow": ["doubly", "liked"], "watch": ["doubly", "watched"]}
        others = [entry.actor.name for entry in feed.page() if entry.actor.name != "reader"]
        assert others == ["doubly", "watched", "liked"]


def test_only_kinds_that_the_feed_is_made_from(ana: Any) -> None:
    with pytest.raises(InvalidFilter, match="home is made from are: 'follow'; not 'watch'"):
        HomeFeed(ana).filter(kind="watch")
    with pytest.raises(InvalidFilter, match="made from are: none"):
        OutboxFeed(ana).filter(kind="follow")


# -- all rows of a model ---------------------------------------------------------------------------------


def test_the_activities_of_all_rows_of_a_model(history: list[int], ana: Any, photo: Photo) -> None:
    page = Page.objects.create(slug="about", author=ana)
    about = {entry.id for entry in ModelFeed(Photo).page(100)}
    assert about == {
        e.id for n in (ana, photo) for e in ObjectFeed(n).page(100) if _is(e.object, "app.photo")
    }
    assert [e.object.id for e in ModelFeed(Page).page()] == [page.pk]  # type: ignore[union-attr]
    seen, last = to_the_end(ModelFeed(Album), 3)
    assert back(ModelFeed(Album), 3, last.previous_cursor) + ids(last) == seen
    assert seen == sorted(
        {e.id for e in everything() if _is(e.object, "app.album") or e.target}, reverse=True
    )


def everything() -> list[Entry]:
    return [*load(list(Activity.objects.values_list("id", flat=True))).entries.values()]


def test_a_model_in_some_roles(history: list[int]) -> None:
    targets = ModelFeed(Album, ["target"]).page(100)
    assert len(targets) == 8
    assert all(_is(entry.target, "app.album") for entry in targets)
    assert len(ModelFeed(Album, ["target"]).filter(verb="like").page(100)) == 2
    with pytest.raises(InvalidFilter, match="some of actor, object, target"):
        ModelFeed(Album, ["owner"])


def _is(card: Any, label: str) -> bool:
    return card is not None and card.model == label


# -- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"verb": ""}, "verb must be a word"),
        ({"verb": "a\x00"}, "verb must be a word"),
        ({"verb": 3}, "verb must be a word"),
        ({"verb": []}, "verb takes 1 to 20 values, not 0"),
        ({"verb": ["v"] * 21}, "verb takes 1 to 20 values, not 21"),
        ({"object_type": "app.nothing"}, "object_type must be the label of a registered model"),
        ({"object_type": Unregistered}, "object_type must be the label of a registered model"),
        ({"actor_type": "auth.user__password"}, "actor_type must be the label"),
        ({"target_type": 7}, "target_type must be the label"),
        ({"since": "yesterday"}, "since must be a date and time"),
        ({"until": datetime(1, 1, 1, tzinfo=UTC)}, "until must be between 1970 and 2109"),
    ],
)
def test_what_cannot_be_is_refused(ana: Any, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidFilter, match=says):
        OutboxFeed(ana).filter(**given)


def test_a_word_is_as_long_as_it_may_be(ana: Any) -> None:
    for word in ("v", "v" * MAX_TEXT):
        assert len(OutboxFeed(ana).filter(verb=word).page()) == 0
    with pytest.raises(InvalidFilter, match="verb must be a word"):
        OutboxFeed(ana).filter(verb="v" * (MAX_TEXT + 1))


def test_naive_times_are_in_the_current_time_zone(history: list[int], ana: Any, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    naive = OutboxFeed(ana).filter(since=datetime(2024, 5, 20, 9))  # noqa: DTZ001
    assert ids(naive.page()) == ids(OutboxFeed(ana).filter(since=datetime(2024, 5, 20, tzinfo=UTC)).page())
