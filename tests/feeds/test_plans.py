"""No query that a feed makes reads a table from end to end, nor many more rows than it gives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from activitystream import (
    HomeFeed,
    ModelFeed,
    ObjectFeed,
    OutboxFeed,
    follow,
    followers,
    following,
    is_following,
    publish_many,
    retract,
    unfollow,
)
from activitystream.feeds.pull import pull
from activitystream.graph import get_graph
from activitystream.ids import new_id, to_datetime
from activitystream.journal import stalled
from activitystream.models import Activity, DeletedObject, Follow, JournalEntry, Ref
from activitystream.publishing import Draft
from activitystream.publishing.retract import retract_about
from activitystream.registry import load_cards
from tests.app.models import Page, Photo

from .plans import plans

ACTIVITIES = 20_000
USERS = 1_500
PHOTOS = 5_000
DAYS = 500
DELETED = 6_000
FOLLOWEES = 600  # of the busy one


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """A site of some size, and the people on it."""
    with django_db_blocker.unblock():
        yield _fill()
        for model in (Activity, Follow, DeletedObject, JournalEntry, get_user_model()):
            model._base_manager.all()._raw_delete(connection.alias)


def _fill() -> SimpleNamespace:
    chance = random.Random(7)
    user = get_user_model()
    user.objects.bulk_create([user(username=f"plan-{i}") for i in range(USERS)])
    users = list(
        user.objects.filter(username__startswith="plan-").order_by("pk").values_list("pk", flat=True)
    )
    star, busy, quiet, alone = users[:4]
    user_type, photo_type = Ref("auth.user", "").content_type.pk, Ref("app.photo", "").content_type.pk
    album_type, page_type = Ref("app.album", "").content_type.pk, Ref("app.page", "").content_type.pk
    now = timezone.now()
    activities = []
    for i in range(ACTIVITIES):
        id = new_id(now - timedelta(days=DAYS) * (i + chance.random()) / ACTIVITIES)
        actor = star if chance.random() < 0.05 else chance.choice(users[100:])
        photo = str(int(PHOTOS * chance.random() ** 2))
        activities.append(
            (
                id,
                user_type,
                str(actor),
                "like",
                photo_type,
                photo,
                *((album_type, str(i % 2000)) if chance.random() < 0.3 else (None, None)),
                to_datetime(id),
                "{}",
                str(i),
            )
        )
    for i in range(5):  # four hundred days ago, and nothing since
        id = new_id(now - timedelta(days=400, minutes=i))
        activities.append(
            (id, user_type, str(users[50]), "post", None, None, None, None, to_datetime(id), "{}", None)
        )
    follows = [(fan, user_type, str(star), "follow", True, now) for fan in users[100:]]
    follows += [(busy, user_type, str(other), "follow", True, now) for other in users[100 : 100 + FOLLOWEES]]
    follows += [(busy, photo_type, str(photo), "follow", False, now) for photo in range(200)]
    follows += [(quiet, user_type, str(users[50]), "follow", True, now)]
    follows += [(fan, photo_type, str(fan % 400), "follow", False, now) for fan in users[100:]]
    follows += [(fan, user_type, str(chance.choice(users[100:])), "watch", True, now) for fan in users[100:]]
    _insert(
        Activity,
        "id actor_type_id actor_id verb object_type_id object_id target_type_id target_id published data key",
        activities,
    )
    _insert(Follow, "follower_id followee_type_id followee_id kind actor_only created", follows)
    _insert(
        DeletedObject,
        "content_type_id object_id type name",
        [(page_type, str(i), "Page", "x") for i in range(DELETED)],
    )
    JournalEntry.objects.bulk_create(
        JournalEntry(kind="fan_out", payload={}, updated=now) for _ in range(2000)
    )
    for model in (Activity, Follow, DeletedObject, JournalEntry):
        with connection.cursor() as cursor:
            analyze = {"sqlite": "ANALYZE", "postgresql": "VACUUM ANALYZE", "mysql": "ANALYZE TABLE"}
            cursor.execute(f"{analyze[connection.vendor]} {model._meta.db_table}")
    middle = activities[ACTIVITIES // 2][0]
    people = user.objects.in_bulk([star, busy, quiet, alone, users[200], users[50]])
    return SimpleNamespace(
        star=people[star],
        busy=people[busy],
        quiet=people[quiet],
        alone=people[alone],
        fan=people[users[200]],
        silent=people[users[50]],
        middle=middle,
        photo=Photo(pk=1),
        rare=Photo(pk=PHOTOS - 7),
        lonely=Photo(pk=PHOTOS + 1),
        users=users,
    )


def _insert(model: Any, columns: str, rows: list[Any]) -> None:
    names = columns.split()
    if connection.vendor == "sqlite":
        rows = [
            tuple(value.isoformat(" ") if isinstance(value, datetime) else value for value in row)
            for row in rows
        ]
    marks = ", ".join(["%s"] * len(names))
    with transaction.atomic(), connection.cursor() as cursor:
        quoted = ", ".join(map(connection.ops.quote_name, names))
        cursor.executemany(f"INSERT INTO {model._meta.db_table} ({quoted}) VALUES ({marks})", rows)


LIMIT = 21


def ids_of(feed: Any, limit: int | None = LIMIT, **cursor: int) -> Callable[[], list[int]]:
    filters = feed.filters
    return lambda: pull(
        [filters.narrow(source) for source in feed.sources()],
        limit=limit,
        low=filters.low,
        high=filters.high,
        windowed=feed.windowed,
        **cursor,
    )


def some_days(site: SimpleNamespace) -> dict[str, datetime]:
    middle = to_datetime(site.middle)
    return {"since": middle - timedelta(days=3), "until": middle}


def star(site: SimpleNamespace) -> Ref:
    return Ref.of(site.star)


Case = Callable[[SimpleNamespace], Callable[[], Any]]
FEW = 100
"""Rows that a query may look at which gives some 20."""
MANY = 1_500
"""The same for the home of somebody with 600 followees: their follows, and some days of activities."""

CASES: dict[str, tuple[int, Case]] = {
    "outbox": (FEW, lambda s: ids_of(OutboxFeed(s.star))),
    "outbox, older": (FEW, lambda s: ids_of(OutboxFeed(s.star), after=s.middle)),
    "outbox, newer": (FEW, lambda s: ids_of(OutboxFeed(s.star), before=s.middle)),
    "outbox, rebuilt": (1_200, lambda s: ids_of(OutboxFeed(s.star), 801)),
    "object": (FEW, lambda s: ids_of(ObjectFeed(s.photo))),
    "object, older": (FEW, lambda s: ids_of(ObjectFeed(s.photo), after=s.middle)),
    "object, newer": (FEW, lambda s: ids_of(ObjectFeed(s.photo), before=s.middle)),
    "object without activities": (FEW, lambda s: ids_of(ObjectFeed(s.lonely))),
    "home of many followees": (MANY, lambda s: ids_of(HomeFeed(s.busy))),
    "home of many followees, older": (MANY, lambda s: ids_of(HomeFeed(s.busy), after=s.middle)),
    "home of many followees, newer": (MANY, lambda s: ids_of(HomeFeed(s.busy), before=s.middle)),
    "home of one star": (FEW, lambda s: ids_of(HomeFeed(s.fan))),
    "home of one star, older": (FEW, lambda s: ids_of(HomeFeed(s.fan), after=s.middle)),
    "home of one star, newer": (FEW, lambda s: ids_of(HomeFeed(s.fan), before=s.middle)),
    "home of the quiet": (FEW, lambda s: ids_of(HomeFeed(s.quiet))),
    "home of the quiet, older": (FEW, lambda s: ids_of(HomeFeed(s.quiet), after=s.middle)),
    "home of the quiet, newer": (FEW, lambda s: ids_of(HomeFeed(s.quiet), before=s.middle)),
    "home of the quiet, rebuilt": (FEW, lambda s: ids_of(HomeFeed(s.quiet), 801)),
    "home of one star, rebuilt": (1_000, lambda s: ids_of(HomeFeed(s.fan), 801)),
    "home without follows": (FEW, lambda s: ids_of(HomeFeed(s.alone))),
    "outbox, one verb": (FEW, lambda s: ids_of(OutboxFeed(s.star).filter(verb="like"))),
    "outbox, a verb that is not there": (1_200, lambda s: ids_of(OutboxFeed(s.star).filter(verb="none"))),
    # of a star (every 20th activity) MariaDB rather looks through the newest of all users
    "outbox, one type": (600, lambda s: ids_of(OutboxFeed(s.star).filter(object_type="app.photo"))),
    "outbox, between": (FEW, lambda s: ids_of(OutboxFeed(s.star).filter(**some_days(s)))),
    "object, one verb": (FEW, lambda s: ids_of(ObjectFeed(s.photo).filter(verb="like"))),
    "object, one type of target": (
        FEW,
        lambda s: ids_of(ObjectFeed(s.photo).filter(target_type="app.album")),
    ),
    "home of many followees, one verb": (
        MANY,
        lambda s: ids_of(HomeFeed(s.busy).filter(verb="like")),
    ),
    "home of many followees, one type": (
        MANY,
        lambda s: ids_of(HomeFeed(s.busy).filter(object_type="app.photo")),
    ),
    "home of many followees, between": (
        MANY,
        lambda s: ids_of(HomeFeed(s.busy).filter(**some_days(s))),
    ),
    "home of the quiet, one verb": (FEW, lambda s: ids_of(HomeFeed(s.quiet).filter(verb="post"))),
    "home, one kind": (FEW, lambda s: ids_of(HomeFeed(s.fan).filter(kind="follow"))),
    "all rows of a model": (FEW, lambda s: ids_of(ModelFeed(Photo))),
    "all rows of a model, older": (FEW, lambda s: ids_of(ModelFeed(Photo), after=s.middle)),
    "all rows of a model, newer": (FEW, lambda s: ids_of(ModelFeed(Photo), before=s.middle)),
    "all rows of a model, between": (FEW, lambda s: ids_of(ModelFeed(Photo).filter(**some_days(s)))),
    "all rows of a model that did nothing": (FEW, lambda s: ids_of(ModelFeed(Page))),
    "groups of a row's feed by verb": (2_500, lambda s: lambda: ObjectFeed(s.photo).groups(by="verb")),
    "groups of an outbox by what": (
        2_500,
        lambda s: lambda: OutboxFeed(s.star).groups(by=("verb", "object"), viewer=s.star),
    ),
    "groups of a home by what": (MANY, lambda s: lambda: HomeFeed(s.fan).groups(by=("verb", "object"))),
    "groups of a home by actor": (5_000, lambda s: lambda: HomeFeed(s.busy).groups(by="actor")),
    "groups of a home by day": (5_000, lambda s: lambda: HomeFeed(s.busy).groups(by="day")),
    "a chunk of followers": (
        FEW,
        lambda s: (
            lambda: get_graph().follower_ids(
                star(s), kinds=["follow"], as_actor=True, after=str(s.users[700]), limit=20
            )
        ),
    ),
    "a chunk of followers in any role": (
        FEW,
        lambda s: (
            lambda: get_graph().follower_ids(
                Ref.of(s.photo), kinds=["follow"], as_actor=False, after=None, limit=20
            )
        ),
    ),
    "a chunk of followers of two kinds": (
        FEW,
        lambda s: (
            lambda: get_graph().follower_ids(
                star(s), kinds=["follow", "watch"], as_actor=True, after=None, limit=20
            )
        ),
    ),
    "still following": (
        USERS,  # 20 look-ups, or all of them from the index: the cheaper
        lambda s: (
            lambda: get_graph().still_following(
                star(s), [str(pk) for pk in s.users[700:720]], kinds=["follow"], as_actor=True
            )
        ),
    ),
    "number of followers": (
        USERS,
        lambda s: lambda: get_graph().count_followers([star(s)], kinds=["follow"]),
    ),
    "models of followees": (
        MANY,
        lambda s: lambda: get_graph().followees(str(s.busy.pk), kinds=["follow"], as_actor=True),
    ),
    "follow": (FEW, lambda s: lambda: follow(s.alone, s.star)),
    "unfollow": (FEW, lambda s: lambda: unfollow(s.fan, s.star)),
    "is following": (FEW, lambda s: lambda: is_following(s.fan, s.star)),
    "followers, a page": (FEW, lambda s: lambda: list(followers(s.star).order_by("pk")[:20])),
    "following": (MANY, lambda s: lambda: following(s.busy)),
    "following, one model": (300, lambda s: lambda: following(s.busy, Photo)),
    "publish with a key": (
        FEW,
        lambda s: lambda: publish_many([Draft(actor=s.star, verb="post", key=f"new-{i}") for i in range(3)]),
    ),
    "retract by object and actor": (FEW, lambda s: lambda: retract(object=s.photo, actor=s.fan)),
    "retract by key": (FEW, lambda s: lambda: retract(actor=s.star, key="5")),
    "retract what is about a row": (FEW, lambda s: lambda: retract_about(Ref.of(s.rare))),
    "names of deleted rows": (
        FEW,
        lambda s: lambda: load_cards([Ref("app.page", str(i)) for i in range(20)]),
    ),
    "journal entries that stand still": (FEW, lambda s: lambda: list(stalled())),
}


@pytest.mark.parametrize("name", CASES)
def test_no_table_is_scanned(name: str, site: SimpleNamespace) -> None:
    most, case = CASES[name]
    found = plans(case(site))
    assert found, "no query was made"
    for plan in found:
        told = f"{plan.sql[:2000]}\n{plan.text}"
        assert not plan.scans, told
        assert (plan.rows or 0) <= most, f"{plan.rows} rows: {told}"


def test_a_scan_would_be_seen(site: SimpleNamespace) -> None:
    (plan,) = plans(lambda: list(Activity.objects.order_by().filter(verb="none")))
    assert plan.scans
    assert plan.rows is None or plan.rows > ACTIVITIES // 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the planners of the others know more")
def test_a_star_alone_does_not_make_it_a_scan_whether_anybody_follows(site: SimpleNamespace) -> None:
    """SQLite knows averages: where all follows are of one row, it takes any row for such a one."""
    with transaction.atomic():
        star = Ref.of(site.star)  # its key may be that of a photo, too
        Follow.objects.exclude(followee_type=star.content_type, followee_id=star.id, kind="follow").delete()
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Follow._meta.db_table}")
        asked = [Ref.of(site.alone), Ref("app.photo", "1"), Ref("app.album", "1")]
        found = plans(lambda: get_graph().perhaps_followed(asked, kinds=["follow"]))
        transaction.set_rollback(True)
    with connection.cursor() as cursor:  # the connection still plans with what was rolled back
        cursor.execute("ANALYZE sqlite_schema")
    assert found
    assert not [plan.text for plan in found if plan.scans]
