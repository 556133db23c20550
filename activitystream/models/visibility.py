"""Who may see an activity, and who does not want to see whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .refs import KeyField, Ref

__all__ = ["Addressee", "Block", "Mute", "Visibility"]


class Visibility(models.TextChoices):
    """Who may see an activity, besides its actor."""

    PUBLIC = "public", _("public")
    """Everybody."""
    FOLLOWERS = "followers", _("followers")
    """Who follows its actor."""
    NAMED = "named", _("named people")
    """The people it is addressed to."""
    SELF = "self", _("only oneself")
    """Nobody else."""


def _user(verbose_name: Any, **kwargs: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=verbose_name,
        **kwargs,
    )


class Addressee(models.Model):
    """One of the people that an activity with the visibility "named" is for."""

    activity = models.ForeignKey(
        "activitystream.Activity",
        on_delete=models.CASCADE,
        related_name="addressees",
        db_index=False,  # the unique constraint begins with it
        verbose_name=_("activity"),
    )
    user = _user(_("user"))

    class Meta:
        verbose_name = _("addressee")
        verbose_name_plural = _("addressees")
        constraints = [
            models.UniqueConstraint(fields=["activity", "user"], name="activitystream_addressee_once")
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.user_id}"

    @property
    def user_ref(self) -> Ref:
        """The ref of the user."""
        return Ref.of_user(self.user_id)


class Block(models.Model):
    """A user blocks another: neither meets anything of the other, anywhere."""

    blocker = _user(_("blocker"), db_index=False)
    blocked = _user(_("blocked"))
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="activitystream_block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="activitystream_block_others"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} {self.blocked_id}"


class Mute(models.Model):
    """A user follows on, but does not want to see it: a person, an album, any row."""

    user = _user(_("user"), db_index=False)
    muted_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("muted type")
    )
    muted_id = KeyField(_("muted id"))
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "muted_type", "muted_id"], name="activitystream_mute_once"
            )
        ]
        indexes = [models.Index(fields=["muted_type", "muted_id"], name="activitystream_muted")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.muted_ref}"

    @property
    def muted_ref(self) -> Ref:
        """The ref of what is muted."""
        return Ref.from_row(self.muted_type_id, self.muted_id)
