"""Our home at `ours/home/`, that of django-activity-stream at `theirs/home/`, an empty view at `fixed/`."""

from __future__ import annotations

from django.urls import include, path

from .fixed import FixedView
from .theirs import HomeView

urlpatterns = [
    path("ours/", include("activitystream.urls")),
    path("theirs/home/", HomeView.as_view()),
    path("fixed/", FixedView.as_view()),
]
