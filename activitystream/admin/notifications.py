"""Who was told of what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from activitystream.models import Notification, Ref

from .common import NamingAdmin, NoEditing
from .names import Column, column

__all__ = ["NotificationAdmin"]

_ACTOR, _OBJECT = Column("actor"), Column("object")


@admin.register(Notification)
class NotificationAdmin(NoEditing, NamingAdmin):
    """Notifications, to read: they go with their activity."""

    columns = (Column("recipient", user=True),)
    list_display = [
        "told_at",
        column("recipient", _("recipient"), user=True),
        "actor",
        "verb",
        "object",
        "seen",
        "read",
    ]
    list_filter = ["seen", "read"]
    list_select_related = ["activity"]
    ordering = ["-pk"]
    sortable_by = ()
    fields = readonly_fields = [*list_display, "activity", "group"]

    @admin.display(description=_("published"))
    def told_at(self, row: Notification) -> Any:
        return row.activity.published

    @admin.display(description=_("verb"))
    def verb(self, row: Notification) -> str:
        return str(row.activity.verb)

    @admin.display(description=_("actor"))
    def actor(self, row: Any) -> Any:
        return row.names.link(_ACTOR.ref(row.activity))

    @admin.display(description=_("object"))
    def object(self, row: Any) -> Any:
        return row.names.link(_OBJECT.ref(row.activity))

    def refs(self, rows: list[Any]) -> Iterator[Ref]:
        yield from super().refs(rows)
        for row in rows:
            yield from filter(None, (_ACTOR.ref(row.activity), _OBJECT.ref(row.activity)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
