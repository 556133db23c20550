"""The activity: who did what to which object, stored once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, signals
from django.utils.translation import gettext_lazy as _

from .notification import Notification
from .refs import KeyField, Ref, RowField
from .visibility import Addressee, Visibility

__all__ = ["ROLES", "Activity", "ActivityQuerySet", "role_filter"]

ROLES = ("actor", "object", "target")
BATCH = 500
"""Activities that are deleted at a time."""
CHILDREN = (Addressee, Notification)
"""What refers to activities, and goes with them."""


def role_filter(role: str, ref: Ref) -> dict[str, Any]:
    """The filter of activities (or ones excluded) that have this row in this role."""
    return {f"{role}_type": ref.content_type, f"{role}_id": ref.id}


class ActivityQuerySet(models.QuerySet["Activity"]):
    """Activities, each method one query that an index answers."""

    def by(self, actor: Ref) -> ActivityQuerySet:
        """What this actor did."""
        return self.filter(**role_filter("actor", actor))

    def about(self, ref: Ref) -> list[ActivityQuerySet]:
        """What this row was actor, object or target of: a query for each role, so that each has its index."""
        return [self.filter(**role_filter(role, ref)) for role in ROLES]

    def delete_rows(self) -> int:
        """Delete them and what refers to them, in the transaction of the caller. How many there were."""
        rows = self.order_by()
        if _others_care():
            return rows.delete()[1].get(Activity._meta.label, 0)
        count = 0
        while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
            count += self._delete_ids(ids)
            if len(ids) < BATCH:
                break
        return count

    def delete_ids(self, ids: Sequence[int]) -> int:
        """The same for those of these ids: as many as a query takes."""
        some = self.filter(pk__in=ids)
        return some.delete_rows() if _others_care() else self._delete_ids(ids)

    def _delete_ids(self, ids: Sequence[int]) -> int:
        """Django's `delete()` reads every row that something refers to: that is for sites that have foreign
        keys to activities, or listen to their deletion."""
        for child in CHILDREN:  # by keys: of a subquery, MySQL reads the whole table
            child._base_manager.using(self.db).filter(activity__in=ids)._raw_delete(self.db)  # noqa: SLF001
        rows = Activity.objects.using(self.db).filter(pk__in=ids).order_by()
        return rows._raw_delete(self.db)  # noqa: SLF001


def _others_care() -> bool:
    """Whether anything but our own tables must hear of an activity's deletion."""
    referring = {relation.related_model for relation in Activity._meta.related_objects}
    listened = signals.pre_delete.has_listeners(Activity) or signals.post_delete.has_listeners(Activity)
    return listened or not referring <= set(CHILDREN)


def _type_field(**kwargs: Any) -> Any:
    return models.ForeignKey(
        ContentType, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False, **kwargs
    )


class Activity(models.Model):
    """One activity. Make them with `publish()`: rows made otherwise reach no stream until it is rebuilt."""

    id = models.BigIntegerField(primary_key=True, editable=False)
    actor_type = _type_field(verbose_name=_("actor type"))
    actor_id = KeyField(_("actor id"), editable=False)
    actor = RowField("actor_type", "actor_id")
    verb = KeyField(_("verb"), max_length=100, editable=False)
    object_type = _type_field(null=True, verbose_name=_("object type"))
    object_id = KeyField(_("object id"), null=True, editable=False)
    object = RowField("object_type", "object_id")
    target_type = _type_field(null=True, verbose_name=_("target type"))
    target_id = KeyField(_("target id"), null=True, editable=False)
    target = RowField("target_type", "target_id")
    published = models.DateTimeField(_("published"), editable=False)
    data = models.JSONField(_("data"), default=dict, blank=True)
    key = KeyField(_("key"), null=True, editable=False)
    visibility = models.CharField(
        _("visibility"),
        max_length=9,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC.value,
        editable=False,
        help_text=_("Who may see it, besides its actor."),
    )

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["actor_type", "actor_id", "key"], name="activitystream_activity_key"
            ),
            models.CheckConstraint(
                condition=Q(object_type__isnull=True, object_id__isnull=True)
                | Q(object_type__isnull=False, object_id__isnull=False),
                name="activitystream_whole_object",
            ),
            models.CheckConstraint(
                condition=Q(target_type__isnull=True, target_id__isnull=True)
                | Q(target_type__isnull=False, target_id__isnull=False),
                name="activitystream_whole_target",
            ),
        ]
        indexes = [
            models.Index(fields=["actor_type", "actor_id", "id"], name="activitystream_by_actor"),
            models.Index(fields=["object_type", "object_id", "id"], name="activitystream_by_object"),
            models.Index(fields=["target_type", "target_id", "id"], name="activitystream_by_target"),
            # all rows of a model, newest first
            models.Index(fields=["actor_type", "id"], name="activitystream_actor_type"),
            models.Index(fields=["object_type", "id"], name="activitystream_object_type"),
            models.Index(fields=["target_type", "id"], name="activitystream_target_type"),
        ]

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.ref("actor"), self.verb, self.ref("object")) if part)

    def ref(self, role: str) -> Ref | None:
        """The ref of what has this role: "actor", "object" or "target"."""
        type_id = getattr(self, f"{role}_type_id")
        return None if type_id is None else Ref.from_row(type_id, getattr(self, f"{role}_id"))
