"""Bodies that say no more than they are read for: what is not understood is refused, not ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.utils import html

__all__ = ["StrictSerializer"]

MOST = 10
"""Unknown fields that an answer names."""
LONGEST = 100
"""Characters of the name of one."""
FORM_TOKEN = "csrfmiddlewaretoken"  # noqa: S105
"""What the forms of the browsable API send besides their fields."""


class StrictSerializer(serializers.Serializer[Any]):
    """Base of all serializers that read a body: an unknown field is an error under its name, at any depth.

    A field that is misspelt (`"public": false`) would else be ignored, and its sender would believe it.
    """

    unknown: ClassVar[str] = "There is no such field."
    """The error of an unknown field."""

    def to_internal_value(self, data: Any) -> Any:
        refused = self._refused(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not refused or not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **refused}) from None
        if refused:
            raise serializers.ValidationError(refused)
        return values

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        known = {name for name, field in self.fields.items() if not field.read_only}
        names = [name for name in data if name not in known]
        if html.is_html_input(data):  # "object.type", "to[0]id"
            names = [name for name in names if name != FORM_TOKEN and not _is_part(name, known)]
        return {name[:LONGEST]: [self.unknown] for name in sorted(names)[:MOST]}


def _is_part(name: str, known: set[str]) -> bool:
    return any(name.startswith((f"{field}.", f"{field}[")) for field in known)
