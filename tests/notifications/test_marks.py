"""Seen and read, and how many are not: exact, after whatever happens."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activitystream import NotificationsFeed, publish, retract
from tests.app.models import Photo
from tests.fixtures import People
from tests.kit import Shrink

from .helpers import like, numbers

pytestmark = pytest.mark.usefixtures("transactional_db", "any_store")


def flags(user: Any) -> list[tuple[bool, bool]]:
    return [(group.seen, group.read) for group in NotificationsFeed(user).groups()]


@pytest.fixture
def fans(people: People) -> list[Any]:
    return people(3)


@pytest.fixture
def liked(ana: Any, photo: Photo, fans: list[Any]) -> list[int]:
    """Two likes of a photo, then a wave; the activities' ids."""
    made = [like(fans[0], photo), like(fans[1], photo), publish(actor=fans[2], verb="wave", notify=[ana])]
    return [row.id for row in made]


def test_what_is_new_is_neither_seen_nor_read(ana: Any, liked: list[int]) -> None:
    assert flags(ana) == [(False, False), (False, False)]
    assert numbers(ana) == [2, 3, 2, 3]


def test_marking_everything_as_seen_leaves_it_unread(ana: Any, liked: list[int]) -> None:
    assert NotificationsFeed(ana).mark_seen() == 3
    assert flags(ana) == [(True, False), (True, False)]
    assert numbers(ana) == [0, 0, 2, 3]


def test_what_is_read_is_seen(ana: Any, liked: list[int]) -> None:
    NotificationsFeed(ana).mark_read()
    assert flags(ana) == [(True, True), (True, True)]
    assert numbers(ana) == [0, 0, 0, 0]


def test_marking_again_changes_nothing(ana: Any, liked: list[int]) -> None:
    feed = NotificationsFeed(ana)
    assert (feed.mark_read(), feed.mark_read(), feed.mark_seen()) == (3, 0, 0)


def test_one_activity_of_a_group_is_marked(ana: Any, liked: list[int]) -> None:
    NotificationsFeed(ana).mark_read(liked[0])
    assert numbers(ana) == [2, 2, 2, 2]
    assert flags(ana) == [(False, False), (False, False)]


def test_a_group_is_marked(ana: Any, photo: Photo, liked: list[int]) -> None:
    NotificationsFeed(ana).mark_read(group=f"like:app.photo:{photo.pk}")
    assert numbers(ana) == [1, 1, 1, 1]
    assert flags(ana) == [(False, False), (True, True)]


def test_what_came_after_is_not_marked_as_seen_up_to_here(ana: Any, liked: list[int]) -> None:
    assert NotificationsFeed(ana).mark_seen(up_to=liked[1]) == 2
    assert numbers(ana) == [1, 1, 2, 3]


def test_a_group_is_marked_as_far_as_it_was_shown(
    ana: Any, photo: Photo, fans: list[Any], liked: list[int]
) -> None:
    group = NotificationsFeed(ana).groups()[1]
    like(fans[2], photo)
    assert NotificationsFeed(ana).mark_seen(group=group.key, up_to=group.id) == 2


def test_something_new_makes_a_seen_group_unseen(
    ana: Any, photo: Photo, fans: list[Any], liked: list[int]
) -> None:
    NotificationsFeed(ana).mark_read()
    like(fans[2], photo)
    assert numbers(ana) == [1, 1, 1, 1]
    assert flags(ana) == [(False, False), (True, True)]


def test_marks_are_ones_own(ana: Any, ben: Any, photo: Photo, liked: list[int]) -> None:
    feed = NotificationsFeed(ben)
    marked = [feed.mark_read(), feed.mark_read(liked[0]), feed.mark_seen(up_to=liked[2])]
    marked.append(feed.mark_read(group=f"like:app.photo:{photo.pk}"))
    assert marked == [0, 0, 0, 0]
    assert numbers(ana) == [2, 3, 2, 3]


def test_what_is_retracted_is_not_counted(ana: Any, liked: list[int]) -> None:
    assert numbers(ana) == [2, 3, 2, 3]
    retract(liked[0])
    assert numbers(ana) == [2, 2, 2, 2]
    retract(liked[1])
    assert numbers(ana) == [1, 1, 1, 1]


def test_what_is_hidden_is_not_counted(ana: Any, photo: Photo, liked: list[int]) -> None:
    assert numbers(ana) == [2, 3, 2, 3]
    photo.hidden = True
    photo.save()
    assert numbers(ana) == [1, 1, 1, 1]
    photo.hidden = False
    photo.save()
    assert numbers(ana) == [2, 3, 2, 3]


def test_what_somebody_did_who_is_deleted_is_not_counted(ana: Any, fans: list[Any], liked: list[int]) -> None:
    assert numbers(ana) == [2, 3, 2, 3]
    fans[0].delete()
    assert numbers(ana) == [2, 2, 2, 2]


def test_counts_are_exact_up_to_a_bound_and_say_so(
    shrink: Shrink, ana: Any, photo: Photo, fans: list[Any], liked: list[int]
) -> None:
    shrink("feeds.notifications.counts", COUNTED=3)
    assert not NotificationsFeed(ana).counts().unread.more
    NotificationsFeed(ana).mark_seen(up_to=liked[2])
    like(fans[0], photo)
    counts = NotificationsFeed(ana).counts()
    assert (counts.unseen.items, counts.unseen.more) == (1, False)
    assert (counts.unread.items, counts.unread.more) == (3, True)


def test_a_mark_is_one_query_and_one_to_forget(ana: Any, liked: list[int]) -> None:
    with CaptureQueriesContext(connection) as captured:
        NotificationsFeed(ana).mark_seen()
    told = [query["sql"] for query in captured if "activitystream_notification" in query["sql"]]
    assert len(told) == 1
    assert len([sql for sql in captured if "INSERT" in sql["sql"]]) <= 1
