"""Whether a document is Activity Streams 2.0: by its JSON-LD context, and by models of its vocabulary."""

from __future__ import annotations

import os
from copy import deepcopy
from importlib.util import find_spec
from typing import Any

from pyld import jsonld
from pyld.documentloader.frozen import FrozenDocumentLoader

from activitystream.formats.as2 import ACTIVITY_STREAMS, EXTENSION

_loader = FrozenDocumentLoader()  # the official context as that package ships it; nothing is fetched
MODELS = find_spec("activitypubdantic") is not None
if not MODELS and os.environ.get("ACTIVITYSTREAM_REQUIRE_MODELS"):
    raise ImportError("activitypubdantic is not installed (ACTIVITYSTREAM_REQUIRE_MODELS is set)")
AS = f"{ACTIVITY_STREAMS}#"


def expand(document: dict[str, Any]) -> dict[str, Any]:
    """The document as JSON-LD sees it. No name is without a meaning, no address is relative."""
    [expanded] = jsonld.expand(document, {"documentLoader": _loader})
    _check(expanded)
    found: dict[str, Any] = expanded
    return found


def _check(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _check(item)
    elif isinstance(node, dict) and node.get("@type") != "@json":
        for name, value in node.items():
            assert name.startswith(("@", AS, EXTENSION)), name
            if name == "@id":
                assert ":" in value, value
            elif name == "@type" and "@value" not in node:
                assert all(type.startswith(AS) for type in value), value
            elif not name.startswith("@") or name == "@list":
                _check(value)


def model(document: dict[str, Any]) -> Any:
    """Return the document as the model of its type; None where that package is not installed (noxfile.py)."""
    if not MODELS:
        return None
    from activitypubdantic import models

    return getattr(models, f"{document['type']}Model")(**deepcopy(document))


def check(document: dict[str, Any]) -> None:
    """Fails unless both take it."""
    expand(document)
    model(document)
