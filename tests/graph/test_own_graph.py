"""A site's own follow table: the graph of docs/guide/following.md, over a plain many-to-many field, does all
that the app's own does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.signals import m2m_changed
from django.template import engines
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import (
    Graph,
    HomeFeed,
    InvalidFollow,
    Ref,
    follow,
    followers,
    following,
    is_following,
    publish,
    unfollow,
)
from activitystream.graph import get_graph
from activitystream.graph.base import NOT_HERE
from activitystream.journal import sweep
from activitystream.models import Activity, Follow, JournalEntry, PulledAudience
from activitystream.publishing import review
from activitystream.streams import get_store
from tests.app.models import Photo, Profile
from tests.kit import Shrink
from tests.rest.helpers import walk
from tests.test_docs import HERE, blocks

pytestmark = pytest.mark.usefixtures("transactional_db", "own_graph")
People = Callable[..., list[Any]]
MODULE = "tests.app.friends"
PAGE = HERE / "docs/guide/following.md"


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """The example of the guide, as a module of the site."""
    (block,) = [found for found in blocks(PAGE.read_text()) if "class FriendsGraph" in found.text]
    module = ModuleType(MODULE)
    module.__package__ = "tests.app"
    sys.modules[MODULE] = module
    exec(compile("\n" * block.line + block.text, str(PAGE), "exec"), vars(module))
    yield module
    m2m_changed.disconnect(module.announce, sender=module.Friendship)
    del sys.modules[MODULE]


@pytest.fixture
def own_graph(example: ModuleType, configure: Any) -> Iterator[None]:
    """It is in use, and the app's own table stays empty."""
    configure(GRAPH=f"{MODULE}.FriendsGraph")
    yield
    assert not Follow.objects.exists()


@pytest.fixture
def ana(people: People) -> Any:
    return people("ana")[0]


@pytest.fixture
def ben(people: People) -> Any:
    return people("ben")[0]


def verbs(user: Any) -> list[str]:
    return [entry.verb for entry in HomeFeed(user).page()]


def length(user: Any) -> int | None:
    """Ids in the home stream; None: it is cold."""
    store = get_store()
    assert store is not None
    return store.length(HomeFeed(user).stream)


def client_of(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


# -- follow, publish, home, unfollow ---------------------------------------------------------------------


def test_from_follow_to_unfollow(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="before")
    assert verbs(ben) == []
    made = follow(ben, ana)
    assert (made.follower, made.followee, made.kind, made.actor_only) == (ben, ana, "follow", True)
    assert follow(ben, ana) == made
    assert list(ben.profile.friends.all()) == [ana]
    assert is_following(ben, ana)
    assert not is_following(ana, ben)
    assert verbs(ben) == ["before"]
    publish(actor=ana, verb="after")
    assert verbs(ben) == ["after", "before"]
    assert (list(followers(ana)), following(ben), following(ben, Photo)) == ([ben], [ana], [])
    assert unfollow(ben, ana) is True
    assert unfollow(ben, ana) is False
    assert verbs(ben) == []
    publish(actor=ana, verb="later")
    assert verbs(ben) == []
    assert not JournalEntry.objects.exists()


def test_a_warm_stream_is_written_to(ana: Any, ben: Any, store: Any) -> None:
    follow(ben, ana)
    verbs(ben)
    publish(actor=ana, verb="wave")
    assert length(ben) == 1
    call_command("activitystream_rebuild", "--warm", verbosity=0)
    call_command("activitystream_verify", verbosity=0)
    assert verbs(ben) == ["wave"]


def test_friends_are_followed_for_what_they_do(ana: Any, ben: Any, people: People, any_store: str) -> None:
    (cleo,) = people("cleo")
    follow(cleo, ana)
    verbs(cleo)
    publish(actor=ben, verb="done to", object=ana)
    publish(actor=ana, verb="does", object=ben)
    assert verbs(cleo) == ["does"]


def test_what_this_graph_does_not_have(ana: Any, ben: Any) -> None:
    photo = Photo.objects.create(owner=ana, caption="Lake")
    refused: list[tuple[Any, dict[str, Any]]] = [
        (photo, {}),
        (ana, {"kind": "watch"}),
        (ana, {"actor_only": False}),
    ]
    for row, how in refused:
        with pytest.raises(InvalidFollow, match="only people"):
            follow(ben, row, **how)
    assert not is_following(ben, photo)
    assert unfollow(ben, photo) is False
    assert unfollow(ben, ana, kind="watch") is False
    assert (list(followers(photo)), following(ben, kind="watch")) == ([], [])
    photo.delete()  # and nothing is looked for in the app's own table


def test_other_columns_of_the_sites_table_say_nothing(ana: Any, ben: Any, people: People) -> None:
    """The friendship's own number may be somebody else's key: they are not followed."""
    (other,) = people("other")
    profile = Profile.objects.create(user=ben)
    Profile.friends.through.objects.bulk_create(
        [Profile.friends.through(id=other.pk, profile=profile, user=ana)]
    )
    everybody = [Ref.of(user) for user in (ana, ben, other)]
    how: Any = {"kinds": ["follow"], "as_actor": True}
    assert get_graph().followed_among(str(ben.pk), everybody, **how) == {Ref.of(ana)}


@pytest.mark.parametrize(
    "shape",
    [
        lambda rows: rows,
        lambda rows: rows.values("pk"),
        lambda rows: rows.values_list("pk"),
        lambda rows: rows.values_list("pk", flat=True),
        lambda rows: rows.values_list("pk", named=True),
        lambda rows: [str(row.pk) for row in rows],
    ],
)
def test_keys_are_whatever_a_subquery_takes(ana: Any, ben: Any, shape: Any) -> None:
    class Everybody(type(get_graph())):  # type: ignore[misc]
        def followees(self, follower_id: str, **how: Any) -> Any:
            return {"auth.user": shape(get_user_model().objects.filter(pk=ana.pk))}

    followed = Everybody().followed_among("1", [Ref.of(ana), Ref.of(ben)], kinds=["follow"], as_actor=True)
    assert followed == {Ref.of(ana)}


def test_changes_by_the_sites_own_code(ana: Any, ben: Any, store: Any) -> None:
    publish(actor=ana, verb="wave")
    profile = Profile.objects.create(user=ben)

    def after(change: Callable[[], Any]) -> list[str]:
        verbs(ben)
        assert length(ben) is not None
        change()
        assert length(ben) is None, "it was not announced"
        return verbs(ben)

    assert after(lambda: profile.friends.add(ana)) == ["wave"]
    assert after(lambda: profile.friends.remove(ana)) == []
    assert after(lambda: ana.befriended_by.add(profile)) == ["wave"]
    assert after(lambda: ana.befriended_by.remove(profile)) == []
    assert after(lambda: profile.friends.set([ana])) == ["wave"]
    assert after(lambda: profile.friends.clear()) == []
    assert after(lambda: ana.befriended_by.set([profile])) == ["wave"]
    assert after(lambda: ana.befriended_by.clear()) == []


def test_a_change_that_is_rolled_back(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="wave")
    verbs(ben)
    with transaction.atomic():
        follow(ben, ana)
        transaction.set_rollback(True)
    assert verbs(ben) == []
    assert not JournalEntry.objects.exists()


def test_a_friend_who_is_deleted(ana: Any, ben: Any, any_store: str) -> None:
    follow(ben, ana)
    publish(actor=ana, verb="wave")
    assert verbs(ben) == ["wave"]
    ana.delete()
    assert (verbs(ben), following(ben)) == ([], [])


def test_follow_verb(ana: Any, ben: Any, configure: Any) -> None:
    configure(FOLLOW_VERB="befriend")
    follow(ben, ana)
    follow(ben, ana)
    assert [row.verb for row in Activity.objects.all()] == ["befriend"]
    ben.profile.friends.clear()
    assert not Activity.objects.exists()


# -- fan-out ---------------------------------------------------------------------------------------------


def test_followers_in_chunks(ana: Any, people: People, store: Any, configure: Any) -> None:
    configure(CHUNK_SIZE=2)
    fans = people(7)
    for fan in fans:
        follow(fan, ana)
        verbs(fan)
    publish(actor=ana, verb="wave")
    assert [length(fan) for fan in fans] == [1] * 7
    seen: list[str] = []
    while chunk := get_graph().follower_ids(
        Ref.of(ana), kinds=["follow"], as_actor=True, after=seen[-1] if seen else None, limit=3
    ):
        seen += chunk
    assert seen == [str(fan.pk) for fan in fans]


def test_what_follows_from_the_rest(ana: Any, ben: Any, people: People) -> None:
    fans = people(5)
    for fan in fans:
        follow(fan, ana)
    graph, ref, keys = get_graph(), Ref.of(ana), [str(user.pk) for user in (*fans, ben)]
    kinds = {"kinds": ["follow"]}
    assert graph.still_following(ref, keys, as_actor=True, **kinds) == set(keys[:5])
    assert graph.still_following(ref, keys, as_actor=False, **kinds) == set()
    assert graph.still_following(ref, keys, kinds=["watch"], as_actor=True) == set()
    assert graph.count_followers([ref, Ref.of(ben), Ref("app.photo", "1")], **kinds) == {ref: 5}
    among = [ref, Ref.of(ben), Ref("app.photo", str(ana.pk))]
    assert graph.followed_among(keys[0], among, as_actor=True, **kinds) == {ref}
    assert graph.followed_among(keys[0], among, kinds=["watch"], as_actor=True) == set()
    pairs = [(key, one) for key in keys for one in among]
    followed = {(key, ref) for key in keys[:5]}
    assert graph.followed_pairs(pairs, as_actor=True, **kinds) == followed
    assert graph.followed_pairs(pairs, as_actor=False, **kinds) == set()
    assert graph.followed_pairs([], as_actor=True, **kinds) == set()
    with transaction.atomic():
        made = graph.follow_pairs([(fans[0], ben), (fans[1], ben)], kind="follow", actor_only=None)
    assert [(str(one.follower_id), one.followee_ref) for one in made] == [
        (keys[0], Ref.of(ben)),
        (keys[1], Ref.of(ben)),
    ]


def test_unfollow_in_the_middle_of_a_chunk(
    ana: Any, ben: Any, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the followers were read and before they are written to: `still_following` tells."""
    follow(ben, ana)
    verbs(ben)
    read = Graph.follower_ids

    def then_unfollow(*args: Any, **kwargs: Any) -> list[str]:
        found = read(*args, **kwargs)
        if unfollow(ben, ana):
            verbs(ben)  # warm again, without Ana: what is written now must not stay
        return found

    monkeypatch.setattr(Graph, "follower_ids", then_unfollow)
    publish(actor=ana, verb="wave")
    assert not is_following(ben, ana)
    assert length(ben) is None
    assert verbs(ben) == []


def test_a_pulled_audience(ana: Any, people: People, store: Any, configure: Any) -> None:
    configure(PULL_ABOVE=3, CHUNK_SIZE=2, SWEEP_AFTER=0)
    fans = people(5)
    for fan in fans:
        follow(fan, ana)
        verbs(fan)
    publish(actor=ana, verb="first")
    sweep()
    assert [row.state for row in PulledAudience.objects.all()] == ["pulled"]
    assert [verbs(fan) for fan in fans] == [["first"]] * 5
    publish(actor=ana, verb="second")
    assert [verbs(fan) for fan in fans] == [["second", "first"]] * 5
    call_command("activitystream_verify", verbosity=0)
    for fan in fans[2:]:
        unfollow(fan, ana)
    assert verbs(fans[4]) == []
    assert review() == 1
    sweep()
    assert not PulledAudience.objects.exists()
    assert [verbs(fan) for fan in fans[:2]] == [["second", "first"]] * 2


# -- what people see -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_kind")
def test_api(ana: Any, ben: Any) -> None:
    client, ref = client_of(ben), {"type": "auth.user", "id": str(ana.pk)}
    made = client.post("/feeds/follows/", ref, format="json")
    assert (made.status_code, made.data["followee"]["name"], made.data["created"]) == (201, "ana", None)
    assert client.post("/feeds/follows/", ref, format="json").status_code == 200
    one = f"/feeds/follows/auth.user/{ana.pk}/"
    assert (client.get(one).data["following"], client.get(one).data["followers"]) == (True, 1)
    assert client.get("/feeds/follows/").data["results"] == [made.data]
    [fan] = APIClient().get(f"/feeds/followers/auth.user/{ana.pk}/").data["results"]
    assert fan["follower"]["name"] == "ben"
    assert APIClient().get(f"/feeds/following/auth.user/{ben.pk}/").data["results"] == [made.data]
    refused = client.post("/feeds/follows/", {**ref, "kind": "watch"}, format="json")
    assert (refused.status_code, "only people" in refused.data["detail"]) == (400, True)
    assert client.delete(one).status_code == 204
    assert client.get("/feeds/follows/").data["results"] == []


@pytest.mark.parametrize("size", [1, 2, 7])
def test_lists_are_paged(ana: Any, people: People, size: int) -> None:
    friends = people(5)
    made = [str(follow(ana, friend).pk) for friend in friends][::-1]
    forth = walk(client_of(ana), f"/feeds/follows/?limit={size}", "next")
    assert forth.items == made
    assert walk(client_of(ana), forth.last, "previous").items == made
    assert following(ana) == friends[::-1]


def rendered(user: Any, friends: list[Any]) -> str:
    request = RequestFactory().get("/people/")
    request.user = user
    source = (
        "{% load activitystream %}{% for friend in friends %}{% follow_button friend %}"
        "{% if user|is_following:friend %}yes{% endif %}{% endfor %}"
    )
    return str(engines["django"].from_string(source).render({"friends": friends, "user": user}, request))


@pytest.mark.parametrize("at_once", [1, 1000])
def test_button(people: People, ben: Any, shrink: Shrink, at_once: int) -> None:
    shrink("templatetags._relations", AT_ONCE=at_once)
    friends = people(4)
    for friend in friends[:2]:
        follow(ben, friend)
    with CaptureQueriesContext(connection) as queries:
        html = rendered(ben, friends)
    assert (html.count("Following<"), html.count("yes"), html.count(">Follow<")) == (2, 2, 2)
    assert len(queries) == (1 if at_once == 1000 else 3)


def test_the_form_of_the_button(ana: Any, ben: Any) -> None:
    client = Client()
    client.force_login(ben)
    form = {"type": "auth.user", "id": ana.pk, "next": "/x/"}
    assert client.post("/feeds/follow/", form).headers["Location"] == "/x/"
    assert list(ben.profile.friends.all()) == [ana]
    assert client.post("/feeds/unfollow/", form).headers["Location"] == "/x/"
    assert not ben.profile.friends.exists()


# -- a graph that is not written through us, with lists of keys in place of queries ------------------------


class ReadOnly(Graph):
    """Everybody follows the first user."""

    def followers(self, followee: Ref, **asked: Any) -> list[str]:
        users = get_user_model().objects.order_by("pk")
        return [str(pk) for pk in users.values_list("pk", flat=True)[1:]] if followee.id == first() else []

    def followees(self, follower_id: str, **asked: Any) -> dict[str, list[str]]:
        return {"auth.user": [first()] if follower_id != first() else []}

    def latest(self, window: Any, **asked: Any) -> list[Follow]:
        return []


def first() -> str:
    return str(get_user_model().objects.order_by("pk").values_list("pk", flat=True)[0])


def test_a_graph_that_is_not_written_through_us(
    ana: Any, ben: Any, people: People, configure: Any, any_store: str
) -> None:
    configure(GRAPH=f"{__name__}.ReadOnly")
    publish(actor=ana, verb="before")
    assert verbs(ben) == ["before"]
    publish(actor=ana, verb="after")
    assert verbs(ben) == ["after", "before"]
    assert (is_following(ben, ana), is_following(ana, ben), list(followers(ana))) == (True, False, [ben])
    assert get_graph().count_followers([Ref.of(ana), Ref.of(ben)], kinds=["follow"]) == {Ref.of(ana): 1}
    among = get_graph().followed_among(str(ben.pk), [Ref.of(ana)], kinds=["follow"], as_actor=True)
    assert among == {Ref.of(ana)}
    for change in (follow, unfollow):
        with pytest.raises(InvalidFollow, match=NOT_HERE):
            change(ben, ana)
    client, ref = client_of(ben), {"type": "auth.user", "id": str(ana.pk)}
    refused = client.post("/feeds/follows/", ref, format="json")
    assert (refused.status_code, refused.data["detail"]) == (400, NOT_HERE)
    assert client.delete(f"/feeds/follows/auth.user/{ana.pk}/").status_code == 400
