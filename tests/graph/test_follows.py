"""follow() and unfollow(), and who follows what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from activitystream import (
    HomeFeed,
    InvalidFollow,
    OutboxFeed,
    follow,
    followers,
    following,
    is_following,
    publish,
    unfollow,
)
from activitystream.graph import get_graph
from activitystream.graph.base import Change
from activitystream.models import Activity, Follow, JournalEntry, Ref
from activitystream.publishing.follows import on_change as published
from tests.app.models import Album, Note, Page, Photo, Unregistered
from tests.fixtures import Replica
from tests.kit import Shrink

pytestmark = pytest.mark.usefixtures("transactional_db")
People = Callable[..., list[Any]]


@pytest.fixture
def ana(people: People) -> Any:
    return people("ana")[0]


@pytest.fixture
def ben(people: People) -> Any:
    return people("ben")[0]


@pytest.fixture
def photo(ana: Any) -> Photo:
    return Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])[0]


def verbs(feed: Any) -> list[str]:
    return [entry.verb for entry in feed.page()]


# -- follow and unfollow ---------------------------------------------------------------------------------


def test_follow_and_unfollow(ana: Any, ben: Any) -> None:
    assert not is_following(ben, ana)
    made = follow(ben, ana)
    assert (made.follower, made.followee, made.kind) == (ben, ana, "follow")
    assert is_following(ben, ana)
    assert not is_following(ana, ben)
    assert unfollow(ben, ana) is True
    assert unfollow(ben, ana) is False
    assert not is_following(ben, ana)


def test_following_again_changes_nothing(ana: Any, ben: Any) -> None:
    assert follow(ben, ana) == follow(ben, ana)
    assert Follow.objects.count() == 1


def test_following_again_as_before_writes_nothing(ana: Any, ben: Any) -> None:
    follow(ben, ana, actor_only=True)
    with CaptureQueriesContext(connection) as captured:
        follow(ben, ana, actor_only=True)
    assert not [query["sql"] for query in captured if query["sql"].startswith(("UPDATE", "INSERT"))]


def test_kinds_are_independent(ana: Any, ben: Any) -> None:
    follow(ben, ana, kind="watch")
    assert (is_following(ben, ana), is_following(ben, ana, kind="watch")) == (False, True)
    follow(ben, ana)
    assert unfollow(ben, ana) is True
    assert is_following(ben, ana, kind="watch")
    assert list(followers(ana)) == []
    assert list(followers(ana, kind="watch")) == [ben]
    assert (following(ben), following(ben, kind="watch")) == ([], [ana])


def test_another_kind_feeds_no_home(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="before")
    follow(ben, ana, kind="watch")
    publish(actor=ana, verb="after")
    assert verbs(HomeFeed(ben)) == []


@pytest.mark.parametrize("kind", ["", "k" * 33, "a\nb", None, 3])
def test_kinds_that_are_none(ana: Any, ben: Any, kind: Any) -> None:
    with pytest.raises(InvalidFollow, match="kind must be"):
        follow(ben, ana, kind=kind)
    assert not Follow.objects.exists()


def test_oneself(ana: Any, configure: Any) -> None:
    with pytest.raises(InvalidFollow, match=r"^one cannot follow oneself$"):
        follow(ana, ana)
    configure(SELF_FOLLOW=True)
    assert follow(ana, ana).followee == ana


def test_the_user_of_a_request(ana: Any, ben: Any) -> None:
    lazy: Any = SimpleLazyObject(lambda: ben)
    follow(lazy, ana)
    assert is_following(lazy, ana)
    with pytest.raises(InvalidFollow, match="oneself"):
        follow(lazy, lazy)
    assert unfollow(lazy, ana)


def test_what_cannot_follow(ana: Any, photo: Photo) -> None:
    nobody: Any = AnonymousUser()
    for follower in (nobody, photo, type(ana)(username="not saved")):
        with pytest.raises(InvalidFollow, match=r"a follower is a saved auth\.User"):
            follow(follower, ana)
    assert not is_following(nobody, ana)
    assert not is_following(None, ana)


def test_what_cannot_be_followed(ana: Any, registering: Any) -> None:
    registering(Note, followable=False)
    with pytest.raises(InvalidFollow, match=r"app\.Note cannot be followed"):
        follow(ana, Note.objects.create(text="x"))
    with pytest.raises(InvalidFollow, match=r"app.Unregistered is not registered(.|\n)*@register"):
        follow(ana, Unregistered.objects.create(name="x"))
    for row in (Photo(caption="new"), Album(title="new")):
        with pytest.raises(InvalidFollow, match="is not saved"):
            follow(ana, row)
    assert not Follow.objects.exists()


def test_what_is_not_registered_is_not_followed(ana: Any) -> None:
    row = Unregistered.objects.create()
    assert unfollow(ana, row) is False
    assert is_following(ana, row) is False


def test_keys_of_every_kind(ana: Any, ben: Any, photo: Photo) -> None:
    rows = [
        ana,
        photo,
        Album.objects.create(title="x", owner=ana),
        Page.objects.create(slug="a/b: ü", author=ana),
    ]
    for row in rows:
        follow(ben, row)
    assert following(ben) == rows[::-1]
    assert following(ben, Album, Page) == [rows[3], rows[2]]
    assert following(ben, Note) == []
    for row in rows:
        assert unfollow(ben, row)


# -- what a follow means ---------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_user_is_followed_for_what_it_does(
    ana: Any, ben: Any, people: People, any_store: str, when: str
) -> None:
    (cleo,) = people("cleo")
    if when == "before":
        follow(cleo, ana)
        verbs(HomeFeed(cleo))
    publish(actor=ana, verb="does")
    publish(actor=ben, verb="done to", object=ana)
    publish(actor=ben, verb="done for", object=ben, target=ana)
    if when == "after":
        follow(cleo, ana)
    assert verbs(HomeFeed(cleo)) == ["does"]
    assert follow(cleo, ana, actor_only=False).actor_only is False
    assert verbs(HomeFeed(cleo)) == ["done for", "done to", "does"]
    publish(actor=ben, verb="again", target=ana)
    assert verbs(HomeFeed(cleo))[0] == "again"
    follow(cleo, ana)  # does not say: stays as it is
    assert len(verbs(HomeFeed(cleo))) == 4
    follow(cleo, ana, actor_only=True)
    assert verbs(HomeFeed(cleo)) == ["does"]


def test_everything_else_is_followed_in_any_role(ana: Any, ben: Any, photo: Photo, any_store: str) -> None:
    follow(ben, photo)
    verbs(HomeFeed(ben))
    publish(actor=ana, verb="edit", object=photo)
    publish(actor=photo, verb="trend")
    publish(actor=ana, verb="add", object=ana, target=photo)
    assert verbs(HomeFeed(ben)) == ["add", "trend", "edit"]


def test_registration_decides_what_a_follow_means(ana: Any, ben: Any, registering: Any) -> None:
    registering(Note, follow_actor_only=True)
    assert follow(ben, Note.objects.create(text="x")).actor_only is True


def test_an_activity_that_several_follows_justify_is_there_once(
    ana: Any, ben: Any, photo: Photo, any_store: str
) -> None:
    follow(ben, ana)
    follow(ben, photo)
    verbs(HomeFeed(ben))
    publish(actor=ana, verb="edit", object=photo, target=photo)
    assert verbs(HomeFeed(ben)) == ["edit"]
    unfollow(ben, ana)
    assert verbs(HomeFeed(ben)) == ["edit"]
    unfollow(ben, photo)
    assert verbs(HomeFeed(ben)) == []


def test_own_activities_are_not_in_ones_home(ana: Any, ben: Any, photo: Photo, any_store: str) -> None:
    for user in (ana, ben):
        follow(user, photo)
        verbs(HomeFeed(user))
    publish(actor=ana, verb="edit", object=photo)
    assert (verbs(HomeFeed(ana)), verbs(HomeFeed(ben))) == ([], ["edit"])


def test_home_own(ana: Any, ben: Any, photo: Photo, any_store: str, configure: Any) -> None:
    configure(HOME_OWN=True)
    publish(actor=ana, verb="before", object=photo)
    follow(ana, photo)
    assert verbs(HomeFeed(ana)) == ["before"]
    publish(actor=ana, verb="edit", object=photo)
    publish(actor=ben, verb="like", object=photo)
    publish(actor=photo, verb="trend")
    assert verbs(HomeFeed(ana)) == ["trend", "like", "edit", "before"]
    assert verbs(HomeFeed(ben)) == ["like"]


def test_unfollow_takes_away_and_follow_brings_back(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="first")
    for _ in range(2):
        follow(ben, ana)
        assert verbs(HomeFeed(ben)) == ["first"]
        unfollow(ben, ana)
        assert verbs(HomeFeed(ben)) == []


# -- other ways in which follows come and go -------------------------------------------------------------


def test_rows_written_and_deleted_by_hand(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="wave")
    assert verbs(HomeFeed(ben)) == []
    ref = Ref.of(ana)
    Follow.objects.create(follower=ben, followee_type=ref.content_type, followee_id=ref.id)
    assert verbs(HomeFeed(ben)) == ["wave"]
    Follow.objects.all().delete()  # as the admin does for those that are ticked
    assert verbs(HomeFeed(ben)) == []
    follow(ben, ana)
    assert verbs(HomeFeed(ben)) == ["wave"]
    Follow.objects.get().delete()
    assert verbs(HomeFeed(ben)) == []


def test_a_user_who_is_deleted(ana: Any, ben: Any, people: People, any_store: str) -> None:
    (cleo,) = people("cleo")
    follow(cleo, ben)
    follow(ben, ana)
    publish(actor=ben, verb="wave")
    assert verbs(HomeFeed(cleo)) == ["wave"]
    ben.delete()
    assert not Follow.objects.exists()
    assert verbs(HomeFeed(cleo)) == []
    assert (list(followers(ana)), following(cleo)) == ([], [])
    assert not JournalEntry.objects.exists()


def test_what_is_followed_is_deleted(ana: Any, ben: Any, photo: Photo) -> None:
    follow(ben, photo)
    photo.delete()
    assert not Follow.objects.exists()


def test_a_follow_that_is_rolled_back(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="wave")
    verbs(HomeFeed(ben))
    with transaction.atomic():
        follow(ben, ana)
        transaction.set_rollback(True)
    assert verbs(HomeFeed(ben)) == []
    assert not JournalEntry.objects.exists()


# -- lists -----------------------------------------------------------------------------------------------


def test_lists_are_few_queries(ana: Any, people: People, photo: Photo) -> None:
    many = people(30)
    album = Album.objects.create(title="x", owner=ana)
    for user in many:
        follow(user, ana)
    for row in (photo, album, *many):
        follow(ana, row)
    with CaptureQueriesContext(connection) as captured:
        assert len(following(ana)) == 32
    assert len(captured) == 4
    with CaptureQueriesContext(connection) as captured:
        assert set(followers(ana)) == set(many)
    assert len(captured) == 1


def test_followers_is_a_queryset(ana: Any, people: People) -> None:
    for user in people("x", "y", "z"):
        follow(user, ana)
    assert [user.username for user in followers(ana).filter(username__gt="x").order_by("-username")] == [
        "z",
        "y",
    ]
    assert followers(ana).count() == 3


def test_followers_with_a_replica(ana: Any, ben: Any, settings: Any) -> None:
    settings.DATABASE_ROUTERS = [Replica()]
    follow(ben, ana)
    assert list(followers(ana)) == [ben]
    assert following(ben) == [ana]
    publish(actor=ana, verb="wave")
    assert verbs(HomeFeed(ben)) == verbs(OutboxFeed(ana)) == ["wave"]


def test_what_is_hidden_or_gone_is_not_listed(ana: Any, ben: Any, photo: Photo) -> None:
    follow(ben, photo)
    follow(ben, ana)
    photo.hidden = True
    photo.save()
    assert following(ben) == [ana]
    Photo.objects.all()._raw_delete("default")
    assert following(ben) == [ana]


# -- the graph -------------------------------------------------------------------------------------------


def test_followers_in_chunks(ana: Any, people: People) -> None:
    many = people(7)
    for user in many:
        follow(user, ana)
        follow(user, ana, kind="watch")
    keys = [str(user.pk) for user in many]
    for kinds in (["follow"], ["follow", "watch"]):
        for size in (1, 2, 3, 7, 8):
            seen: list[str] = []
            while True:
                chunk = get_graph().follower_ids(
                    Ref.of(ana), kinds=kinds, as_actor=True, after=seen[-1] if seen else None, limit=size
                )
                seen += chunk
                if len(chunk) < size:
                    break
            assert seen == keys


def test_who_counts(ana: Any, people: People) -> None:
    one, two, three = people("one", "two", "three")
    follow(one, ana)
    follow(two, ana, actor_only=False)
    for kind in ("watch", "friend"):
        follow(three, ana, kind=kind)
    graph, ref, keys = get_graph(), Ref.of(ana), [str(user.pk) for user in (one, two, three)]

    def found(as_actor: bool) -> list[str]:
        return graph.follower_ids(ref, kinds=["follow"], as_actor=as_actor, after=None, limit=9)

    assert (found(True), found(False)) == (keys[:2], keys[1:2])
    assert graph.still_following(ref, keys, kinds=["follow"], as_actor=True) == set(keys[:2])
    assert graph.still_following(ref, keys, kinds=["follow"], as_actor=False) == {keys[1]}
    assert graph.count_followers([ref, Ref("app.photo", "1")], kinds=["follow", "watch"]) == {ref: 3}
    assert graph.count_followers([ref], kinds=["watch", "friend"]) == {ref: 1}
    assert graph.count_followers([ref], kinds=["watch"]) == {ref: 1}
    assert list(graph.followees(keys[0], kinds=["follow"], as_actor=True)) == ["auth.user"]
    assert graph.followees(keys[0], kinds=["follow"], as_actor=False) == {}


def test_who_may_be_followed_at_all(ana: Any, ben: Any, photo: Photo, people: People, shrink: Shrink) -> None:
    """One bounded query: where one has more followers than it reads, the others may have some, too."""
    shrink("graph.tables", PROBED=4)
    graph, (fan, *fans) = get_graph(), people(5)
    refs = [Ref.of(ana), Ref.of(ben), Ref.of(photo)]
    assert set(graph.perhaps_followed([], kinds=["follow"])) == set()
    assert set(graph.perhaps_followed(refs, kinds=["follow"])) == set()
    follow(fan, photo)
    assert set(graph.perhaps_followed(refs, kinds=["follow"])) == {Ref.of(photo)}
    for other in fans[:3]:
        follow(other, ana)
    assert set(graph.perhaps_followed(refs, kinds=["follow"])) == {Ref.of(photo), Ref.of(ana)}
    follow(fans[3], ana)
    assert set(graph.perhaps_followed(refs, kinds=["follow"])) == set(refs)


def test_more_than_a_query_takes(ana: Any, people: People) -> None:
    many = people(1200)
    ref = Ref.of(ana)
    Follow.objects.bulk_create(
        Follow(follower=user, followee_type=ref.content_type, followee_id=ref.id) for user in many
    )
    keys = [str(user.pk) for user in many]
    assert get_graph().still_following(ref, keys, kinds=["follow"], as_actor=True) == set(keys)
    refs = [Ref.of(user) for user in many]
    assert get_graph().count_followers([ref, *refs], kinds=["follow"]) == {ref: 1200}


# -- following as an activity ----------------------------------------------------------------------------


def test_follow_verb(ana: Any, ben: Any, people: People, any_store: str, configure: Any) -> None:
    configure(FOLLOW_VERB="follow")
    (cleo,) = people("cleo")
    follow(cleo, ben)
    verbs(HomeFeed(cleo))
    follow(ben, ana)
    follow(ben, ana)
    follow(ben, ana, actor_only=False)
    follow(ben, ana, kind="watch")
    (entry,) = HomeFeed(cleo).page()
    assert entry.object is not None
    assert (entry.verb, entry.actor.instance, entry.object.instance) == ("follow", ben, ana)
    unfollow(ben, ana, kind="watch")
    assert verbs(HomeFeed(cleo)) == ["follow"]
    unfollow(ben, ana)
    assert verbs(HomeFeed(cleo)) == []
    follow(ben, ana)
    Follow.objects.filter(follower=ben).delete()
    assert not Activity.objects.filter(object_id=str(ana.pk)).exists()
    follow(ben, ana)
    ana.delete()
    assert verbs(OutboxFeed(ben)) == []


def test_follows_of_what_is_no_longer_registered(ana: Any, ben: Any, configure: Any) -> None:
    """As those of a site's own table can be: nothing is published, and nothing breaks."""
    configure(FOLLOW_VERB="follow")
    row = Unregistered.objects.create()
    for began in (True, False):
        published([Change(follower_ids=[str(ben.pk)], followee=Ref.of(row), kind="follow", following=began)])
    assert not Activity.objects.exists()


def test_no_follow_verb(ana: Any, ben: Any) -> None:
    follow(ben, ana)
    assert not Activity.objects.exists()
