"""What tags ask of the page they stand on: its request, who is signed in, its engine."""

from __future__ import annotations

import re
from typing import Any, cast

from django.db import models
from django.http import QueryDict
from django.template import Context, Engine
from django.template.base import Template
from django.utils.safestring import SafeString

from activitystream.feeds import Card
from activitystream.models import Ref
from activitystream.registry import options_for

__all__ = ["engine", "query", "ref_of", "render", "render_named", "unique_id", "viewer", "with_query"]

_IDS = "_activitystream_ids"


def engine(context: Context) -> Engine:
    """The engine that renders the page: a site may have several."""
    return cast("Template", context.template).engine


def render(context: Context, template: Template, **values: Any) -> SafeString:
    """A template with these values on top of what the page has."""
    with context.push(**values):
        return template.render(context)


def render_named(context: Context, template_name: str, **values: Any) -> SafeString:
    """The same, by name."""
    return render(context, engine(context).get_template(template_name), **values)


def query(context: Context) -> QueryDict:
    """The query of the page's address."""
    asked = getattr(context.get("request"), "GET", None)
    return asked if isinstance(asked, QueryDict) else QueryDict()


def with_query(context: Context, drop: tuple[str, ...], **values: str) -> str:
    """The address of this page with these values in its query and without others; all else stays."""
    changed = query(context).copy()
    for name in drop:
        changed.pop(name, None)
    for name, value in values.items():
        changed[name] = value
    return f"?{changed.urlencode()}"


def viewer(context: Context) -> Any:
    """Who is signed in; None: nobody. `user` only without a request: pages use that name for others."""
    request = context.get("request")
    user = context.get("user") if request is None else getattr(request, "user", None)
    return user if getattr(user, "is_authenticated", False) else None


def ref_of(obj: Any) -> Ref | None:
    """What a button or filter is about; None for nothing, and for what is gone."""
    if isinstance(obj, Card):
        return None if obj.deleted else obj.ref
    if isinstance(obj, Ref):
        return obj.spelled
    if not isinstance(obj, models.Model) or obj.pk is None:
        return None
    options_for(obj.__class__)  # NotRegistered says what to add; not type(): `user` is a lazy object
    return Ref.of(obj)


def unique_id(context: Context, *words: str) -> str:
    """An `id` for an element: the same whenever this page is rendered, and another for each element on it."""
    wanted = "-".join(["activitystream", *(re.sub(r"[^\w-]+", "-", word) for word in words)])
    request = context.get("request")
    if request is None:
        return wanted
    used: dict[str, int] = getattr(request, _IDS, {})
    used[wanted] = used.get(wanted, 0) + 1
    setattr(request, _IDS, used)
    return wanted if used[wanted] == 1 else f"{wanted}-{used[wanted]}"
