"""Addresses of the chaos site: the API of the app, and what a site does itself."""

from __future__ import annotations

from django.urls import include, path

from . import views

urlpatterns = [
    path("feeds/", include("activitystream.urls")),
    path("site/private/", views.private),
    path("site/likes/<int:pk>/", views.like),
    path("site/photos/<int:pk>/", views.rename),
    path("site/alive/", views.alive),
]
