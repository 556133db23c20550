"""Receipts: what requests with an `Idempotency-Key` made, so that one sent again gets the first answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .refs import KeyField

__all__ = ["Receipt"]


class Receipt(models.Model):
    """One request that was done: written in the transaction of what it did."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the unique constraint begins with it
        verbose_name=_("user"),
    )
    key = KeyField(_("key"))
    digest = models.CharField(_("digest"), max_length=64)
    """Of what was sent: another body with the same key is a mistake of the client."""
    activities = models.JSONField(_("activities"), default=list)
    """Their ids, in the order of the answer."""
    created = models.DateTimeField(_("created"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="activitystream_receipt_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
