"""The default graph: our own `Follow` table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.db.models.signals import post_delete, post_save

from activitystream.journal import write_alias
from activitystream.models import Follow, Ref, read_key, to_key, user_keys
from activitystream.parts import in_parts
from activitystream.registry import options_for

from .base import AT_ONCE, PARAMETERS, Change, Graph, Keys, Pair, Window, changed
from .parties import pair_of, pair_parts, parts

__all__ = ["FollowGraph", "end_follows"]

PROBED = 100
"""Follows that are looked at to learn whether a row is followed at all."""
TOGETHER = 10
"""Users whose follows are read with one query for suggestions."""
LISTED = 2000
"""Followees that a query names one by one, at most."""


def _follows_on(followee: Ref, kinds: Sequence[str], *, as_actor: bool = True) -> QuerySet[Follow]:
    """The follows of this followee."""
    follows = Follow.objects.using(write_alias()).filter(
        followee_type=followee.content_type, followee_id=followee.id, kind__in=kinds
    )
    return follows if as_actor else follows.filter(actor_only=False)


def _follows_of(follower_id: Any, kinds: Sequence[str], *, as_actor: bool = True) -> QuerySet[Follow]:
    """The follows that this user made."""
    follows = Follow.objects.using(write_alias()).filter(follower_id=follower_id, kind__in=kinds)
    return follows if as_actor else follows.filter(actor_only=False)


class FollowGraph(Graph):
    """Who follows what, from `Follow`."""

    def followers(self, followee: Ref, *, kinds: Sequence[str], as_actor: bool) -> Keys:
        return _follows_on(followee, kinds, as_actor=as_actor).order_by().values("follower_id")

    def followees(self, follower_id: str, *, kinds: Sequence[str], as_actor: bool) -> Mapping[str, Keys]:
        follows = _follows_of(follower_id, kinds, as_actor=as_actor).order_by()
        type_ids = follows.values_list("followee_type", flat=True).distinct()
        found: dict[str, Keys] = {}
        for type_id in type_ids:
            any_row = Ref.from_row(type_id, "")
            if any_row.model_class is None:
                continue  # its app is gone
            ids = follows.filter(followee_type=type_id).values("followee_id")
            listed = connections[write_alias()].vendor == "mysql"
            found[any_row.model] = _listed(ids) if listed else ids
        return found

    def latest(
        self,
        window: Window,
        *,
        kind: str,
        follower_id: str | None = None,
        followee: Ref | None = None,
        models: Collection[str] = (),
    ) -> list[Follow]:
        if followee is not None:
            return window.of(_follows_on(followee, [kind]))
        follows = _follows_of(follower_id, [kind])
        if models:
            follows = follows.filter(followee_type__in=[Ref(model, "").content_type for model in models])
        return window.of(follows)

    def follow(self, user: Any, obj: Any, *, kind: str, actor_only: bool | None) -> Follow:
        followee = Ref.of(obj)
        default = _actor_only(obj) if actor_only is None else actor_only
        made, _ = Follow.objects.using(write_alias()).get_or_create(
            follower_id=read_key(user.__class__, user.pk),
            followee_type=followee.content_type,
            followee_id=followee.id,
            kind=kind,
            defaults={"actor_only": default},
        )
        if actor_only is not None and made.actor_only != actor_only:
            made.actor_only = actor_only
            made.save(update_fields=["actor_only"])
        return made

    def follow_many(
        self, user: Any, rows: Sequence[Any], *, kind: str, actor_only: bool | None
    ) -> list[Follow]:
        if len(rows) == 1:
            return [self.follow(user, rows[0], kind=kind, actor_only=actor_only)]
        return self._follow_pairs([(user, row) for row in rows], kind, actor_only)

    def follow_pairs(
        self, pairs: Sequence[tuple[Any, Any]], *, kind: str, actor_only: bool | None
    ) -> list[Follow]:
        if len({user.pk for user, _ in pairs}) <= 1:
            return super().follow_pairs(pairs, kind=kind, actor_only=actor_only)
        return self._follow_pairs(pairs, kind, actor_only)

    def _follow_pairs(
        self, pairs: Sequence[tuple[Any, Any]], kind: str, actor_only: bool | None
    ) -> list[Follow]:
        by_pair = {pair_of(user, row): (user, row) for user, row in pairs}
        known = _known(by_pair, kind)
        for pair, found in known.items():
            if actor_only is not None and found.actor_only != actor_only:
                self.follow(*by_pair[pair], kind=kind, actor_only=actor_only)
        new = [
            Follow(
                follower_id=read_key(user.__class__, user.pk),
                followee_type=ref.content_type,
                followee_id=ref.id,
                kind=kind,
                actor_only=_actor_only(row) if actor_only is None else actor_only,
            )
            for (key, ref), (user, row) in by_pair.items()
            if (key, ref) not in known
        ]
        Follow.objects.using(write_alias()).bulk_create(new, batch_size=PARAMETERS)
        changed(*(_change(made, following=True) for made in new))
        made = _known(by_pair, kind)  # not every database tells the keys of rows made in bulk
        return [made[pair_of(user, row)] for user, row in pairs]

    def unfollow(self, user: Any, obj: Any, *, kind: str) -> bool:
        deleted, _ = _follows_on(Ref.of(obj), [kind]).filter(follower_id=user.pk).delete()
        return bool(deleted)

    def forget(self, followee: Ref) -> None:
        # without signals: what these follows brought into homes is gone with the activities
        follows = Follow.objects.using(write_alias()).filter(
            followee_type=followee.content_type, followee_id=followee.id
        )
        follows._raw_delete(write_alias())  # noqa: SLF001

    def kinds_of(self, follower_id: str) -> Collection[str]:
        key: Any = follower_id
        follows = Follow.objects.using(write_alias()).filter(follower_id=key)
        return list(follows.order_by().values_list("kind", flat=True).distinct())

    def follower_ids(
        self, followee: Ref, *, kinds: Sequence[str], as_actor: bool, after: str | None, limit: int
    ) -> list[str]:
        follows = _follows_on(followee, kinds, as_actor=as_actor).order_by("follower_id")
        if after is not None:
            follows = follows.filter(follower_id__gt=to_key(get_user_model(), after))
        ids = follows.values_list("follower_id", flat=True)
        return user_keys((ids if len(kinds) == 1 else ids.distinct())[:limit])

    def perhaps_followed(self, followees: Collection[Ref], *, kinds: Sequence[str]) -> Collection[Ref]:
        # One for each model, so that each has its index: of an OR, SQLite may think that it meets most rows.
        follows = Follow.objects.using(write_alias()).filter(kind__in=kinds).order_by()
        queries = [
            follows.filter(followee_type=Ref(model, "").content_type, followee_id__in=some)
            for model, some in parts(followees)
        ]
        if not queries or len(followees) > PARAMETERS:
            return followees
        first, *others = (query.values_list("followee_type", "followee_id") for query in queries)
        # A union takes up the default ordering again (Django 6.1), by a column that it has not; of one query
        # alone it fails (Django 5.2.0).
        together = first.union(*others, all=True).order_by() if others else first
        found = list(together[: PROBED + 1])
        # So many rows may all be of one of them: then the others may be followed as well.
        return followees if len(found) > PROBED else {Ref.from_row(type_id, id) for type_id, id in found}

    def still_following(
        self, followee: Ref, follower_ids: Sequence[str], *, kinds: Sequence[str], as_actor: bool
    ) -> set[str]:
        follows = _follows_on(followee, kinds, as_actor=as_actor).order_by()
        found: set[str] = set()
        for ids in in_parts(follower_ids, PARAMETERS):
            some = follows.filter(follower_id__in=list[Any](ids))
            found.update(user_keys(some.values_list("follower_id", flat=True)))
        return found

    def count_followers(self, followees: Sequence[Ref], *, kinds: Sequence[str]) -> dict[Ref, int]:
        counts: dict[Ref, int] = {}
        for model, some in parts(followees):
            follows = Follow.objects.using(write_alias()).filter(
                followee_type=Ref(model, "").content_type, followee_id__in=some, kind__in=kinds
            )
            rows = (
                follows.order_by()
                .values_list("followee_id")
                .annotate(Count("follower_id", distinct=len(kinds) > 1))
            )
            counts |= {Ref(model, id): count for id, count in rows}
        return counts

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
        began = _follows_of(follower_id, kinds, as_actor=as_actor).filter(
            followee_type=Ref(model, "").content_type,
            followee_id=OuterRef(f"{role}_id"),
            created__lte=OuterRef("published"),
        )
        return activities.filter(Exists(began.order_by()))

    def began(
        self, followee: Ref, follower_ids: Sequence[str], *, kinds: Sequence[str], as_actor: bool
    ) -> dict[str, datetime]:
        follows = _follows_on(followee, kinds, as_actor=as_actor).order_by()
        found: dict[str, datetime] = {}
        for ids in in_parts(follower_ids, PARAMETERS):
            some = follows.filter(follower_id__in=list[Any](ids))
            first = dict(some.values_list("follower_id").annotate(Min("created")))
            found |= zip(user_keys(first), first.values(), strict=True)
        return found

    def followed_by(self, follower_ids: Sequence[str], model: str, *, kind: str) -> list[str]:
        # Ten users a query, with no order, so that it ends as soon as it has found enough.
        follows = Follow.objects.using(write_alias()).filter(
            kind=kind, followee_type=Ref(model, "").content_type
        )
        found: list[str] = []
        for some in in_parts(follower_ids, TOGETHER):
            keys = (
                follows.filter(follower_id__in=list[Any](some))
                .order_by()
                .values_list("followee_id", flat=True)
            )
            found += keys[: TOGETHER * AT_ONCE]
        return found

    def followed_among(
        self, follower_id: str, followees: Sequence[Ref], *, kinds: Sequence[str], as_actor: bool
    ) -> set[Ref]:
        follows = _follows_of(follower_id, kinds, as_actor=as_actor)
        found: set[Ref] = set()
        for model, some in parts(followees):
            matching = follows.filter(followee_type=Ref(model, "").content_type, followee_id__in=some)
            found.update(Ref(model, id) for id in matching.values_list("followee_id", flat=True))
        return found

    def followed_pairs(self, pairs: Collection[Pair], *, kinds: Sequence[str], as_actor: bool) -> set[Pair]:
        if len({key for key, _ in pairs}) <= 1:
            return super().followed_pairs(pairs, kinds=kinds, as_actor=as_actor)
        wanted = set(pairs)
        return {
            pair
            for found in _between(wanted, kinds)
            if (as_actor or not found.actor_only) and (pair := _pair(found)) in wanted
        }


def _between(pairs: Collection[Pair], kinds: Sequence[str]) -> Iterator[Follow]:
    """The follows of these pairs, and perhaps of others of their users and rows."""
    follows = Follow.objects.using(write_alias()).filter(kind__in=kinds).order_by()
    for model, users, ids in pair_parts(pairs):
        yield from follows.filter(
            follower_id__in=users, followee_type=Ref(model, "").content_type, followee_id__in=ids
        )


def _pair(follow: Follow) -> Pair:
    (key,) = user_keys([follow.follower_id])
    return key, follow.followee_ref


def _known(pairs: Collection[Pair], kind: str) -> dict[Pair, Follow]:
    found = {_pair(follow): follow for follow in _between(pairs, [kind])}
    return {pair: found[pair] for pair in pairs if pair in found}


def _listed(ids: QuerySet[Follow, Any]) -> Keys:
    """A list in place of a subquery, unless it is very long. MySQL joins the subquery, and a join uses only
    the first columns of the index: for a window of time it would read all that the followees ever did."""
    some = list(ids.values_list("followee_id", flat=True)[: LISTED + 1])
    return some if len(some) <= LISTED else ids


def _actor_only(row: Any) -> bool:
    return options_for(row.__class__).follows_actor_only()


def _change(follow: Follow, *, following: bool, narrowed: bool = False) -> Change:
    return Change(
        follower_ids=user_keys([follow.follower_id]),
        followee=follow.followee_ref,
        kind=follow.kind,
        following=following,
        narrowed=narrowed,
    )


def end_follows(follower_id: Any) -> None:
    """End all that a user follows, in the transaction of the caller: told at once, however much."""
    follows = Follow.objects.using(write_alias()).filter(follower_id=follower_id).order_by()
    ended = [_change(made, following=False) for made in follows]
    follows._raw_delete(write_alias())  # noqa: SLF001
    changed(*ended)


def _saved(*, instance: Follow, created: bool, raw: bool, **kwargs: Any) -> None:
    if not raw:
        changed(_change(instance, following=True, narrowed=not created))


def _deleted(*, instance: Follow, origin: Any, **kwargs: Any) -> None:
    # A user who is deleted takes the follows along; nobody reads that home any more. Announcing each of
    # thousands would be work for nothing.
    if getattr(origin, "model", type(origin)) is Follow:
        changed(_change(instance, following=False))


# Signals, so that the admin and a plain Follow.objects.filter(…).delete() are told of too.
post_save.connect(_saved, sender=Follow, dispatch_uid="activitystream.graph.saved")
post_delete.connect(_deleted, sender=Follow, dispatch_uid="activitystream.graph.deleted")
