"""Follows of what is private are asked for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from activitystream import (
    HomeFeed,
    InvalidFollow,
    accept,
    block,
    follow,
    incoming,
    is_following,
    is_requested,
    outgoing,
    publish,
    refresh,
    reject,
    unfollow,
    withdraw,
)
from activitystream.graph import get_graph, hold, to_answer
from activitystream.models import Block, Follow, FollowRequest, Ref
from tests.app.models import Album, Note, Photo

pytestmark = pytest.mark.usefixtures("transactional_db")


def ask(user: Any, obj: Any, **more: Any) -> FollowRequest:
    request = follow(user, obj, **more)
    assert isinstance(request, FollowRequest)
    return request


def verbs(user: Any) -> list[str]:
    return [entry.verb for entry in HomeFeed(user).page()]


def test_what_is_private_is_asked_for(ana: Any, cleo: Any) -> None:
    request = ask(ana, cleo)
    assert (request.follower, request.followee, request.kind, request.owner) == (ana, cleo, "follow", cleo)
    assert not is_following(ana, cleo)
    assert is_requested(ana, cleo)
    assert not is_requested(ana, cleo, "watch")
    assert not is_requested(cleo, ana)
    assert list(incoming(cleo)) == list(outgoing(ana)) == [request]
    assert not incoming(ana)
    assert not outgoing(cleo)


def test_asking_again_is_one_request(ana: Any, cleo: Any) -> None:
    assert ask(ana, cleo) == ask(ana, cleo)
    assert ask(ana, cleo, actor_only=False).actor_only is False
    assert FollowRequest.objects.count() == 1


def test_accept(ana: Any, cleo: Any, any_store: str) -> None:
    publish(actor=cleo, verb="before")
    request = ask(ana, cleo)
    assert verbs(ana) == []
    made = accept(request)
    assert (made.follower, made.followee) == (ana, cleo)
    assert is_following(ana, cleo)
    assert not is_requested(ana, cleo)
    assert "before" in verbs(ana)
    assert isinstance(follow(ana, cleo), Follow)  # it is accepted already
    assert not FollowRequest.objects.exists()


def test_a_request_keeps_what_was_asked_for(ana: Any, cleo: Any) -> None:
    made = accept(ask(ana, cleo, kind="watch", actor_only=False))
    assert (made.kind, made.actor_only) == ("watch", False)
    assert not is_following(ana, cleo)


def test_each_kind_is_asked_for(ana: Any, cleo: Any) -> None:
    accept(ask(ana, cleo))
    ask(ana, cleo, kind="watch")


def test_reject_and_ask_again(ana: Any, cleo: Any) -> None:
    request = ask(ana, cleo)
    assert reject(request) is True
    assert reject(request) is False
    with pytest.raises(InvalidFollow, match="does not wait"):
        accept(request)
    second = ask(ana, cleo)
    with pytest.raises(InvalidFollow, match="does not wait"):
        accept(request)  # the answer to another question
    assert not Follow.objects.exists()
    accept(second)


def test_withdraw(ana: Any, cleo: Any) -> None:
    request = ask(ana, cleo)
    ask(ana, cleo, kind="watch")
    assert withdraw(ana, cleo) is True
    assert withdraw(ana, cleo) is False
    with pytest.raises(InvalidFollow, match="does not wait"):
        accept(request)
    assert is_requested(ana, cleo, "watch")


def test_unfollow_takes_the_request_back(ana: Any, cleo: Any) -> None:
    ask(ana, cleo)
    assert unfollow(ana, cleo) is True
    assert unfollow(ana, cleo) is False
    assert not FollowRequest.objects.exists()


@pytest.mark.usefixtures("private_rows")
def test_the_row_at_hand_may_be_older(ana: Any, ben: Any) -> None:
    type(ben).objects.filter(pk=ben.pk).update(last_name="private")
    ask(ana, ben)


def test_an_account_that_becomes_public_keeps_what_waits(ana: Any, cleo: Any) -> None:
    request = ask(ana, cleo)
    cleo.last_name = ""
    cleo.save()
    assert list(incoming(cleo)) == [request]
    assert not is_following(ana, cleo)
    assert isinstance(follow(ana, cleo), Follow)  # nothing to ask for any more
    assert not FollowRequest.objects.exists()


@pytest.mark.usefixtures("private_rows")
def test_an_account_that_becomes_private_keeps_its_followers(ana: Any, ben: Any) -> None:
    follow(ana, ben)
    ben.last_name = "private"
    ben.save()
    assert is_following(ana, ben)
    assert isinstance(follow(ana, ben), Follow)


@pytest.mark.usefixtures("private_rows")
def test_other_rows_are_asked_for_of_their_owner(ana: Any, ben: Any) -> None:
    album = Album.objects.create(title="private", owner=ben)
    request = ask(ana, album)
    assert list(incoming(ben)) == [request]
    assert isinstance(follow(ben, album), Follow)  # one's own
    accept(request)
    assert is_following(ana, album)


def test_a_request_goes_with_its_row_and_its_people(ana: Any, ben: Any, cleo: Any) -> None:
    album = Album.objects.create(title="private", owner=ben)
    request = ask(ana, album)
    album.delete()
    assert not FollowRequest.objects.exists()
    with pytest.raises(InvalidFollow, match="does not wait"):
        accept(request)
    ask(ana, cleo)
    ask(ben, cleo)
    ana.delete()
    assert FollowRequest.objects.count() == 1
    cleo.delete()
    assert not FollowRequest.objects.exists()


# -- rows that change hands ------------------------------------------------------------------------------


def saved(album: Album, owner: Any) -> None:
    album.owner = owner
    album.save()


@pytest.mark.parametrize("blocker", ["follower", "owner"])
def test_a_block_that_ended_no_request_still_refuses_it(ana: Any, cleo: Any, blocker: str) -> None:
    """Blocks that are created in bulk send no signal, so they leave the request where it is."""
    request = ask(ana, cleo)
    pair = (ana, cleo) if blocker == "follower" else (cleo, ana)
    Block.objects.bulk_create([Block(blocker=pair[0], blocked=pair[1])])
    with pytest.raises(InvalidFollow, match="does not wait any more"):
        accept(request)
    assert not is_following(ana, cleo)
    assert is_requested(ana, cleo)  # what was refused was undone


def saved_in_part(album: Album, owner: Any) -> None:
    album.owner = owner
    album.save(update_fields=["owner"])


def refreshed(album: Album, owner: Any) -> None:
    Album.objects.filter(pk=album.pk).update(owner=owner)
    refresh(album)  # at hand it is older


HANDED: dict[str, Callable[[Album, Any], None]] = {
    "saved": saved,
    "saved in part": saved_in_part,
    "refreshed": refreshed,
}


@pytest.fixture(params=HANDED)
def give(request: pytest.FixtureRequest) -> Callable[[Album, Any], None]:
    """Gives an album to somebody else."""
    return HANDED[request.param]


@pytest.fixture
def album(ben: Any, private_rows: None) -> Album:
    return Album.objects.create(title="private", owner=ben)


def test_a_request_waits_for_who_owns_the_row(
    give: Any, album: Album, ana: Any, ben: Any, people: Any
) -> None:
    [dan] = people("dan")
    requests = [ask(ana, album), ask(ana, album, kind="watch")]
    give(album, dan)
    assert (list(incoming(ben)), list(incoming(dan))) == ([], requests[::-1])
    assert list(outgoing(ana)) == requests[::-1]
    assert [to_answer(user, requests[0].pk) for user in (ana, ben, dan)] == [None, None, requests[0]]
    give(album, ben)
    assert (list(incoming(ben)), list(incoming(dan))) == (requests[::-1], [])


def test_who_may_not_meet_the_new_owner_asks_no_more(give: Any, album: Album, ana: Any, people: Any) -> None:
    dan, eve, fay = people("dan", "eve", "fay")
    request, *_ = [ask(user, album) for user in (ana, dan, eve, fay)]
    block(eve, dan)
    block(dan, fay)
    give(album, dan)
    assert list(FollowRequest.objects.all()) == list(incoming(dan)) == [request]


def test_what_is_saved_is_what_counts(album: Album, ana: Any, ben: Any) -> None:
    request = ask(ana, album)
    album.owner = ana
    album.save(update_fields=["title"])
    assert list(incoming(ben)) == [request]


def test_a_row_that_is_nobodys_keeps_what_waits(ana: Any, ben: Any, registering: Any) -> None:
    registering(Note, actor="author", name="text", private=lambda self, note: True)
    note = Note.objects.create(author=ben)
    request = ask(ana, note)
    for owner in (None, ben):
        note.author = owner
        note.save()
        assert list(incoming(ben)) == ([request] if owner else [])
        assert to_answer(ben, request.pk) == (request if owner else None)


def test_asking_again_is_asking_who_owns_it_now(album: Album, ana: Any, ben: Any, people: Any) -> None:
    [dan] = people("dan")
    request = ask(ana, album)
    Album.objects.filter(pk=album.pk).update(owner=dan)  # no signal tells
    assert (to_answer(ben, request.pk), to_answer(dan, request.pk)) == (None, request)
    assert ask(ana, album) == request  # at hand it is older
    assert (list(incoming(ben)), list(incoming(dan))) == ([], [request])


def test_a_row_that_one_gave_away_is_asked_for(album: Album, ben: Any, people: Any) -> None:
    [dan] = people("dan")
    Album.objects.filter(pk=album.pk).update(owner=dan)
    ask(ben, album)  # at hand it is still Ben's


def test_a_row_that_is_somebodys_through_another(ana: Any, ben: Any, people: Any, registering: Any) -> None:
    registering(Photo, actor="owner", owner="album.owner", private=lambda self, photo: True)
    [dan] = people("dan")
    album = Album.objects.create(title="Lake", owner=ben)
    photo = Photo.objects.create(owner=ana, album=album)
    request = ask(people("eve")[0], photo)
    saved(album, dan)
    assert (to_answer(ben, request.pk), to_answer(dan, request.pk)) == (None, request)
    Photo.objects.get(pk=photo.pk).save()
    assert list(incoming(dan)) == [request]


@pytest.mark.usefixtures("private_rows")
@pytest.mark.parametrize("many", [0, 3])
def test_a_save_of_what_may_be_private_costs_one_query_and_others_none(
    ben: Any, photo: Photo, people: Any, many: int
) -> None:
    album = Album.objects.create(title="private", owner=ben)
    for user in people(many):
        ask(user, album)
    for row, queries in ((album, 1), (photo, 0), (ben, 0)):
        with CaptureQueriesContext(connection) as captured:
            row.save()
        assert len([query for query in captured if FollowRequest._meta.db_table in query["sql"]]) == queries


def test_a_follow_of_what_cannot_be_private_costs_nothing_more(ana: Any, ben: Any) -> None:
    Ref.of(ben).content_type  # noqa: B018  (it is cached from here on)
    with CaptureQueriesContext(connection) as captured:
        follow(ana, ben)
    assert not [query for query in captured if "request" in query["sql"]]


def test_a_save_goes_on_where_nobody_can_say_whose_the_row_is(
    people: Any, registering: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ana, ben = people(2)

    def owner(self: Any, album: Album) -> Any:
        return {"fine": ana}[album.title]

    registering(Album, owner=owner, name="title", private=lambda self, album: True)
    album = Album.objects.create(title="fine", owner=ana)
    asked = follow(ben, album)
    album.title = "odd"
    album.save()
    assert "nobody can say whose app.album" in caplog.text
    assert FollowRequest.objects.get() == asked


def test_threads_make_no_follow_that_was_not_accepted(people: Any, cleo: Any) -> None:
    """Eight ask, answer, withdraw and unfollow at once: each follow made is one that an `accept` gave."""
    fans = people(3)
    tally: Counter[str] = Counter()

    def live(seed: int) -> Counter[str]:
        chance, done = random.Random(seed), Counter[str]()

        def answer(verb: Any) -> bool:
            waiting = list(incoming(cleo)[:3])
            return bool(waiting) and bool(verb(chance.choice(waiting)))

        acts: dict[str, Any] = {
            "asked": lambda: isinstance(follow(chance.choice(fans), cleo), Follow) and False,
            "withdrawn": lambda: withdraw(chance.choice(fans), cleo),
            "rejected": lambda: answer(reject),
            "accepted": lambda: answer(accept),
            "ended": lambda: _end(chance.choice(fans), cleo),
        }
        try:
            for _ in range(15):
                name = chance.choice([*acts, "asked", "accepted"])
                with suppress(InvalidFollow, OperationalError):  # another answered; a deadlock's victim
                    done[name] += bool(acts[name]())
        finally:
            connections.close_all()
        return done

    threads = 3 if connection.vendor == "sqlite" else 8
    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(live, range(threads)):
            tally += done
    assert tally["accepted"] > 1
    assert Follow.objects.count() == tally["accepted"] - tally["ended"]
    for fan in fans:
        assert not (is_following(fan, cleo) and is_requested(fan, cleo))


def _end(user: Any, obj: Any) -> bool:
    """Ends a follow as `unfollow` does, and leaves a request; whether there was a follow."""
    with transaction.atomic():
        hold(user.pk)
        return get_graph().unfollow(user, obj, kind="follow")


def test_requests_have_names_for_the_admin(ana: Any, cleo: Any) -> None:
    request = ask(ana, cleo)
    assert str(request) == f"{ana.pk} follow {Ref.of(cleo)}"
    assert get_user_model().objects.filter(pk=request.owner_id).get() == cleo
