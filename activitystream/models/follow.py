"""The follow: which user follows which row of any model."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from .refs import KeyField, Ref, RowField

__all__ = ["FOLLOW", "Follow"]

FOLLOW = "follow"
"""The kind of a plain follow."""


class FollowColumns(models.Model):
    """What follows, and requests for them, have in common: who, what, and as which kind."""

    follower = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the unique constraint begins with it
        verbose_name=_("follower"),
    )
    followee_type = models.ForeignKey(
        ContentType,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("followee type"),
    )
    followee_id = KeyField(_("followee id"))
    followee = RowField("followee_type", "followee_id")
    kind = KeyField(_("kind"), max_length=32, default=FOLLOW)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.follower_id} {self.kind} {self.followee_ref}"

    @property
    def followee_ref(self) -> Ref:
        """The ref of what is followed."""
        return Ref.from_row(self.followee_type_id, self.followee_id)


class Follow(FollowColumns):
    """A user follows a row. Kinds ("follow", "watch" …) are independent of one another."""

    actor_only = models.BooleanField(
        _("only as actor"),
        default=False,
        help_text=_("Follow only what it does, not what is done to it."),
    )

    class Meta:
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["follower", "kind", "followee_type", "followee_id"], name="activitystream_follow_once"
            )
        ]
        indexes = [
            # fan-out: the followers of a row, a chunk at a time
            models.Index(
                fields=["followee_type", "followee_id", "follower", "kind", "actor_only"],
                name="activitystream_followers",
            ),
            # the lists people see, newest first
            models.Index(
                fields=["followee_type", "followee_id", "kind", "id"], name="activitystream_followed"
            ),
            models.Index(fields=["follower", "kind", "id"], name="activitystream_following"),
        ]
