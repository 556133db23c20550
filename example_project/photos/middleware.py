from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]

STRICT = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The browsable API of Django REST framework has scripts and styles within its pages.
API = STRICT.replace(
    "style-src 'self'; script-src 'self'",
    "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'",
)


def content_security_policy(get_response: View) -> View:
    """Pages load nothing from elsewhere and run no script of their own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = API if request.path.startswith("/feeds/") else STRICT
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def nothing_is_left_in_the_browser(get_response: View) -> View:
    """Keep pages of signed-in readers out of the browser's cache: after sign-out, Back must not show them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware
