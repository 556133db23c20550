"""Drafts: activities that are not published yet, and what is checked before they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone, translation

from activitystream.conf import settings
from activitystream.exceptions import InvalidActivity
from activitystream.ids import first_id, new_id, to_datetime
from activitystream.models import Activity, Ref, Visibility, read_key
from activitystream.registry import options_for
from activitystream.routers import primary_reads
from activitystream.text import is_visible, untranslated

__all__ = [
    "Draft",
    "Prepared",
    "clean_addressees",
    "clean_data",
    "clean_visibility",
    "group_of",
    "own_key",
    "prepare",
]

MAX_VERB = 100
MAX_KEY = 255
CLOCK_SKEW = timedelta(minutes=1)
MAX_ADDRESSEES = 500
MAX_DEPTH = 31  # MariaDB refuses more


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An activity to be published: what `publish()` takes, for `publish_many()`."""

    actor: models.Model
    """Who did it: a saved row of a registered model."""
    verb: str
    """What was done: a short text such as "post". A lazily translated one is stored untranslated."""
    object: models.Model | None = None
    """What it was done to."""
    target: models.Model | None = None
    """What it was done to or for (the album a photo was posted to)."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """More to keep: JSON of at most the setting MAX_DATA_SIZE bytes. Dates, decimals, UUIDs and what else
    `DjangoJSONEncoder` takes are stored as JSON has them; lazily translated texts untranslated."""
    key: str | None = None
    """Publishing again with a key that this actor has used gives the first activity."""
    published: datetime | None = None
    """When it was done; None: now. Naive times are in the current time zone."""
    visibility: str = Visibility.PUBLIC.value
    """Who may see it, besides its actor: "public", "followers", "named" (the people in `to`), "self"."""
    to: Iterable[models.Model] = ()
    """The users that an activity for named people is for."""
    notify: Iterable[models.Model] = ()
    """The users who are told of it, each once; never its actor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A draft that was checked: refs instead of rows."""

    actor: Ref
    verb: str
    object: Ref | None = None
    target: Ref | None = None
    data: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    published: datetime | None = None
    visibility: str = Visibility.PUBLIC.value
    to: Sequence[Any] = ()
    """Keys of users."""
    notify: tuple[Any, ...] = ()
    """The keys of the users who are told of it."""
    group: str = ""
    """What their notifications are grouped by."""

    def to_row(self) -> Activity:
        """A row with a new id, not saved yet."""
        id = new_id(self.published or timezone.now())
        return Activity(
            id=id,
            actor_type=self.actor.content_type,
            actor_id=self.actor.id,
            verb=self.verb,
            object_type=self.object and self.object.content_type,
            object_id=self.object and self.object.id,
            target_type=self.target and self.target.content_type,
            target_id=self.target and self.target.id,
            published=to_datetime(id),  # to the millisecond, as the id has it
            data=self.data,
            key=self.key,
            visibility=self.visibility,
        )


def prepare(draft: Draft) -> Prepared:
    """Check a draft. NotRegistered for a model that does not take part, InvalidActivity for all else."""
    told = tuple(_user_keys("notify takes", draft.notify))
    verb = _verb(draft.verb)
    return Prepared(
        actor=_ref("actor", draft.actor),
        verb=verb,
        object=None if draft.object is None else _ref("object", draft.object),
        target=None if draft.target is None else _ref("target", draft.target),
        data=clean_data(draft.data),
        key=None if draft.key is None else _text("key", draft.key, MAX_KEY),
        published=None if draft.published is None else _moment(draft.published),
        visibility=clean_visibility(draft.visibility, to := clean_addressees(draft.to)),
        to=to,
        notify=told,
        group=_group(draft.object, verb) if told else "",
    )


def clean_visibility(value: Any, to: Sequence[Any]) -> str:
    """The visibility if it is one, and fits these addressees; else InvalidActivity."""
    if value not in Visibility.values:
        raise InvalidActivity(f"visibility must be one of {', '.join(Visibility.values)}, not {value!r:.60}")
    if to and value != Visibility.NAMED:
        raise InvalidActivity(f"to names people, and the visibility is {str(value)!r}: make it 'named'")
    return str(value)


def clean_addressees(users: Iterable[Any]) -> list[Any]:
    """The keys of these users, each once; InvalidActivity if one is no saved user, or they are too many."""
    keys = _user_keys("to must be", users)
    if len(keys) > MAX_ADDRESSEES:
        raise InvalidActivity(f"to names {len(keys)} people; at most {MAX_ADDRESSEES} are allowed")
    return keys


def own_key(*parts: object) -> str:
    """The key of an activity that the app itself publishes, whatever its parts are like."""
    text = ":".join(map(str, parts))
    if len(text) <= MAX_KEY and text.isprintable():
        return text
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _ref(role: str, row: Any) -> Ref:
    if not isinstance(row, models.Model):
        raise InvalidActivity(f"{role} must be a row of a registered model, not {row!r}")
    options_for(row.__class__)  # not type(): request.user is a lazy object
    try:
        return Ref.of_saved(row)
    except ValueError as error:
        raise InvalidActivity(f"{role}: {error}") from error


def _user_keys(what: str, users: Iterable[Any]) -> list[Any]:
    """The keys of these users, each once."""
    keys: dict[Any, None] = {}
    for user in users:
        if not isinstance(user, get_user_model()) or user.pk is None:
            raise InvalidActivity(f"{what} saved users, not a {type(user).__name__}")
        keys[read_key(user.__class__, user.pk)] = None
    return list(keys)


def _group(object: models.Model | None, verb: str) -> str:
    """What the notifications of an activity are grouped by."""
    return own_key(verb) if object is None else group_of(object, verb)


@primary_reads()
def group_of(object: models.Model, verb: str) -> str:
    """The same where there is an object: as its registration says, or by the verb and the object."""
    group = options_for(object.__class__).notify_group(object, verb)
    return own_key(verb, Ref.of(object)) if group is None else _text("notify_group", group, MAX_KEY)


def _verb(value: Any) -> str:
    text = untranslated(value)
    if not isinstance(text, str) or not 0 < len(text) <= MAX_VERB or not is_visible(text):
        raise InvalidActivity(
            f"verb must be a text of 1 to {MAX_VERB} printable characters, not {text!r:.60}"
        )
    return text


def _text(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise InvalidActivity(
            f"{name} must be a text of 1 to {longest} printable characters, not {value!r:.60}"
        )
    return value


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise InvalidActivity(f"published must be a datetime, not {value!r:.60}")
    moment = timezone.make_aware(value) if timezone.is_naive(value) else value
    if moment > timezone.now() + CLOCK_SKEW:
        raise InvalidActivity(f"published must not be in the future, as {moment.isoformat()} is")
    try:
        first_id(moment)
    except ValueError as error:
        raise InvalidActivity(f"published: {error}") from error
    return moment


def clean_data(data: Any) -> dict[str, Any]:
    """`data` as it will be read back; InvalidActivity unless it is JSON that every database keeps."""
    if not isinstance(data, Mapping):
        raise InvalidActivity(f"data must be a JSON object (a dict), not {data!r:.60}")
    try:
        _check_depth(data, MAX_DEPTH)
        with translation.override(None):  # lazily translated texts stay as they stand in the code
            text = json.dumps(dict(data), ensure_ascii=False, allow_nan=False, cls=DjangoJSONEncoder)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidActivity(f"data must be JSON: {error}") from error
    if size > settings.MAX_DATA_SIZE:
        raise InvalidActivity(f"data has {size} bytes of JSON; at most {settings.MAX_DATA_SIZE} are allowed")
    if "\\u0000" in text.replace("\\\\", ""):  # not one that is six characters itself
        raise InvalidActivity("data must not contain the character NUL (PostgreSQL cannot keep it)")
    cleaned: dict[str, Any] = json.loads(text)
    return cleaned


def _check_depth(value: Any, depth: int) -> None:
    """What is written at one depth of the stack is read at another, where Python may refuse to decode it: and
    then every page with it would fail."""
    if isinstance(value, (Mapping, list, tuple)):
        if not depth:
            raise ValueError(f"nested at most {MAX_DEPTH} levels deep")
        for part in value.values() if isinstance(value, Mapping) else value:
            _check_depth(part, depth - 1)
