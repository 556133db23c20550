"""What one may not see is in no group, no count and no feed, and one is not told of it."""

from __future__ import annotations

from typing import Any

import pytest

from activitystream import (
    NotificationsFeed,
    block,
    change_visibility,
    follow,
    mute,
    publish,
    retract,
    unblock,
    unfollow,
    unmute,
)
from activitystream.models import Activity, Notification
from tests.app.models import Photo
from tests.fixtures import Register

from .helpers import like, numbers, told

pytestmark = pytest.mark.usefixtures("transactional_db", "any_store")


def seen_by(user: Any) -> list[str]:
    """Who is in the groups; the same as is counted, and as the feed has."""
    feed = NotificationsFeed(user)
    groups = list(feed.groups())
    assert [sum(group.count for group in groups)] * 2 == numbers(user)[1::2]
    assert {entry.actor.name for entry in feed.page()} == {
        card.name for group in groups for card in group.actors
    }
    return sorted(card.name for group in groups for card in group.actors)


@pytest.fixture
def cy(people: Any) -> Any:
    return people("cy")[0]


@pytest.fixture
def liked(ana: Any, ben: Any, cy: Any, photo: Photo) -> list[Activity]:
    made = [like(ben, photo), like(cy, photo)]
    assert seen_by(ana) == ["ben", "cy"]
    return made


def test_a_block_takes_somebody_out_and_back(ana: Any, ben: Any, liked: list[Activity]) -> None:
    block(ana, ben)
    assert seen_by(ana) == ["cy"]
    unblock(ana, ben)
    assert seen_by(ana) == ["ben", "cy"]
    block(ben, ana)
    assert seen_by(ana) == ["cy"]


def test_a_mute_takes_somebody_out_and_back(ana: Any, ben: Any, liked: list[Activity]) -> None:
    mute(ana, ben)
    assert seen_by(ana) == ["cy"]
    unmute(ana, ben)
    assert seen_by(ana) == ["ben", "cy"]


def test_what_is_made_private_later_is_not_seen(ana: Any, liked: list[Activity]) -> None:
    change_visibility(liked[0], "self")
    assert seen_by(ana) == ["cy"]
    change_visibility(liked[0], "named", to=[ana])
    assert seen_by(ana) == ["ben", "cy"]


def test_what_is_for_followers_goes_with_the_follow(ana: Any, ben: Any, photo: Photo) -> None:
    follow(ana, ben)
    like(ben, photo, visibility="followers")
    assert seen_by(ana) == ["ben"]
    unfollow(ana, ben)
    assert seen_by(ana) == []
    follow(ana, ben)
    assert seen_by(ana) == ["ben"]


@pytest.mark.parametrize(
    ("visibility", "names"),
    [("public", ["ana", "cy"]), ("followers", ["ana"]), ("named", ["cy"]), ("self", [])],
)
def test_only_who_can_see_it_is_told(ana: Any, ben: Any, cy: Any, visibility: str, names: list[str]) -> None:
    follow(ana, ben)
    to = [cy] if visibility == "named" else []
    publish(actor=ben, verb="wave", visibility=visibility, to=to, notify=[ana, ben, cy])
    assert [name for name, _, _ in told()] == names


def test_of_a_private_account_only_followers_are_told(
    ana: Any, ben: Any, cy: Any, override_registration: Register
) -> None:
    override_registration(type(ana), private=lambda self, user: user.username == "ben")
    follow(ana, cy)
    publish(actor=ben, verb="wave", notify=[ana, cy])
    publish(actor=ana, verb="wave", notify=[ben, cy])
    assert told() == [("ben", "wave", "wave"), ("cy", "wave", "wave")]


def test_a_rule_of_the_site_is_asked(ana: Any, configure: Any, liked: list[Activity]) -> None:
    configure(MAY_SEE=f"{__name__}.nothing_of_ben")
    NotificationsFeed(ana).mark_seen()  # a rule that changes tells nobody: the counts are made anew by this
    assert [card.name for group in NotificationsFeed(ana).groups() for card in group.actors] == ["cy"]
    assert numbers(ana) == [0, 0, 1, 1]


def nothing_of_ben(entries: Any, viewer: Any) -> Any:
    return [entry for entry in entries if entry.actor.name != "ben"]


def test_the_last_that_goes_takes_the_group_with_it(ana: Any, ben: Any, liked: list[Activity]) -> None:
    block(ana, ben)
    retract(liked[1])
    assert len(NotificationsFeed(ana).groups()) == 0
    assert Notification.objects.count() == 1
