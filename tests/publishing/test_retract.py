"""retract() and refresh(): out of everything, at once."""

from __future__ import annotations

from typing import Any

import pytest

from activitystream import (
    Draft,
    HomeFeed,
    ObjectFeed,
    OutboxFeed,
    follow,
    publish,
    publish_many,
    refresh,
    retract,
)
from activitystream.feeds import get_entry
from activitystream.models import Activity
from activitystream.streams import StreamStore
from tests.app.models import Photo
from tests.fixtures import People

pytestmark = pytest.mark.usefixtures("transactional_db")


def test_one(ana: Any, photo: Photo, any_store: str, people: People) -> None:
    (fan,) = people("fan")
    follow(fan, ana)
    made = publish(actor=ana, verb="show", object=photo)
    kept = publish(actor=ana, verb="wave")
    feeds = [HomeFeed(fan), OutboxFeed(ana), ObjectFeed(ana)]
    assert [len(feed.page()) for feed in feeds] == [2, 2, 2]
    assert retract(made) == 1
    assert [[entry.id for entry in feed.page()] for feed in feeds] == [[kept.id]] * 3
    assert len(ObjectFeed(photo).page()) == 0
    assert get_entry(made.id) is None
    assert retract(made) == 0


def test_by_id(ana: Any) -> None:
    assert retract(publish(actor=ana, verb="wave").id) == 1
    assert retract(1) == 0
    assert not Activity.objects.exists()


def test_by_what_it_says(ana: Any, photo: Photo, people: People) -> None:
    (ben,) = people("ben")

    def fill() -> None:
        Activity.objects.all().delete()
        publish_many(
            [
                Draft(actor=ana, verb="like", object=photo, key="a"),
                Draft(actor=ben, verb="like", object=photo, key="b"),
                Draft(actor=ana, verb="show", object=photo, target=ben),
                Draft(actor=ana, verb="Like"),
            ]
        )

    cases: list[tuple[dict[str, Any], int]] = [
        ({"actor": ana}, 3),
        ({"object": photo}, 3),
        ({"target": ben}, 1),
        ({"actor": ana, "object": photo}, 2),
        ({"actor": ana, "verb": "like"}, 1),
        ({"actor": ana, "verb": "like", "object": photo}, 1),
        ({"actor": ana, "key": "a"}, 1),
        ({"actor": ana, "key": "b"}, 0),
        ({"object": ben}, 0),
    ]
    for given, number in cases:
        fill()
        assert retract(**given) == number, given
        assert Activity.objects.count() == 4 - number


@pytest.mark.parametrize("given", [{}, {"verb": "like"}, {"key": "k"}])
def test_something_must_be_named(ana: Any, given: dict[str, Any]) -> None:
    publish(actor=ana, verb="like", key="k")
    with pytest.raises(TypeError, match="an activity, or at least one of"):
        retract(**given)
    assert Activity.objects.count() == 1


def test_not_an_activity_and_what_it_says(ana: Any) -> None:
    with pytest.raises(TypeError):
        retract(publish(actor=ana, verb="like"), actor=ana)


def test_many(ana: Any, store: StreamStore) -> None:
    publish_many(Draft(actor=ana, verb="wave") for _ in range(1100))
    OutboxFeed(ana).page()
    assert retract(actor=ana) == 1100
    assert len(OutboxFeed(ana).page()) == 0


def test_a_key_can_be_used_again(ana: Any, any_store: str) -> None:
    first = publish(actor=ana, verb="like", key="k")
    OutboxFeed(ana).page()
    retract(first)
    again = publish(actor=ana, verb="like", key="k")
    assert [entry.id for entry in OutboxFeed(ana).page()] == [again.id]


def test_refresh(ana: Any, photo: Photo, any_store: str, people: People) -> None:
    (other,) = Photo.objects.bulk_create([Photo(caption="Hill", owner=ana)])
    for row in (photo, other):
        publish(actor=ana, verb="show", object=row)
    OutboxFeed(ana).page()
    Photo.objects.update(caption="Sea")
    type(ana).objects.update(username="anna")
    refresh(photo, other, ana)
    assert [str(entry.object) for entry in OutboxFeed(ana).page()] == ["Sea", "Sea"]
    assert [str(entry.actor) for entry in OutboxFeed(ana).page()] == ["anna", "anna"]


def test_saving_an_object_shows_it_as_it_is(ana: Any, photo: Photo, any_store: str) -> None:
    made = publish(actor=ana, verb="show", object=photo, target=ana)
    OutboxFeed(ana).page()
    ana.username = "anna"
    ana.save()
    photo.hidden = True
    photo.save()
    assert get_entry(made.id) is None
    photo.hidden = False
    photo.save()
    entry = get_entry(made.id)
    assert entry is not None
    assert (str(entry.actor), str(entry.target)) == ("anna", "anna")
