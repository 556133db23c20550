"""Pulled audiences: followers too many to write to, so they read the followee's own feed instead."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from .refs import KeyField, Ref

__all__ = ["PulledAudience"]


class PulledAudience(models.Model):
    """An audience that is pulled, or on its way to or from that."""

    class State(models.TextChoices):
        """What a fan-out and a rebuild do meanwhile."""

        STARTING = "starting", _("starting")
        """Fan-out still writes; streams that are built merge; older ones are being dropped."""
        PULLED = "pulled", _("pulled")
        """Every stream merges, and fan-out writes to none."""
        ENDING = "ending", _("ending")
        """Fan-out writes again; streams that are built do not merge; older ones are being dropped."""

    feed = models.CharField(_("feed"), max_length=32)
    followee_type = models.ForeignKey(
        ContentType,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("followee type"),
    )
    followee_id = KeyField(_("followee id"))
    as_actor = models.BooleanField(_("as actor"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices)

    class Meta:
        verbose_name = _("pulled audience")
        verbose_name_plural = _("pulled audiences")
        constraints = [
            models.UniqueConstraint(
                fields=["followee_type", "followee_id", "feed", "as_actor"], name="activitystream_pulled_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.followee_ref} {self.state}"

    @property
    def followee_ref(self) -> Ref:
        """The ref of the followee."""
        return Ref.from_row(self.followee_type_id, self.followee_id)
