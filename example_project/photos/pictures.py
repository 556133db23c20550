"""Photos and faces as SVG. A picture never changes, so browsers may keep it for good."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from . import art


def _svg(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    patch_cache_control(response, public=True, max_age=31_536_000, immutable=True)
    return response


@require_safe
def photo(request: HttpRequest, scene: str, seed: int) -> HttpResponse:
    if scene not in art.SCENES:
        raise Http404(f"There is no scene {scene}.")
    return _svg(art.photo(scene, seed))


@require_safe
def face(request: HttpRequest, code: str) -> HttpResponse:
    try:
        return _svg(art.face(code))
    except ValueError as error:
        raise Http404(str(error)) from error
