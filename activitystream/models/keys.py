"""Keys: the one spelling of a primary key, and what a text names as one.

A row that was made in this process keeps its key as the site wrote it: `uuid4().hex`, `"007"`, a `date` given
as a text. The database gives it back in another form, and a second spelling would be a second row to us.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connections, models, router
from django.utils import timezone

__all__ = ["is_sure", "key_text", "read_key", "to_key", "to_keys", "user_keys"]

REFUSED = (ValidationError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError)
"""What fields raise for a value that cannot be a key: custom fields are not strict about which."""
LARGEST = 2**63
"""SQLite refuses integers from here on, and no database has keys so large."""


def read_key(model: type[models.Model], value: Any) -> Any:
    """Return the primary key as a row that is read from the database has it.

    A value that cannot be a key of the model is returned as it is: there is no such row. ValueError for a
    model with a composite primary key.
    """
    field = _field(model)
    if type(value) is int and _is_plain(field):
        return value
    try:
        return _read(field, value)
    except REFUSED:
        return value


def key_text(model: type[models.Model], value: Any) -> str:
    """Return the same as text, as refs have it: `str()` of the key, or Base64 of a binary one."""
    return _text(read_key(model, value))


def user_keys(values: Iterable[Any]) -> list[str]:
    """Return the same for many keys of users, as foreign keys to them have it."""
    model = get_user_model()
    if _is_plain(_field(model)):
        return [str(int(value)) for value in values]
    return [key_text(model, value) for value in values]


def to_key(model: type[models.Model], text: str) -> Any:
    """Return the primary key that a text names, as a row that is read has it; None if it cannot be one."""
    if "\0" in text or not _can_be_encoded(text):  # no database looks for those
        return None
    field = _field(model)
    try:
        key = field.to_python(text)
        if isinstance(key, datetime) and settings.USE_TZ and timezone.is_naive(key):
            key = timezone.make_aware(key)  # else Django warns of each
        key = _read(field, key)
    except REFUSED:
        return None
    return key if _can_be_asked_for(key) else None


def to_keys(model: type[models.Model], texts: Iterable[str]) -> list[Any]:
    """Return those of these texts that can be keys of the model, as such."""
    return [key for text in texts if (key := to_key(model, text)) is not None]


@cache
def _field(model: type[models.Model]) -> Any:
    """The field that says what the key is like: where it is a foreign key, that of the other model."""
    field: Any = model._meta.pk
    if isinstance(field, models.CompositePrimaryKey):
        raise ValueError(  # noqa: TRY004  (as for all rows that a ref cannot name)
            f"{model._meta.label} has a composite primary key, and a ref names a row by one value: give the "
            "model a primary key of one column (a UniqueConstraint keeps the combination unique)"
        )
    while field.remote_field is not None:
        field = field.target_field
    return field


@cache
def _is_plain(field: models.Field[Any, Any]) -> bool:
    """Return True for integers of Django's own: an `int` is read as it was written."""
    return type(field).__module__.startswith("django.db.models.") and isinstance(field, models.IntegerField)


@cache
def is_sure(model: type[models.Model]) -> bool:
    """Return True if the database takes every key that `to_key()` gives.

    These are integers, UUIDs and texts of Django's own fields. Others may be refused: `0` by an `inet` of
    PostgreSQL, or what a site's own field lets through.
    """
    field = _field(model)
    sure = isinstance(field, (models.IntegerField, models.UUIDField, models.CharField, models.TextField))
    return sure and type(field).__module__.startswith("django.db.models.")


def _read(field: Any, value: Any) -> Any:
    """The value after a way to the database and back."""
    if hasattr(field, "from_db_value"):
        connection = _connection(field)
        return field.from_db_value(_stored(field, value, connection), field.cached_col, connection)
    value = field.get_prep_value(value)
    if isinstance(field, models.GenericIPAddressField) and _connection(field).vendor == "postgresql":
        return field.to_python(value)  # its inet has other abbreviations, and takes blanks
    if isinstance(field, models.DurationField):
        return field.to_python(value)
    if isinstance(value, datetime) and timezone.is_aware(value):
        return value.astimezone(_connection(field).timezone)
    if isinstance(value, Decimal) and field.decimal_places is not None:
        return value.quantize(Decimal(1).scaleb(-field.decimal_places)) + 0  # there is no -0.00
    if isinstance(value, float):
        return value + 0  # nor -0.0
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value


def _connection(field: Any) -> Any:
    return connections[router.db_for_write(field.model)]


def _stored(field: Any, value: Any, connection: Any) -> Any:
    """What a field with a `from_db_value` of its own is given for this value."""
    if type(field).get_db_prep_value.__module__.startswith("django.db.models."):
        return field.get_prep_value(value)
    stored = field.get_db_prep_value(value, connection)
    if isinstance(stored, str):  # SQLite writes most things as text; what is none needs no conversion
        for convert in connection.ops.get_db_converters(field.cached_col):
            stored = convert(stored, field.cached_col, connection)
    return stored


def _text(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)  # a member of an enumeration would give its name
    return b64encode(key).decode() if isinstance(key, bytes) else str(key)


def _can_be_encoded(text: str) -> bool:
    """Return False for a text with half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _can_be_asked_for(key: Any) -> bool:
    if isinstance(key, int):
        return abs(key) < LARGEST
    if isinstance(key, Decimal):
        return key.is_finite()
    return not isinstance(key, float) or isfinite(key)
