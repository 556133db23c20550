"""A site of pages with every tag of the app, for tests/browser/test_tags.py and the pictures of the docs.

Its policy is as strict as can be: nothing but its own files, no inline script, no inline style.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import translation
from django.views.decorators.cache import cache_control

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
CSS = """:root { color-scheme: light dark; }
body { margin: 0; background: light-dark(#faf9fb, #141217); color: light-dark(#1d1b22, #f1eef4);
  font: 1rem/1.5 system-ui, "Noto Sans", "Liberation Sans", sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; font-weight: 650; letter-spacing: -.01em; margin: 0 0 1.25rem; }
h2 { font-size: 1rem; margin: 2rem 0 .75rem; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
.bar { display: flex; justify-content: flex-end; }
"""
PAGES = sorted(
    path.stem for path in (Path(__file__).parent.parent / "templates/tags").iterdir() if path.stem != "base"
)


def page(request: HttpRequest, name: str) -> HttpResponse:
    """One of the pages (tests/templates/tags), in the language that `?lang=` says."""
    people = {person.username: person for person in get_user_model().objects.all()}
    with translation.override(request.GET.get("lang", "en")):
        response = render(request, f"tags/{name}.html", people)
    response["Content-Security-Policy"] = POLICY
    return response


@cache_control(max_age=3600)
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of its own for each name: hills before a sky."""
    seed = hashlib.md5(name.encode(), usedforsecurity=False).digest()
    shades = ((0, 82), (20, 62), (40, 45), (60, 30))
    colours = [f"hsl({(seed[0] * 360 // 256 + turn) % 360} 45% {light}%)" for turn, light in shades]
    hills = "".join(
        f'<path fill="{colours[n + 1]}" d="M0 {140 + 45 * n}Q{60 + seed[n] // 2} {70 + 50 * n} 200 '
        f'{150 + 40 * n}T400 {130 + 45 * n}V300H0Z"/>'
        for n in range(3)
    )
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 267" width="400" height="267">'
        f'<path fill="{colours[0]}" d="M0 0H400V300H0Z"/>'
        f'<circle cx="{80 + seed[3]}" cy="70" r="26" fill="#fff6dc"/>{hills}</svg>'
    )
    return HttpResponse(svg, content_type="image/svg+xml")


def style(request: HttpRequest) -> HttpResponse:
    """What a site has of its own."""
    return HttpResponse(CSS, content_type="text/css")


def _nothing(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("<!doctype html><title>A page</title>")


urlpatterns = [
    path("tags/<slug:name>/", page, name="tags"),
    path("picture/<path:name>.svg", picture),
    path("site.css", style),
    path("photos/<int:pk>/", _nothing),
    path("accounts/", include("django.contrib.auth.urls")),
    path("feeds/", include("activitystream.urls")),
]
