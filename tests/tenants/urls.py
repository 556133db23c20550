"""Addresses of the site with tenants."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, JsonResponse
from django.urls import path

from activitystream import HomeFeed
from tests.urls import urlpatterns as plain


async def home(request: HttpRequest) -> JsonResponse:
    """The home of user 2, read in the event loop."""
    reader: Any = await get_user_model().objects.aget(pk=2)
    page = await HomeFeed(reader).apage()
    return JsonResponse([entry.actor.name for entry in page], safe=False)


urlpatterns = [*plain, path("async-home/", home)]
