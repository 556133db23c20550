"""Text that every database, encoding and reader takes."""

from __future__ import annotations

import re
from typing import Any

from django.utils import translation
from django.utils.functional import Promise

__all__ = ["clean_json", "clean_text", "is_visible", "untranslated"]

_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
"""Half surrogate pairs, which no encoding has, and U+0000, which PostgreSQL refuses."""


_JOINERS = re.compile("(?<=[^\0-\x7f])[\u200c\u200d](?=[^\0-\x7f\u200c\u200d])")
"""The zero-width (non-)joiner between two characters that it can join: Persian words, emoji families."""


def is_visible(text: str) -> bool:
    """Return True if all of a text can be seen: two of them that look alike are alike, more or less.

    Joiners are allowed where writing needs them. Between ASCII letters, and at the ends, they join nothing.
    """
    return _JOINERS.sub("", text).isprintable()


def untranslated(value: Any) -> Any:
    """Return a lazily translated text as it stands in the code, whatever the language in force is; any other
    value as it is."""
    if not isinstance(value, Promise):
        return value
    with translation.override(None):
        return str(value)


def clean_text(text: str) -> str:
    """Return the text with the replacement character in place of what no database and no answer can have.

    Rows hold such text in JSON columns, and what is cut by UTF-16 units in a browser ends in half an emoji.
    """
    return _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", text) if _NOT_TEXT.search(text) else text


def clean_json(value: Any) -> Any:
    """Return a value of JSON types with all its texts cleaned."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(key): clean_json(part) for key, part in value.items()}
    return [clean_json(part) for part in value] if isinstance(value, list) else value
