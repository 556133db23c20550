"""One call of the store fails, and the next ones work: whatever changes, and whichever call it is.

In an outage all calls fail, and SQL answers. Harder is a store that refuses one call (a timeout, a circuit
breaker that lets the next one through): what the other calls did stands, and what was refused waits in the
journal. So each change is made again and again, and each time another call fails, before or after it took
effect. After a sweep everybody must see what they see on a site without streams: pages, groups, counts, and
pages that live events keep up to date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from activitystream import (
    Draft,
    NotificationsFeed,
    accept,
    block,
    change_visibility,
    edit,
    follow,
    incoming,
    mute,
    publish,
    publish_many,
    retract,
    unblock,
    unfollow,
    unmute,
)
from activitystream.journal import pending, sweep
from activitystream.journal.entries import run
from activitystream.models import JournalEntry
from activitystream.publishing import forget_user
from activitystream.streams import get_store
from activitystream.testing import use_store
from tests.app.models import Photo
from tests.histories import TIMES, histories

from .refusing import Calls, Live, Refusing, Site, Snapshot

User = get_user_model()
ALL = ("home", "outbox", "object", "notifications")
ATTEMPTS = 2 if TIMES == 1 else 6 if TIMES <= 10 else 1_000
"""Calls that fail, of each change: some in each run of the suite, more in `make histories`, and all with
ACTIVITYSTREAM_TEST_HISTORIES=100."""


@dataclass(frozen=True)
class Change:
    """A change to the site, and the feeds whose live pages hear of it.

    A follow is told to homes; what rows are called, and who is private, to nobody (docs/guide/live.md).
    """

    make: Callable[[Site, Any, Any, Any, Any], Any]
    """Takes the site and its people."""
    live: tuple[str, ...] = ALL


def save(row: Any, **values: Any) -> None:
    """Save the row as another request does, and leave this instance as it is."""
    row = type(row)._base_manager.get(pk=row.pk)
    vars(row).update(values)
    row.save()


def follow_and_hide(site: Site, ana: Any, ben: Any, cy: Any, dee: Any) -> None:
    with transaction.atomic():
        unfollow(ben, ana)
        follow(cy, ana)
        change_visibility(site.made["open"], "self")


def change_and_retract(site: Site, ana: Any, ben: Any, cy: Any, dee: Any) -> None:
    change_visibility(site.made["narrow"], "public")
    retract(site.made["narrow"])


HOME = ("home",)
CHANGES: dict[str, Change] = {
    "publish": Change(
        lambda site, ana, ben, cy, dee: publish(actor=ana, verb="do", object=site.photo, notify=[ben, dee])
    ),
    "publish many": Change(
        lambda site, *people: publish_many(
            [Draft(actor=user, verb="do", object=site.photo, notify=[people[0]]) for user in people]
        )
    ),
    "retract": Change(lambda site, *people: retract(site.made["open"])),
    "retract many": Change(lambda site, ana, *others: retract(actor=ana)),
    "edit": Change(lambda site, *people: edit(site.made["open"], {"n": 2})),
    "to followers": Change(lambda site, *people: change_visibility(site.made["open"], "followers")),
    "to nobody": Change(lambda site, *people: change_visibility(site.made["open"], "self")),
    "to everybody": Change(lambda site, *people: change_visibility(site.made["narrow"], "public")),
    "to one": Change(lambda site, ana, ben, cy, dee: change_visibility(site.made["open"], "named", to=[dee])),
    "to everybody, and retract": Change(change_and_retract),
    "follow": Change(lambda site, ana, ben, cy, dee: follow(cy, ana), HOME),
    "unfollow": Change(lambda site, ana, ben, cy, dee: unfollow(ben, ana), HOME),
    "unfollow who is private": Change(lambda site, ana, ben, cy, dee: unfollow(dee, cy), HOME),
    "follow only as actor": Change(
        lambda site, ana, ben, cy, dee: follow(ben, site.photo, actor_only=True), HOME
    ),
    "accept": Change(lambda site, ana, ben, cy, dee: accept(incoming(cy).get()), HOME),
    "block": Change(lambda site, ana, ben, cy, dee: block(ben, ana)),
    "be blocked": Change(lambda site, ana, ben, cy, dee: block(cy, dee)),
    "block and unblock": Change(lambda site, ana, ben, cy, dee: (block(ben, ana), unblock(ben, ana)), HOME),
    "mute": Change(lambda site, ana, ben, cy, dee: mute(ben, ana)),
    "mute and unmute": Change(
        lambda site, ana, ben, cy, dee: (mute(ben, site.photo), unmute(ben, site.photo))
    ),
    "go private": Change(lambda site, ana, ben, cy, dee: save(ana, is_staff=True), ()),
    "go public": Change(lambda site, ana, ben, cy, dee: save(cy, is_staff=False), ()),
    "rename": Change(lambda site, ana, ben, cy, dee: save(ana, username="anna"), ()),
    "hide a row": Change(lambda site, *people: save(site.photo, hidden=True), ()),
    "delete a row": Change(lambda site, *people: Photo.objects.get().delete()),
    "delete a user": Change(lambda site, ana, *others: User.objects.get(pk=ana.pk).delete()),
    "forget a user": Change(lambda site, ana, *others: forget_user(ana)),
    "mark seen": Change(lambda site, ana, *others: NotificationsFeed(ana).mark_seen(), ()),
    "mark read": Change(lambda site, ana, *others: NotificationsFeed(ana).mark_read(site.made["reply"]), ()),
    "some in one transaction": Change(follow_and_hide, HOME),
}


def run_now(entry: JournalEntry) -> None:
    """The setting DISPATCH: what a worker does, in this process."""
    run(entry)


@pytest.fixture
def site(request: pytest.FixtureRequest, register_model: Any, configure: Any, transactional_db: None) -> Site:
    """A site that is warm, on a memory store."""
    register_model(User, name="username", private="is_staff")
    changed = {"CHUNK_SIZE": 2, "SWEEP_AFTER": 0, "PULL_ABOVE": request.param}
    configure(STREAMS="activitystream.streams.memory.MemoryStore", DISPATCH=f"{__name__}.run_now", **changed)
    made = Site()
    for _ in range(2):  # what a sweep begins to pull is merged when it is read again
        sweep()
        made.seen()
    return made


CASES = [
    pytest.param(name, above, id=f"{name}, {'merged' if above else 'written'}")
    for number, name in enumerate(CHANGES)
    for above in (None, 1)
    if TIMES > 1 or number % 2 == bool(above)
]


@histories
@pytest.mark.parametrize(("name", "site"), CASES, indirect=["site"])
def test_any_one_call_of_the_store_may_fail(name: str, site: Site) -> None:
    change, people, store = CHANGES[name], site.people.values(), get_store()
    snapshot = Snapshot(store)
    with use_store(None):
        change.make(site, *people)
        wanted = site.seen()
    whole = Calls()
    assert differences(change, site, snapshot, whole, wanted) == []
    possible = [Calls(number, late) for number in range(1, len(whole.names) + 1) for late in (False, True)]
    for calls in Random(name).sample(possible, min(ATTEMPTS, len(possible))):
        found = differences(change, site, snapshot, calls, wanted)
        assert found == [], "\n".join(map(str, [calls, *found]))


def differences(
    change: Change, site: Site, snapshot: Snapshot, calls: Calls, wanted: dict[str, Any]
) -> list[Any]:
    """Make the change while one call fails, and sweep; what somebody sees then and should not."""
    snapshot.restore()
    store: Any = get_store()
    events = store.events
    store.events = Refusing(events, calls)  # the store itself tells it what it adds and drops
    try:
        with use_store(Refusing(store, calls)):  # type: ignore[arg-type]
            live = Live(site)
            calls.counting = True
            change.make(site, *site.people.values())
            live.visit()
            calls.counting = False
            if calls.failing % 2:  # half of the time pages are read before the sweep
                site.seen()
            for _ in range(2):
                sweep()
                live.visit()
            live.check()
            seen = site.seen()
            wrong = [(what, seen[what], wanted[what]) for what in wanted if seen[what] != wanted[what]]
            return [*pending(), *wrong, *live.wrong(*change.live)]
    finally:
        store.events = events
