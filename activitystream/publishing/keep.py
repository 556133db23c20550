"""What is kept of a deleted row, where its registration wants that: the last name, and whose it was."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from activitystream.journal import forget, write_alias, writing
from activitystream.models import DeletedObject, Ref, to_key
from activitystream.registry import (
    Belongings,
    ModelActivity,
    hidden_by_hooks,
    load_all,
    load_belongings,
    make_card,
)
from activitystream.routers import primary_reads

from .retract import retract_about

__all__ = ["keep", "kept_by", "kept_of", "last_of", "let_go", "refs_of", "release"]

Last = tuple[models.Model, Belongings]
"""A row as it was before it was deleted, and to whom it belonged."""


@primary_reads()
def last_of(options: ModelActivity, instance: models.Model, using: str) -> Last | None:
    """The row as it is in the database; None if it is hidden, also from those who
    are not signed in: it must not come back under its last name.

    To be asked before anything is deleted: its album, say, can go before it does.
    """
    row = options.get_queryset().using(using).filter(pk=instance.pk).first()
    if row is None:
        return None
    ref = Ref.of(row)
    belongings = load_belongings({ref: row}, [ref])[ref]
    return None if hidden_by_hooks(belongings.private, None, {ref: row}) else (row, belongings)


def keep(options: ModelActivity, ref: Ref, last: Last | None) -> None:
    """Keep the activities of a row that was deleted.

    What was hidden is retracted; so is what not everybody could see, a private account, and what belonged to
    one: who followed it is not known later.
    """
    if last is None or last[1].limits or any(last[1].private.values()):
        retract_about(ref)
        kept_of(ref).delete()
        return
    row, belongings = last
    card = make_card(options, row)
    with writing():
        DeletedObject.objects.using(write_alias()).update_or_create(
            content_type=ref.content_type,
            object_id=ref.id,
            defaults={
                "type": card["type"][:100],
                "name": card["name"][:255],
                "owner_id": _owner_key(ref, belongings),
            },
        )
        forget([str(ref)])


def _owner_key(ref: Ref, belongings: Belongings) -> Any:
    """The key of the user whose it was; None if that user is gone, perhaps in the same deletion."""
    owner = belongings.person
    if owner is None or owner == ref:
        return None
    users = get_user_model()._base_manager.using(write_alias()).filter(pk=to_key(get_user_model(), owner.id))
    return users.values_list("pk", flat=True).first()


def kept_of(ref: Ref) -> models.QuerySet[DeletedObject]:
    """What is kept of this row."""
    rows = DeletedObject.objects.using(write_alias())
    return rows.filter(content_type=ref.content_type, object_id=ref.id)


def kept_by(user: Ref) -> models.QuerySet[DeletedObject]:
    """What is kept of rows that were this user's."""
    key: Any = user.id
    return DeletedObject.objects.using(write_alias()).filter(owner=key)


def refs_of(kept: models.QuerySet[DeletedObject]) -> list[Ref]:
    """Of which rows that is."""
    return [Ref.from_row(*row) for row in kept.order_by().values_list("content_type_id", "object_id")]


def let_go(user: Ref) -> None:
    """Retract what is kept of rows that were this user's. A row that has come back is somebody's again."""
    kept = kept_by(user)
    refs = refs_of(kept)
    there = load_all(refs)
    for ref in refs:
        if ref not in there:
            retract_about(ref)
    kept.delete()


def release(user: Ref) -> None:
    """What is kept of rows that were this user's is nobody's now."""
    with writing():
        kept = kept_by(user)
        if refs := refs_of(kept):
            forget(map(str, refs))
            kept.update(owner=None)
