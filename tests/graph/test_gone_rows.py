"""What is cached about rows that are gone, and about rows that come back under their key."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from activitystream import HomeFeed, NotificationsFeed, follow, mute, publish
from activitystream.feeds.facts import load_facts
from activitystream.journal import sweep
from activitystream.models import Ref
from tests.app.models import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mute_ends_with_its_row_also_in_what_is_cached(
    store: Any, people: Any, register_model: Any
) -> None:
    """The key of a page can be used again: nobody has muted the new page."""
    register_model(Page, actor="author", on_delete="retract")
    ana, ben = people("ana", "ben")
    follow(ben, ana)
    page = Page.objects.create(slug="x", author=ana)
    mute(ben, page)
    assert load_facts(Ref.of(ben)).muted
    page.delete()
    assert not load_facts(Ref.of(ben)).muted
    again = Page.objects.create(slug="x", author=ana)
    wave = publish(actor=ana, verb="wave", object=again)
    assert [entry.id for entry in HomeFeed(ben).page()] == [wave.id]


def test_who_followed_a_row_that_is_gone_is_merged_with_no_other(
    store: Any, people: Any, register_model: Any, configure: Any
) -> None:
    """Of a large audience: what the homes are merged with is noted in the streams."""
    configure(PULL_ABOVE=1)
    register_model(Page, actor="author", on_delete="retract")
    ana, *others = people("ana", "ben", "cy", "dee")
    page = Page.objects.create(slug="x", author=ana)
    for user in others:
        follow(user, page, actor_only=False)
    for _ in range(2):
        publish(actor=ana, verb="wave", object=page)
        sweep(older_than=0)
    assert [len(list(HomeFeed(user).page())) for user in others] == [2, 2, 2]
    page.delete()
    sweep(older_than=0)
    again = Page.objects.create(slug="x", author=ana)
    publish(actor=ana, verb="wave", object=again)
    sweep(older_than=0)
    assert [len(list(HomeFeed(user).page())) for user in others] == [0, 0, 0]


@pytest.mark.parametrize("on_delete", ["keep", "retract"])
def test_a_new_user_under_an_old_key_begins_with_empty_feeds(
    store: Any, people: Any, register_model: Any, on_delete: str
) -> None:
    register_model(get_user_model(), name="username", on_delete=on_delete)
    ana, ben = people("ana", "ben")
    follow(ben, ana)
    publish(actor=ana, verb="wave", notify=[ben])
    key = ben.pk
    assert len(list(HomeFeed(ben).page())) == len(list(NotificationsFeed(ben).page())) == 1
    ben.delete()
    sweep(older_than=0)
    again = get_user_model().objects.create(pk=key, username="ben again")
    assert list(HomeFeed(again).page()) == list(NotificationsFeed(again).page()) == []
    assert NotificationsFeed(again).counts().unseen.items == 0
