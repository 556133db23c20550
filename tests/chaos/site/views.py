"""What a site does beside the API: private accounts, likes and captions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.exceptions import ActivityStreamError
from activitystream.graph import find_for
from activitystream.models import Activity
from tests.app.models import Photo, Profile


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("yes")


@api_view(["PUT"])
@permission_classes([IsAuthenticated])
def private(request: Request) -> Response:
    """Make one's account private, or public again."""
    profile = Profile.objects.get(user=request.user)
    profile.is_private = bool(request.data["private"])
    profile.save()
    return Response(status=204)


@api_view(["PUT", "DELETE"])
@permission_classes([IsAuthenticated])
def like(request: Request, pk: int) -> Response:
    """Like a photo, or take the like back. The answer has the id of the activity."""
    photo = _photo(request, pk)
    if request.method == "DELETE":
        photo.likes.remove(request.user)
        return Response(status=204)
    photo.likes.add(request.user)
    mine = Activity.objects.filter(verb="like", actor_id=str(request.user.pk), object_id=str(photo.pk))
    return Response({"id": str(id) if (id := mine.values_list("pk", flat=True).first()) else None})


@api_view(["PUT"])
@permission_classes([IsAuthenticated])
def rename(request: Request, pk: int) -> Response:
    """Change the caption of the user's photo: every activity about it shows the new one."""
    photo = _photo(request, pk)
    photo.caption = str(request.data["caption"])
    photo.save()
    return Response(status=204)


def _photo(request: Request, pk: int) -> Any:
    try:
        return find_for(request.user, Photo._meta.label_lower, str(pk))
    except ActivityStreamError:
        raise NotFound from None
