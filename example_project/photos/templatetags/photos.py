"""What the pages of this site need besides the tags of activitystream."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.db.models import Count
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activitystream import Card, Entry

from ..models import Photo

register = template.Library()


@register.filter
def ago(when: datetime) -> SafeString:
    """A short "3 h" that tells the full date on hovering and to machines."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        date_format(when, "j F Y, H:i"),
        _ago(when),
    )


def _ago(when: datetime) -> str:
    age = timezone.now() - when
    if age < timedelta(minutes=1):
        return "just now"
    if age < timedelta(hours=1):
        return f"{age.seconds // 60} min"
    if age < timedelta(days=1):
        return f"{age.seconds // 3600} h"
    if age < timedelta(days=7):
        return f"{age.days} d"
    return date_format(when, "j M" if when.year == timezone.now().year else "j M Y")


@register.filter
def link(card: Card | None) -> str:
    """The name of a card, with a link if its row still has a page."""
    if card is None:
        return ""
    name = card.name or card.type
    return (
        format_html('<a href="{}">{}</a>', card.url, name)
        if card.url
        else format_html("<span>{}</span>", name)
    )


@register.simple_tag(takes_context=True)
def count_reactions(context: Context, page: Iterable[Entry]) -> str:
    """Puts `like_count`, `comment_count` and `liked` on the photos posted on a page: two queries for all."""
    photos: dict[Any, list[Photo]] = {}
    for entry in page:
        photo = entry.object.instance if entry.verb == "post" and entry.object else None
        if isinstance(photo, Photo):
            photos.setdefault(photo.pk, []).append(photo)
    counted = Photo.objects.filter(pk__in=photos).annotate(
        like_count=Count("likes", distinct=True), comment_count=Count("comments", distinct=True)
    )
    user = context.get("user")
    liked = (
        set(
            Photo.likes.through.objects.filter(photo__in=photos, person=user.pk).values_list(
                "photo_id", flat=True
            )
        )
        if user
        else set()
    )
    for row in counted:
        for photo in photos[row.pk]:
            photo.like_count, photo.comment_count = row.like_count, row.comment_count  # type: ignore[attr-defined]
            photo.liked = photo.pk in liked  # type: ignore[attr-defined]
    return ""
