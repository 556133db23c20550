"""What those may reach who name rows and kinds in an address or a form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.exceptions import InvalidFollow
from activitystream.models import FOLLOW, Ref
from activitystream.registry import RowNotFound, find_row, find_rows, load_all, options_for
from activitystream.routers import primary_reads

from .blocks import apart_from, is_blocked
from .follows import follows, is_following
from .mutes import is_muted
from .parties import owner_key
from .requests import is_requested
from .seen import closed_to, unseen

__all__ = [
    "all_apart",
    "check_may_follow",
    "find_followed",
    "find_for",
    "find_muted",
    "find_person",
    "find_rows_for",
    "lists_hidden_from",
]


def find_for(user: Any, label: str, id: str, *, blocked_too: bool = False) -> models.Model:
    """Return the row of this registered model and primary key, if it may be shown to this user.

    RowNotFound if it is hidden from the user (see `unseen`): they do not learn that there is such a row.
    """
    row = find_row(label, id)
    if unseen(user, {Ref.of(row): row}, blocked_too=blocked_too):
        raise RowNotFound.of(Ref(label.lower(), id))  # as it was written: what there is not is told so, too
    return row


def find_rows_for(user: Any, refs: Iterable[Ref], *, blocked_too: bool = False) -> dict[Ref, models.Model]:
    """The same for many, by the refs as they were written. A ref that is missing is `RowNotFound`."""
    rows = find_rows(refs)
    hidden = unseen(user, {Ref.of(row): row for row in rows.values()}, blocked_too=blocked_too)
    return {ref: row for ref, row in rows.items() if Ref.of(row) not in hidden}


def find_followed(user: Any, label: str, id: str, kind: str) -> models.Model:
    """The same, or a row that the user follows, or asks to: also if it was hidden since, it can be undone."""
    row = find_row(label, id)
    known = is_following(user, row, kind) or is_requested(user, row, kind)
    return row if known else find_for(user, label, id)


def find_muted(user: Any, label: str, id: str) -> models.Model:
    """The same, or a row that the user has muted."""
    row = find_row(label, id)
    return row if is_muted(user, row) else find_for(user, label, id)


def find_person(user: Any, label: str, id: str) -> models.Model:
    """Return the person of this primary key, whom the user may block, or unblock.

    Those who block the user can be blocked, too; those who were hidden after the block can be unblocked.
    Raise InvalidFollow for a row of any other model, whether or not it exists.
    """
    if label.lower() != get_user_model()._meta.label_lower:
        raise InvalidFollow("only users can be blocked")
    for row in load_all([Ref(label.lower(), id)]).values():
        if is_blocked(user, row):
            return row
    row = find_row(label, id)
    if closed_to(user, {Ref.of(row): row}):
        raise RowNotFound.of(Ref(label.lower(), id))
    return row


@primary_reads()
def check_may_follow(user: models.Model, row: models.Model, kind: str) -> None:
    """Refuse a kind of follow that the row's model does not leave to clients."""
    if not options_for(row.__class__).may_follow(row, kind, user):
        raise InvalidFollow(f"follows of the kind {kind!r} cannot be made here")


@primary_reads()
def lists_hidden_from(user: Any, row: models.Model) -> bool:
    """Whether who follows this row, and what it follows, is for its followers alone."""
    if not options_for(row.__class__).is_private(row):
        return False
    if getattr(user, "pk", None) is None:
        return True
    key = Ref.of(user).id
    return key != owner_key(row) and not follows(key, Ref.of(row), FOLLOW)


def all_apart(user: Any) -> set[str]:
    """All people with whom this user has nothing to do, since one of them blocks the other."""
    return apart_from(user.pk) if isinstance(user, get_user_model()) else set()
