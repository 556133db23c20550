"""Feeds of a site's own: made from another kind of follow, and owned by rows of some models."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from activitystream import Feed, HomeFeed, follow, publish, unfollow
from activitystream.feeds import feeds, feeds_of
from activitystream.models import Activity, Ref
from activitystream.operations.owners import count_owners, owners
from activitystream.publishing.retract import retract_about
from tests.app.models import Album, Photo
from tests.kit import Spying

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def declared(isolated_feeds: None) -> tuple[type[Feed], type[Feed]]:
    """A feed of what is watched, and one that only albums have."""

    class WatchFeed(HomeFeed):
        name = "watched"
        follow_kinds = ("watch",)

    class ContentsFeed(Feed):
        name = "contents"
        public = True
        owner_models = ("app.Album",)

        @classmethod
        def recipients(cls, activity: Activity) -> list[Ref]:
            target = activity.ref("target")
            return [target] if target and cls.may_own(target) else []

        def sources(self) -> list[Any]:
            return [Activity.objects.filter(target_type=self.owner.content_type, target_id=self.owner.id)]

    return WatchFeed, ContentsFeed


def verbs(feed: Feed) -> list[str]:
    return [entry.verb for entry in feed.page()]


def test_a_feed_takes_its_kinds_of_follow_and_no_others(
    ana: Any, ben: Any, people: Any, any_store: str, declared: Any
) -> None:
    [eve] = people("eve")
    watched, home = declared[0](ben), HomeFeed(ben)
    follow(ben, ana, kind="watch")
    follow(ben, eve)
    publish(actor=ana, verb="pulled")
    assert (verbs(watched), verbs(home)) == (["pulled"], [])
    publish(actor=ana, verb="pushed")  # both are warm now
    publish(actor=eve, verb="other")
    assert (verbs(watched), verbs(home)) == (["pushed", "pulled"], ["other"])
    unfollow(ben, ana)
    assert verbs(watched) == ["pushed", "pulled"]
    unfollow(ben, ana, kind="watch")
    assert (verbs(watched), verbs(home)) == ([], ["other"])


def test_a_feed_is_owned_by_rows_of_its_models(ana: Any, ben: Any, declared: Any, any_store: str) -> None:
    watched, contents = declared
    album = Album.objects.create(title="Alps", owner=ana)
    photo = Photo.objects.create(caption="Peak", owner=ana, album=album)
    assert (contents.may_own(Ref.of(album)), contents.may_own(Ref.of(photo))) == (True, False)
    assert (watched.may_own(Ref.of(ana)), watched.may_own(Ref.of(album))) == (True, False)
    assert list(owners(contents)) == [Ref.of(album)]
    assert count_owners(watched) == count_owners(HomeFeed) == 2
    assert {feed.name for feed in feeds()} - {feed.name for feed in feeds_of(Ref.of(ana))} == {"contents"}
    assert {feed.name for feed in feeds_of(Ref.of(album))} == {"contents", "object", "outbox"}

    def status(row: Any, name: str = "contents") -> int:
        return APIClient().get(f"/feeds/{name}/{row._meta.label}/{row.pk}/").status_code

    assert (status(album), status(photo), status(ana)) == (200, 404, 404)
    assert (status(album, "home"), status(ana, "home")) == (404, 403)


def test_what_a_row_does_not_own_is_not_dropped(
    ana: Any, declared: Any, store: Any, store_with: Spying
) -> None:
    dropped: list[str] = []
    store_with(delete=dropped.extend)
    retract_about(Ref("app.photo", "7"))
    assert sorted(dropped) == ["object:app.photo:7", "outbox:app.photo:7"]
