"""What a feed is: push and pull, an owner, and its pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, NamedTuple, Self

from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.db import models

from activitystream.conf import settings
from activitystream.exceptions import InvalidFilter
from activitystream.models import ROLES, Activity, Ref
from activitystream.streams import bridge

from .entries import Entry
from .filters import NONE, Filters, Models, Values
from .groups import By, Group, Groups, read_groups
from .names import check_name, check_stream, clashes, isolated_clashes, who_says
from .pages import Page, read_page
from .visibility import Viewer, as_viewer

__all__ = [
    "SETTING_LENGTH",
    "USER_MODEL",
    "Audience",
    "Feed",
    "clashing",
    "feeds",
    "feeds_of",
    "followed_kinds",
    "get_feed",
    "isolated",
]


class _Owner:
    def __repr__(self) -> str:
        return "OWNER"


OWNER: Any = _Owner()
"""The reader of a feed, if none is given."""
USER_MODEL = django_settings.AUTH_USER_MODEL
"""For `Feed.owner_models`: users alone own it."""
SETTING_LENGTH = -1
"""`Feed.max_length` as the setting MAX_LENGTH says."""

_feeds: dict[str, type[Feed]] = {}


class Audience(NamedTuple):
    """The followers of a row, as recipients: too many to list, so the fan-out reads them in chunks."""

    followee: Ref
    as_actor: bool
    """True: all its followers; False: only those who follow it in any role, not just what it does."""
    but: frozenset[str] = frozenset()
    """Followers left out, by primary key."""


class Feed:
    """A declared kind of stream. A subclass with a `name` is known everywhere by that name.

    The push (`recipients` and `audiences`) and the pull (`sources`) must agree: an activity is in the result
    of a recipient's `sources()` exactly if the owner is a recipient.
    """

    name: ClassVar[str] = ""
    """What streams, the API and templates call it: a word of at most 32 lower-case letters."""
    max_length: ClassVar[int | None] = SETTING_LENGTH
    """Ids kept in a stream; None: no maximum."""
    follow_kinds: ClassVar[Sequence[str]] = ()
    """The kinds of follow this feed is made from; empty: it does not depend on follows."""
    public: ClassVar[bool] = False
    """Whether everybody may read it; else its owner alone (see `may_read`)."""
    owner_models: ClassVar[Collection[str]] = ()
    """The models whose rows own it, by their labels: `("photos.Album",)`. Empty: users, if it is made from
    follows; else all that are registered."""
    needs: ClassVar[Sequence[str]] = ()
    """Relations of an activity that `recipients` reads, for `prefetch_related`: a query for a whole batch."""
    muting: ClassVar[bool] = False
    """Whether what the reader has muted is left out."""
    about_owner: ClassVar[bool] = False
    """Whether its owner is actor, object or target of all that is in it: that of a private account is empty
    then for who does not follow it. Who overrides `sources` says it anew."""
    windowed: ClassVar[bool] = False
    """Whether the pull reads time in growing windows: for sources that match a large part of the table."""

    group_by: ClassVar[Any] = None
    """What `groups()` are made by, if it is not told: "verb", "object", "target", "actor", "day", several of
    them; or a method that takes an entry."""
    ranked: ClassVar[int] = 0
    """How many of the newest entries are ordered by `rank()`, 200 at most; 0: none, all are by time."""
    filters: Filters = NONE
    """What it is narrowed to, by `filter()`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.sources is not getattr(who_says(cls, "about_owner"), "sources", cls.sources):
            cls.about_owner = False
        if "name" in cls.__dict__ and cls.name:
            check_name(cls, _feeds)
            _feeds[cls.name] = cls
        check_stream(cls)
        _check_merging(cls)

    def __init__(self, owner: models.Model | Ref) -> None:
        self.owner: Ref = owner.spelled if isinstance(owner, Ref) else Ref.of(owner)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.owner)!r})"

    @classmethod
    def owner_labels(cls) -> frozenset[str] | None:
        """The models whose rows own it, by their labels in lower case; None: all that are registered."""
        users = [USER_MODEL] if cls.follow_kinds else []
        return frozenset(label.lower() for label in cls.owner_models or users) or None

    @classmethod
    def may_own(cls, owner: Ref) -> bool:
        """Whether such rows have this feed."""
        labels = cls.owner_labels()
        return labels is None or owner.model in labels

    @property
    def stream(self) -> str:
        """The id of this owner's stream: "home:auth.user:7"."""
        return f"{self.name}:{self.owner}"

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds of follow that `sources()` asks for: `follow_kinds`, or those it is narrowed to."""
        return self.filters.kinds or self.follow_kinds

    @classmethod
    def streams_of(cls, model: str, ids: Iterable[str]) -> list[str]:
        """The streams of many owners, all rows of this model ("auth.user"): a fan-out names very many."""
        prefix = cls(Ref(model, "")).stream
        return [prefix + id for id in ids]

    @classmethod
    def length(cls) -> int | None:
        """How many ids a stream of this feed keeps; None: all."""
        return settings.MAX_LENGTH if cls.max_length == SETTING_LENGTH else cls.max_length

    # -- to declare ------------------------------------------------------------------------------------

    @classmethod
    def recipients(cls, activity: Activity) -> Iterable[Ref]:
        """The owners this activity is for: those that can be named without a query."""
        return ()

    @classmethod
    def audiences(cls, activity: Activity) -> Iterable[Audience]:
        """The followers this activity is for, beside `recipients`. Needs `follow_kinds`."""
        return ()

    def sources(self) -> list[models.QuerySet[Activity]]:
        """The pull: querysets whose union is this feed. Several, where each can have an index of its own."""
        raise NotImplementedError(f"{type(self).__name__} needs sources()")

    @classmethod
    def pulled_from(cls, followee: Ref, *, as_actor: bool) -> Feed | None:
        """The feed that holds what such an audience is given: merged in when the audience is very large.

        None: there is none, and its followers are written to however many they are.
        """
        return None

    @classmethod
    def since_follow(cls) -> bool:
        """Whether followers are given only what was published since their follow began."""
        return False

    def includes(self, entry: Entry) -> bool:
        """Whether an entry of a feed that is merged in belongs into this one."""
        return True

    def rank(self, entry: Entry, viewer: Viewer, now: datetime) -> float:
        """With `ranked`: how far up an entry is for this viewer (a ref, or None). `now` is when the first
        page was read, and so the same for all pages of a reader."""
        raise NotImplementedError(f"{type(self).__name__} needs rank()")

    def may_read(self, user: Any) -> bool:
        """Whether this user (perhaps one who is not signed in) may read it in the API."""
        return self.public or (isinstance(user, get_user_model()) and Ref.of(user) == self.owner)

    @staticmethod
    def parse_stream(stream: str) -> Feed | None:
        """The feed and owner of a stream id; None if there is no such feed, or can be no such row."""
        name, _, owner = stream.partition(":")
        try:
            ref, feed = Ref.of_text(*Ref.parse(owner)), get_feed(name)
        except (LookupError, ValueError):
            return None
        return None if ref is None else feed(ref)

    # -- to use ----------------------------------------------------------------------------------------

    def filter(
        self,
        *,
        verb: Values = None,
        actor_type: Models = None,
        object_type: Models = None,
        target_type: Models = None,
        kind: Values = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Self:
        """This feed, narrowed: `HomeFeed(bob).filter(verb="like", object_type=Photo).page()`.

        Each takes one value or several, of which any may match. A type is a registered model or its label.
        `kind`: only what a follow of this kind brought. `since` (itself too) and `until` (not itself): times,
        naive ones in the current time zone. Filters of a narrowed feed add up. Answered by SQL, with exact
        cursors and full pages. InvalidFilter for what cannot be.
        """
        filters = Filters.of(
            verb=verb,
            types=dict(zip(ROLES, (actor_type, object_type, target_type), strict=True)),
            kind=kind,
            since=since,
            until=until,
        )
        if unknown := set(filters.kinds) - set(self.follow_kinds):
            known = ", ".join(map(repr, self.follow_kinds)) or "none"
            raise InvalidFilter(
                f"the kinds of follow that {self.name} is made from are: {known}; not {min(unknown)[:40]!r}"
            )
        narrowed = copy(self)
        narrowed.filters = self.filters.also(filters)
        return narrowed

    def page(
        self,
        limit: int | None = None,
        *,
        before: int | str | None = None,
        after: int | str | None = None,
        viewer: Any = OWNER,
    ) -> Page:
        """A page of entries, newest first: what `viewer` may see, a user or None (not signed in). Not given,
        it is the owner of a feed that is not public, and None for one that is.

        `limit`: 1 to the setting MAX_PAGE_SIZE; None: the setting PAGE_SIZE. `after` a cursor: directly older
        than it; `before`: directly newer than it (not the newest of all). A cursor is an activity id, or what
        a page of this feed gave. InvalidCursor for anything else. Works without Redis too, from SQL.
        """
        return read_page(self, limit, before=before, after=after, viewer=self.viewer(viewer))

    async def apage(
        self,
        limit: int | None = None,
        *,
        before: int | str | None = None,
        after: int | str | None = None,
        viewer: Any = OWNER,
    ) -> Page:
        """The same in an event loop. A warm page is read without a thread (with the extra `async`, and a
        single Redis server); what needs SQL is left to Django's thread, `entry.actor.instance` to
        `sync_to_async`."""
        read = partial(self.page, limit, before=before, after=after, viewer=viewer)
        if bridge.available():
            with suppress(SynchronousOnlyOperation):
                return await bridge.run(read)
        return await sync_to_async(read)()

    def viewer(self, user: Any = OWNER) -> Viewer:
        """Who reads, if this user does: see `page`."""
        if user is OWNER:
            return None if self.public else as_viewer(self.owner)
        return as_viewer(user)

    def groups(
        self,
        limit: int | None = None,
        *,
        by: By | None = None,
        after: str | None = None,
        viewer: Any = OWNER,
    ) -> Groups[Group]:
        """A page of groups of entries, newest first: `ObjectFeed(photo).groups(by="verb")`.

        `by`: "verb", "object", "target", "actor", "day" (of the current time zone), a function of an entry,
        or several of them; None: `group_by`. `limit` and `viewer` as of `page`; `after`: the `next_cursor` of
        the page before.
        Each group that there is when a scroll begins is on one of its pages, once, whatever is published
        meanwhile. A group stands at its newest member, and counts up to 1,000; those of a page up to 2,000
        together. InvalidFilter, InvalidCursor.
        """
        return read_groups(self, self.group_by if by is None else by, limit, after, self.viewer(viewer))


def _check_merging(feed: type[Feed]) -> None:
    """A feed that takes less than the one it derives from must say so of what is merged in, too."""
    narrowed = {"audiences", "sources"} & feed.__dict__.keys()
    inherited = feed.pulled_from.__func__ is not Feed.pulled_from.__func__  # type: ignore[attr-defined]
    if narrowed and inherited and not {"pulled_from", "includes"} & feed.__dict__.keys():
        raise ImproperlyConfigured(
            f"{feed.__qualname__} overrides {' and '.join(sorted(narrowed))}, and what is merged in from "
            "very large audiences would pass by it: override includes(entry), or let pulled_from() give None"
        )


def feeds() -> list[type[Feed]]:
    """All declared feeds."""
    return list(_feeds.values())


def feeds_of(owner: Ref) -> list[type[Feed]]:
    """The declared feeds that such a row has."""
    return [feed for feed in feeds() if feed.may_own(owner)]


def clashing() -> list[tuple[type[Feed], type[Feed]]]:
    """Feeds whose name another one took."""
    return clashes(_feeds)


def followed_kinds() -> set[str]:
    """The kinds of follow that declared feeds are made from."""
    return {kind for feed in feeds() for kind in feed.follow_kinds}


def get_feed(name: str) -> type[Feed]:
    """The feed of this name; LookupError names those that there are."""
    try:
        return _feeds[name]
    except KeyError:
        raise LookupError(f"there is no feed {name!r}; declared are: {', '.join(sorted(_feeds))}") from None


@contextmanager
def isolated() -> Iterator[None]:
    """Restore the declared feeds at the end of the block (for tests)."""
    before = dict(_feeds)
    with isolated_clashes():
        try:
            yield
        finally:
            _feeds.clear()
            _feeds.update(before)
