"""Notifications: who is told of an activity."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .refs import KeyField

__all__ = ["Notification"]


class Notification(models.Model):
    """A user is told of an activity."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the unique constraint begins with it
        verbose_name=_("recipient"),
    )
    activity = models.ForeignKey(
        "activitystream.Activity",
        on_delete=models.CASCADE,
        related_name="notifications",
        verbose_name=_("activity"),
    )
    group = KeyField(_("group"))
    """Those with the same are told as one: "Ana, Bo and 3 others liked your photo"."""
    seen = models.BooleanField(_("seen"), default=False)
    read = models.BooleanField(_("read"), default=False)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "activity"], name="activitystream_notification_once")
        ]
        indexes = [
            models.Index(fields=["recipient", "group", "activity"], name="activitystream_notified_group"),
            models.Index(fields=["recipient", "seen", "activity"], name="activitystream_unseen"),
            models.Index(fields=["recipient", "read", "activity"], name="activitystream_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.activity_id}"
