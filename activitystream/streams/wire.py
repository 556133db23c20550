"""Names on their way to the server and back: bytes there, strings here."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["BATCH", "base_of", "raw", "raw_of", "text_of"]

BATCH = 1_000
"""Keys (times ids) of one script call: the server answers nobody else meanwhile."""


def raw(text: str) -> bytes:
    """A name as the server has it: any string, half a surrogate pair too."""
    return text.encode("utf-8", "surrogatepass")


def base_of(prefix: str, layout: int, space: str = "") -> bytes:
    """Return what every key of a space begins with: no base and a brace after it begin another base.

    Braces in the name of a space would decide the slot of a cluster, so they are escaped, and so is the colon
    that ends the name.
    """
    name = re.sub("[%:{}]", lambda found: f"%{ord(found[0]):02X}", space)
    return raw(f"{prefix}:{layout}:" + (f"@{name}:" if space else ""))


def raw_of(value: Any) -> bytes:
    """What the server gave, also through a connection that decodes."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def text_of(value: Any) -> str:
    """The same as a string."""
    return raw_of(value).decode("utf-8", "surrogatepass")
