"""Edit: the new data shows everywhere at once, also where a feed looks into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from activitystream import (
    Activity,
    Audience,
    Feed,
    HomeFeed,
    InvalidActivity,
    OutboxFeed,
    Ref,
    edit,
    follow,
    publish,
)
from activitystream.feeds import get_entry, pull
from activitystream.journal import sweep
from activitystream.models import JournalEntry
from activitystream.streams import Addition, get_store
from tests.app.models import Photo
from tests.fixtures import People
from tests.kit import Spying

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def mentioned(isolated_feeds: None) -> type[Feed]:
    """What names a user in its data."""

    class MentionedFeed(Feed):
        name = "mentioned"

        @classmethod
        def recipients(cls, activity: Activity) -> Iterable[Ref]:
            user = activity.data.get("user")
            return [Ref("auth.user", str(user))] if user else []

        def sources(self) -> list[Any]:
            return [Activity.objects.filter(data__user=int(self.owner.id))]

    return MentionedFeed


@pytest.fixture
def urgent(isolated_feeds: None) -> type[Feed]:
    """What followees called urgent."""

    class UrgentFeed(HomeFeed):
        name = "urgent"

        @classmethod
        def audiences(cls, activity: Activity) -> Iterable[Audience]:
            return super().audiences(activity) if activity.data.get("urgent") else []

        def sources(self) -> list[Any]:
            return [source.filter(data__urgent=True) for source in super().sources()]

        def includes(self, entry: Any) -> bool:
            return super().includes(entry) and bool(entry.data.get("urgent"))

    return UrgentFeed


def ids(page: Any) -> list[int]:
    return [entry.id for entry in page]


def test_new_data_shows_at_once(any_store: str, ana: Any, ben: Any) -> None:
    follow(ben, ana)
    activity = publish(actor=ana, verb="note", data={"text": "old"})
    for _ in range(2):
        assert HomeFeed(ben).page()[0].data == OutboxFeed(ana).page()[0].data == {"text": "old"}
    assert edit(activity, {"text": "new"})
    assert activity.data == {"text": "new"}
    assert HomeFeed(ben).page()[0].data == OutboxFeed(ana).page()[0].data == {"text": "new"}
    assert get_entry(activity.id).data == {"text": "new"}  # type: ignore[union-attr]
    assert OutboxFeed(ana).groups(by=lambda entry: entry.data["text"])[0].key == "new"


def test_the_streams_of_old_and_new_recipients_are_right(
    any_store: str, mentioned: type[Feed], people: People
) -> None:
    ana, old, both, new = people("al", "old", "both", "new")
    activity = publish(actor=ana, verb="note", data={"user": old.pk})
    other = publish(actor=ana, verb="note", data={"user": both.pk})
    feeds = [mentioned(user) for user in (old, both, new)]
    assert [ids(feed.page()) for feed in feeds] == [[activity.id], [other.id], []], "warm"
    edit(activity.id, {"user": new.pk})
    assert [ids(feed.page()) for feed in feeds] == [[], [other.id], [activity.id]]
    store = get_store()
    if store is not None:
        assert [store.contents(feed.stream).ids for feed in feeds] == [[], [other.id], [activity.id]]


def test_only_what_changes_is_dropped(mentioned: type[Feed], people: People) -> None:
    ana, ben = people("al", "ben")
    activity = publish(actor=ana, verb="note", data={"user": ben.pk, "n": 1})
    ids(mentioned(ben).page())
    ids(OutboxFeed(ana).page())
    edit(activity, {"user": ben.pk, "n": 2})
    store = get_store()
    assert store is not None
    assert store.length(mentioned(ben).stream) == store.length(OutboxFeed(ana).stream) == 1
    assert not JournalEntry.objects.exists()


def test_the_homes_of_followers_too(
    any_store: str, urgent: type[Feed], people: People, configure: Any
) -> None:
    configure(CHUNK_SIZE=2)
    ana, *fans = people("al", "f1", "f2", "f3", "f4", "f5")
    for fan in fans:
        follow(fan, ana)
    activity = publish(actor=ana, verb="note", data={"urgent": True})
    assert [ids(urgent(fan).page()) for fan in fans] == [[activity.id]] * 5
    edit(activity, {})
    store = get_store()
    for fan in fans:
        assert ids(urgent(fan).page()) == []
        if store is not None:
            assert store.contents(urgent(fan).stream).ids == pull(urgent(fan).sources(), limit=None) == []
    edit(activity, {"urgent": True})
    assert [ids(urgent(fan).page()) for fan in fans] == [[activity.id]] * 5
    assert not JournalEntry.objects.filter(kind="drop_audience").exists()


def test_a_fan_out_that_read_the_old_data_is_undone_by_the_sweeper(
    mentioned: type[Feed], people: People
) -> None:
    ana, old = people("al", "old")
    activity = publish(actor=ana, verb="note", data={"user": old.pk})
    JournalEntry.objects.create(kind="fan_out", payload={"activities": []}, updated=activity.published)
    edit(activity, {})
    assert ids(mentioned(old).page()) == []
    store = get_store()
    assert store is not None
    store.add([Addition([mentioned(old).stream], [activity.id])], max_length=None)  # it comes late
    sweep(older_than=0)
    sweep(older_than=0)
    assert ids(mentioned(old).page()) == []
    assert store.contents(mentioned(old).stream).ids == []


@pytest.fixture
def late(store_with: Spying) -> Callable[..., None]:
    """A fan-out that has read an activity as it is now, and writes it to this stream when the stream has been
    dropped and built anew, and ends then."""

    def under_way(activity: Activity, feed: Feed) -> None:
        entry = JournalEntry.objects.create(
            kind="fan_out", payload={"activities": []}, updated=activity.published
        )
        written: list[str] = []

        def delete_and_write(streams: Any) -> None:
            store.delete(streams)
            if feed.stream in streams and not written:
                written.append(feed.stream)
                feed.page()
                store.add([Addition([feed.stream], [activity.id])], max_length=None)
                entry.delete()

        store = store_with(delete=delete_and_write)

    return under_way


def check(*some: Feed) -> None:
    """The sweeper leaves nothing, and what the streams have is what the queries give."""
    sweep(older_than=0)
    sweep(older_than=0)
    assert not JournalEntry.objects.exists()
    for feed in some:
        feed.page()
        assert get_store().contents(feed.stream).ids == pull(feed.sources(), limit=None)  # type: ignore[union-attr]


def test_a_fan_out_that_writes_between_two_steps_of_an_edit_is_undone(
    store: Any, late: Any, mentioned: type[Feed], people: People
) -> None:
    ana, old, new = people("al", "old", "new")
    activity = publish(actor=ana, verb="note", data={"user": old.pk})
    ids(mentioned(old).page())
    late(activity, mentioned(old))
    edit(activity, {"user": new.pk})
    check(mentioned(old), mentioned(new))


@pytest.mark.parametrize("reader", [0, 2])
@pytest.mark.parametrize("chunk", [1, 500])
def test_so_is_one_that_writes_to_followers(
    store: Any, late: Any, urgent: type[Feed], people: People, configure: Any, chunk: int, reader: int
) -> None:
    configure(CHUNK_SIZE=chunk)
    ana, *fans = people("al", "f1", "f2", "f3")
    for fan in fans:
        follow(fan, ana)
    activity = publish(actor=ana, verb="note", data={"urgent": True})
    assert [ids(urgent(fan).page()) for fan in fans] == [[activity.id]] * 3
    late(activity, urgent(fans[reader]))
    edit(activity, {})
    check(*map(urgent, fans))


def test_an_edit_while_nothing_is_fanned_out_leaves_nothing_to_the_sweeper(
    urgent: type[Feed], people: People
) -> None:
    ana, fan = people("al", "f1")
    follow(fan, ana)
    activity = publish(actor=ana, verb="note", data={"urgent": True})
    edit(activity, {})
    assert not JournalEntry.objects.exists()


def test_what_cannot_be_edited(ana: Any) -> None:
    activity = publish(actor=ana, verb="note", data={"text": "old"})
    with pytest.raises(InvalidActivity, match="data must be JSON"):
        edit(activity, {"text": object()})
    assert activity.data == {"text": "old"}
    assert not edit(7, {})


def test_a_feed_that_raises_does_not_stop_an_edit(
    mentioned: Any, ana: Any, caplog: pytest.LogCaptureFixture
) -> None:
    activity = publish(actor=ana, verb="note", data={"text": "old"})
    mentioned.recipients = classmethod(lambda cls, activity: 1 / 0)
    assert edit(activity, {"text": "new"})
    assert "the feed mentioned cannot say whom activity" in caplog.text
    assert OutboxFeed(ana).page()[0].data == {"text": "new"}


def test_hidden_objects_take_their_activities_along_and_bring_them_back(
    any_store: str, ana: Any, ben: Any, photo: Photo
) -> None:
    follow(ben, ana)
    publish(actor=ana, verb="like", object=photo)
    wave = publish(actor=ana, verb="wave")
    for hidden, verbs in ((False, ["wave", "like"]), (True, ["wave"]), (False, ["wave", "like"])):
        photo.hidden = hidden
        photo.save()
        page = HomeFeed(ben).page()
        assert [entry.verb for entry in page if entry.verb in ("wave", "like")] == verbs
        groups = {group.verb: group.count for group in HomeFeed(ben).groups(by="verb")}
        assert groups.get("like", 0) == (0 if hidden else 1)
        assert [entry.id for entry in HomeFeed(ben).filter(verb="wave").page()] == [wave.id]
        assert len(HomeFeed(ben).filter(verb="like").page()) == (0 if hidden else 1)
