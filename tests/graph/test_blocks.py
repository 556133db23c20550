"""Blocks and mutes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from activitystream import (
    HomeFeed,
    InvalidFollow,
    RowNotFound,
    accept,
    block,
    blocked,
    follow,
    is_blocked,
    is_following,
    is_muted,
    mute,
    muted,
    publish,
    unblock,
    unmute,
)
from activitystream.graph import keep_apart, viewer_ref
from activitystream.journal import upkeep
from activitystream.models import Block, Follow, FollowRequest, Mute
from activitystream.registry import find_row
from tests.app.models import Album, Note, Photo, Unregistered

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch, configure: Any) -> list[str]:
    """The refs that were forgotten after a commit."""
    refs: list[str] = []
    kind = upkeep.handler.__globals__["_kinds"]["forget"]
    told = type(kind)(lambda payload, cursor: refs.extend(payload["refs"]), at_once=True)
    monkeypatch.setitem(upkeep.handler.__globals__["_kinds"], "forget", told)
    configure(STREAMS="activitystream.streams.memory.MemoryStore")
    return refs


def test_a_block_is_one_sided(ana: Any, ben: Any) -> None:
    assert block(ana, ben) == block(ana, ben)
    assert (is_blocked(ana, ben), is_blocked(ben, ana), is_blocked(None, ana)) == (True, False, False)
    assert (list(blocked(ana)), list(blocked(ben))) == ([ben], [])
    assert unblock(ben, ana) is False
    assert unblock(ana, ben) is True
    assert unblock(ana, ben) is False
    assert not is_blocked(ana, ben)


def test_blocking_again_costs_little(ana: Any, ben: Any, people: Any) -> None:
    for other in people(3):
        follow(ana, other)
        follow(ben, other)
    block(ana, ben)
    with CaptureQueriesContext(connection) as captured:
        block(ana, ben)
    tables = [model._meta.db_table for model in (Follow, FollowRequest)]
    assert not [query for query in captured if any(table in query["sql"] for table in tables)]


def test_a_block_that_is_made_without_us_ends_follows(ana: Any, ben: Any) -> None:
    follow(ana, ben)
    follow(ben, ana)
    Block.objects.create(blocker=ana, blocked=ben)
    assert not Follow.objects.exists()


def test_the_latest_block_is_first(ana: Any, people: Any) -> None:
    others = people(3)
    for other in (others[1], others[2], others[0]):
        block(ana, other)
    assert list(blocked(ana)) == [others[0], others[2], others[1]]


def test_who_cannot_block_or_be_blocked(ana: Any, photo: Photo) -> None:
    with pytest.raises(InvalidFollow, match="oneself"):
        block(ana, ana)
    for pair in [(ana, photo), (photo, ana), (ana, type(ana)())]:
        with pytest.raises(InvalidFollow, match="saved"):
            block(*pair)
    assert not Block.objects.exists()


def test_a_block_ends_follows_both_ways_and_of_what_is_theirs(
    ana: Any, ben: Any, people: Any, any_store: str
) -> None:
    [eve] = people("eve")
    hers, his = (Album.objects.create(title=f"of {user}", owner=user) for user in (ana, ben))
    for user, obj, kind in [
        (ana, ben, "follow"),
        (ben, ana, "watch"),
        (ben, hers, "follow"),
        (ana, his, "x"),
    ]:
        follow(user, obj, kind=kind)
    kept = [follow(ben, eve), follow(ana, eve), follow(eve, ana), follow(eve, his), follow(ben, his)]
    publish(actor=ben, verb="do")
    assert "do" in [entry.verb for entry in HomeFeed(ana).page()]
    block(ana, ben)
    assert sorted(made.pk for made in Follow.objects.all()) == sorted(made.pk for made in kept)
    assert "do" not in [entry.verb for entry in HomeFeed(ana).page()]


def test_a_block_is_about_what_belongs_to_what_is_theirs(ana: Any, ben: Any, registering: Any) -> None:
    """A note is about a photo, and the photo is Ana's."""
    registering(Note, owner="about")
    photo = Photo.objects.create(caption="Lake", owner=ana)
    note = Note.objects.create(text="x", about=photo)
    follow(ben, note)
    block(ana, ben)
    assert not Follow.objects.exists()
    with pytest.raises(RowNotFound):
        follow(ben, note)


def test_a_block_ends_requests_both_ways(ana: Any, cleo: Any) -> None:
    ana.last_name = "private"
    ana.save()
    first, second = follow(ana, cleo), follow(cleo, ana)
    block(ana, cleo)
    assert not FollowRequest.objects.exists()
    for request in (first, second):
        assert isinstance(request, FollowRequest)
        with pytest.raises(InvalidFollow, match="does not wait"):
            accept(request)


def test_nothing_new_can_be_followed(ana: Any, ben: Any) -> None:
    album = Album.objects.create(title="Alps", owner=ana)
    block(ana, ben)
    for row in (ana, album):
        with pytest.raises(RowNotFound) as blocked_error:
            follow(ben, row)
        label = row._meta.label_lower
        row_id = "999" if row is ana else "00000000-0000-0000-0000-000000000000"
        with pytest.raises(RowNotFound) as missing:
            find_row(label, row_id)
        # the words of what there is not
        assert str(blocked_error.value) == str(missing.value).replace(row_id, str(row.pk))
    with pytest.raises(InvalidFollow, match="unblock"):
        follow(ana, ben)
    assert not Follow.objects.exists()
    unblock(ana, ben)
    follow(ben, ana)


def test_both_may_block(ana: Any, ben: Any) -> None:
    block(ana, ben)
    block(ben, ana)
    assert keep_apart(ana.pk, [str(ben.pk)]) == ({str(ben.pk)}, {str(ben.pk)})
    unblock(ana, ben)
    with pytest.raises(RowNotFound):
        follow(ana, ben)


def test_one_query_says_who_is_kept_apart(ana: Any, people: Any) -> None:
    others = people(4)
    block(ana, others[0])
    block(others[1], ana)
    block(others[2], others[3])
    with CaptureQueriesContext(connection) as captured:
        mine, theirs = keep_apart(ana.pk, [str(other.pk) for other in others])
    assert (mine, theirs) == ({str(others[0].pk)}, {str(others[1].pk)})
    assert len(captured) == 1


def test_what_is_cached_for_both_is_forgotten(ana: Any, ben: Any, forgotten: list[str]) -> None:
    both = {viewer_ref(ana.pk), viewer_ref(ben.pk)}
    assert viewer_ref(ana.pk) == f"viewer:auth.user:{ana.pk}"
    block(ana, ben)
    assert set(forgotten) == both
    forgotten.clear()
    block(ana, ben)
    unblock(ben, ana)
    assert forgotten == []  # nothing changed
    unblock(ana, ben)
    assert set(forgotten) == both


def test_a_block_and_a_follow_at_once(ana: Any, ben: Any) -> None:
    """Whoever comes first: no follow is left beside the block."""
    for turn in range(6):
        start = Barrier(2)

        def run(act: Any, start: Barrier = start) -> None:
            try:
                start.wait()
                act()
            except (RowNotFound, OperationalError):
                pass
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            acts = [lambda: follow(ben, ana), lambda: block(ana, ben)]
            list(pool.map(run, acts if turn % 2 else acts[::-1]))
        assert not (is_blocked(ana, ben) and is_following(ben, ana))
        unblock(ana, ben)
        Follow.objects.all().delete()


# -- mutes -----------------------------------------------------------------------------------------------


def test_mute_and_unmute(ana: Any, ben: Any, photo: Photo) -> None:
    follow(ana, ben)
    assert mute(ana, ben) == mute(ana, ben)
    mute(ana, photo)
    assert muted(ana) == [photo, ben]
    assert (is_muted(ana, ben), is_muted(ben, ana), is_muted(None, ben)) == (True, False, False)
    assert is_following(ana, ben)
    assert unmute(ana, ben) is True
    assert unmute(ana, ben) is False
    assert muted(ana) == [photo]


def test_what_cannot_be_muted(ana: Any) -> None:
    for row in (ana, Unregistered.objects.create(name="x"), Photo(caption="new")):
        with pytest.raises(InvalidFollow):
            mute(ana, row)
    assert not Mute.objects.exists()


def test_a_mute_goes_with_its_row(ana: Any, photo: Photo) -> None:
    mute(ana, photo)
    photo.delete()
    assert not Mute.objects.exists()


def test_what_is_cached_for_who_mutes_is_forgotten(ana: Any, ben: Any, forgotten: list[str]) -> None:
    mute(ana, ben)
    assert forgotten == [viewer_ref(ana.pk)]
    mute(ana, ben)
    unmute(ana, ben)
    assert forgotten == [viewer_ref(ana.pk)] * 2


def test_the_database_keeps_blocks_to_others(ana: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.create(blocker=ana, blocked=ana)
