"""What the models of the chaos site say about themselves; it replaces the registrations of the test app."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from activitystream import ModelActivity, register, unregister
from tests.app.models import Photo

User = get_user_model()
unregister(User, Photo)


@register(User)
class PersonActivity(ModelActivity):
    """People: their profile says whether the account is private."""

    type = "Person"
    name = "username"
    private = "profile.is_private"
    notify = {"follow": "self"}


@register(Photo)
class PhotoActivity(ModelActivity):
    """Photos: a like is an activity that the owner is notified of."""

    type = "Image"
    actor = "owner"
    name = "caption"
    on_add = {"likes": "like"}
    notify = {"like": "owner"}
