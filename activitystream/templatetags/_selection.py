"""Which template shows an activity.

Verbs and types may come from users, so they become slugs before they become file names: lower-case letters,
digits, `-` and `_`, none of the last two at the ends. What a slug cannot be, the app's own templates are:
their names begin with `_`, except for the two of `OWN`, which no verb reaches. A verb can be named as a
template of the site that is no verb's (`activitystream/home.html`): such a one may show other activities, and
is not chosen again inside itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from django.template import Engine, TemplateDoesNotExist
from django.template.base import Template
from django.utils.text import slugify

__all__ = ["FALLBACK", "OWN", "names_for", "select"]

FALLBACK = "activitystream/activity.html"
OWN = frozenset({"activity", "feed"})
LONGEST = 100
"""Characters of a slug: file systems refuse long names, which template loaders take for an error."""
REMEMBERED = 1000
"""Pairs of verb and type that are remembered: users could invent any number of verbs."""

_chosen: WeakKeyDictionary[Engine, dict[tuple[str, str], str]] = WeakKeyDictionary()


def names_for(verb: str, type: str | None) -> list[str]:
    """The names of the templates that may show this, the one to be preferred first."""
    verb_slug, type_slug = _slug(verb), _slug(type or "")
    names = []
    if verb_slug and type_slug:
        names.append(f"activitystream/{verb_slug}/{type_slug}.html")
    if verb_slug and verb_slug not in OWN:
        names.append(f"activitystream/{verb_slug}.html")
    return [*names, FALLBACK]


def select(engine: Engine, verb: str, type: str | None, but: Collection[str] = ()) -> Template:
    """The compiled template for this verb and type of object, none of those in `but`. It is looked for once,
    except while `debug` is on, when templates come and go under the running server."""
    if but or engine.debug:
        return engine.get_template(_first(engine, names_for(verb, type), but))
    chosen = _chosen.setdefault(engine, {})
    pair = (verb, type or "")
    if pair not in chosen:
        if len(chosen) >= REMEMBERED:
            chosen.clear()
        chosen[pair] = _first(engine, names_for(verb, type), but)
    return engine.get_template(chosen[pair])


def _first(engine: Engine, names: list[str], but: Collection[str]) -> str:
    return next(name for name in names if name == FALLBACK or (name not in but and _exists(engine, name)))


def _exists(engine: Engine, name: str) -> bool:
    """Whether there is such a template. Django's cached loader is passed by: it keeps each name that it did
    not find, without a bound."""
    return any(_has(loader, name) for loader in _plain(engine.template_loaders))


def _plain(loaders: Collection[Any]) -> Iterator[Any]:
    for loader in loaders:
        yield from _plain(loader.loaders) if hasattr(loader, "loaders") else [loader]


def _has(loader: Any, name: str) -> bool:
    for origin in loader.get_template_sources(name):
        try:
            loader.get_contents(origin)
        except TemplateDoesNotExist:
            continue
        return True
    return False


def _slug(text: str) -> str:
    slug = slugify(text)
    return slug if len(slug) <= LONGEST else ""
