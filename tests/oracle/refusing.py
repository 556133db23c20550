"""A small site that can be set back, a store of which one call fails, and pages that are kept up to date."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from activitystream import (
    HomeFeed,
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    StoreUnavailable,
    follow,
    publish,
)
from activitystream.feeds import Entry, Feed, get_entry
from activitystream.feeds.facts import load_facts
from activitystream.journal import write_alias
from activitystream.live import Watcher
from activitystream.live.delivery import Delivery
from activitystream.live.joining import watch
from activitystream.live.members import Members
from activitystream.models import (
    Activity,
    Addressee,
    Block,
    DeletedObject,
    Follow,
    FollowRequest,
    JournalEntry,
    Mute,
    Notification,
    PulledAudience,
    Ref,
)
from activitystream.streams import get_events
from tests.app.models import Photo

__all__ = ["Calls", "Live", "Refusing", "Site", "Snapshot"]

User = get_user_model()
NAMES = ("ana", "ben", "cy", "dee")
TABLES: Sequence[Any] = (
    User, Photo, Activity, Addressee, Notification, Follow, FollowRequest, Block, Mute, DeletedObject,
    PulledAudience, JournalEntry,
)  # fmt: skip
"""In an order in which they can be filled; in the other direction they can be emptied."""
KEPT = ("_streams", "_epochs", "_bodies", "_changes", "_epoch", "_seq")
"""What a memory store holds, besides its event log."""
NO_CALLS = {"in_space", "check", "knows_its_server", "listen", "clear"}
"""Methods of a store that ask no server."""


@dataclass
class Calls:
    """The calls of a store while they are counted, and which of them fails."""

    failing: int = 0
    """Its number, from 1; 0: none."""
    late: bool = False
    """It fails after it took effect: the answer is lost."""
    counting: bool = False
    names: list[str] = field(default_factory=list)

    def make(self, name: str, call: Callable[[], Any]) -> Any:
        """Make this call, unless it is the one that fails."""
        if not self.counting:
            return call()
        self.names.append(name)
        if len(self.names) != self.failing:
            return call()
        if self.late:
            call()
        raise StoreUnavailable(str(self))

    def __str__(self) -> str:
        name = self.names[self.failing - 1] if 0 < self.failing <= len(self.names) else "none"
        return f"call {self.failing} ({name}), {'after' if self.late else 'before'} its effect"


class Refusing:
    """A store, or its event log, of which one call fails."""

    def __init__(self, real: Any, calls: Calls) -> None:
        self._real, self._calls = real, calls

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        if name in NO_CALLS or name.startswith("_") or not callable(value):
            return value
        return lambda *args, **kwargs: self._calls.make(name, lambda: value(*args, **kwargs))


def _empty() -> None:
    for model in reversed(TABLES):
        model._base_manager.all()._raw_delete(write_alias())


class Snapshot:
    """The rows of all tables, and what a memory store holds: each attempt begins with the same."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._rows = {model: list(model._base_manager.all()) for model in TABLES}
        self._kept = deepcopy([vars(store)[name] for name in KEPT])

    def restore(self) -> None:
        with transaction.atomic():
            _empty()
            for model, rows in self._rows.items():
                model._base_manager.bulk_create(map(copy, rows))
        vars(self._store).update(zip(KEPT, deepcopy(self._kept), strict=True))
        self._store.events.clear()


class Site:
    """Four people who follow one another, of whom cy is private, and a photo of ana's.

    Ana asks to follow cy. Each activity has a label, for ids differ.
    """

    def __init__(self) -> None:
        _empty()
        ana, ben, cy, dee = (User.objects.create(username=name) for name in NAMES)
        self.people = dict(zip(NAMES, (ana, ben, cy, dee), strict=True))
        Photo.objects.bulk_create([Photo(owner=ana, caption="lake")])  # without a signal
        self.photo = Photo.objects.get()
        for follower, followee in ((ben, ana), (dee, ana), (dee, cy), (cy, ben), (ana, dee)):
            follow(follower, followee)
        follow(ben, self.photo, actor_only=False)
        cy.is_staff = True  # what makes an account private in these tests
        cy.save()
        follow(ana, cy)
        self.made: dict[str, int] = {}
        self._labels: dict[int, str] = {}
        self.publish("open", actor=ana, object=self.photo, notify=[ben, dee], data={"n": 1})
        self.publish("narrow", actor=ana, visibility="followers", notify=[ben])
        self.publish("named", actor=ana, visibility="named", to=[dee], notify=[dee])
        self.publish("private", actor=cy, object=self.photo, notify=[ana, dee])
        self.publish("reply", actor=ben, object=self.photo, notify=[ana])
        self.publish("to ana", actor=dee, object=ana, notify=[ana])

    def publish(self, label: str, **draft: Any) -> None:
        id = publish(verb="do", **draft).pk
        self.made[label] = id
        self._labels[id] = label

    def seen(self) -> dict[str, Any]:
        """Everything that anybody sees."""
        found: dict[str, Any] = {}
        for feed, viewer in self._pages():
            found[f"{self.name(feed)}, for {viewer}"] = [self.shown(entry) for entry in _walk(feed, viewer)]
        for owner in self.people.values():
            told = NotificationsFeed(owner)
            found[f"counts of {owner}"] = told.counts()
            found[f"groups of {owner}"] = [(group.count, group.seen, group.read) for group in told.groups()]
            groups = HomeFeed(owner).groups(by="object", viewer=owner)
            found[f"home of {owner} by object"] = [group.count for group in groups]
        for viewer in (None, self.people["ben"], self.people["cy"]):
            for label, id in self.made.items():
                entry = get_entry(id, viewer)
                found[f"{label}, for {viewer}"] = entry and self.shown(entry)
        return found

    def _pages(self) -> Iterator[tuple[Feed, Any]]:
        """What is read, and by whom."""
        for viewer in (None, *self.people.values()):
            yield from ((OutboxFeed(owner), viewer) for owner in self.people.values())
            yield ObjectFeed(self.photo), viewer
        for owner in self.people.values():
            yield HomeFeed(owner), owner
            yield NotificationsFeed(owner), owner

    def name(self, feed: Feed) -> str:
        """The feed, in a text that is the same for each site."""
        users = {Ref.of(user): name for name, user in self.people.items()}
        return f"{feed.name} of {users.get(feed.owner, 'the photo')}"

    def shown(self, entry: Entry) -> list[Any]:
        """An activity as a reader sees it."""
        return self.shown_json(entry.raw)

    def shown_json(self, raw: bytes) -> list[Any]:
        body = json.loads(raw)
        names = [body[role] and body[role]["name"] for role in ("actor", "object", "target")]
        return [self._labels.get(int(body["id"]), "new"), *names, body["data"], body["visibility"]]


def _walk(feed: Feed, viewer: Any) -> Iterator[Entry]:
    page = feed.page(viewer=viewer)
    yield from page
    while page.next_cursor:
        page = feed.page(after=page.next_cursor, viewer=viewer)
        yield from page


class _Browser(Watcher):
    """A page that is open, and what arrives for it: without a thread, and without a loop."""

    def open(self, site: Site) -> None:
        self._site = site
        self._page: dict[int, Any] = {}

    def _hand(self, function: Callable[..., None], argument: Any) -> None:
        if function == self._put:
            self._take(argument)

    def _take(self, frame: bytes | None) -> None:
        if frame is None:
            self._read()  # the connection ends; the browser comes back, and begins anew
            return
        fields = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
        data = json.loads(fields["data"])
        match fields["event"]:
            case "reset":
                self._read()
            case "activity":
                self._page[int(data["id"])] = self._site.shown_json(fields["data"].encode())
            case "remove":
                self._page.pop(int(data["id"]), None)

    def _read(self) -> None:
        page = self.feed.page(viewer=self.viewer)
        self._page = {entry.id: self._site.shown(entry) for entry in page}

    def shown(self) -> list[Any]:
        return [self._page[id] for id in sorted(self._page, reverse=True)]


class Live:
    """Pages that are open, and the hub, whose thread is the test's."""

    def __init__(self, site: Site) -> None:
        self._site, self._members, self._unreachable = site, Members(), False
        self._browsers = asyncio.run(self._open())
        events = get_events()
        assert events is not None
        for browser in self._browsers:
            browser.streams, position = watch(events, browser)
            self._members.add(browser)
            browser.facts = load_facts(browser.viewer)
            browser.check_at = float("inf")
            browser.reset(position)
        self._delivery = Delivery(self._members, "", position)

    async def _open(self) -> list[_Browser]:
        ana, ben, cy, dee = self._site.people.values()
        wanted: list[tuple[Feed, Any]] = [
            (HomeFeed(ben), ben), (HomeFeed(dee), dee), (OutboxFeed(ana), None), (OutboxFeed(ana), ben),
            (OutboxFeed(cy), dee), (ObjectFeed(self._site.photo), ben), (NotificationsFeed(ana), ana),
        ]  # fmt: skip
        browsers = [_Browser(feed, viewer and Ref.of(viewer)) for feed, viewer in wanted]
        for browser in browsers:
            browser.open(self._site)
        return browsers

    def visit(self) -> None:
        """Tell what happened, as the hub does; if the store does not answer, let all begin anew later."""
        try:
            self._delivery.run(anew=self._unreachable)
            self._unreachable = False
        except StoreUnavailable:
            self._unreachable = True

    def check(self) -> None:
        """What the hub does each half minute: it looks at whom its readers block and mute."""
        for browser in self._browsers:
            browser.check_at = 0.0
        self.visit()

    def wrong(self, *feeds: str) -> list[Any]:
        """The pages of these feeds that are not what they would be, were they read again."""
        found: list[Any] = []
        for browser in self._browsers:
            shown = browser.shown()
            wanted = [self._site.shown(entry) for entry in browser.feed.page(viewer=browser.viewer)]
            if browser.feed.name in feeds and shown != wanted:
                found.append((f"live {self._site.name(browser.feed)}", shown, wanted))
        return found
