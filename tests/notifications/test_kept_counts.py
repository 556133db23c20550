"""Counts that are kept in the store: they cost no query, and whatever changes makes them anew."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from activitystream import NotificationsFeed, follow, publish, retract
from activitystream.models import Notification
from activitystream.streams import get_store
from activitystream.testing import store_down, use_store
from tests.app.models import Photo
from tests.fixtures import People
from tests.kit import Spying, StandIn

from .helpers import like, numbers

pytestmark = pytest.mark.usefixtures("transactional_db", "store")


def test_a_page_view_costs_one_round_trip_and_no_query(
    ana: Any, ben: Any, photo: Photo, store_with: Spying
) -> None:
    like(ben, photo)
    assert numbers(ana) == [1, 1, 1, 1]
    calls: list[Any] = []
    store = store_with(get_many=lambda names: calls.append(names) or store.get_many(names))
    with CaptureQueriesContext(connection) as captured:
        assert numbers(ana) == [1, 1, 1, 1]
    assert (len(captured), len(calls)) == (0, 1)


def test_what_is_told_to_others_leaves_them_kept(ana: Any, ben: Any, photo: Photo, people: People) -> None:
    like(ben, photo)
    numbers(ana)
    publish(actor=ben, verb="wave", notify=people("cy"))
    follow(ben, ana)
    with CaptureQueriesContext(connection) as captured:
        numbers(ana)
    assert len(captured) == 0


def test_within_a_transaction_they_are_made_and_not_kept(ana: Any, ben: Any, photo: Photo) -> None:
    assert numbers(ana) == [0, 0, 0, 0]
    with transaction.atomic():
        like(ben, photo)
        NotificationsFeed(ana).mark_seen()
        transaction.set_rollback(True)
    assert numbers(ana) == [0, 0, 0, 0]


def test_they_are_made_from_sql_while_the_store_is_down(ana: Any, ben: Any, photo: Photo) -> None:
    like(ben, photo)
    with store_down():
        assert numbers(ana) == [1, 1, 1, 1]


def test_a_change_while_the_store_is_down_is_told_later(
    ana: Any, ben: Any, photo: Photo, configure: Any
) -> None:
    from activitystream.journal import sweep

    configure(SWEEP_AFTER=0)
    made = like(ben, photo)
    assert numbers(ana) == [1, 1, 1, 1]
    with store_down():
        retract(made)
    sweep()
    assert numbers(ana) == [0, 0, 0, 0]


def test_a_slow_reader_keeps_nothing_that_was_changed_meanwhile(ana: Any, ben: Any, photo: Photo) -> None:
    store: Any = get_store()

    def slow(bodies: Any, stamp: Any) -> None:
        with use_store(store):
            like(ben, photo)
        store.put(bodies, stamp)

    with use_store(cast("Any", StandIn(store, put=slow))):
        NotificationsFeed(ana).counts()
    assert Notification.objects.count() == 1
    assert numbers(ana) == [1, 1, 1, 1]
