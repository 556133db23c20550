"""Follow requests: follows of a private account that wait for its answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .follow import FollowColumns

__all__ = ["FollowRequest"]


class FollowRequest(FollowColumns):
    """A user asks to follow a row. It becomes a `Follow` when accepted, and is gone when answered."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,  # MariaDB would lock the owner: two who ask each other would wait for ever
        verbose_name=_("owner"),
        help_text=_("Who owns the followee, and answers."),
    )
    actor_only = models.BooleanField(_("only as actor"), null=True)

    class Meta:
        verbose_name = _("follow request")
        verbose_name_plural = _("follow requests")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["follower", "kind", "followee_type", "followee_id"],
                name="activitystream_request_once",
            )
        ]
        indexes = [
            models.Index(fields=["followee_type", "followee_id"], name="activitystream_requested"),
            models.Index(fields=["owner", "id"], name="activitystream_to_answer"),
        ]
