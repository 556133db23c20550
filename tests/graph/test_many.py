"""Many follows at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activitystream import (
    HomeFeed,
    InvalidFollow,
    RowNotFound,
    block,
    follow,
    follow_many,
    is_following,
    publish,
)
from activitystream.graph import follow_pairs
from activitystream.models import Activity, Follow, FollowRequest, JournalEntry
from activitystream.streams import get_store
from tests.app.models import Album, Note, Photo

pytestmark = pytest.mark.usefixtures("transactional_db")


def test_many_rows_of_any_model(ana: Any, people: Any, photo: Photo, any_store: str) -> None:
    others = people(3)
    publish(actor=others[2], verb="before")
    rows = [*others, photo, others[0]]
    assert len(HomeFeed(ana).page()) == 0
    known = follow(ana, others[1])
    made = follow_many(ana, rows)
    assert [one.followee for one in made] == rows
    assert made[1] == known
    assert Follow.objects.count() == 4
    assert (made[0].actor_only, made[3].actor_only) == (True, False)
    assert "before" in [entry.verb for entry in HomeFeed(ana).page()]


def test_none(ana: Any) -> None:
    assert follow_many(ana, []) == []


def test_a_kind_and_what_it_brings(ana: Any, people: Any) -> None:
    others = people(2)
    follow_many(ana, others, "watch", actor_only=False)
    assert set(Follow.objects.values_list("kind", "actor_only")) == {("watch", False)}
    follow_many(ana, others, "watch", actor_only=True)
    assert set(Follow.objects.values_list("kind", "actor_only")) == {("watch", True)}
    follow_many(ana, others, "watch")
    assert set(Follow.objects.values_list("kind", "actor_only")) == {("watch", True)}


def test_all_or_none(ana: Any, ben: Any, people: Any, registering: Any) -> None:
    [eve] = people("eve")
    registering(Note, followable=False)
    for bad in (ana, Note.objects.create(text="x"), Photo(caption="new")):
        with pytest.raises(InvalidFollow):
            follow_many(ana, [eve, bad])
    block(ben, ana)
    with pytest.raises(RowNotFound):
        follow_many(ana, [eve, ben])
    assert not Follow.objects.exists()


def test_what_is_private_is_asked_for(ana: Any, ben: Any, cleo: Any) -> None:
    album = Album.objects.create(title="private", owner=ben)
    made = follow_many(ana, [ben, cleo, album])
    assert [type(one) for one in made] == [Follow, FollowRequest, FollowRequest]
    assert follow_many(ana, [album, cleo, ben]) == made[::-1]
    assert [type(one) for one in follow_many(ana, [cleo], consent=True)] == [Follow]
    assert is_following(ana, cleo)
    assert FollowRequest.objects.count() == 1


def test_the_queries_and_the_drops_do_not_grow(ana: Any, people: Any, store: Any) -> None:
    others = people(60)
    follow_many(ana, others[:2])
    counts = []
    for some in (others[2:4], others[4:]):
        with CaptureQueriesContext(connection) as captured:
            follow_many(ana, some)
        counts.append(len(captured))
        assert len([query for query in captured if JournalEntry._meta.db_table in query["sql"]]) == 2
    assert counts[0] == counts[1] < 15
    assert Follow.objects.count() == 60
    assert get_store() is not None


def test_what_is_followed_already_costs_no_query_of_its_own(ana: Any, people: Any) -> None:
    others = people(12)
    follow_many(ana, others)
    counts = []
    for some in (others[:2], others):
        with CaptureQueriesContext(connection) as captured:
            follow_many(ana, some)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_follows_are_activities_here_too(ana: Any, people: Any, configure: Any) -> None:
    configure(FOLLOW_VERB="follow")
    others = people(3)
    follow_many(ana, others)
    assert sorted(Activity.objects.values_list("object_id", flat=True)) == sorted(str(o.pk) for o in others)


def test_several_users(ana: Any, ben: Any, people: Any, private_rows: Any) -> None:
    """Each pair has its own answer; what speaks against one stops no other."""
    cleo, dan, eve = people("cleo", "dan", "eve")
    get_user_model().objects.filter(pk=cleo.pk).update(last_name="private")
    block(dan, ana)
    block(ben, eve)
    follow(ben, dan, actor_only=False)
    wanted = [(ana, cleo), (ana, dan), (ben, dan), (ben, eve), (dan, dan), (eve, dan), (eve, dan), (ana, ben)]
    made = follow_pairs(wanted)
    kinds = [FollowRequest, RowNotFound, Follow, InvalidFollow, InvalidFollow, Follow, Follow, Follow]
    assert [type(one) for one in made] == kinds
    assert made[5] is made[6]
    assert made[2] == Follow.objects.get(follower=ben)
    assert made[2].actor_only is False, "following again changes nothing"
    assert set(Follow.objects.values_list("follower", "followee_id")) == {
        (ben.pk, str(dan.pk)),
        (eve.pk, str(dan.pk)),
        (ana.pk, str(ben.pk)),
    }
    assert FollowRequest.objects.get() == made[0]
    assert follow_pairs(wanted, consent=True)[0] == Follow.objects.get(followee_id=str(cleo.pk))
    assert not FollowRequest.objects.exists()
    with pytest.raises(InvalidFollow):
        follow_pairs([(ana, ben), (Album(), ben)])
    with pytest.raises(InvalidFollow):
        follow_pairs([(ana, ben)], "")
    assert follow_pairs([]) == []
