"""Text that every database, encoding and reader takes."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["clean_json", "clean_text"]

_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
"""Half surrogate pairs, which no encoding has, and U+0000, which PostgreSQL refuses."""


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
