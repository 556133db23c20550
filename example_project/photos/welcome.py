"""Coming and going."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from . import privacy
from .models import Person, Photo

DOORS = 12
"""People whom one can come in as."""
LOOKED_AT = 500
"""Photos among which the most liked are sought: on a large site, to look at all takes long."""


def members() -> QuerySet[Person]:
    """Everybody but those who administer."""
    return Person.objects.filter(is_active=True, is_staff=False).order_by("pk")


def back(request: HttpRequest, fallback: str) -> HttpResponse:
    """To the page named by `next`, if it is on this site."""
    url = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(url) if safe else redirect(fallback)


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    context = {
        "people": members()[:DOORS],
        "showcase": _showcase(request, 7),
        "next": request.GET.get("next", ""),
    }
    return render(request, "photos/welcome.html", context)


def _showcase(request: HttpRequest, count: int) -> list[Photo]:
    """The most liked photo of each scene."""
    first = privacy.public_photos(request.user).filter(pk__lte=LOOKED_AT)
    best: dict[str, Photo] = {}
    for photo in first.annotate(liked=Count("likes")).order_by("-liked", "pk"):
        best.setdefault(photo.scene, photo)
    return list(best.values())[:count]


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """One click and no password: for a site on one's own machine only."""
    login(request, get_object_or_404(members(), username=request.POST.get("person", "")))
    return back(request, "photos:home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("photos:welcome")
