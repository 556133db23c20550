"""What is left of deleted rows whose activities are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from activitystream.models import DeletedObject

from .common import NoEditing

__all__ = ["DeletedObjectAdmin"]

if TYPE_CHECKING:
    _DeletedAdmin = admin.ModelAdmin[DeletedObject]
else:
    _DeletedAdmin = admin.ModelAdmin


@admin.register(DeletedObject)
class DeletedObjectAdmin(NoEditing, _DeletedAdmin):
    """To read: without it these activities are not shown."""

    list_display = ["name", "type", "content_type", "object_id", "owner"]
    list_select_related = ["content_type", "owner"]
    search_fields = ["name", "=object_id"]
    ordering = ["-pk"]
    sortable_by = ()
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
