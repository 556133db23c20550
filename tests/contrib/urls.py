"""The addresses of a site with the debug toolbar."""

from django.urls import include, path

from tests.urls import urlpatterns as site

urlpatterns = [*site, path("__debug__/", include("debug_toolbar.urls"))]
