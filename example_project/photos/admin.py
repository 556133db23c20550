from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from .models import Album, Comment, Person, Photo


@admin.register(Person)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "display_name", "place", "is_staff"]
    add_fieldsets = [*UserAdmin.add_fieldsets, ("Profile", {"fields": ["display_name", "place"]})]
    fieldsets = [
        *(UserAdmin.fieldsets or []),
        ("Profile", {"fields": ["display_name", "bio", "place", "face", "is_private"]}),
    ]


@admin.register(Album)
class AlbumAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["title", "owner", "created"]
    list_select_related = ["owner"]


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["caption", "owner", "album", "created"]
    list_select_related = ["owner", "album"]
    search_fields = ["caption"]
    raw_id_fields = ["likes"]


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["text", "author", "photo", "created"]
    list_select_related = ["author", "photo"]
