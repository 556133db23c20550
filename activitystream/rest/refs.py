"""Rows that clients name: `{"type": "photos.photo", "id": "12"}`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.utils import html

from activitystream.models import Ref

from .items import ItemsSerializer
from .strict import StrictSerializer

__all__ = ["RefSerializer"]


class RefSerializer(StrictSerializer):
    """One row of a registered model; valid, it is a `Ref`. Whether it exists is not looked up here."""

    type = serializers.CharField(trim_whitespace=False, max_length=255, help_text='A label: "photos.photo".')
    id = serializers.CharField(trim_whitespace=False, max_length=255)

    class Meta:
        list_serializer_class = ItemsSerializer

    def get_value(self, dictionary: Any) -> Any:
        """Left blank in the form of the browsable API: not given."""
        value = super().get_value(dictionary)
        if html.is_html_input(dictionary) and value is not serializers.empty and not any(value.values()):
            return serializers.empty
        return value

    def validate(self, attrs: Any) -> Any:
        return Ref(attrs["type"].lower(), attrs["id"])
