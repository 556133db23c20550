"""Receipts: a request that is sent again does nothing, and gets the first answer.

Of requests at the same time the later ones wait for the first, on the unique constraint of the receipts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, models
from django.utils import timezone

from activitystream.journal import write_alias, writing
from activitystream.models import Receipt

__all__ = ["forget_receipts", "once"]

KEPT = timedelta(days=7)
"""How long a key is remembered at least: longer than any client tries again."""


def once(user: models.Model, key: str, sent: Any, publish: Callable[[], Sequence[int]]) -> list[int] | None:
    """The ids of the activities that `publish` makes, or made when this user first sent the key.

    `sent`: the body of the request, as JSON types. None: with this key something else was sent.
    """
    digest = sha256(json.dumps(sent, sort_keys=True, default=str).encode()).hexdigest()
    mine = Receipt.objects.using(write_alias()).filter(user_id=user.pk, key=key)
    receipt = mine.first()
    if receipt is None:
        try:
            with writing():
                made = Receipt.objects.using(write_alias()).create(user_id=user.pk, key=key, digest=digest)
                made.activities = ids = list(publish())
                made.save(update_fields=["activities"])
                return ids
        except IntegrityError:
            with writing():
                # locked: within a transaction of the site's, MariaDB would read what it read before
                receipt = mine.select_for_update().first()
            if receipt is None:
                raise
    return receipt.activities if receipt.digest == digest else None


def forget_receipts() -> int:
    """Delete what no client will ask for any more. How many they were."""
    old = Receipt.objects.using(write_alias()).filter(created__lt=timezone.now() - KEPT)
    return old.delete()[0]
