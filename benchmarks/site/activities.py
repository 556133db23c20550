"""What the models say about themselves."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from activitystream import ModelActivity, register

from .models import Album, Photo


@register(get_user_model())
class UserActivity(ModelActivity):
    """People."""

    type = "Person"
    name = "username"


@register(Photo)
class PhotoActivity(ModelActivity):
    """Photos: they are published by hand."""

    type = "Image"
    url = "get_absolute_url"


@register(Album)
class AlbumActivity(ModelActivity):
    """Albums."""

    type = "Collection"
    url = "get_absolute_url"
