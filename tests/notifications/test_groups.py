"""Groups: who and how many, in an order in which each stands once, whatever comes meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activitystream import InvalidCursor, NotificationsFeed, publish, retract
from tests.app.models import Photo
from tests.fixtures import People
from tests.kit import Shrink

from .helpers import like, scroll

pytestmark = pytest.mark.usefixtures("transactional_db", "any_store")


def photos_of(owner: Any, number: int) -> list[Photo]:
    made = Photo.objects.bulk_create(Photo(caption=f"Photo {n}", owner=owner) for n in range(number))
    return list(Photo.objects.filter(owner=owner).order_by("pk"))[-len(made) :]


def test_a_group_has_its_latest_members_and_the_true_count(ana: Any, photo: Photo, people: People) -> None:
    made = [like(fan, photo) for fan in people(5)]
    (group,) = NotificationsFeed(ana).groups()
    assert (group.key, group.verb) == (f"like:app.photo:{photo.pk}", "like")
    assert group.object is not None
    assert group.object.name == "Lake"
    assert [card.name for card in group.actors] == ["user-4", "user-3", "user-2"]
    assert [entry.id for entry in group.entries] == [row.id for row in made[:1:-1]]
    assert (group.id, group.count, group.actor_count, group.others, group.more) == (
        made[-1].id,
        5,
        5,
        2,
        False,
    )


def test_who_acts_twice_is_one_person(ana: Any, ben: Any, photo: Photo) -> None:
    like(ben, photo)
    like(ben, photo)
    (group,) = NotificationsFeed(ana).groups()
    assert (group.count, group.actor_count, [card.name for card in group.actors]) == (2, 1, ["ben"])


def test_nobody_else_is_told(ana: Any, ben: Any, photo: Photo) -> None:
    like(ben, photo)
    assert len(NotificationsFeed(ben).groups()) == 0


def test_the_newest_group_is_first(ana: Any, ben: Any) -> None:
    one, two = photos_of(ana, 2)
    for photo in (one, two, one):
        like(ben, photo)
    shown = NotificationsFeed(ana).groups()
    assert [(group.object and group.object.id, group.count) for group in shown] == [
        (str(one.pk), 2),
        (str(two.pk), 1),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_each_group_stands_once_while_others_come(
    ana: Any, people: People, limit: int, shrink: Shrink
) -> None:
    shrink("feeds.notifications.rows", BATCH=3)
    fans, photos = people(3), photos_of(ana, 7)
    moment = timezone.now() - timedelta(days=1)
    for place, photo in enumerate(photos * 3):  # groups are mixed with one another
        like(fans[place % 3], photo, published=moment + timedelta(seconds=place * place % 17))
    keys = [f"like:app.photo:{photo.pk}" for photo in photos]
    new = iter(photos * 10)

    def meanwhile() -> None:
        like(fans[0], next(new))
        publish(actor=fans[1], verb="wave", notify=[ana])

    shown = scroll(ana, limit, meanwhile)
    assert sorted(group.key for group in shown) == sorted(keys)
    assert [group.id for group in shown] == sorted((group.id for group in shown), reverse=True)
    assert {group.count for group in shown} == {3}


def test_groups_of_one_moment_are_all_there(ana: Any, ben: Any) -> None:
    moment = timezone.now() - timedelta(days=1)
    for photo in photos_of(ana, 9):
        like(ben, photo, published=moment)
    assert len({group.key for group in scroll(ana, 2)}) == 9


def test_a_retracted_member_shrinks_its_group_and_the_last_removes_it(
    ana: Any, photo: Photo, people: People
) -> None:
    first, last = (like(fan, photo) for fan in people(2))
    retract(last)
    (group,) = NotificationsFeed(ana).groups()
    assert (group.id, group.count) == (first.id, 1)
    retract(first)
    assert len(NotificationsFeed(ana).groups()) == 0


def test_a_hidden_photo_takes_its_group_with_it(ana: Any, ben: Any, photo: Photo) -> None:
    like(ben, photo)
    photo.hidden = True
    photo.save()
    assert len(NotificationsFeed(ana).groups()) == 0
    photo.hidden = False
    photo.save()
    assert len(NotificationsFeed(ana).groups()) == 1


def test_a_page_goes_on_where_much_may_not_be_shown(shrink: Shrink, ana: Any, ben: Any, photo: Photo) -> None:
    shrink("feeds.notifications.rows", BATCH=2)
    shrink("feeds.notifications.groups", PATIENCE=2)
    like(ben, photo)
    hidden = Photo.objects.create(caption="secret", owner=ana, hidden=True)
    for _ in range(9):
        like(ben, hidden)
    first = NotificationsFeed(ana).groups(2)
    assert (len(first), first.has_next) == (0, True)
    assert [group.key for group in scroll(ana, 2)] == [f"like:app.photo:{photo.pk}"]


def test_what_is_not_counted_is_told(shrink: Shrink, ana: Any, photo: Photo, people: People) -> None:
    shrink("feeds.notifications.groups", COUNTED=3)
    fans = people(4)
    for fan in fans[:3]:
        like(fan, photo)
    assert [(group.count, group.more) for group in NotificationsFeed(ana).groups()] == [(3, False)]
    like(fans[3], photo)
    assert [(group.count, group.more) for group in NotificationsFeed(ana).groups()] == [(3, True)]


@pytest.mark.parametrize("cursor", ["", "7", "a-b", "1-2", "é", "x" * 5000, 5])
def test_a_wrong_cursor_is_refused(ana: Any, cursor: Any) -> None:
    with pytest.raises(InvalidCursor, match="after must be the next cursor of a page of groups"):
        NotificationsFeed(ana).groups(after=cursor)


def test_what_arrives_late_neither_hides_a_group_nor_shows_it_again(ana: Any, ben: Any) -> None:
    moment = timezone.now() - timedelta(days=1)
    photos = photos_of(ana, 4)
    for minute, photo in enumerate(photos):
        like(ben, photo, published=moment + timedelta(minutes=minute))

    def late() -> None:
        """As what was published before the scroll began, and committed after."""
        for photo in photos:
            like(ben, photo, published=moment + timedelta(minutes=2))

    keys = [f"like:app.photo:{photo.pk}" for photo in photos[::-1]]
    assert [group.key for group in scroll(ana, 1, late)] == keys


def test_more_groups_than_a_cursor_can_name_stand_once(ana: Any, people: People, shrink: Shrink) -> None:
    shrink("feeds.groups.cursor", REMEMBERED=2)
    photos = photos_of(ana, 9)
    for fan in people(2):
        for photo in photos:
            like(fan, photo)
    assert [group.key for group in scroll(ana, 2)] == [f"like:app.photo:{photo.pk}" for photo in photos[::-1]]


def test_a_page_costs_the_same_however_many_groups_it_has(ana: Any, people: People) -> None:
    def queries() -> int:
        NotificationsFeed(ana).groups()
        with CaptureQueriesContext(connection) as captured:
            NotificationsFeed(ana).groups()
        return len(captured)

    fans = people(3)
    for fan in fans:
        like(fan, photos_of(ana, 1)[0])
    few = queries()
    for photo in photos_of(ana, 15):
        for fan in fans:
            like(fan, photo)
    assert queries() == few
