"""What is left of deleted rows whose activities are kept."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from activitystream.models import DeletedObject

from .common import NamingAdmin, NoEditing
from .names import Column, column

__all__ = ["DeletedObjectAdmin"]


@admin.register(DeletedObject)
class DeletedObjectAdmin(NoEditing, NamingAdmin):
    """To read: without it these activities are not shown."""

    columns = (Column("owner", user=True),)
    list_display = ["name", "type", "content_type", "object_id", column("owner", _("owner"), user=True)]
    list_select_related = ["content_type"]
    ordering = ["-pk"]
    sortable_by = ()
    fields = readonly_fields = list_display

    def condition(self, term: str) -> models.Q:
        return models.Q(name__icontains=term) | models.Q(object_id=term)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
