"""Cursors tell nothing of what is hidden: they are ids of what is shown, or sealed."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activitystream import (
    Draft,
    Entry,
    Feed,
    InvalidCursor,
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    block,
    follow,
    publish,
    publish_many,
)
from activitystream.feeds.pages import scope_of
from activitystream.feeds.sealed import is_sealed, seal, seal_id, unseal, unseal_id
from activitystream.ids import MAX_ID
from tests.app.models import Photo
from tests.fixtures import Configure, People, Register
from tests.kit import Shrink

pytestmark = pytest.mark.usefixtures("transactional_db")
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


# -- the seal ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", [0, 1, 3765454898490750911, MAX_ID])
def test_an_id_there_and_back(id: int) -> None:
    text = seal_id(id, "here")
    assert is_sealed(text)
    assert re.fullmatch(r"[\w-]{41}", text)
    assert unseal_id(text, "here") == id


@pytest.mark.parametrize("size", [0, 1, 8, 31, 32, 33, 1028])
def test_bytes_of_any_length(size: int) -> None:
    payload = bytes(n % 251 for n in range(size))
    assert unseal(seal(payload, "here"), "here") == payload


def test_no_two_seals_are_alike() -> None:
    """Else one would see whether two cursors stand for the same id."""
    made = {seal_id(7, "here") for _ in range(50)}
    assert len(made) == 50
    assert {len(text) for text in made} == {41}


def test_what_was_tampered_with_is_none() -> None:
    text = seal_id(7, "here")
    changed = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text))]
    others = [text[:-1], text + "A", text + "=", text + "\n", "s", "sAAAA", "s\ud800", "sé", ""]
    for wrong in [*changed, *others]:
        with pytest.raises(ValueError, match=r"."):
            unseal(wrong, "here")
    with pytest.raises(ValueError, match="not sealed here"):
        unseal(text, "there")
    for payload in (b"", b"1234567", b"123456789", b"\xff" * 8):
        with pytest.raises(ValueError, match="no id"):
            unseal_id(seal(payload, "here"), "here")


def test_a_secret_key_that_was_replaced(settings: Any) -> None:
    settings.SECRET_KEY = "old"
    text = seal_id(7, "here")
    settings.SECRET_KEY = "new"
    with pytest.raises(ValueError, match="not sealed here"):
        unseal_id(text, "here")
    settings.SECRET_KEY_FALLBACKS = ["older", "old"]
    assert unseal_id(text, "here") == 7
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal_id(seal_id(8, "here"), "here") == 8


# -- pages -------------------------------------------------------------------------------------------------


@pytest.fixture
def hidden(ana: Any) -> list[int]:
    """More than a page of one looks at, between the oldest and the newest that are shown; their ids."""
    publish(actor=ana, verb="first", published=NOON)
    made = publish_many(
        Draft(actor=ana, verb="secret", visibility="self", published=NOON + timedelta(minutes=n))
        for n in range(1, 70)
    )
    publish(actor=ana, verb="last", published=NOON + timedelta(days=1))
    return [activity.id for activity in made]


def tells(text: str | None, hidden: list[int]) -> bool:
    """Whether one of these ids, or one beside it, can be read in a cursor."""
    words = re.findall(r"[\w-]+", text or "")
    raw = b"".join(
        urlsafe_b64decode(part + "==") for word in words for part in (word, word[1:]) if good(part)
    )
    beside = {id + n for id in hidden for n in (-1, 0, 1)}
    return any(str(id) in (text or "") or id.to_bytes(8) in raw for id in beside)


def good(part: str) -> bool:
    return len(part) % 4 != 1


def walk(read: Callable[..., Any], name: str, start: str | None, way: str) -> Iterator[Any]:
    """All pages of a way, from this cursor on."""
    while True:
        page = read(**{name: start})
        yield page
        start = getattr(page, way)
        if start is None:
            return


def test_no_page_tells_an_id_that_is_not_shown(ana: Any, any_store: str, hidden: list[int]) -> None:
    feed = OutboxFeed(ana)

    def one(**cursors: Any) -> Any:
        return feed.page(1, **cursors)

    older = list(walk(one, "after", None, "next_cursor"))
    newer = list(walk(one, "before", older[-1].before, "previous_cursor"))
    assert [entry.verb for page in older for entry in page] == ["last", "first"]
    assert [entry.verb for page in newer for entry in page] == ["last"]
    for page in [*older, *newer]:
        for text in (page.next_cursor, page.previous_cursor, page.before, page.after):
            assert not tells(text, hidden), text
    assert any(is_sealed(page.next_cursor) for page in older)
    assert any(is_sealed(page.previous_cursor) for page in newer)


def test_an_empty_page_leads_back_to_what_is_hidden(ana: Any, any_store: str, hidden: list[int]) -> None:
    """And does not tell it, if it was not told before."""
    feed = OutboxFeed(ana)
    first, empty, *_ = walk(lambda **at: feed.page(1, **at), "after", None, "next_cursor")
    again = feed.page(1, after=empty.next_cursor)
    assert (len(first), len(empty), len(again)) == (1, 0, 0)
    back = list(walk(lambda **at: feed.page(1, **at), "before", again.previous_cursor, "previous_cursor"))
    assert [entry.verb for page in back for entry in page] == ["last"]
    assert not any(tells(page.next_cursor, hidden) for page in back)
    known = feed.page(1, after=hidden[0])  # what came with the request may go back with the answer
    assert [entry.verb for entry in known] == ["first"]


def test_a_sealed_cursor_is_good_in_its_feed_alone(ana: Any, any_store: str, hidden: list[int]) -> None:
    """By what is older in another feed, or in another time, one could measure it."""
    feed = OutboxFeed(ana)
    sealed = feed.page(1, after=feed.page(1).next_cursor).next_cursor
    assert is_sealed(sealed)
    assert feed.page(1, after=sealed, viewer=ana)
    for other in (ObjectFeed(ana), feed.filter(verb="first"), feed.filter(since=NOON)):
        with pytest.raises(InvalidCursor, match="after must be a cursor"):
            other.page(1, after=sealed)
    with pytest.raises(InvalidCursor):
        feed.page(1, after=sealed[:-1] + ("A" if sealed[-1] != "A" else "B"))


# -- private accounts --------------------------------------------------------------------------------------


@pytest.fixture
def private(ana: Any, registering: Register) -> Any:
    """Ana, whose account is private, and who did much."""
    registering(type(ana), name="username", private="is_staff")
    type(ana).objects.filter(pk=ana.pk).update(is_staff=True)
    publish_many(Draft(actor=ana, verb="wave") for _ in range(150))
    return ana


@pytest.mark.parametrize("feed", [OutboxFeed, ObjectFeed])
def test_a_private_account_has_one_empty_page_for_strangers(
    private: Any, any_store: str, ben: Any, feed: type[Feed]
) -> None:
    for viewer in (None, ben):
        for cursors in ({}, {"after": MAX_ID}, {"before": 0}):
            page = feed(private).page(1, viewer=viewer, **cursors)  # type: ignore[arg-type]
            assert (len(page), page.has_next and "after" in cursors) == (0, False)
            assert page.next_cursor in (None, "1")
            assert not page.has_previous or "after" in cursors
        groups = feed(private).groups(1, by="verb", viewer=viewer)
        assert (len(groups), groups.next_cursor) == (0, None)
    assert len(feed(private).page(viewer=private)) == 20
    follow_accepted(ben, private)
    assert len(feed(private).page(viewer=ben)) == 20


def follow_accepted(follower: Any, followee: Any) -> None:
    type(followee).objects.filter(pk=followee.pk).update(is_staff=False)
    followee.is_staff = False
    follow(follower, followee)
    type(followee).objects.filter(pk=followee.pk).update(is_staff=True)


def test_a_follower_of_a_private_account_goes_on_past_what_is_hidden(
    private: Any, any_store: str, ben: Any
) -> None:
    publish_many(Draft(actor=private, verb="secret", visibility="self") for _ in range(30))
    follow_accepted(ben, private)
    feed = OutboxFeed(private)
    pages = list(islice(walk(lambda **at: feed.page(1, viewer=ben, **at), "after", None, "next_cursor"), 4))
    assert [len(page) for page in pages] == [0, 1, 1, 1]


def test_to_turn_a_stranger_away_costs_no_scan(
    private: Any, ben: Any, configure: Configure, django_assert_num_queries: Any
) -> None:
    configure(STREAMS="activitystream.streams.memory.MemoryStore")
    OutboxFeed(private).page()
    with django_assert_num_queries(0):
        assert len(OutboxFeed(private).page()) == 0
    OutboxFeed(private).page(viewer=ben)
    with CaptureQueriesContext(connection) as captured:
        assert len(OutboxFeed(private).page(viewer=ben)) == 0
    assert len(captured) <= 2


def test_a_feed_of_ones_own_sources_is_read_on(private: Any, ben: Any) -> None:
    """Its owner need not be in all of it."""

    class Wider(OutboxFeed):
        name = ""

        def sources(self) -> Any:
            return [OutboxFeed(private).sources()[0], OutboxFeed(ben).sources()[0]]

    assert (OutboxFeed.about_owner, Wider.about_owner) == (True, False)
    publish(actor=ben, verb="old", published=NOON)
    page = Wider(private).filter(until=datetime(2100, 1, 1, tzinfo=UTC)).page(20)
    assert [entry.verb for entry in page] == ["old"]


# -- groups ------------------------------------------------------------------------------------------------


def by_verb(entry: Entry) -> str:
    return entry.verb


@pytest.mark.parametrize("by", ["verb", by_verb])
def test_no_page_of_groups_tells_an_id_that_is_not_shown(
    ana: Any, any_store: str, hidden: list[int], shrink: Shrink, by: Any
) -> None:
    shrink("feeds.groups.read", PATIENCE=2, SLAB=3, SCANNED=12)
    shrink("feeds.groups.cursor", REMEMBERED=1)
    feed = OutboxFeed(ana)
    pages = list(walk(lambda **at: feed.groups(2, by=by, **at), "after", None, "next_cursor"))
    assert [group.verb for page in pages for group in page] == ["last", "first"]
    assert len(pages) > 3
    assert not any(tells(page.next_cursor, hidden) for page in pages)
    sealed = pages[1].next_cursor
    for other in (ObjectFeed(ana), feed.filter(since=NOON)):
        with pytest.raises(InvalidCursor):
            other.groups(2, by=by, after=sealed)
    with pytest.raises(InvalidCursor):
        feed.groups(2, by="actor", after=sealed)


def test_a_page_of_groups_that_begins_with_what_is_hidden(ana: Any, any_store: str, shrink: Shrink) -> None:
    shrink("feeds.groups.read", PATIENCE=2, SLAB=3)
    publish(actor=ana, verb="wave", published=NOON)
    made = publish_many(Draft(actor=ana, verb="secret", visibility="self") for _ in range(20))
    pages = list(walk(lambda **at: OutboxFeed(ana).groups(2, by="verb", **at), "after", None, "next_cursor"))
    assert [group.verb for page in pages for group in page] == ["wave"]
    assert not any(tells(page.next_cursor, [row.id for row in made]) for page in pages)


def test_groups_that_are_all_shown_have_cursors_that_stay(ana: Any, any_store: str) -> None:
    """So a page that one has is still the same page (304)."""
    for verb in "abc":
        publish(actor=ana, verb=verb)
    assert len({OutboxFeed(ana).groups(1, by="verb").next_cursor for _ in range(3)}) == 1


def test_no_page_of_notifications_tells_an_id_that_is_not_shown(
    ana: Any, people: People, any_store: str, shrink: Shrink
) -> None:
    shrink("feeds.notifications.groups", PATIENCE=2)
    shrink("feeds.notifications.rows", BATCH=3)
    ben, cy = people("ben", "cy")
    photos = Photo.objects.bulk_create(Photo(owner=ana, caption=str(n)) for n in range(30))
    shown = [photos[0], photos[29]]
    for photo in photos:
        publish(actor=cy if photo in shown else ben, verb="like", object=photo, notify=[ana])
    secret = [publish(actor=ben, verb="like", object=photo, notify=[ana]).id for photo in photos]
    block(ana, ben)
    pages = list(walk(lambda **at: NotificationsFeed(ana).groups(2, **at), "after", None, "next_cursor"))
    told = [group.object.name for page in pages for group in page if group.object]
    assert told == ["29", "0"]
    assert len(pages) > 2
    assert not any(tells(page.next_cursor, secret) for page in pages)


def test_a_feed_with_other_sources_says_anew_whom_it_is_about(ana: Any) -> None:
    other = {"sources": lambda self: []}
    assert OutboxFeed.about_owner
    for bases in ((OutboxFeed,), (type("Mixin", (), {}), OutboxFeed)):
        assert type("Same", bases, {}).about_owner
        assert not type("Other", bases, {"name": "", **other}).about_owner
    assert not type("Mixed", (type("Mixin", (), {"name": "", **other}), OutboxFeed), {}).about_owner


def test_a_cursor_is_good_in_every_process(ana: Any) -> None:
    """The order of a set is another in each."""
    verbs = ["wave", "see", "like", "post"]
    assert {scope_of(OutboxFeed(ana).filter(verb=some)) for some in (verbs, verbs[::-1])} == {
        scope_of(OutboxFeed(ana).filter(verb=set(verbs)))
    }
    models = [Photo, type(ana)]
    assert len({scope_of(OutboxFeed(ana).filter(object_type=some)) for some in (models, models[::-1])}) == 1
