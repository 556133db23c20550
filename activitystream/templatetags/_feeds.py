"""A page of a feed: which one the request asks for, and what it and its activities look like."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from django.db import models
from django.template import Context
from django.utils.safestring import SafeString

from activitystream.exceptions import InvalidCursor
from activitystream.feeds import Entry, Feed, Group, Page, get_entry, get_feed
from activitystream.feeds.visibility import may_read
from activitystream.models import FOLLOW, Activity, Ref
from activitystream.registry import options_for_label
from activitystream.routers import primary_reads

from ._context import engine, query, render, render_named, unique_id, viewer, with_query
from ._new import addresses, new_texts
from ._relations import blocks, follows, mutes
from ._selection import FALLBACK, select

__all__ = ["ShownPage", "feed", "feed_page", "render_activity", "render_feed"]

TEMPLATE = "activitystream/feed.html"
IN_PROGRESS = "_activitystream_in_progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage(Page):
    """A page that knows whose it is, and what it is called in the address."""

    feed: Feed | None = None
    param: str = ""
    state: str = ""
    """"private": the viewer may not read it. "blocked": the viewer blocks whose it is. "muted": the viewer
    has muted whose it is (and it is shown)."""

    @property
    def owner(self) -> Ref | None:
        """Whose feed it is."""
        return self.feed.owner if self.feed else None


def feed_page(
    context: Context,
    name: str,
    owner: Any,
    limit: int | None = None,
    param: str = "",
    group: str = "",
) -> ShownPage:
    """`{% feed_page "home" user limit=20 as page %}`: the page that the request asks for.

    `name` is that of any declared feed (LookupError names those that there are), `owner` a row or a ref;
    nobody, such as a visitor who is not signed in, has an empty page. `?before=` and `?after=` of the request
    are cursors; one that is malformed gives the first page. Of two feeds on a page each needs a `param`:
    with "photos" its cursors are `?photos-before=` and `?photos-after=`.

    `group`: what the activities of one entry have in common, such as "verb object" (see `Feed.groups`).

    Who is signed in reads: what they may not see is not there, and a feed that they may not read at all
    (`Feed.may_read`) is empty, with `page.state` "private".
    """
    if not isinstance(owner, Ref) and getattr(owner, "pk", None) is None:
        return _empty(param=param)
    read = get_feed(name)(owner)
    user = viewer(context)
    state = _state(read, user, context, owner)
    if state in ("private", "blocked"):
        return _empty(feed=read, param=param, state=state)
    cursors = {which: query(context).get(_name(param, which)) for which in ("before", "after")}
    try:
        values = _page(read, limit, cursors, user, group)
    except InvalidCursor:  # a limit that is not allowed is an error of the template, and raises again
        values = _page(read, limit, {}, user, group)
    return ShownPage(**values, feed=read, param=param, state=state)


def _page(read: Feed, limit: int | None, cursors: dict[str, Any], user: Any, group: str) -> dict[str, Any]:
    if group:
        groups = read.groups(limit, by=tuple(group.split()), after=cursors.get("after"), viewer=user)
        return {"entries": groups.groups, "next_cursor": groups.next_cursor, "previous_cursor": None}
    page = read.page(limit, **cursors, viewer=user)
    return {field.name: getattr(page, field.name) for field in fields(page)}


def _empty(**values: Any) -> ShownPage:
    return ShownPage(entries=(), next_cursor=None, previous_cursor=None, **values)


def _state(read: Feed, user: Any, context: Context, owner: Any) -> str:
    request = context.get("request")
    others = user is not None and read.owner != Ref.of(user)
    if others and blocks(user, read.owner):
        return "blocked"
    if not may_read(read, getattr(request, "user", None) if request is not None else user):
        return "private"
    if _is_private(owner) and (user is None or (others and not follows(user, read.owner, FOLLOW))):
        return "private"
    return "muted" if others and mutes(user, read.owner) else ""


@primary_reads()
def _is_private(owner: Any) -> bool:
    """Whether only followers see what it does; of a ref that is not known."""
    options = options_for_label(Ref.of(owner).model) if isinstance(owner, models.Model) else None
    return options is not None and options.is_private(owner)


def render_feed(
    context: Context,
    page: Page,
    template: str = TEMPLATE,
    param: str | None = None,
    scroll: bool = True,
    live: bool = True,
) -> SafeString:
    """`{% render_feed page %}`: its entries, and links to the older and the newer page.

    `param` is that of `feed_page`, and needs no repeating for a page that it gave. With our script on the
    page, older entries come as one scrolls, unless `scroll=False`, and the first page says how many are new,
    unless `live=False`. The template gets `page`, `older_url` and `newer_url` (None where there is no such
    page), `first_url`, `feed_id`, `owner`, `state`, `scroll`, `new_texts` and `watch` (`live` and `poll`).
    """
    shown = page if isinstance(page, ShownPage) else _empty()
    name = shown.param if param is None else param
    word = name or (shown.feed.name if shown.feed else "")
    return render_named(
        context,
        template,
        page=page,
        owner=shown.owner,
        state=shown.state,
        feed_id=unique_id(context, "feed", *filter(None, [word])),
        older_url=_link(context, name, "after", page.next_cursor),
        newer_url=_link(context, name, "before", page.previous_cursor),
        first_url=with_query(context, _names(name)),
        scroll=scroll,
        **(_new(context, shown) if live and page.previous_cursor is None else {}),
    )


def _new(context: Context, shown: ShownPage) -> dict[str, Any]:
    if shown.feed is None or shown.state in ("private", "blocked"):
        return {}
    watch = addresses(context, shown.feed.name, shown.feed.owner)
    return {"new_texts": new_texts(), "watch": watch} if watch["poll"] else {}


def feed(
    context: Context,
    name: str,
    owner: Any,
    limit: int | None = None,
    param: str = "",
    group: str = "",
    template: str = TEMPLATE,
    scroll: bool = True,
    live: bool = True,
) -> SafeString:
    """`{% feed "home" user %}`: `feed_page` and `render_feed` in one."""
    page = feed_page(context, name, owner, limit, param, group)
    return render_feed(context, page, template, scroll=scroll, live=live)


def render_activity(context: Context, activity: Entry | Group | Activity | None) -> SafeString:
    """`{% render_activity activity %}`: an entry of a page, in the template for its verb and type of object.

    The first that there is of `activitystream/<verb>/<type>.html`, `activitystream/<verb>.html` and
    `activitystream/activity.html`; verb and type in lower case, what is no letter or digit as `-`. It gets
    `activity` and all that the page has. Of a model row (what `publish()` gives) the entry is loaded first. A
    group of several has `activitystream/_group.html`, which gets `group`.
    """
    if isinstance(activity, Group):
        if activity.count > 1:
            return render_named(context, "activitystream/_group.html", group=activity)
        activity = activity.latest
    entry = get_entry(activity.pk, viewer(context)) if isinstance(activity, Activity) else activity
    if not entry:
        return SafeString()
    of_type = entry.object.type if entry.object else None
    outer: frozenset[str] = context.get(IN_PROGRESS) or frozenset()
    template = select(engine(context), entry.verb, of_type, outer)
    inner = outer | ({template.name or ""} - {FALLBACK})
    return render(context, template, activity=entry, **{IN_PROGRESS: inner})


def _name(param: str, which: str) -> str:
    return f"{param}-{which}" if param else which


def _names(param: str) -> tuple[str, str]:
    return _name(param, "before"), _name(param, "after")


def _link(context: Context, param: str, which: str, cursor: str | None) -> str | None:
    """The address of this page with another cursor; all else in its query stays."""
    if cursor is None:
        return None
    return with_query(context, _names(param), **{_name(param, which): cursor})
