"""What the test site's models say about themselves."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from activitystream import ModelActivity, register

from .models import Album, Page, Photo


@register(get_user_model())
class UserActivity(ModelActivity):
    type = "Person"
    name = "username"


@register(Photo)
class PhotoActivity(ModelActivity):
    actor = "owner"
    target = "album"
    on_create = "post"
    on_update = {"caption": "edit"}
    on_add = {"likes": "like"}
    type = "Image"
    name = "caption"
    image = "thumbnail_url"

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(hidden=False)


@register(Album)
class AlbumActivity(ModelActivity):
    actor = "owner"
    on_add = {"photos": "add"}
    type = "Collection"


@register(Page)
class PageActivity(ModelActivity):
    actor = "author"
    on_create = "write"
    on_delete = "keep"
