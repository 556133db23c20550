"""Pages: the same whatever the stream is like, and complete in both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activitystream import (
    Draft,
    HomeFeed,
    InvalidCursor,
    ObjectFeed,
    OutboxFeed,
    follow,
    publish,
    publish_many,
    retract,
)
from activitystream.feeds import Feed, get_entry
from activitystream.ids import MAX_ID
from activitystream.models import Activity, Ref
from activitystream.streams import State, StreamStore, get_store
from activitystream.testing import store_down
from tests.app.models import Album, Page, Photo
from tests.fixtures import People

pytestmark = pytest.mark.usefixtures("transactional_db")
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


def waves(actor: Any, number: int) -> list[int]:
    """Activities a minute apart, of one millisecond in pairs; their ids, newest first."""
    made = publish_many(
        Draft(actor=actor, verb="wave", published=NOON + timedelta(minutes=n // 2)) for n in range(number)
    )
    return sorted((activity.id for activity in made), reverse=True)


def ids(page: Any) -> list[int]:
    return [entry.id for entry in page]


def to_the_end(feed: Feed, limit: int) -> tuple[list[int], Any]:
    """All ids on the way to the end, and the last page."""
    page, seen = feed.page(limit), list[int]()
    while True:
        seen += ids(page)
        if not page.has_next:
            return seen, page
        page = feed.page(limit, after=page.next_cursor)


def back(feed: Feed, limit: int, cursor: str | None) -> list[int]:
    seen: list[int] = []
    while cursor is not None:
        page = feed.page(limit, before=cursor)
        seen = ids(page) + seen
        cursor = page.previous_cursor
    return seen


# -- the same from everywhere ------------------------------------------------------------------------------


@pytest.mark.parametrize("max_length", [1, 3, 7, None])
@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_to_the_end_and_back(
    ana: Any, any_store: str, configure: Any, limit: int, max_length: int | None
) -> None:
    configure(MAX_LENGTH=max_length)
    expected = waves(ana, 11)
    feed = OutboxFeed(ana)
    for _ in ("cold", "warm"):
        seen, last = to_the_end(feed, limit)
        assert seen == expected
        assert back(feed, limit, last.previous_cursor) + ids(last) == expected


def test_pages_of_a_stream_that_grew_past_its_maximum(ana: Any, store: StreamStore, configure: Any) -> None:
    configure(MAX_LENGTH=3)
    feed = OutboxFeed(ana)
    feed.page()
    expected: list[int] = []
    for number in range(30):
        expected.insert(0, publish(actor=ana, verb=f"v{number}").id)
    assert 3 <= (store.length(feed.stream) or 0) < 30
    for limit in (1, 4, 10, 29, 30, 31):
        assert to_the_end(feed, limit)[0] == expected
        assert back(feed, limit, str(expected[-1])) == expected[:-1]


def test_no_maximum(ana: Any, store: StreamStore, configure: Any) -> None:
    configure(MAX_LENGTH=None)
    waves(ana, 50)
    feed = OutboxFeed(ana)
    feed.page(1)
    assert (store.length(feed.stream), store.contents(feed.stream).complete) == (50, True)


def test_a_trimmed_stream_is_not_complete(ana: Any, store: StreamStore, configure: Any) -> None:
    configure(MAX_LENGTH=4)
    expected = waves(ana, 5)
    OutboxFeed(ana).page(1)
    contents = store.contents(OutboxFeed(ana).stream)
    assert (contents.ids, contents.complete) == (expected[:4], False)


def test_exactly_the_maximum_is_complete(ana: Any, store: StreamStore, configure: Any) -> None:
    configure(MAX_LENGTH=5)
    waves(ana, 5)
    OutboxFeed(ana).page(1)
    assert store.contents(OutboxFeed(ana).stream).complete


def test_an_empty_feed(ana: Any, any_store: str) -> None:
    for feed in (HomeFeed(ana), OutboxFeed(ana), ObjectFeed(ana), OutboxFeed(Ref("app.photo", "no number"))):
        for _ in ("cold", "warm"):
            page = feed.page()
            assert (list(page), page.has_next, page.has_previous) == ([], False, False)
            assert (page.before, page.after, page.next_cursor, page.previous_cursor) == (None,) * 4


def test_cursors_of_a_page(ana: Any, any_store: str) -> None:
    a, b, c, d = waves(ana, 4)
    feed = OutboxFeed(ana)
    first = feed.page(2)
    assert (ids(first), first.before, first.after) == ([a, b], str(a), str(b))
    assert (first.next_cursor, first.previous_cursor) == (str(b), None)
    second = feed.page(2, after=first.next_cursor)
    assert (ids(second), second.next_cursor, second.previous_cursor) == ([c, d], None, str(c))
    again = feed.page(2, before=second.previous_cursor)
    assert (ids(again), again.next_cursor, again.previous_cursor) == ([a, b], str(b), None)
    assert ids(feed.page(1, before=d)) == [c]  # directly newer, not the newest


def test_cursors_that_are_in_no_feed(ana: Any, any_store: str) -> None:
    expected = waves(ana, 4)
    feed = OutboxFeed(ana)
    assert ids(feed.page(after=MAX_ID)) == expected
    assert ids(feed.page(before=0)) == expected
    assert ids(feed.page(2, before=0)) == expected[2:]
    assert ids(feed.page(after=expected[1] + 1)) == expected[1:]
    assert ids(feed.page(before=expected[1] - 1)) == expected[:2]


def test_an_empty_page_leads_back(ana: Any, any_store: str) -> None:
    expected = waves(ana, 3)
    feed = OutboxFeed(ana)
    end = feed.page(after=expected[-1])
    assert (ids(end), end.has_next, end.before, end.after) == ([], False, None, None)
    assert ids(feed.page(2, before=end.previous_cursor)) == expected[1:]
    top = feed.page(before=expected[0])
    assert (ids(top), top.has_previous) == ([], False)
    assert ids(feed.page(2, after=top.next_cursor)) == expected[:2]
    assert feed.page(after=0).has_next is False
    assert feed.page(before=MAX_ID).has_previous is False


def test_what_comes_meanwhile_is_met_on_the_way_back(ana: Any, any_store: str) -> None:
    expected = waves(ana, 6)
    feed = OutboxFeed(ana)
    second = feed.page(2, after=feed.page(2).next_cursor)
    new = publish(actor=ana, verb="new").id
    retract(expected[1])
    seen = back(feed, 2, second.previous_cursor)
    assert seen == [new, expected[0]]
    assert to_the_end(feed, 2)[0] == [new, expected[0], *expected[2:]]


@pytest.mark.parametrize(
    "cursor", ["x", "", "-1", "1.5", " 1", "+1", "\u0661", "1" * 20, str(MAX_ID + 1), "None", True, 1.0, b"1"]
)
def test_cursors_that_are_none(ana: Any, cursor: Any) -> None:
    for name in ("before", "after"):
        with pytest.raises(InvalidCursor, match=f"{name} must be a cursor"):
            OutboxFeed(ana).page(**{name: cursor})


@pytest.mark.parametrize("limit", [0, -1, 101, "x", "", "1.5", 2.0, True, "1" * 4000])
def test_limits_that_are_none(ana: Any, limit: Any) -> None:
    with pytest.raises(InvalidCursor, match="limit must be a whole number from 1 to 100"):
        OutboxFeed(ana).page(limit)


def test_limits(ana: Any, configure: Any) -> None:
    configure(PAGE_SIZE=2, MAX_PAGE_SIZE=3)
    waves(ana, 5)
    assert [len(OutboxFeed(ana).page(limit)) for limit in (None, 1, "3", 3)] == [2, 1, 3, 3]
    with pytest.raises(InvalidCursor, match="from 1 to 3"):
        OutboxFeed(ana).page(4)


def test_both_cursors(ana: Any) -> None:
    with pytest.raises(InvalidCursor, match="before or after, not both"):
        OutboxFeed(ana).page(before=1, after=2)


# -- without a store -----------------------------------------------------------------------------------------


def test_a_store_that_is_down(ana: Any, store: StreamStore, people: People) -> None:
    (ben,) = people("ben")
    follow(ben, ana)
    expected = waves(ana, 4)
    cold, warm = HomeFeed(ben), OutboxFeed(ana)
    assert ids(warm.page()) == expected
    with store_down():
        for feed in (cold, warm):
            assert ids(feed.page(2)) == expected[:2]
            assert ids(feed.page(2, after=expected[1])) == expected[2:]
            assert ids(feed.page(2, before=expected[3])) == expected[1:3]
        made = publish(actor=ana, verb="meanwhile").id
        retract(expected[0])
        assert ids(cold.page()) == ids(warm.page()) == [made, *expected[1:]]
        assert get_entry(made).verb == "meanwhile"  # type: ignore[union-attr]


def test_a_store_that_fails_in_the_middle(
    ana: Any, store: StreamStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from activitystream import StoreUnavailable

    expected = waves(ana, 3)
    retracted = publish(actor=ana, verb="gone").id
    feed = OutboxFeed(ana)
    feed.page()
    Activity.objects.filter(id=retracted).delete()
    store.forget([f"activity:{retracted}"])

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise StoreUnavailable("gone")

    inner = get_store()
    for name in ("remove", "put", "get_many", "begin", "finish", "page"):
        with monkeypatch.context() as patched:
            patched.setattr(inner, name, fail)
            if name in ("begin", "finish"):
                store.delete([feed.stream])
            assert ids(feed.page()) == expected, name
    assert ids(feed.page()) == expected


def test_a_stream_that_is_being_built(ana: Any, store: StreamStore) -> None:
    expected = waves(ana, 3)
    feed = OutboxFeed(ana)
    store.begin(feed.stream, "somebody")
    assert ids(feed.page()) == expected
    assert store.contents(feed.stream).state is State.BUILDING


# -- gone and hidden ---------------------------------------------------------------------------------------


def test_read_repair(ana: Any, store: StreamStore) -> None:
    expected = waves(ana, 12)
    feed = OutboxFeed(ana)
    feed.page(1)
    Activity.objects.filter(id__in=expected[2:8]).delete()  # nobody was told
    page = feed.page(3)
    assert (ids(page), page.has_next) == ([*expected[:2], expected[8]], True)
    assert not set(store.contents(feed.stream).ids) & set(expected[2:8])


def test_hidden_objects_hide_nothing_else(ana: Any, any_store: str) -> None:
    photos = [Photo.objects.create(caption=str(n), owner=ana) for n in range(10)]
    everything = [entry.id for entry in OutboxFeed(ana).page()]
    for photo in photos[2:8]:
        photo.hidden = True
        photo.save()
    feed = OutboxFeed(ana)
    shown = [everything[0], everything[1], everything[8], everything[9]]
    page = feed.page(3)
    assert (ids(page), page.has_next) == (shown[:3], True)  # refilled
    for limit in (1, 2, 3, 4):
        assert to_the_end(feed, limit)[0] == shown
        assert back(feed, limit, str(shown[-1])) == shown[:-1]
    photos[4].hidden = False
    photos[4].save()
    assert len(feed.page()) == 5
    assert get_entry(everything[5]) is not None
    assert get_entry(everything[3]) is None


def test_a_page_does_not_look_for_ever(ana: Any, any_store: str, configure: Any) -> None:
    photo = Photo.objects.create(caption="x", owner=ana)
    first = publish(actor=ana, verb="first", published=NOON).id
    publish_many(Draft(actor=ana, verb="see", object=photo) for _ in range(60))
    photo.hidden = True
    photo.save()
    feed = OutboxFeed(ana)
    with CaptureQueriesContext(connection) as captured:
        page = feed.page(1)
    assert (ids(page), page.has_next) == ([], True)
    assert len(captured) < 60
    assert to_the_end(feed, 1)[0] == [first]
    assert back(feed, 1, str(first)) == []


def test_an_actor_that_is_gone_without_a_signal(ana: Any, people: People, any_store: str) -> None:
    (ben,) = people("ben")
    kept = publish(actor=ana, verb="wave", object=ana).id
    publish(actor=ben, verb="wave", object=ana)
    type(ben).objects.filter(pk=ben.pk)._raw_delete("default")
    assert ids(ObjectFeed(ana).page()) == [kept]


def test_unknown_models_break_no_page(ana: Any, any_store: str, stale_type: Any) -> None:
    kept = publish(actor=ana, verb="wave").id
    lost = publish(actor=ana, verb="see")
    Activity.objects.filter(pk=lost.pk).update(object_type=stale_type, object_id="1")
    other = publish(actor=ana, verb="see")
    photo_type = Ref("app.photo", "1").content_type
    Activity.objects.filter(pk=other.pk).update(object_type=photo_type, object_id="9" * 40)
    assert ids(OutboxFeed(ana).page()) == [kept]


# -- entries -----------------------------------------------------------------------------------------------


def test_an_entry(ana: Any, any_store: str) -> None:
    album = Album.objects.create(title="Summer", owner=ana)
    photo = Photo.objects.create(caption="Lake", owner=ana, album=album)
    Activity.objects.all().delete()
    made = publish(actor=ana, verb="show", object=photo, target=album, data={"n": 1}, published=NOON)
    for _ in ("made", "cached"):
        (entry,) = OutboxFeed(ana).page()
        assert (entry.id, entry.verb, entry.published, entry.data) == (made.id, "show", NOON, {"n": 1})
        assert entry.object is not None
        assert str(entry.object) == "Lake"
        assert (entry.actor.instance, entry.object.instance) == (ana, photo)
        assert entry.as_dict() == {
            "id": str(made.id),
            "verb": "show",
            "published": "2024-05-17T12:00:00.000Z",
            "actor": card("Person", ana, "ana"),
            "object": card(
                "Image", photo, "Lake", url=f"/photos/{photo.pk}/", image=f"/thumbnails/{photo.pk}.jpg"
            ),
            "target": card("Collection", album, "Summer"),
            "data": {"n": 1},
            "visibility": "public",
        }


def card(type: str, row: Any, name: str, **more: Any) -> dict[str, Any]:
    model, _, id = str(Ref.of(row)).partition(":")
    empty = {"url": None, "image": None, "content": None, "deleted": False}
    return {"type": type, "model": model, "id": id, "name": name, **empty, **more}


def test_instances_of_a_page_are_one_query_for_each_model(people: People, any_store: str) -> None:
    some = people(6)
    for actor in some:
        album = Album.objects.create(title="x", owner=actor)
        photo = Photo.objects.create(caption="x", owner=actor, album=album)
        publish(actor=some[0], verb="see", object=photo, target=album)
        publish(actor=some[0], verb="see", object=Page.objects.create(slug=actor.username, author=actor))
    page = OutboxFeed(some[0]).page()
    with CaptureQueriesContext(connection) as captured:
        for entry in page:
            assert all(card.instance for card in (entry.actor, entry.object, entry.target) if card)
    assert len(captured) == 4


def test_a_warm_page_asks_sql_nothing(ana: Any, store: StreamStore, django_assert_num_queries: Any) -> None:
    waves(ana, 30)
    OutboxFeed(ana).page()
    with django_assert_num_queries(0):
        assert len(OutboxFeed(ana).page()) == 20
        assert get_entry(OutboxFeed(ana).page()[0].id) is not None


def test_a_page_is_a_sequence(ana: Any) -> None:
    expected = waves(ana, 3)
    page = OutboxFeed(ana).page()
    assert (len(page), page[0].id, ids(page[1:]), page[0] in page) == (3, expected[0], expected[1:], True)
    assert get_store() is not None
