"""When the sweeper last did its work."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Sweep"]


class Sweep(models.Model):
    """The last sweep, in the one row of this table: a sweeper that has died shows in it."""

    ended = models.DateTimeField(_("ended"))
    seconds = models.FloatField(_("seconds"))
    done = models.PositiveIntegerField(_("done"))
    failed = models.PositiveIntegerField(_("failed"))

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")

    def __str__(self) -> str:
        return f"{self.ended:%Y-%m-%d %H:%M:%S}"
