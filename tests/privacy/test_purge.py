"""What is retracted leaves no bytes in Redis, and a model that is not registered any more is not shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django_redis import get_redis_connection

from activitystream import OutboxFeed, change_visibility, edit, publish, retract
from activitystream.feeds import get_entry
from activitystream.models import Activity
from activitystream.registry import unregister
from tests.app.models import Photo
from tests.fixtures import STORES
from tests.settings import KEY_PREFIX

SECRET = "zqsecret"


def bytes_of_bodies() -> int:
    """Count the bytes of the texts that the store has."""
    redis = get_redis_connection("default")
    keys = [*redis.scan_iter(f"{KEY_PREFIX}*:body:*")]
    values = [redis.get(key) for key in keys]
    return sum(len(value) for value in values if SECRET.encode() in value)


CHANGES: dict[str, Callable[[Any, list[Activity]], Any]] = {
    "retract": lambda ana, made: [retract(one) for one in made],
    "retract all": lambda ana, made: retract(actor=ana),
    "edit": lambda ana, made: [edit(one, {}) for one in made],
    "hide": lambda ana, made: [change_visibility(one, "self") for one in made],
    "delete": lambda ana, made: ana.delete(),
    "delete the object": lambda ana, made: Photo.objects.all().delete(),
    "row by row": lambda ana, made: [one.object.delete() for one in made],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", list(CHANGES))
def test_nothing_is_left_in_redis(configure: Any, ana: Any, change: str) -> None:
    configure(STREAMS=STORES["fakeredis"])
    photos = [Photo.objects.create(owner=ana) for _ in range(20)]
    made = [publish(actor=ana, verb="write", object=photo, data={"text": SECRET * 500}) for photo in photos]
    for _ in range(2):
        cursor = None
        while True:
            page = OutboxFeed(ana).page(15, after=cursor)
            cursor = page.next_cursor
            if cursor is None:
                break
    assert bytes_of_bodies() > 80_000
    CHANGES[change](ana, made)
    assert bytes_of_bodies() == 0


@pytest.mark.django_db(transaction=True)
def test_a_warm_body_of_a_model_that_is_not_registered_any_more_is_not_shown(
    any_store: str, ana: Any, registering: Any
) -> None:
    photo = Photo.objects.create(owner=ana)
    registering(Photo, actor="owner")
    about, other = publish(actor=ana, verb="like", object=photo), publish(actor=ana, verb="wave")
    for _ in range(2):
        assert {about.pk, other.pk} <= {entry.id for entry in OutboxFeed(ana).page()}
    unregister(Photo)
    assert [entry.id for entry in OutboxFeed(ana).page()] == [other.pk]
    assert get_entry(about.pk) is None
    registering(Photo, actor="owner")
    assert get_entry(about.pk) is not None
