"""The properties of Activity Streams 2.0 that an activity keeps in its `data`, under their own names.

The same check says what is read into `data` and what of it is given out as a property: what does not fit (the
data of a site is its own) is given out as data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_datetime

__all__ = ["KEPT", "fits", "is_iri", "split"]

MAX_ITEMS = 100
_RUN_BY_BROWSERS = {"data", "javascript", "vbscript"}
"""Schemes of addresses that are a program, where a reader makes a link of them."""
MAX_DEPTH = 4
_DURATION = re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_TYPE = re.compile(r"[A-Z][A-Za-z]*")


def is_iri(value: Any) -> bool:
    """Whether it is an absolute address, of whatever scheme."""
    if not isinstance(value, str) or any(ord(char) <= 32 or char in '<>"{}|\\^`' for char in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc if parts.scheme in ("http", "https") else parts.path))


def _text(value: Any, depth: int) -> bool:
    return isinstance(value, str)


def _languages(value: Any, depth: int) -> bool:
    return (
        isinstance(value, Mapping)
        and 0 < len(value) <= MAX_ITEMS
        and all(isinstance(text, str) and _LANGUAGE.fullmatch(code) for code, text in value.items())
    )


def _moment(value: Any, depth: int) -> bool:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return moment is not None and moment.tzinfo is not None


def _number(value: Any, depth: int) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _size(value: Any, depth: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _like(pattern: re.Pattern[str]) -> Callable[[Any, int], bool]:
    return lambda value, depth: isinstance(value, str) and pattern.fullmatch(value) is not None


def _iri(value: Any, depth: int) -> bool:
    return is_iri(value) and value.partition(":")[0].strip().lower() not in _RUN_BY_BROWSERS


def _things(value: Any, depth: int) -> bool:
    """Addresses and objects, one or a list."""
    if isinstance(value, list):
        return 0 < len(value) <= MAX_ITEMS and all(_thing(item, depth) for item in value)
    return _thing(value, depth)


def _thing(value: Any, depth: int) -> bool:
    if not isinstance(value, Mapping):
        return _iri(value, depth)
    return depth > 0 and 0 < len(value) <= MAX_ITEMS and all(fits(*item, depth - 1) for item in value.items())


KEPT: Mapping[str, Callable[[Any, int], bool]] = {
    **dict.fromkeys(("name", "summary", "content"), _text),
    **dict.fromkeys(("nameMap", "summaryMap", "contentMap"), _languages),
    **dict.fromkeys(("startTime", "endTime"), _moment),
    **dict.fromkeys(("attachment", "generator", "icon", "image", "inReplyTo", "instrument"), _things),
    **dict.fromkeys(("location", "origin", "preview", "result", "tag", "url"), _things),
    "duration": _like(_DURATION),
    "mediaType": _like(_MEDIA_TYPE),
}
"""Those of an activity, each with what it may be."""
_WITHIN = {
    **KEPT,
    **dict.fromkeys(("id", "href"), _iri),
    **dict.fromkeys(("published", "updated"), _moment),
    **dict.fromkeys(("accuracy", "altitude", "latitude", "longitude", "radius"), _number),
    **dict.fromkeys(("height", "width"), _size),
    **dict.fromkeys(("actor", "attributedTo", "object", "target"), _things),
    **dict.fromkeys(("rel", "units"), _text),
    "hreflang": _like(_LANGUAGE),
    "type": _like(_TYPE),
}
"""Those of what stands within them."""


def fits(name: str, value: Any, depth: int = MAX_DEPTH) -> bool:
    """Whether the value is one that this property may have."""
    check = (KEPT if depth == MAX_DEPTH else _WITHIN).get(name)
    return check is not None and check(value, depth)


def split(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of this data are properties, and the rest."""
    properties = {name: value for name, value in data.items() if fits(name, value)}
    return properties, {name: value for name, value in data.items() if name not in properties}
