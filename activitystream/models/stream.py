"""Streams, as the admin and its permissions know them: there is no table."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Stream"]


class Stream(models.Model):
    """What the permissions `view_stream` and `change_stream` (to rebuild one) are about."""

    objects: ClassVar[models.Manager[Stream]]

    class Meta:
        managed = False
        default_permissions = ("view", "change")
        verbose_name = _("stream")
        verbose_name_plural = _("streams")

    def __str__(self) -> str:
        return str(self.pk)
