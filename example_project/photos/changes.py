"""What people change. Signals make activities of it: nothing here publishes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from activitystream import blocked, muted

from . import privacy
from .demo import simulate as crowd
from .forms import CaptionForm, CommentForm, PhotoForm, ProfileForm, new_roll
from .models import Comment, Person, Photo
from .views import photo_page
from .welcome import back


def _me(request: HttpRequest) -> Person:
    """Who is signed in; behind `login_required`."""
    return cast("Person", request.user)


def members_post(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For forms of members. Others sign in first, and then start at home: a form cannot be returned to."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect("photos:welcome")
        return view(request, *args, **kwargs)

    return require_POST(wrapper)


def _shown(request: HttpRequest, pk: int) -> Photo:
    """A photo that this member may see."""
    found = get_object_or_404(Photo.objects.select_related("owner"), pk=pk)
    privacy.check(request.user, found.owner)
    return found


@login_required
def new_photo(request: HttpRequest) -> HttpResponse:
    roll = request.POST.get("roll") or request.GET.get("roll") or ""
    seed = int(roll) if roll.isascii() and roll.isdigit() and len(roll) <= 6 else new_roll()
    start = {"album": request.GET["album"]} if "album" in request.GET else {}
    form = PhotoForm(request.POST or None, owner=_me(request), roll=seed, initial=start)
    if request.method == "POST" and form.is_valid():
        posted = form.save()
        messages.success(request, "Posted. It is in the homes of your followers now.")
        return redirect(posted)
    context = {"form": form, "roll": seed, "next_roll": new_roll()}
    return render(request, "photos/new_photo.html", context, status=400 if form.is_bound else 200)


@login_required
def edit_photo(request: HttpRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(Photo, pk=pk, owner=_me(request))
    form = CaptionForm(request.POST or None, instance=mine)
    if request.method == "POST" and form.is_valid():
        return redirect(form.save())
    return render(
        request, "photos/edit_photo.html", {"form": form, "photo": mine}, status=400 if form.is_bound else 200
    )


@members_post
def delete_photo(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Photo, pk=pk, owner=_me(request)).delete()
    messages.success(request, "The photo is gone, and with it everything about it in all feeds.")
    return redirect(_me(request))


@members_post
def like(request: HttpRequest, pk: int) -> HttpResponse:
    """Likes a photo, or no longer."""
    shown = _shown(request, pk)
    if request.POST.get("like") == "0":
        shown.likes.remove(_me(request))
    else:
        shown.likes.add(_me(request))
    return back(request, shown.get_absolute_url())


def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Who loads the page of a refused comment anew gets the photo."""
    return _add_comment(request, pk) if request.method == "POST" else redirect("photos:photo", pk)


@members_post
def _add_comment(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _shown(request, pk)
    form = CommentForm(request.POST, instance=Comment(author=_me(request), photo=shown))
    if not form.is_valid():
        return photo_page(request, pk, form, status=400)
    return redirect(form.save())


@members_post
def delete_comment(request: HttpRequest, pk: int) -> HttpResponse:
    mine = get_object_or_404(Comment, pk=pk, author=_me(request))
    mine.delete()
    return redirect(mine.photo)


@members_post
def simulate(request: HttpRequest) -> HttpResponse:
    """Let the others act for a while."""
    if crowd.start(but=_me(request).pk):
        messages.success(request, "For half a minute the others act: stay here, and watch.")
    else:
        messages.info(request, "They act already.")
    return back(request, "photos:home")


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=_me(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("photos:settings")
    context = {"form": form, "blocked": blocked(_me(request)), "muted": muted(_me(request))}
    return render(request, "photos/settings.html", context, status=400 if form.is_bound else 200)
