"""System checks: what is wrong with the settings and the registrations, with a hint that says what to do.

Ids: E001, W001, W003 and W007 are the store's own (see `streams.checks`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from inspect import isabstract
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.module_loading import import_string

from activitystream.text import is_visible, untranslated

from .conf import SETTING, Settings, settings
from .exceptions import InvalidFilter, StoreUnavailable
from .feeds.base import Feed, clashing, feeds
from .feeds.groups import Grouping
from .feeds.ranking import MAX_RANKED
from .formats.types import ACTIVITY_TYPES
from .graph import Graph
from .journal import write_alias
from .publishing.drafts import MAX_VERB
from .registry import ModelActivity, is_registered, registered
from .registry.checks import check_reads
from .registry.paths import is_shown_with
from .spaces import Spaces
from .streams import StreamStore, get_whole_store
from .streams.checks import check_spaces

__all__ = ["register"]

Messages = Iterator[checks.CheckMessage]
_MINIMUM = {
    "SHARDS": 1,
    "BODY_SHARDS": 1,
    "MAX_LENGTH": 1,
    "STREAM_TTL": 1,
    "BUILDING_TTL": 1,
    "MAX_REBUILDS": 1,
    "BODY_TTL": 1,
    "CHUNK_SIZE": 1,
    "PULL_ABOVE": 1,
    "PAGE_SIZE": 1,
    "MAX_PAGE_SIZE": 1,
    "MAX_DATA_SIZE": 2,
    "LIVE_CONNECTIONS": 1,
    "LIVE_PER_CLIENT": 1,
    "LIVE_HEARTBEAT": 1,
    "SWEEP_AFTER": 0,
    "RETRY_AFTER": 0,
}


def register() -> None:
    """Let `manage.py check` run these."""
    checks.register(check_settings, "activitystream")
    checks.register(check_registrations, "activitystream")
    checks.register(check_feeds, "activitystream")
    checks.register(check_reads, "activitystream")
    checks.register(check_server, checks.Tags.database)


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """The dict of settings, and what its dotted paths lead to."""
    value = getattr(django_settings, SETTING, {})
    if not isinstance(value, dict):
        return [
            _error("E002", f"{SETTING} must be a dict, not {type(value).__name__}.", "See the reference.")
        ]
    if not django_settings.USE_TZ:
        text = "USE_TZ is False, and activities are published at a time in a time zone."
        return [_error("E010", text, "Set USE_TZ = True, Django's default.")]
    wrong = [*_check_names(value), *_check_values(value)]
    return wrong or [*_check_paths(), *(list(_check_tasks()) or _check_dispatch()), *_check_database()]


def _check_database() -> Messages:
    """SQLite without the option that makes transactions wait for each other. Our own do so anyway (see
    `journal.writing()`), those of the site do not."""
    alias = write_alias()
    database = django_settings.DATABASES.get(alias, {})
    if not database.get("ENGINE", "").endswith("sqlite3"):
        return
    mode = database.get("OPTIONS", {}).get("transaction_mode") or ""
    if mode.upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        yield checks.Warning(
            f'DATABASES["{alias}"] is SQLite without a transaction_mode: requests that write '
            'at the same time fail with "database is locked".',
            hint='Add "transaction_mode": "IMMEDIATE" to its "OPTIONS".',
            id="activitystream.W006",
        )


def _check_names(value: dict[str, Any]) -> Messages:
    known = [f.name for f in fields(Settings)]
    for name in value.keys() - known:
        yield _error("E003", f"{SETTING}[{name!r}] is not a setting.", f"Those that are: {', '.join(known)}.")


def _check_values(value: dict[str, Any]) -> Messages:
    hints = get_type_hints(Settings)
    for name in value.keys() & hints.keys():
        found, wanted = value[name], hints[name]
        if isinstance(found, timedelta) and wanted in (int, float):
            found = wanted(found.total_seconds())
        if wanted is float and isinstance(found, int):
            wanted = int
        classes = _plain(wanted)
        if not isinstance(found, classes) or (isinstance(found, bool) and bool not in classes):
            text = getattr(wanted, "__name__", str(wanted))
            yield _error("E004", f"{SETTING}[{name!r}] must be {text}, not {found!r}.", "See the reference.")
        elif isinstance(found, (int, float)) and found < _MINIMUM.get(name, found):
            yield _error(
                "E004", f"{SETTING}[{name!r}] must be at least {_MINIMUM[name]}.", "See the reference."
            )


def _plain(hint: Any) -> tuple[type, ...]:
    """The classes of a hint: those of "dict[str, str] | None" are dict and NoneType."""
    parts = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return tuple(get_origin(part) or part for part in parts)


def _check_paths() -> Messages:
    yield from _check_class("STREAMS", settings.STREAMS, StreamStore)
    yield from _check_class("GRAPH", settings.GRAPH, Graph)
    yield from _check_class("SPACES", settings.SPACES, Spaces)
    yield from check_spaces()
    yield from _check_choices()


def _check_dispatch() -> Messages:
    """After the tasks, for to import it makes one of the backend and queue of the settings."""
    dispatch, wrong = _import("DISPATCH", settings.DISPATCH)
    yield from wrong
    if not wrong and not callable(dispatch):
        text = f"{SETTING}['DISPATCH'] = {settings.DISPATCH!r} is no function."
        yield _error("E005", text, "It is called with a journal entry, whose pk it hands to a worker.")


def _check_choices() -> Messages:
    if settings.PAGE_SIZE > settings.MAX_PAGE_SIZE:
        yield _error(
            "E004", f"{SETTING}['PAGE_SIZE'] is larger than MAX_PAGE_SIZE.", "Lower it, or raise that."
        )
    if settings.FOLLOW_VERB is not None and not _is_verb(settings.FOLLOW_VERB):
        text = f"{SETTING}['FOLLOW_VERB'] must be a text of 1 to {MAX_VERB} printable characters."
        yield _error("E004", text, "None: a follow is no activity.")
    yield from _check_formats()


def _check_formats() -> Messages:
    if settings.ORIGIN is not None and not re.fullmatch(r"https?://[^/?#\s]+", settings.ORIGIN):
        text = f"{SETTING}['ORIGIN'] = {settings.ORIGIN!r} is no origin."
        yield _error("E004", text, 'A scheme and a host, with nothing behind: "https://example.org".')
    yield from _check_viewsets()
    for verb, type in (settings.VERB_TYPES or {}).items():
        if not _is_verb(verb) or type not in ACTIVITY_TYPES:
            text = f"{SETTING}['VERB_TYPES'] has {verb!r}: {type!r}."
            yield _error("E004", text, f"The types are: {', '.join(sorted(ACTIVITY_TYPES))}.")


def _check_viewsets() -> Messages:
    from .rest.router import VIEWSETS  # not before there is something to check: it needs all models

    for address, path in (settings.VIEWSETS or {}).items():
        if address not in VIEWSETS:
            text = f"{SETTING}['VIEWSETS'] has {address!r}, which is no address of the API."
            yield _error("E004", text, f"Those that are: {', '.join(VIEWSETS)}.")
        else:
            yield from _check_class("VIEWSETS", path, VIEWSETS[address][1])


def _check_class(name: str, path: str | None, base: type) -> Messages:
    if path is None:
        return
    found, wrong = _import(name, path)
    yield from wrong
    hint = f"Derive it from {base.__module__}.{base.__qualname__}."
    if wrong:
        return
    if not (isinstance(found, type) and issubclass(found, base)):
        yield _error("E005", f"{SETTING}[{name!r}] = {path!r} is no {base.__name__}.", hint)
    elif isabstract(found):
        missing = ", ".join(sorted(getattr(found, "__abstractmethods__", ())))
        yield _error("E005", f"{SETTING}[{name!r}] = {path!r} is abstract: it lacks {missing}.", hint)
    elif name == "STREAMS":
        store = get_whole_store()
        yield from store.check() if store is not None else ()


def _import(name: str, path: str) -> tuple[Any, list[checks.CheckMessage]]:
    """What a dotted path leads to, or what is wrong with it. Importing runs code: it may raise anything."""
    try:
        return import_string(path), []
    except Exception as error:  # noqa: BLE001
        text = f"{SETTING}[{name!r}] = {path!r} cannot be imported: {error}"
        return None, [_error("E005", text, "Mend the path, or what it leads to.")]


def _check_tasks() -> Messages:
    tasks = getattr(django_settings, "TASKS", None) or {"default": {}}
    backend = tasks.get(settings.TASK_BACKEND)
    if backend is None:
        yield _error(
            "E006",
            f"{SETTING}['TASK_BACKEND'] = {settings.TASK_BACKEND!r} is not in TASKS.",
            f"TASKS has: {', '.join(tasks)}.",
        )
        return
    queues = backend.get("QUEUES", ["default"])
    if queues and settings.TASK_QUEUE not in queues:
        yield _error(
            "E006",
            f"{SETTING}['TASK_QUEUE'] = {settings.TASK_QUEUE!r} is not a queue of the backend TASK_BACKEND.",
            f'Add it to its "QUEUES", or choose one of {", ".join(queues)}.',
        )


def check_server(databases: Collection[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """W005 if the store would not notice older data. It asks the server, so it needs `check --database`."""
    store = get_whole_store() if databases and not check_settings() else None
    try:
        if store is None or store.knows_its_server():
            return []
    except StoreUnavailable:
        return []  # it may be down where the check runs
    return [
        checks.Warning(
            f'The server of CACHES["{settings.CACHE}"] does not give INFO to scripts: nothing notices if it '
            "comes back with older data.",
            hint="Allow its user the command INFO (ACL: +info). Where that cannot be, run "
            "activitystream_verify --repair after each restart and failover.",
            id="activitystream.W005",
        )
    ]


def check_registrations(**kwargs: Any) -> list[checks.CheckMessage]:
    """Every `@register`: fields that there are, verbs that have an actor."""
    found = [message for options in registered() for message in _check_options(options)]
    if registered() and not is_registered(get_user_model()):
        label = get_user_model()._meta.label
        found.append(
            checks.Warning(
                f"{label} is not registered: no user can be the actor of an activity, or be followed.",
                hint="In an activities.py: @register(get_user_model()) on a ModelActivity with a name.",
                id="activitystream.W002",
            )
        )
    return found


def check_feeds(**kwargs: Any) -> list[checks.CheckMessage]:
    """Every declared feed: a name of its own, and what `groups()` can be made by."""
    found: list[checks.CheckMessage] = [
        _error(
            "E009",
            f"{first.__module__}.{first.__qualname__} and {second.__module__}.{second.__qualname__} are both "
            f"named {first.name!r}: the first is not to be found.",
            "Give one another name; or let the second derive from the first, and it replaces it.",
        )
        for first, second in clashing()
    ]
    for feed in feeds():
        if feed.ranked and (not 0 <= feed.ranked <= MAX_RANKED or feed.rank is Feed.rank):
            text = f"{feed.__qualname__}.ranked = {feed.ranked!r} cannot be."
            found.append(_error("E009", text, f"It is 0 to {MAX_RANKED}, and needs a method rank()."))
        if feed.group_by is not None:
            try:
                Grouping.of(feed.group_by)
            except InvalidFilter as error:
                found.append(_error("E009", f"{feed.__qualname__}.group_by: {error}.", "Name one of these."))
    return found


def _check_options(options: ModelActivity) -> Messages:
    name = type(options).__name__
    for role in ("actor", "target", "owner", "visibility", "name", "url", "image", "content", "private"):
        declared = getattr(options, role)
        if declared is not None and not isinstance(declared, str) and not callable(declared):
            yield _error("E007", f"{name}.{role} = {declared!r} is no path.", "Give a string or a method.")
    yield from _check_notify(options, name)
    yield from _check_shown_with(options, name)
    if options.on_delete not in ("retract", "keep"):
        yield _error("E007", f"{name}.on_delete = {options.on_delete!r}.", 'It is "retract" or "keep".')
    wrong = [*_check_verbs(options, name)]
    yield from wrong or _check_fields(options, name)


def _check_notify(options: ModelActivity, name: str) -> Messages:
    declared = options.notify
    paths = [*declared.keys(), *declared.values()] if isinstance(declared, Mapping) else [declared]
    if declared is not None and not callable(declared) and not all(isinstance(path, str) for path in paths):
        hint = 'Give a path ("owner"), a dict of verbs and their paths, or a method (self, obj, verb).'
        yield _error("E007", f"{name}.notify = {declared!r} says nobody.", hint)


def _check_shown_with(options: ModelActivity, name: str) -> Messages:
    if isinstance(options.shown_with, str):
        yield _error("E007", f"{name}.shown_with = {options.shown_with!r}.", "Give a tuple of names.")
        return
    for path in options.shown_with:
        if not is_shown_with(options, path):
            text = (
                f"{name}.shown_with: {path!r} leads to nothing that belongs to one {options.model.__name__}."
            )
            yield _error("E008", text, "Name one-to-one relations, and foreign keys from there to here.")


def _check_verbs(options: ModelActivity, name: str) -> Messages:
    what = f"a text of 1 to {MAX_VERB} printable characters"
    if options.on_create is not None and not _is_verb(options.on_create):
        yield _error("E007", f"{name}.on_create = {options.on_create!r} is no verb.", f"A verb is {what}.")
    for attribute in ("on_update", "on_add"):
        declared = getattr(options, attribute)
        if not (isinstance(declared, Mapping) and all(map(_is_verb, declared.values()))):
            text = f"{name}.{attribute} = {declared!r} is no dict of fields and their verbs."
            yield _error("E007", text, f'Write {{"field": "verb"}}; a verb is {what}.')


def _is_verb(value: Any) -> bool:
    return isinstance(text := untranslated(value), str) and 0 < len(text) <= MAX_VERB and is_visible(text)


def _check_fields(options: ModelActivity, name: str) -> Messages:
    acts_itself = all(_leads_to_users(options.model, field) for field in options.on_add)
    if options.actor is None and (options.on_create or options.on_update or not acts_itself):
        yield _error("E007", f"{name} declares verbs and no actor.", 'Say who acts: actor = "owner".')
    for field in options.on_update:
        found = _field(options.model, field)
        if not isinstance(found, models.Field) or found.many_to_many:
            text = f"{name}.on_update: {options.model.__name__} has no field {field!r} with a column."
            yield _error("E008", text, "Name fields of the model; for many-to-many fields there is on_add.")
    for field in options.on_add:
        if not isinstance(_field(options.model, field), models.ManyToManyField):
            text = f"{name}.on_add: {field!r} is not a many-to-many field of {options.model.__name__}."
            yield _error("E008", text, "Name one, or register the model of the rows between with on_create.")


def _field(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _leads_to_users(model: type[models.Model], name: str) -> bool:
    related = getattr(_field(model, name), "related_model", None)
    return isinstance(related, type) and issubclass(related, get_user_model())


def _error(id: str, message: str, hint: str) -> checks.Error:
    return checks.Error(message, hint=hint, id=f"activitystream.{id}")
