"""Who follows, asks to follow, blocks and mutes whom: to read, and to end by deleting."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from activitystream.graph import FollowGraph, get_graph
from activitystream.models import Block, Follow, FollowRequest, Mute

from .common import NamingAdmin, NoEditing, RecentValues
from .names import Column, column

__all__ = ["BlockAdmin", "FollowAdmin", "FollowRequestAdmin", "MuteAdmin"]


class KindFilter(RecentValues):
    """By kind of follow."""

    title = _("kind")
    parameter_name = "kind"


_FOLLOWER = column("follower", _("follower"), user=True)
_FOLLOWEE = column("followee", _("followee"))


@admin.register(Follow)
class FollowAdmin(NoEditing, NamingAdmin):
    """Follows. A site whose graph is another table has none here, and does not see an empty list."""

    columns = (Column("follower", user=True), Column("followee"))
    list_display = ["created", _FOLLOWER, "kind", _FOLLOWEE, "actor_only"]
    list_filter = [KindFilter]
    sortable_by = ()
    fields = readonly_fields = [_FOLLOWER, "kind", _FOLLOWEE, "actor_only", "created"]

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return super().get_model_perms(request) if isinstance(get_graph(), FollowGraph) else {}


@admin.register(FollowRequest)
class FollowRequestAdmin(NoEditing, NamingAdmin):
    """Requests that wait for an answer. Deleting one refuses it."""

    columns = (Column("follower", user=True), Column("followee"), Column("owner", user=True))
    list_display = ["created", _FOLLOWER, "kind", _FOLLOWEE, column("owner", _("who answers"), user=True)]
    list_filter = [KindFilter]
    sortable_by = ()
    fields = readonly_fields = [_FOLLOWER, "kind", _FOLLOWEE, "actor_only", "created"]


@admin.register(Block)
class BlockAdmin(NoEditing, NamingAdmin):
    """Blocks."""

    columns = (Column("blocker", user=True), Column("blocked", user=True))
    list_display = [
        "created",
        column("blocker", _("blocker"), user=True),
        column("blocked", _("blocked"), user=True),
    ]
    sortable_by = ()
    fields = readonly_fields = list_display


@admin.register(Mute)
class MuteAdmin(NoEditing, NamingAdmin):
    """Mutes."""

    columns = (Column("user", user=True), Column("muted"))
    list_display = ["created", column("user", _("user"), user=True), column("muted", _("muted"))]
    sortable_by = ()
    fields = readonly_fields = list_display
