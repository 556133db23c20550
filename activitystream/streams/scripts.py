"""The Lua scripts of the Redis store: a file each in `lua/`, its KEYS and ARGV described at the top.

Scripts that read ask the server for its identity (`lua/_identity.lua`, which is put before them).
"""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import NamedTuple

__all__ = [
    "ADD",
    "BEGIN",
    "CONTENTS",
    "DELETE",
    "EPOCHS",
    "FINISH",
    "FORGET",
    "GET_BODIES",
    "HOLDING",
    "IDENTITY",
    "LENGTH",
    "PAGE",
    "PUT_BODIES",
    "REMOVE",
    "SINCE",
    "TELL",
    "WATCH",
    "Script",
    "name_of",
]


class Script(NamedTuple):
    """A script and the name under which a server has it once it is loaded."""

    text: str
    sha: str


_names: dict[str, str] = {}


def _load(name: str) -> Script:
    text = _text(name)
    if "identity()" in text:
        text = _text("_identity") + text
    sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    _names[sha] = name
    return Script(text, sha)


def _text(name: str) -> str:
    return resources.files("activitystream.streams").joinpath("lua", f"{name}.lua").read_text("utf-8")


def name_of(sha: str) -> str:
    """The name of a script's file, for people who look at what was sent."""
    return _names[sha]


ADD = _load("add")
BEGIN = _load("begin")
CONTENTS = _load("contents")
DELETE = _load("delete")
EPOCHS = _load("epochs")
FINISH = _load("finish")
FORGET = _load("forget")
GET_BODIES = _load("get_bodies")
HOLDING = _load("holding")
IDENTITY = _load("identity")
LENGTH = _load("length")
PAGE = _load("page")
PUT_BODIES = _load("put_bodies")
REMOVE = _load("remove")
SINCE = _load("since")
TELL = _load("tell")
WATCH = _load("watch")
