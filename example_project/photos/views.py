"""The pages. Feeds are on them by template tags."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from activitystream import Follow, followers, following, incoming, is_blocked

from . import privacy
from .forms import CommentForm
from .models import Album, Person, Photo
from .welcome import members, welcome

PEOPLE = 24
"""People on a page."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return welcome(request)
    known = _followed(request.user)
    strangers = _others(request).exclude(pk=request.user.pk)[: PEOPLE * 4]
    suggestions = [person for person in strangers if str(person.pk) not in known][:4]
    group = "verb object" if "together" in request.GET else ""
    return render(
        request, "photos/home.html", {"known": len(known), "suggestions": suggestions, "group": group}
    )


@login_required
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """What one is told of, and who asks to follow."""
    user: Any = request.user
    return render(request, "photos/notifications.html", {"waiting": incoming(user).exists()})


@login_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Made by JavaScript, of what the API gives."""
    return render(request, "photos/live.html")


@require_safe
def discover(request: HttpRequest) -> HttpResponse:
    """The latest photos, and people, those who came first before the others."""
    after = request.GET.get("after", "")
    rows = _others(request).filter(
        pk__gt=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    )
    people = list(_with_photos(rows)[: PEOPLE + 1])
    context = {
        "people": people[:PEOPLE],
        "more": people[PEOPLE - 1].pk if len(people) > PEOPLE else None,
        "latest": [] if after else privacy.public_photos(request.user)[:12],
    }
    return render(request, "photos/discover.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """People and photos with these words; without words, nothing yet."""
    query = " ".join(request.GET.get("q", "").split())[:80]
    context: dict[str, Any] = {"query": query}
    if query:
        named = Q(display_name__icontains=query) | Q(username__iexact=query) | Q(place__icontains=query)
        albums = privacy.public_albums(request.user).filter(title__icontains=query)
        context |= {
            "people": _with_photos(_others(request).filter(named))[:12],
            "albums": _with_covers(albums)[:6],
            "photos": privacy.public_photos(request.user).filter(caption__icontains=query)[:24],
        }
    return render(request, "photos/search.html", context)


@require_safe
def person(request: HttpRequest, username: str) -> HttpResponse:
    who = get_object_or_404(Person, username=username)
    blocked = is_blocked(request.user, who)
    if not blocked and who.pk in privacy.apart(request.user):
        raise Http404("Who is blocked finds nobody.")
    context: dict[str, Any] = _counts(who) | {"blocked": blocked}
    if privacy.may_see(request.user, who):
        context |= {"open": True, "albums": _with_covers(who.albums.all())[:12]}
    return render(request, "photos/person.html", context)


@require_safe
def circle(request: HttpRequest, username: str, which: str) -> HttpResponse:
    """Who follows a person, or whom they follow."""
    who = get_object_or_404(Person, username=username)
    privacy.check(request.user, who)
    if which == "followers":
        people: Any = followers(who).exclude(pk__in=privacy.apart(request.user)).order_by("-pk")[: PEOPLE * 4]
    else:
        people = following(who, Person)[: PEOPLE * 4]
    context = _counts(who) | {"open": True, "which": which, "people": people}
    return render(request, "photos/circle.html", context)


@require_safe
def album(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Album.objects.select_related("owner"), pk=pk)
    privacy.check(request.user, shown.owner)
    context = {"album": shown, "photos": shown.photos.all(), "follower_count": followers(shown).count()}
    return render(request, "photos/album.html", context)


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    return photo_page(request, pk, CommentForm())


def photo_page(request: HttpRequest, pk: int, form: CommentForm, status: int = 200) -> HttpResponse:
    """One photo, with a comment that is being written."""
    shown = get_object_or_404(Photo.objects.select_related("owner", "album"), pk=pk)
    privacy.check(request.user, shown.owner)
    apart = privacy.apart(request.user)
    around = list(shown.album.photos.all())
    at = around.index(shown)
    context = {
        "photo": shown,
        "likers": shown.likes.exclude(pk__in=apart).order_by("display_name")[:5],
        "like_count": shown.likes.count(),
        "liked": request.user.is_authenticated and shown.likes.filter(pk=request.user.pk).exists(),
        "comments": shown.comments.exclude(author__in=apart).select_related("author")[:100],
        "form": form,
        "newer": around[at - 1] if at else None,
        "older": around[at + 1] if at + 1 < len(around) else None,
    }
    return render(request, "photos/photo.html", context, status=status)


def _counts(who: Person) -> dict[str, Any]:
    """What stands under a name."""
    return {
        "person": who,
        "photo_count": who.photos.count(),
        "follower_count": followers(who).count(),
        "following_count": len(_followed(who)),
    }


def _others(request: HttpRequest) -> QuerySet[Person]:
    """The people whom one may meet."""
    return members().exclude(pk__in=privacy.apart(request.user))


def _followed(who: Any) -> set[str]:
    """The keys of the people whom somebody follows: `following()` would load them, and there may be many."""
    people = ContentType.objects.get_for_model(Person)
    follows = Follow.objects.filter(follower=who, followee_type=people, kind="follow")
    return set(follows.values_list("followee_id", flat=True))


def _with_photos(people: QuerySet[Person]) -> QuerySet[Person]:
    """With the three newest photos of each, if everybody may see them."""
    newest = Photo.objects.filter(owner__is_private=False)[:3]
    return people.prefetch_related(Prefetch("photos", newest, to_attr="newest"))


def _with_covers(albums: QuerySet[Album]) -> QuerySet[Album]:
    """With the three newest photos of each, and how many there are."""
    covers = Prefetch("photos", Photo.objects.all()[:3], to_attr="covers")
    return albums.annotate(photo_count=Count("photos")).prefetch_related(covers)
