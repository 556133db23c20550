"""Who meets whom on the pages of this site. Feeds see to it themselves (`private`, blocks)."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.http import Http404

from activitystream import is_following

from .models import Album, Person, Photo

__all__ = ["apart", "check", "may_see", "public_albums", "public_photos"]


def apart(viewer: Any) -> set[int]:
    """The keys of those whom the viewer blocks, and of those who block the viewer."""
    if not viewer.is_authenticated:
        return set()
    blocks = apps.get_model("activitystream", "Block").objects.filter(Q(blocker=viewer) | Q(blocked=viewer))
    return {key for pair in blocks.values_list("blocker_id", "blocked_id") for key in pair} - {viewer.pk}


def may_see(viewer: Any, owner: Person) -> bool:
    """Whether the viewer may see what this person has: of a private account, its followers may."""
    if viewer == owner:
        return True
    return owner.pk not in apart(viewer) and (not owner.is_private or is_following(viewer, owner))


def check(viewer: Any, owner: Person) -> None:
    """Http404 for what the viewer may not see: not even that it is there."""
    if not may_see(viewer, owner):
        raise Http404("Not for this viewer.")


def public_photos(viewer: Any) -> QuerySet[Photo]:
    """What may be met where nobody is asked for: on Discover, in the search."""
    photos = Photo.objects.filter(owner__is_private=False, owner__is_active=True)
    return photos.exclude(owner__in=apart(viewer)).select_related("owner")


def public_albums(viewer: Any) -> QuerySet[Album]:
    """The same of albums."""
    albums = Album.objects.filter(owner__is_private=False, owner__is_active=True)
    return albums.exclude(owner__in=apart(viewer)).select_related("owner")
