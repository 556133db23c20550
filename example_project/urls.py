"""The addresses of the example site."""

from __future__ import annotations

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("favicon.ico", RedirectView.as_view(url=static("photos/icon.svg"))),
    path("", include("example_project.photos.urls")),
    path("feeds/", include("activitystream.urls")),
    path("admin/", admin.site.urls),
]
