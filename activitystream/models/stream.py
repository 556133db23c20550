"""Streams, as the admin and its permissions know them: there is no table."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Stream"]


class _NoRows(models.Manager["Stream"]):
    """A manager whose querysets are empty and ask nothing of the database.

    Commands that go through all models, such as `dumpdata`, would otherwise fail because there is no table.
    """

    def get_queryset(self) -> models.QuerySet[Stream]:
        return super().get_queryset().none()


class Stream(models.Model):
    """What the permissions `view_stream` and `change_stream` (to rebuild one) are about."""

    objects = _NoRows()

    class Meta:
        managed = False
        base_manager_name = "objects"
        default_permissions = ("view", "change")
        verbose_name = _("stream")
        verbose_name_plural = _("streams")

    def __str__(self) -> str:
        return str(self.pk)
