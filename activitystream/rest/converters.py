"""What stands in the addresses of the API: the name of a feed, the label of a model, a primary key."""

from __future__ import annotations

from django.urls import register_converter

__all__ = ["register_converters"]


class _Text:
    """As it is: whether there is such a thing is told by the view, in the format of the API."""

    regex = ""

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


class FeedName(_Text):
    """The name of a declared feed."""

    regex = "[A-Za-z_][A-Za-z0-9_]*"


class Label(_Text):
    """The label of a model: "photos.photo"."""

    regex = "[^/]+"


class Key(_Text):
    """A primary key as a string: with slashes, dots, line breaks, whatever it has."""

    regex = r"(?s:.+)"


def register_converters() -> None:
    """Let addresses use them."""
    register_converter(FeedName, "activitystream_feed")
    register_converter(Label, "activitystream_type")
    register_converter(Key, "activitystream_id")
