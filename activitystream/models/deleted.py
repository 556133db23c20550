"""What is left of a deleted row whose activities are kept."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from .refs import KeyField

__all__ = ["DeletedObject"]


class DeletedObject(models.Model):
    """The last name and type of a deleted row, and whose it was: here once, not in each of its activities."""

    content_type = models.ForeignKey(
        ContentType,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        verbose_name=_("content type"),
    )
    object_id = KeyField(_("object id"))
    type = models.CharField(_("type"), max_length=100)
    name = models.CharField(_("name"), max_length=255)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,  # often the owner goes in the same deletion: see forget.py
        related_name="+",
        db_constraint=False,
        null=True,
        blank=True,
        verbose_name=_("owner"),
        help_text=_("Whose it was. Whoever they block does not see its activities."),
    )

    class Meta:
        verbose_name = _("deleted object")
        verbose_name_plural = _("deleted objects")
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id"], name="activitystream_deleted_once")
        ]

    def __str__(self) -> str:
        return self.name
