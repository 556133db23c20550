"""Lists that clients send: errors by the places of the items."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.utils import html

__all__ = ["ItemsSerializer"]


class ItemsSerializer(serializers.ListSerializer[Any]):
    """Tells errors as `{"1": {...}}`, also in a list that is a field.

    REST framework before 3.18 tells them in a list as long as what was sent, and since then a setting of the
    project chooses, with a warning.
    """

    def get_value(self, dictionary: Any) -> Any:
        """What a form says in no way that is known is an error, not as if nothing were said."""
        value = super().get_value(dictionary)
        name = str(self.field_name)
        if html.is_html_input(dictionary) and (value is serializers.empty or not value):
            spelt = [key for key in dictionary if key == name or key.startswith((f"{name}[", f"{name}."))]
            return dictionary[spelt[0]] if any(dictionary[key] for key in spelt) else value
        return value

    def to_internal_value(self, data: Any) -> Any:
        self._place = 0
        self._refused: dict[str, Any] = {}
        values = super().to_internal_value(data)
        if self._refused:
            raise serializers.ValidationError(self._refused)
        return values

    def run_child_validation(self, data: Any) -> Any:
        place, self._place = self._place, self._place + 1
        try:
            return super().run_child_validation(data)
        except serializers.ValidationError as error:
            self._refused[str(place)] = error.detail
            return None
