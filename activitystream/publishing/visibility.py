"""Who may see an activity, changed after it was published."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from activitystream.feeds import activity_ref
from activitystream.feeds.watched import changing
from activitystream.journal import write_alias, writing
from activitystream.models import Activity, Addressee

from .drafts import clean_addressees, clean_visibility

__all__ = ["change_visibility"]


def change_visibility(activity: Activity | int, visibility: str, *, to: Iterable[models.Model] = ()) -> bool:
    """Show an activity to others than before, everywhere and at once. Whether there is such an activity.

    `visibility` and `to` are those of `publish()`; InvalidActivity if they are not allowed.
    """
    users = clean_addressees(to)
    value = clean_visibility(visibility, users)
    id = activity.id if isinstance(activity, Activity) else activity
    addressees = Addressee.objects.using(write_alias())
    with writing(), changing(lambda: [id]) as change:
        if not Activity.objects.using(write_alias()).filter(id=id).update(visibility=value):
            return False
        addressees.filter(activity=id).delete()
        addressees.bulk_create(Addressee(activity_id=id, user_id=user) for user in users)
        change.forget([activity_ref(id)], purge=[id])
    if isinstance(activity, Activity):
        activity.visibility = value
    return True
