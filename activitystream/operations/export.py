"""A person's data: everything that the app holds about a user, record by record, for that user.

What others did is in it as the user may see it: not what is hidden from them, nor who blocks them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.feeds import get_entries
from activitystream.graph import Window, get_graph
from activitystream.ids import to_iso
from activitystream.journal import write_alias
from activitystream.models import (
    ROLES,
    Activity,
    Addressee,
    Block,
    DeletedObject,
    FollowRequest,
    Mute,
    Notification,
    Receipt,
    Ref,
    role_filter,
)
from activitystream.registry import options_for_label
from activitystream.text import clean_json

__all__ = ["export_user"]

BATCH = 200
"""Rows that are read at once."""
Record = dict[str, Any]


def export_user(user: models.Model | Ref) -> Iterator[Record]:
    """Records of JSON types, each with its `record`: what it is. They are read from SQL as they are taken.

    In this order: `activity` (what the user did), `about` (what others did to the user), `follow`,
    `follower`, `request_sent`, `request_received`, `block`, `mute`, `notification`, `addressed` (what others
    published for the user by name), `kept` (deleted rows that were the user's and whose activities are kept),
    `receipt` (keys of requests to the API). ValueError if it is no user.
    """
    ref = user.spelled if isinstance(user, Ref) else Ref.of(user)
    if ref.model != get_user_model()._meta.label_lower:
        raise ValueError(f"{ref} is not a {get_user_model()._meta.label}")
    return chain(
        _activities(ref),
        _about(ref),
        _follows(ref),
        _followers(ref),
        _requests(ref),
        _blocks(ref),
        _mutes(ref),
        _notifications(ref),
        _addressed(ref),
        _kept(ref),
        _receipts(ref),
    )


def _batches(model: Any, **matching: Any) -> Iterator[list[Any]]:
    """The rows, oldest first: by key, so that no cursor is held while a client reads."""
    rows = model._base_manager.using(write_alias()).filter(**matching).order_by("pk")
    last: Any = None
    while True:
        some = list((rows if last is None else rows.filter(pk__gt=last))[:BATCH])
        if some:
            yield some
        if len(some) < BATCH:
            return
        last = some[-1].pk


def _rows(model: Any, **matching: Any) -> Iterator[Any]:
    return chain.from_iterable(_batches(model, **matching))


def _ref(ref: Ref | None) -> dict[str, str] | None:
    """As the API has it."""
    return None if ref is None else {"type": ref.model, "id": ref.id}


def _user(key: Any) -> dict[str, str]:
    ref = Ref.of_user(key)
    return {"type": ref.model, "id": ref.id}


def _activities(user: Ref) -> Iterator[Record]:
    for some in _batches(Activity, **role_filter("actor", user)):
        named: dict[int, list[str]] = {}
        ids = [row.pk for row in some]
        for addressee in Addressee.objects.using(write_alias()).filter(activity__in=ids).order_by("pk"):
            named.setdefault(addressee.activity_id, []).append(addressee.user_ref.id)
        for row in some:
            yield {
                "record": "activity",
                "id": str(row.pk),
                "verb": row.verb,
                "published": to_iso(row.published),
                **{role: _ref(row.ref(role)) for role in ROLES},
                "data": clean_json(row.data),
                "key": row.key,
                "visibility": row.visibility,
                "to": named.get(row.pk, []),
            }


def _about(user: Ref) -> Iterator[Record]:
    for role in ROLES[1:]:
        for some in _batches(Activity, **role_filter(role, user)):
            others = [row.pk for row in some if user not in _earlier(row, role)]
            yield from _seen("about", others, user)


def _earlier(row: Activity, role: str) -> list[Ref | None]:
    """What the activity is about in the roles before this one: so it has been told already."""
    return [row.ref(before) for before in ROLES[: ROLES.index(role)]]


def _seen(record: str, ids: list[int], user: Ref) -> Iterator[Record]:
    """Those of these activities that the user may see, as the API gives them."""
    for entry in get_entries(ids, user):
        yield {"record": record, **entry.as_dict()}


def _follows(user: Ref) -> Iterator[Record]:
    for kind in get_graph().kinds_of(user.id):
        for row in _windows(kind=kind, follower_id=user.id):
            yield _follow("follow", row, {"followee": _ref(row.followee_ref)})


def _followers(user: Ref) -> Iterator[Record]:
    """Of those kinds that others may know of: who watches in silence stays so."""
    options = options_for_label(user.model)
    for kind in options.public_kinds if options else ():
        for row in _windows(kind=kind, followee=user):
            yield _follow("follower", row, {"follower": _user(row.follower_id)})


def _windows(**of: Any) -> Iterator[Any]:
    older: int | None = None
    while some := get_graph().latest(Window(limit=BATCH, older=older), **of):
        yield from some
        older = some[-1].pk


def _follow(record: str, row: Any, whom: Record) -> Record:
    created = row.created and to_iso(row.created)  # other tables may not know it
    return {"record": record, "kind": row.kind, "actor_only": row.actor_only, "created": created, **whom}


def _requests(user: Ref) -> Iterator[Record]:
    for row in _rows(FollowRequest, follower=user.id):
        yield _request("request_sent", row, {"followee": _ref(row.followee_ref)})
    for row in _rows(FollowRequest, owner=user.id):
        whom = {"follower": _user(row.follower_id), "followee": _ref(row.followee_ref)}
        yield _request("request_received", row, whom)


def _request(record: str, row: FollowRequest, whom: Record) -> Record:
    return {"record": record, "kind": row.kind, "created": to_iso(row.created), **whom}


def _blocks(user: Ref) -> Iterator[Record]:
    for row in _rows(Block, blocker=user.id):
        yield {"record": "block", "blocked": _user(row.blocked_id), "created": to_iso(row.created)}


def _mutes(user: Ref) -> Iterator[Record]:
    for row in _rows(Mute, user=user.id):
        yield {"record": "mute", "muted": _ref(row.muted_ref), "created": to_iso(row.created)}


def _notifications(user: Ref) -> Iterator[Record]:
    for some in _batches(Notification, recipient=user.id):
        marks = {row.activity_id: {"seen": row.seen, "read": row.read, "group": row.group} for row in some}
        for record in _seen("notification", list(marks), user):
            yield {**record, **marks[int(record["id"])]}


def _addressed(user: Ref) -> Iterator[Record]:
    for some in _batches(Addressee, user=user.id):
        yield from _seen("addressed", [row.activity_id for row in some], user)


def _kept(user: Ref) -> Iterator[Record]:
    for row in _rows(DeletedObject, owner=user.id):
        ref = Ref.from_row(row.content_type_id, row.object_id)
        yield {"record": "kept", "object": _ref(ref), "name": row.name}


def _receipts(user: Ref) -> Iterator[Record]:
    for row in _rows(Receipt, user=user.id):
        made = [str(id) for id in row.activities]
        yield {"record": "receipt", "key": row.key, "activities": made, "created": to_iso(row.created)}
