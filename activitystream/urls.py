"""The addresses of this app: `path("feeds/", include("activitystream.urls"))`."""

from __future__ import annotations

from django.urls import include, path

from . import views
from .rest.router import router

app_name = "activitystream"

urlpatterns = [
    # pages: forms without JavaScript
    path("follow/", views.follow, name="follow"),
    path("unfollow/", views.unfollow, name="unfollow"),
    path("mute/", views.mute, name="mute"),
    path("unmute/", views.unmute, name="unmute"),
    path("block/", views.block, name="block"),
    path("unblock/", views.unblock, name="unblock"),
    path("answer/", views.answer, name="answer"),
    path("seen/", views.seen, name="seen"),
    # the API; last, for in it the name of a feed can be any word
    path("", include(router.urls)),
]
