"""Renderers of the open formats: what an answer is made of, and its bytes.

A view says what it answers with (`ApiViewSet.shape`), and offers the renderers that can show that.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar, Literal

from django.utils.feedgenerator import SyndicationFeed
from rest_framework.renderers import BaseRenderer

from activitystream.feeds import Card, Entry
from activitystream.formats import as1, as2, syndication
from activitystream.formats.iris import Iris

from .reading import Reading

__all__ = [
    "RENDERERS",
    "ActivityStreams1Renderer",
    "ActivityStreams2Renderer",
    "AtomRenderer",
    "FormatRenderer",
    "LinkedDataRenderer",
    "RssRenderer",
    "Shape",
]

Shape = Literal["entry", "feed", "card"]


class FormatRenderer(BaseRenderer):
    """Base of the renderers of other formats than plain JSON. Its methods give what `render()` takes."""

    shapes: ClassVar[Collection[Shape]] = ()
    """What it can show."""
    charset: str | None = None

    def entry(self, entry: Entry, iris: Iris) -> Any:
        """One activity."""
        raise NotImplementedError

    def feed(self, reading: Reading, iris: Iris) -> Any:
        """What is asked of a feed."""
        raise NotImplementedError

    def card(self, card: Card, iris: Iris) -> Any:
        """One row."""
        raise NotImplementedError

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return b"" if data is None else json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class ActivityStreams2Renderer(FormatRenderer):
    """A feed is a collection, whose pages have the activities."""

    media_type = "application/activity+json"
    format = "as2"
    shapes = ("entry", "feed", "card")

    def entry(self, entry: Entry, iris: Iris) -> Any:
        return as2.with_context(as2.activity(entry, iris))

    def feed(self, reading: Reading, iris: Iris) -> Any:
        page = reading.page
        if reading.pages:
            items = [as2.activity(entry, iris) for entry in page]
            document = as2.page(
                reading.here, items, part_of=reading.url(), next=reading.next, previous=reading.previous
            )
        else:
            total = None if page.has_next else len(page)
            document = as2.collection(
                reading.url(), first=reading.url(page="true"), last=reading.url(before="0"), total=total
            )
        return as2.with_context(document)

    def card(self, card: Card, iris: Iris) -> Any:
        return as2.with_context(as2.row(card, iris))


class LinkedDataRenderer(ActivityStreams2Renderer):
    """The same under the name that JSON-LD has for it, whether or not its profile is asked for: `?format=`
    goes with any Accept, and to REST framework `*/*` has no profile."""

    media_type = "application/ld+json"
    format = "jsonld"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        response = (renderer_context or {}).get("response")
        if response is not None:
            response["Content-Type"] = f'{self.media_type}; profile="{as2.ACTIVITY_STREAMS}"'
        return super().render(data, accepted_media_type, renderer_context)


class ActivityStreams1Renderer(FormatRenderer):
    """A feed is its page."""

    media_type = "application/stream+json"
    format = "as1"
    shapes = ("entry", "feed", "card")

    def entry(self, entry: Entry, iris: Iris) -> Any:
        return as1.activity(entry, iris)

    def feed(self, reading: Reading, iris: Iris) -> Any:
        items = [as1.activity(entry, iris) for entry in reading.page]
        return as1.collection(reading.here, items, next=reading.next, previous=reading.previous)

    def card(self, card: Card, iris: Iris) -> Any:
        return as1.row(card, iris)


class _SyndicationRenderer(FormatRenderer):
    """A page of a feed, with a link to the older one."""

    shapes: ClassVar[tuple[Shape, ...]] = ("feed",)
    charset = "utf-8"
    kind: ClassVar[type[SyndicationFeed]]

    def feed(self, reading: Reading, iris: Iris) -> Any:
        channel = syndication.Channel(
            title=reading.title, link=reading.url(), here=reading.here, older=reading.next
        )
        return syndication.write(self.kind, channel, reading.page, iris)

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return data or b""


class RssRenderer(_SyndicationRenderer):
    """RSS 2.0."""

    media_type = "application/rss+xml"
    format = "rss"
    kind = syndication.Rss


class AtomRenderer(_SyndicationRenderer):
    """Atom."""

    media_type = "application/atom+xml"
    format = "atom"
    kind = syndication.Atom


RENDERERS: tuple[type[FormatRenderer], ...] = (
    ActivityStreams2Renderer,
    LinkedDataRenderer,
    ActivityStreams1Renderer,
    RssRenderer,
    AtomRenderer,
)
