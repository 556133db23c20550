"""Pages within transactions (ATOMIC_REQUESTS, say): SQL answers, and nothing of it gets into the store."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from activitystream import HomeFeed, OutboxFeed, follow, publish, retract, unfollow
from activitystream.models import Activity
from activitystream.streams import StreamStore
from tests.app.models import Photo

pytestmark = pytest.mark.usefixtures("transactional_db")


def verbs(feed: Any) -> list[str]:
    return [entry.verb for entry in feed.page()]


def test_a_cold_stream_is_rebuilt_after_the_commit(ana: Any, store: StreamStore) -> None:
    feed = OutboxFeed(ana)
    with transaction.atomic():
        publish(actor=ana, verb="wave")
        assert verbs(feed) == ["wave"]
        assert store.length(feed.stream) is None
    assert store.length(feed.stream) == 1


def test_a_request_whose_transaction_only_reads_warms_the_cache(
    ana: Any, store: StreamStore, django_assert_num_queries: Any
) -> None:
    publish(actor=ana, verb="wave")
    with transaction.atomic():
        verbs(OutboxFeed(ana))
    with django_assert_num_queries(0):
        assert verbs(OutboxFeed(ana)) == ["wave"]


def test_no_hook_puts_itself_off_again(ana: Any, store: StreamStore) -> None:
    """In tests of a site they run within a transaction, until none is left (`captureOnCommitCallbacks`)."""
    publish(actor=ana, verb="wave")
    with transaction.atomic():
        assert verbs(OutboxFeed(ana)) == ["wave"]
        hooks = list(connection.run_on_commit)
        assert len(hooks) == 2
        for hook in hooks:
            hook[1]()
        assert connection.run_on_commit == hooks


def test_bodies_that_cannot_be_made_after_the_commit_do_not_break_it(
    ana: Any, store: StreamStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    published = publish(actor=ana, verb="wave")
    with transaction.atomic():
        assert verbs(OutboxFeed(ana)) == ["wave"]
        monkeypatch.setattr("activitystream.feeds.values._make_again", lambda names, make: 1 / 0)
    assert Activity.objects.get() == published
    assert "division by zero" in caplog.text


def test_a_rebuild_that_fails_after_the_commit_is_logged(
    ana: Any, store: StreamStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(actor=ana, verb="wave")
    monkeypatch.setattr("activitystream.feeds.slices.rebuild_if_free", lambda feed, store: 1 / 0)
    with transaction.atomic():
        assert verbs(OutboxFeed(ana)) == ["wave"]
    assert "division by zero" in caplog.text


def test_uncommitted_follows_never_get_into_a_stream(ana: Any, ben: Any, any_store: str) -> None:
    publish(actor=ana, verb="wave")
    with transaction.atomic():
        follow(ben, ana)
        assert verbs(HomeFeed(ben)) == ["wave"]
        transaction.set_rollback(True)
    assert verbs(HomeFeed(ben)) == []
    follow(ben, ana)
    assert verbs(HomeFeed(ben)) == ["wave"]
    with transaction.atomic():
        unfollow(ben, ana)
        transaction.set_rollback(True)
    assert verbs(HomeFeed(ben)) == ["wave"]


def test_bodies_of_what_is_rolled_back_never_get_into_the_cache(ana: Any, any_store: str) -> None:
    photo = Photo.objects.create(caption="Lake", owner=ana)
    with transaction.atomic():
        photo.caption = "Sea"
        photo.save()
        OutboxFeed(ana).page()
        transaction.set_rollback(True)
    with transaction.atomic():
        with transaction.atomic():
            Photo.objects.update(caption="Sea")
            OutboxFeed(ana).page()
            transaction.set_rollback(True)
        publish(actor=ana, verb="wave")
    names = [entry.object.name for entry in OutboxFeed(ana).page() if entry.object]
    assert names == ["Lake"]


def test_bodies_are_made_from_what_is_committed(ana: Any, store: StreamStore) -> None:
    """Not from a snapshot: that can be older than a change whose `forget` came before the body's stamp."""
    Photo.objects.create(caption="Lake", owner=ana)
    with transaction.atomic():
        assert OutboxFeed(ana).page()[0].object.name == "Lake"  # type: ignore[union-attr]
        Photo.objects.update(caption="Sea")  # without a signal: nobody forgets the body
    assert OutboxFeed(ana).page()[0].object.name == "Sea"  # type: ignore[union-attr]


def test_a_body_that_was_made_before_a_change_in_the_same_transaction(ana: Any, any_store: str) -> None:
    photo = Photo.objects.create(caption="Lake", owner=ana)
    with transaction.atomic():
        OutboxFeed(ana).page()
        photo.caption = "Sea"
        photo.save()
        gone = publish(actor=ana, verb="gone")
        OutboxFeed(ana).page()
        retract(gone)
    edit, post = OutboxFeed(ana).page()
    assert (edit.verb, edit.object.name, post.object.name) == ("edit", "Sea", "Sea")  # type: ignore[union-attr]


def test_nothing_is_repaired_from_within_a_transaction(ana: Any, store: StreamStore) -> None:
    """What seems gone may be newer than the snapshot."""
    feed = OutboxFeed(ana)
    feed.page()
    made = publish(actor=ana, verb="wave")
    with transaction.atomic():
        Activity.objects.filter(pk=made.pk).delete()
        assert verbs(feed) == []
        transaction.set_rollback(True)
    assert store.contents(feed.stream).ids == [made.pk]
    assert verbs(feed) == ["wave"]


def test_retracted_and_rolled_back(ana: Any, any_store: str) -> None:
    made = publish(actor=ana, verb="wave")
    OutboxFeed(ana).page()
    with transaction.atomic():
        assert retract(made) == 1
        transaction.set_rollback(True)
    assert verbs(OutboxFeed(ana)) == ["wave"]
