"""The journal in the admin: work that is not done yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activitystream.conf import settings
from activitystream.models import JournalEntry

from .common import NoEditing

__all__ = ["JournalEntryAdmin"]

if TYPE_CHECKING:
    _JournalAdmin = admin.ModelAdmin[JournalEntry]
else:
    _JournalAdmin = admin.ModelAdmin


def _stalled_since() -> datetime:
    return timezone.now() - timedelta(seconds=settings.SWEEP_AFTER)


class StalledFilter(admin.SimpleListFilter):
    """Entries that the next sweep will take up."""

    title = _("state")
    parameter_name = "stalled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("stalled"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(updated__lte=_stalled_since()) if self.value() == "1" else queryset


@admin.register(JournalEntry)
class JournalEntryAdmin(NoEditing, _JournalAdmin):
    """Pending work, to read: what is there is not done yet."""

    list_display = ["id", "kind", "created", "updated", "step", "is_stalled"]
    list_filter = [StalledFilter]
    ordering = ["pk"]
    fields = ["kind", "payload", "cursor", "step", "created", "updated"]

    @admin.display(description=_("stalled"), boolean=True)
    def is_stalled(self, entry: JournalEntry) -> bool:
        return entry.updated <= _stalled_since()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Pending work"), **(extra_context or {})})
