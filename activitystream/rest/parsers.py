"""The parsers of the open formats: documents become bodies of the API."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser

from activitystream.feeds.visibility import Viewer, as_viewer
from activitystream.formats.iris import Iris
from activitystream.formats.read import read
from activitystream.formats.refused import Refused

__all__ = ["PARSERS", "ActivityStreamsParser", "LinkedDataParser"]


class ActivityStreamsParser(JSONParser):
    """An activity in Activity Streams 2.0, or a list of them."""

    media_type = "application/activity+json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        document = super().parse(stream, media_type, parser_context)
        request = parser_context["request"]
        iris, me = Iris.of(request), as_viewer(request.user)
        if not isinstance(document, list):
            return _read(document, iris, me)
        bodies, errors = [], {}
        for place, item in enumerate(document):
            try:
                bodies.append(_read(item, iris, me))
            except ValidationError as error:
                errors[str(place)] = error.detail
        if errors:
            raise ValidationError(errors)
        return bodies


class LinkedDataParser(ActivityStreamsParser):
    """The same under the name that JSON-LD has for it."""

    media_type = "application/ld+json"


def _read(document: Any, iris: Iris, me: Viewer) -> dict[str, Any]:
    try:
        return read(document, iris, me)
    except Refused as refused:
        name = refused.name[:LONGEST_NAME].encode(errors="replace").decode()  # no half of a surrogate pair
        raise ValidationError({name: [refused.reason]}) from None


LONGEST_NAME = 100
PARSERS = (ActivityStreamsParser, LinkedDataParser)
