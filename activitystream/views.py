"""The views behind the buttons: plain forms, without JavaScript. With it, our script sends the same forms."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache

from activitystream import graph
from activitystream.conf import settings
from activitystream.exceptions import InvalidFollow
from activitystream.feeds import NotificationsFeed
from activitystream.feeds.visibility import as_viewer
from activitystream.ids import parse_id
from activitystream.models import FOLLOW, Ref
from activitystream.registry import RowNotFound
from activitystream.rest.throttles import seconds_to_wait

__all__ = ["answer", "block", "follow", "mute", "seen", "unblock", "unfollow", "unmute"]

Act = Callable[[HttpRequest], Any]
View = Callable[[HttpRequest], HttpResponse]


def _form_view(refusal: Promise) -> Callable[[Act], View]:
    """A view that does this as who is signed in, and then goes to the form's `next`. `refusal` says that it
    cannot be done, where the error does not say more."""

    def decorate(act: Act) -> View:
        @never_cache
        @wraps(act)
        def view(request: HttpRequest) -> HttpResponse:
            return _before(request) or _do(act, request, refusal)

        return view

    return decorate


def _before(request: HttpRequest) -> HttpResponse | None:
    """What is answered instead, if anything is."""
    if request.method != "POST":  # the address itself, typed or loaded again
        response = _page(request, _("There is nothing to see here."), 405)
        response["Allow"] = "POST"
        return response
    if not request.user.is_authenticated:
        return redirect_to_login(_next(request))
    if (wait := seconds_to_wait(request)) is not None:
        response = _page(request, _("That was too often. Try again later."), 429)
        response["Retry-After"] = str(wait)
        return response
    return None


def _do(act: Act, request: HttpRequest, refusal: Promise) -> HttpResponse:
    try:
        act(request)
    except RowNotFound as error:
        raise Http404(str(error)) from error
    except _Refused as error:
        return _refuse(request, str(error))
    except InvalidFollow:
        return _refuse(request, str(refusal))
    return HttpResponseRedirect(_next(request))


class _Refused(Exception):
    """Why, as the reader is told."""


@_form_view(_lazy("This cannot be followed."))
def follow(request: HttpRequest) -> None:
    """Follow what `type` ("photos.photo") and `id` of the form say, as its `kind`; or ask to."""
    row = graph.find_for(request.user, *_named(request), blocked_too=True)  # they are told to unblock first
    if Ref.of(row) == as_viewer(request.user) and not settings.SELF_FOLLOW:
        raise _Refused(_("You cannot follow yourself."))
    kind = _kind(request)
    try:
        graph.check_may_follow(_me(request), row, kind)
        graph.follow(_me(request), row, kind)
    except InvalidFollow as error:
        owner = graph.owner_key(row)
        if owner is not None and graph.keep_apart(_me(request).pk, [owner])[0]:
            raise _Refused(_("You block this person: unblock them first.")) from error
        raise


@_form_view(_lazy("This cannot be followed."))
def unfollow(request: HttpRequest) -> None:
    """End that follow, or take the request for it back. The same form."""
    me, kind = _me(request), _kind(request)
    graph.unfollow(me, graph.find_followed(me, *_named(request), kind), kind)


@_form_view(_lazy("This cannot be muted."))
def mute(request: HttpRequest) -> None:
    """Mute what `type` and `id` of the form say."""
    graph.mute(_me(request), graph.find_for(_me(request), *_named(request)))


@_form_view(_lazy("This cannot be muted."))
def unmute(request: HttpRequest) -> None:
    """Let it be seen again. The same form."""
    graph.unmute(_me(request), graph.find_muted(_me(request), *_named(request)))


@_form_view(_lazy("This cannot be blocked."))
def block(request: HttpRequest) -> None:
    """Block the user whom `type` and `id` of the form name."""
    graph.block(_me(request), graph.find_person(_me(request), *_named(request)))


@_form_view(_lazy("This cannot be blocked."))
def unblock(request: HttpRequest) -> None:
    """End that block. The same form."""
    graph.unblock(_me(request), graph.find_person(_me(request), *_named(request)))


@_form_view(_lazy("This request does not wait any more."))
def answer(request: HttpRequest) -> None:
    """Answer a request to follow: its `request`, with "accept" or "reject" as `answer`."""
    id = parse_id(request.POST.get("request", ""))
    waiting = None if id is None else graph.to_answer(_me(request), id)
    if waiting is None:
        raise InvalidFollow
    if request.POST.get("answer") == "accept":
        graph.accept(waiting)
    else:
        graph.reject(waiting)


@_form_view(_lazy("This cannot be marked."))
def seen(request: HttpRequest) -> None:
    """Mark notifications as seen, `up_to` one."""
    text = request.POST.get("up_to", "")
    up_to = parse_id(text) if text else None
    if text and up_to is None:
        raise InvalidFollow
    NotificationsFeed(_me(request)).mark_seen(up_to=up_to)


def _me(request: HttpRequest) -> Any:
    """Who is signed in: a row of the user model, after `_before`."""
    return request.user


def _named(request: HttpRequest) -> tuple[str, str]:
    """The type and the id of the form."""
    return request.POST.get("type", ""), request.POST.get("id", "")


def _kind(request: HttpRequest) -> str:
    return graph.check_kind(request.POST.get("kind") or FOLLOW)


def _next(request: HttpRequest) -> str:
    """Where to go: `next` if it is on this site, else its first page."""
    url = request.POST.get("next", "")
    on_site = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if on_site else get_script_prefix()


def _refuse(request: HttpRequest, reason: str) -> HttpResponse:
    """As a message on the page it came from; as a page for our script, and on a site without messages."""
    if request.headers.get("X-Requested-With") == "activitystream":
        return _page(request, reason, 400)
    try:
        messages.error(request, reason)
    except messages.MessageFailure:
        return _page(request, reason, 400)
    return HttpResponseRedirect(_next(request))


def _page(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    context = {"reason": reason, "next": _next(request)}
    return render(request, "activitystream/_refused.html", context, status=status)
