"""The graph interface: who follows what. Ours is in `tables`; a site's own table can stand behind it.

A graph that is not ours must call `changed()` whenever a row of its table comes or goes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from activitystream.conf import SETTING, settings
from activitystream.exceptions import InvalidFollow
from activitystream.journal import write_alias
from activitystream.models import FOLLOW, Follow, Ref, to_key, user_keys
from activitystream.parts import in_parts

__all__ = ["Change", "Graph", "Keys", "Pair", "Window", "changed", "get_graph", "listen"]

Keys = QuerySet[Any, Any] | Collection[Any]
"""Primary keys: whatever `__in` takes, so a subquery of one column or a list."""
Pair = tuple[str, Ref]
"""The key of a user, and a row that the user follows, or may follow."""
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of a list of follows, the latest first. Cursors are ids of follows."""

    limit: int | None
    """At most so many; None: all."""
    newer: int | None = None
    """Those directly newer than this id."""
    older: int | None = None
    """Those older than this id."""

    def of(self, rows: QuerySet[_Row]) -> list[_Row]:
        """This part of these rows, whose primary keys grow with time: the latest first."""
        if self.newer is not None:
            return list(rows.filter(pk__gt=self.newer).order_by("pk")[: self.limit])[::-1]
        if self.older is not None:
            rows = rows.filter(pk__lt=self.older)
        return list(rows.order_by("-pk")[: self.limit])


class Graph(ABC):
    """Who follows what. Followers are users.

    `kinds` are the kinds of follow that count; `as_actor` tells whose eyes: True asks for every follow of the
    followee (what it does reaches them all), False only for those that follow it in any role.

    Three methods say all that feeds, templates and the API ask; two more let follows be written through us.
    What else there is follows from these, and can be overridden where a table answers it faster.
    """

    # -- to declare ------------------------------------------------------------------------------------

    @abstractmethod
    def followers(self, followee: Ref, *, kinds: Sequence[str], as_actor: bool) -> Keys:
        """The keys of the users who follow it, as the user model has them: best a subquery, never evaluated
        here."""

    @abstractmethod
    def followees(self, follower_id: str, *, kinds: Sequence[str], as_actor: bool) -> Mapping[str, Keys]:
        """The rows that this user follows, by model: {"photos.album": keys}. Keys are strings, as activities
        have them: of a column of integers, `Cast(column, CharField())`."""

    @abstractmethod
    def latest(
        self,
        window: Window,
        *,
        kind: str,
        follower_id: str | None = None,
        followee: Ref | None = None,
        models: Collection[str] = (),
    ) -> list[Follow]:
        """For lists that people see: what this user follows (rows of these models, if any are named), or who
        follows this row; the latest first. One of the two is given. `Window.of` reads it from a queryset, and
        `as_follow` puts a row of another table into the shape of ours."""

    def follow(self, user: Any, obj: Any, *, kind: str, actor_only: bool | None) -> Follow:
        """Let the user follow a row that is followable, in the transaction of the caller. Following again
        changes nothing, except an `actor_only` that is given. InvalidFollow if it cannot be."""
        raise InvalidFollow(NOT_HERE)

    def follow_many(
        self, user: Any, rows: Sequence[Any], *, kind: str, actor_only: bool | None
    ) -> list[Follow]:
        """The same for many rows. Here one by one: a table of one's own can be faster."""
        return [self.follow(user, row, kind=kind, actor_only=actor_only) for row in rows]

    def follow_pairs(
        self, pairs: Sequence[tuple[Any, Any]], *, kind: str, actor_only: bool | None
    ) -> list[Follow]:
        """The same for several users: each pair is a user and a row. Here one user after the other."""
        of_user: dict[Any, tuple[Any, list[Any]]] = {}
        for user, row in pairs:
            of_user.setdefault(user.pk, (user, []))[1].append(row)
        made = {
            key: iter(self.follow_many(user, rows, kind=kind, actor_only=actor_only))
            for key, (user, rows) in of_user.items()
        }
        return [next(made[user.pk]) for user, _ in pairs]

    def unfollow(self, user: Any, obj: Any, *, kind: str) -> bool:
        """End a follow, in the transaction of the caller. Whether there was one."""
        raise InvalidFollow(NOT_HERE)

    def forget(self, followee: Ref) -> None:  # noqa: B027
        """A followee was deleted: its follows go too, without a `changed`. A table with a foreign key to it
        has nothing to do."""

    # -- what follows from these -----------------------------------------------------------------------

    def kinds_of(self, follower_id: str) -> Collection[str]:
        """The kinds in which this user follows anything: a block ends follows of them all."""
        return [FOLLOW]

    def follower_ids(
        self, followee: Ref, *, kinds: Sequence[str], as_actor: bool, after: str | None, limit: int
    ) -> list[str]:
        """Up to `limit` followers, each once, in the order of their keys, from the one past `after` on.

        Fan-out asks this for each chunk: with very many followers, an index on (followee, follower) and a
        query on this table alone are faster.
        """
        users = _users(self.followers(followee, kinds=kinds, as_actor=as_actor)).order_by("pk")
        if after is not None:
            users = users.filter(pk__gt=to_key(get_user_model(), after))
        return user_keys(users.values_list("pk", flat=True)[:limit])

    def perhaps_followed(self, followees: Collection[Ref], *, kinds: Sequence[str]) -> Collection[Ref]:
        """Those of these that anybody may follow: most rows are followed by nobody, and then fan-out is done.

        Here all of them, for nothing is known. One query that says more is worth its while.
        """
        return followees

    def still_following(
        self, followee: Ref, follower_ids: Sequence[str], *, kinds: Sequence[str], as_actor: bool
    ) -> set[str]:
        """Those of these users who follow it now."""
        users = _users(self.followers(followee, kinds=kinds, as_actor=as_actor)).order_by()
        found: set[str] = set()
        for ids in in_parts(follower_ids, PARAMETERS):
            some = users.filter(pk__in=ids)
            found.update(user_keys(some.values_list("pk", flat=True)))
        return found

    def count_followers(self, followees: Sequence[Ref], *, kinds: Sequence[str]) -> dict[Ref, int]:
        """How many follow each; those whom nobody follows are left out. One query for each."""
        counts = {ref: _users(self.followers(ref, kinds=kinds, as_actor=True)).count() for ref in followees}
        return {ref: count for ref, count in counts.items() if count}

    def followed_among(
        self, follower_id: str, followees: Sequence[Ref], *, kinds: Sequence[str], as_actor: bool
    ) -> set[Ref]:
        """Those of these rows that the user follows. Reads all that the user follows."""
        wanted = {ref.model for ref in followees}
        followed = self.followees(follower_id, kinds=kinds, as_actor=as_actor)
        ids = {model: _strings(keys) for model, keys in followed.items() if model in wanted}
        return {ref for ref in followees if ref.id in ids.get(ref.model, ())}

    def followed_pairs(self, pairs: Collection[Pair], *, kinds: Sequence[str], as_actor: bool) -> set[Pair]:
        """Those of these pairs of which the user follows the row. Here one user after the other."""
        of_user: dict[str, list[Ref]] = {}
        for key, ref in pairs:
            of_user.setdefault(key, []).append(ref)
        return {
            (key, ref)
            for key, refs in of_user.items()
            for ref in self.followed_among(key, refs, kinds=kinds, as_actor=as_actor)
        }

    def followed_by(self, follower_ids: Sequence[str], model: str, *, kind: str) -> list[str]:
        """The keys of rows of this model that these users (a hundred at most) follow, once for each follow:
        some of them, where there are very many. One query for each user."""
        some = Window(limit=AT_ONCE)
        return [
            follow.followee_id
            for id in follower_ids
            for follow in self.latest(some, kind=kind, follower_id=id, models=[model])
        ]

    def since_follow(
        self,
        activities: QuerySet[Any],
        role: str,
        model: str,
        *,
        follower_id: str,
        kinds: Sequence[str],
        as_actor: bool,
    ) -> QuerySet[Any]:
        """Those of these activities that are no older than a follow by this user of the row of this model
        that has this role. Only for the setting HOME_SINCE_FOLLOW."""
        raise ImproperlyConfigured(NO_BEGIN)

    def began(
        self, followee: Ref, follower_ids: Sequence[str], *, kinds: Sequence[str], as_actor: bool
    ) -> dict[str, datetime]:
        """When those of these users who follow it began to. Only for the setting HOME_SINCE_FOLLOW."""
        raise ImproperlyConfigured(NO_BEGIN)

    @staticmethod
    def as_follow(
        *,
        id: int,
        follower_id: Any,
        followee: Ref,
        kind: str = FOLLOW,
        actor_only: bool = True,
        created: datetime | None = None,
    ) -> Follow:
        """A row of another table in the shape of ours, for lists; not to be saved. `id` grows with time."""
        shown = Follow(
            pk=id,
            follower_id=follower_id,
            followee_type=followee.content_type,
            followee_id=followee.id,
            kind=kind,
            actor_only=actor_only,
        )
        shown.created = created  # type: ignore[assignment]  # other tables may not know it
        return shown


NOT_HERE = "follows cannot be made or ended here: this site keeps them elsewhere"
AT_ONCE = 100
"""Follows of one user that suggestions look at, more or less."""
NO_BEGIN = "HOME_SINCE_FOLLOW needs a graph that knows when follows began: since_follow() and began()"
PARAMETERS = 500
"""Keys in one query; SQLite allows 999 parameters."""


def _users(keys: Keys) -> QuerySet[Any]:
    users: QuerySet[Any] = get_user_model()._base_manager.using(write_alias()).filter(pk__in=keys)
    return users


def _strings(keys: Keys) -> set[str]:
    """These keys. (`values_list()` of a queryset that has its columns would select all of them again.)"""
    return {str(_only(row)) for row in keys}


def _only(row: Any) -> Any:
    """The one column of a row of a queryset, whichever way it gives rows."""
    if isinstance(row, Model):
        return row.pk
    columns = tuple(row.values()) if isinstance(row, dict) else row
    return columns[0] if isinstance(columns, tuple) else columns


@lru_cache
def _graph(path: str) -> Graph:
    graph: Graph = import_string(path)()
    return graph


def get_graph() -> Graph:
    """The graph of the settings."""
    return _graph(settings.GRAPH)


def _forget_graph(*, setting: str, **kwargs: Any) -> None:
    if setting == SETTING:
        _graph.cache_clear()


setting_changed.connect(_forget_graph, dispatch_uid="activitystream.graph")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Followers that began (or ceased) to follow something."""

    follower_ids: Sequence[str]
    followee: Ref
    kind: str
    following: bool
    """True: began; False: ceased."""
    narrowed: bool = False
    """They follow on, but it may be for less than before."""


Listener = Callable[[Sequence[Change]], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call this within the transaction of all changes: for the layers above."""
    if listener not in _listeners:
        _listeners.append(listener)


def changed(*changes: Change) -> None:
    """Tell that follows came or went, in the transaction in which they did; many at once are told at once."""
    for listener in _listeners:
        listener(changes)
