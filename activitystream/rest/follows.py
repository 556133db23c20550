"""`follows/`, `followers/` and `following/`: follow, unfollow, and who follows what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.exceptions import InvalidFollow
from activitystream.feeds.visibility import as_viewer
from activitystream.graph import (
    all_apart,
    check_kind,
    check_may_follow,
    find_followed,
    find_for,
    find_rows_for,
    follow,
    follow_many,
    get_graph,
    is_following,
    is_requested,
    lists_hidden_from,
    refusals,
    unfollow,
)
from activitystream.journal import writing
from activitystream.models import FOLLOW, Follow, FollowRequest, Ref
from activitystream.registry import RowNotFound, card_of, options_for, registered

from .base import ApiViewSet
from .errors import BadItems
from .followlists import FollowList, follow_dict
from .refs import RefSerializer

__all__ = ["FollowSerializer", "FollowViewSet", "FollowersViewSet", "FollowingViewSet"]

MAX_MANY = 500
"""Follows that one request may make."""


class FollowSerializer(RefSerializer):
    """What to follow. The follower is who is signed in."""

    kind = serializers.CharField(trim_whitespace=False, default=FOLLOW)

    def validate(self, attrs: Any) -> Any:
        return {"followee": super().validate(attrs), "kind": attrs["kind"]}


class _KindViewSet(ApiViewSet):
    """`?kind=` says which kind of follow is meant; without it, the plain one."""

    @property
    def kind(self) -> str:
        return check_kind(self.request.query_params.get("kind", FOLLOW))

    def _is_public(self, row: models.Model) -> bool:
        """Whether everybody may know who follows this row: of other kinds, the follower alone knows."""
        return self.kind in options_for(row.__class__).public_kinds

    def _check_public(self, row: models.Model) -> None:
        if not self._is_public(row):
            self.permission_denied(self.request, f"Follows of the kind {self.kind!r} are not public.")
        if lists_hidden_from(self.request.user, row):
            self.permission_denied(self.request, "This account is private: its followers see more.")

    def _count(self, row: models.Model) -> int | None:
        """How many follow it, without those with whom who asks has a block; None: that is not public.

        Those whom `get_queryset()` hides are counted: to ask it about all would cost as much as there are.
        """
        if not self._is_public(row):
            return None
        graph, ref, kinds = get_graph(), Ref.of(row), [self.kind]
        count = graph.count_followers([ref], kinds=kinds).get(ref, 0)
        apart = list(all_apart(self.request.user)) if count else []
        return count - len(graph.still_following(ref, apart, kinds=kinds, as_actor=True)) if apart else count


class FollowViewSet(_KindViewSet):
    """What I follow."""

    serializer_class = FollowSerializer
    public_actions = ("retrieve",)

    def list(self, request: Request) -> Response:
        """What I follow, the latest first."""
        return self.page_of(
            FollowList(viewer=self.request.user, kind=self.kind, follower_id=Ref.of(self.me).id)
        )

    def create(self, request: Request) -> Response:
        """Follow: 201, or 202 if that must be asked for. 200: I do (or ask) already, and nothing changed."""
        values = self.validated()
        row = find_for(self.me, *values["followee"], blocked_too=True)  # the error says: unblock first
        kind = check_kind(values["kind"])
        check_may_follow(self.me, row, kind)
        before = _state(self.me, row, kind)
        made = follow(self.me, row, kind)
        asked = isinstance(made, FollowRequest)
        after = {"following": not asked, "requested": asked}
        body = follow_dict(made, "followee", card_of(row))
        return Response(body, status=200 if before == after else 202 if asked else 201)

    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Follow all of a list, or none: errors are told by their places. In its order, the follows and the
        requests that there are now."""
        values: Any = self.validated()
        items = [(value["followee"], check_kind(value["kind"])) for value in values]
        rows = find_rows_for(self.me, {ref for ref, _ in items})
        self._check_all(items, rows)
        made: dict[tuple[Ref, str], Follow | FollowRequest] = {}
        with writing():
            for kind in {kind for _, kind in items}:
                refs = {ref for ref, wanted in items if wanted == kind}
                for one in follow_many(self.me, [rows[ref] for ref in refs], kind):
                    made[one.followee_ref, kind] = one
        cards = {ref: card_of(row) for ref, row in rows.items()}
        return Response(
            [follow_dict(made[Ref.of(rows[ref]), kind], "followee", cards[ref]) for ref, kind in items],
            status=201,
        )

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        if self.action == "bulk":
            kwargs |= {"many": True, "allow_empty": False, "max_length": MAX_MANY}
        return super().get_serializer(*args, **kwargs)

    def _check_all(self, items: Sequence[tuple[Ref, str]], rows: Mapping[Ref, models.Model]) -> None:
        """Tell of all items what speaks against them, in one answer."""
        found = {ref: rows[ref] for ref, _ in items if ref in rows}
        refused = dict(zip(found, refusals(self.me, list(found.values())), strict=True))
        errors: list[Exception | None] = []
        for ref, kind in items:
            error = refused[ref] if ref in found else RowNotFound.of(ref)
            errors.append(error or _kind_error(self.me, found[ref], kind))
        if any(errors):
            raise BadItems(errors)

    def retrieve(self, request: Request, type: str, id: str) -> Response:
        """Do I follow it, and how many do? The number is null for a kind that is not public."""
        row, kind = find_for(request.user, type, id), self.kind
        if not options_for(row.__class__).followable:
            raise NotFound(f"{type.lower()} cannot be followed")
        body = {
            "kind": kind,
            **_state(request.user, row, kind),
            "followers": self._count(row),
            "followee": card_of(row),
        }
        return Response(body)

    def destroy(self, request: Request, type: str, id: str) -> Response:
        """Unfollow, or take back a request. Nothing is wrong if there was neither."""
        unfollow(self.me, find_followed(self.me, type, id, self.kind), self.kind)
        return Response(status=204)


def _kind_error(user: Any, row: models.Model, kind: str) -> InvalidFollow | None:
    try:
        check_may_follow(user, row, kind)
    except InvalidFollow as error:
        return error
    return None


def _state(user: Any, row: models.Model, kind: str) -> dict[str, bool]:
    """Whether the user follows it, or waits for an answer."""
    following = is_following(user, row, kind)
    may_wait = not following and options_for(row.__class__).private is not None
    return {"following": following, "requested": may_wait and is_requested(user, row, kind)}


class FollowersViewSet(_KindViewSet):
    """Who follows a row."""

    public_actions = ("retrieve",)

    def retrieve(self, request: Request, type: str, id: str) -> Response:
        """Its followers, the latest first."""
        row = find_for(request.user, type, id)
        self._check_public(row)
        return self.page_of(FollowList(viewer=self.request.user, kind=self.kind, followee=Ref.of(row)))


class FollowingViewSet(_KindViewSet):
    """What a user follows."""

    public_actions = ("retrieve",)

    def retrieve(self, request: Request, type: str, id: str) -> Response:
        """What the user follows, the latest first."""
        row = find_for(request.user, type, id)
        if not isinstance(row, get_user_model()):
            raise NotFound(f"{type.lower()} follows nothing: users do")
        ref = Ref.of(row)
        if ref == as_viewer(request.user):
            return self.page_of(FollowList(viewer=request.user, kind=self.kind, follower_id=ref.id))
        self._check_public(row)
        models = [options.model for options in registered() if self.kind in options.public_kinds]
        public = tuple(model._meta.label_lower for model in models)
        return self.page_of(
            FollowList(viewer=request.user, kind=self.kind, follower_id=ref.id, models=public)
        )
