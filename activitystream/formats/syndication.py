"""RSS and Atom: feeds for readers of news."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.translation import get_language

from activitystream.feeds import Entry
from activitystream.templatetags._sentences import plain_sentence

from .as2 import html
from .iris import Iris

__all__ = ["Atom", "Channel", "Rss", "write"]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What is said of a feed as a whole. `here`: the page's address; `older`: that of the next one."""

    title: str
    link: str
    here: str
    older: str | None


class Rss(Rss201rev2Feed):
    """RSS 2.0 with the link to the older page that Atom has (RFC 5005)."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if self.feed["older"]:
            handler.addQuickElement("atom:link", None, {"rel": "next", "href": self.feed["older"]})


class Atom(Atom1Feed):
    """Atom, the same."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if self.feed["older"]:
            handler.addQuickElement("link", None, {"rel": "next", "href": self.feed["older"]})


def write(kind: type[SyndicationFeed], channel: Channel, entries: Iterable[Entry], iris: Iris) -> bytes:
    """A page of a feed as XML, in the language in force."""
    feed = kind(
        title=_clean(channel.title),
        link=channel.link,
        description=_clean(channel.title),
        language=get_language(),
        feed_url=channel.here,
        feed_guid=channel.link,
        older=channel.older,
    )
    for entry in entries:
        _add(feed, entry, iris)
    text: str = feed.writeString("utf-8")
    return text.encode()


def _add(feed: SyndicationFeed, entry: Entry, iris: Iris) -> None:
    id = iris.activity(entry.id)
    about = entry.object or entry.target or entry.actor
    feed.add_item(
        title=_clean(plain_sentence(entry)),
        link=iris.absolute(about.url) or iris.absolute(entry.actor.url) or id,
        description=_clean(html(entry.object.content if entry.object else None) or ""),
        author_name=_clean(entry.actor.name),
        pubdate=entry.published,
        updateddate=entry.published,
        unique_id=id,
        unique_id_is_permalink=False,
        categories=[_clean(entry.verb)],
    )


def _clean(text: str) -> str:
    """Without the characters that XML cannot have."""
    return _NOT_XML.sub("", text)
