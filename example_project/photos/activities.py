"""What becomes an activity, and what the feeds and the API give out about each model."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from activitystream import FollowRequest, ModelActivity, publish, register
from activitystream.signals import accepted

from .models import Album, Comment, Person, Photo


@register(Person)
class PersonActivity(ModelActivity):
    type = "Person"
    name = "display_name"
    image = "face_url"
    content = "bio"
    private = "is_private"
    notify = {"follow": "self"}


@register(Album)
class AlbumActivity(ModelActivity):
    """Albums can be followed on their own: what is posted to them arrives, and nothing else of the owner."""

    actor = "owner"
    on_create = "create"
    type = "Album"
    name = "title"


@register(Photo)
class PhotoActivity(ModelActivity):
    actor = "owner"
    target = "album"
    on_create = "post"
    on_update = {"caption": "edit"}
    on_add = {"likes": "like"}
    notify = {"like": "owner"}
    type = "Image"
    name = "caption"
    image = "image_url"

    def data(self, obj: Any, verb: str) -> dict[str, Any]:
        """The caption as it was when it was posted: a later edit is an activity of its own."""
        return {"caption": obj.caption} if verb == "edit" else {}


@register(Comment)
class CommentActivity(ModelActivity):
    actor = "author"
    target = "photo"
    on_create = "comment"
    notify = "photo.owner"
    followable = False
    type = "Note"
    content = "text"

    def notify_group(self, obj: Any, verb: str) -> str:
        """All comments on a photo are told as one."""
        return f"{verb}:{obj.photo_id}"


@receiver(accepted)
def tell_who_asked(request: FollowRequest, **facts: Any) -> None:
    """That they were let in is for their eyes alone."""
    who, owner = request.follower, request.owner
    if owner is not None:
        publish(actor=owner, verb="accept", object=who, notify=[who], visibility="named", to=[who])
