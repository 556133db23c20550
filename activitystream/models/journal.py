"""The journal: work that must follow a commit, written in the same transaction."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["JournalEntry"]


class JournalEntry(models.Model):
    """One piece of work: it is there until it is done, whatever dies in between."""

    kind = models.CharField(_("kind"), max_length=32)
    payload = models.JSONField(_("payload"))
    cursor = models.JSONField(_("cursor"), null=True)
    """How far it has come, in its handler's words; None: at the start."""
    step = models.PositiveIntegerField(_("step"), default=0)
    """Raised with the cursor: of two workers with the same step, one goes on."""
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), db_index=True)
    """When it last moved on: the sweeper takes up what has stood still."""

    done = False
    """True once this instance's work was done in this process: then its row is gone."""

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
