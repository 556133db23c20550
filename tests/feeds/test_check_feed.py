"""Feeds that a site declares: what they may be called, and whether push and pull agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from activitystream import (
    Activity,
    Audience,
    Draft,
    Entry,
    Feed,
    HomeFeed,
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    Ref,
    follow,
    publish,
    publish_many,
)
from activitystream.checks import check_feeds
from activitystream.feeds import feeds
from activitystream.feeds.names import RESERVED
from activitystream.streams import get_store
from activitystream.testing import check_feed
from activitystream.urls import urlpatterns
from tests.app.models import Album, Page, Photo
from tests.fixtures import People

pytestmark = pytest.mark.usefixtures("isolated_feeds")


@pytest.fixture
def made(people: People, transactional_db: None) -> dict[str, Any]:
    """Some people, an album, a topic, and activities of many kinds."""
    ana, ben, cy = people("al", "bel", "cy")
    album = Album.objects.create(title="Alps", owner=ana)
    topic = Page.objects.create(slug="snow", author=cy)
    photo = Photo.objects.bulk_create([Photo(owner=ben, caption="Lake")])[0]
    follow(ana, ben)
    follow(ben, album)
    follow(cy, ana, kind="friend")
    activities = publish_many(
        [
            Draft(actor=ana, verb="post", object=photo, target=album),
            Draft(actor=ben, verb="like", object=photo),
            Draft(actor=ana, verb="like", object=photo, target=topic),
            Draft(actor=ana, verb="wave", data={"tags": ["snow"]}),
            Draft(actor=cy, verb="tag", object=photo, target=topic),
            Draft(actor=ben, verb="add", object=topic, target=album),
        ]
    )
    return {
        "activities": list(Activity.objects.filter(pk__in=[activity.pk for activity in activities])),
        "owners": [ana, ben, cy, album, topic, photo],
    }


@pytest.mark.parametrize("feed", [HomeFeed, OutboxFeed, ObjectFeed, NotificationsFeed])
def test_the_shipped_feeds_agree(any_store: str, made: dict[str, Any], feed: type[Feed]) -> None:
    owners = made["owners"][:3] if feed in (HomeFeed, NotificationsFeed) else made["owners"]
    check_feed(feed, made["activities"], owners)


def test_streams_are_dropped_afterwards(made: dict[str, Any]) -> None:
    check_feed(OutboxFeed, made["activities"])
    store = get_store()
    assert store is not None
    assert store.length(OutboxFeed(made["owners"][0]).stream) is None


def target_of(activity: Activity) -> list[Ref]:
    target = activity.ref("target")
    return [target] if target else []


def declare(**attributes: Any) -> type[Feed]:
    return type("Declared", (Feed,), {"name": "declared", "recipients": classmethod(to_target), **attributes})


def to_target(cls: Any, activity: Activity) -> list[Ref]:
    return target_of(activity)


def of_target(self: Feed, **more: Any) -> list[Any]:
    return [Activity.objects.filter(target_type=self.owner.content_type, target_id=self.owner.id, **more)]


WRONG: dict[str, tuple[Callable[[], type[Feed]], str]] = {
    "the pull takes less": (
        lambda: declare(sources=lambda self: of_target(self, verb="add")),
        "pushed to it and not in its sources",
    ),
    "the push takes less": (
        lambda: declare(
            recipients=classmethod(lambda cls, a: target_of(a) if a.verb == "add" else []), sources=of_target
        ),
        "in its sources.* and not pushed to it",
    ),
    "the push raises": (
        lambda: declare(
            recipients=classmethod(
                lambda cls, a: target_of(a) if a.data is not None and a.object_id[:0] == "" else []
            ),
            sources=of_target,
        ),
        "raises where it is asked about an odd activity",
    ),
    "other streams": (
        lambda: declare(sources=of_target, streams_of=classmethod(lambda cls, model, ids: ["x"])),
        r"streams_of\(\) gives",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_agree_is_told(made: dict[str, Any], name: str) -> None:
    make, told = WRONG[name]
    activities = [activity for activity in made["activities"] if activity.object_id]
    with pytest.raises(AssertionError, match=told):
        check_feed(make(), activities, made["owners"])


def test_what_is_merged_in_must_belong_here(made: dict[str, Any]) -> None:
    class Careless(HomeFeed):
        name = "careless"

        @classmethod
        def audiences(cls, activity: Activity) -> Iterable[Audience]:
            return super().audiences(activity) if activity.verb == "add" else []

        def sources(self) -> list[Any]:
            return [source.filter(verb="add") for source in super().sources()]

        def includes(self, entry: Entry) -> bool:
            return True

    with pytest.raises(AssertionError, match=r"pulled_from\(\) has it and includes\(\) is True"):
        check_feed(Careless, made["activities"], made["owners"][:3])


def test_nothing_to_compare_is_an_error(made: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="give some activities"):
        check_feed(OutboxFeed, [])
    waves = [activity for activity in made["activities"] if activity.verb == "wave"]
    with pytest.raises(AssertionError, match="nobody gets any"):
        check_feed(declare(sources=of_target), waves)


def test_a_feed_in_a_transaction_of_a_test(db: None, any_store: str, people: People) -> None:
    ana = people("al")[0]
    check_feed(OutboxFeed, [publish(actor=ana, verb="wave")], [ana])


# -- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["two words", "é", "1st", "a.b", "x" * 33, "follows", "activities", "export"]
)
def test_names_that_a_feed_cannot_have(name: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        type("Named", (Feed,), {"name": name})
    assert name not in {feed.name for feed in feeds()}


def test_every_other_address_is_reserved() -> None:
    addresses = {str(part.pattern).partition("/")[0] for part in urlpatterns[-1].url_patterns}  # type: ignore[union-attr]
    addresses |= {str(pattern.pattern).partition("/")[0] for pattern in urlpatterns[:-1]}
    words = {address for address in addresses if address.isidentifier()}
    assert words - {"notifications"} <= RESERVED
    assert len(words) > 10


def test_two_feeds_of_one_name_are_told() -> None:
    assert check_feeds() == []
    type("First", (Feed,), {"name": "twice"})
    type("Second", (Feed,), {"name": "twice"})
    [message] = check_feeds()
    assert message.id == "activitystream.E009"
    assert "First and" in message.msg
    assert "Second are both named 'twice'" in message.msg


def test_a_feed_may_replace_the_one_it_derives_from() -> None:
    type("Better", (HomeFeed,), {"name": "home"})
    assert check_feeds() == []


def test_what_cannot_be_grouped_by_is_told() -> None:
    type("Coloured", (OutboxFeed,), {"name": "coloured", "group_by": ("verb", "colour")})
    [message] = check_feeds()
    assert "Coloured.group_by: groups are by some of" in message.msg
