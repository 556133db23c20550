"""Entries: the activities of a page as Python objects, with cards instead of rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import models

from activitystream.models import ROLES, Ref
from activitystream.registry import load_instances

from .access import Access

__all__ = ["Card", "Entry", "Instances"]


class Instances:
    """The model instances behind the cards of one page, all loaded at the first that is asked for."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._loaded: dict[Ref, models.Model] = {}

    def want(self, entry: Entry) -> None:
        """Those of this entry may be asked for."""
        self._entries.append(entry)

    def get(self, ref: Ref) -> models.Model | None:
        """The row, or None if it is gone. One query for each model on the page, whatever the page's size."""
        if self._entries:
            cards = [card for entry in self._entries for role in ROLES if (card := entry.body[role])]
            self._loaded |= load_instances({Ref(card["model"], card["id"]) for card in cards})
            self._entries = []
        return self._loaded.get(ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a registered model gives out about one of its rows."""

    type: str
    model: str
    """The label of the model: "photos.photo"."""
    id: str
    name: str
    url: str | None
    image: str | None
    content: str | None
    deleted: bool
    """The row is gone, and its name is all that is left."""
    instances: Instances = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> Ref:
        """The ref of the row."""
        return Ref(self.model, self.id)

    @property
    def instance(self) -> models.Model | None:
        """The row itself, or None if it is gone; loaded together with all others of the page."""
        return self.instances.get(self.ref)

    def as_dict(self) -> dict[str, Any]:
        """The card as the API gives it."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "instances"}


@dataclass(frozen=True, eq=False)
class Entry:
    """An activity as a page shows it, from its JSON as it is asked for; the API gives that out unread."""

    id: int
    raw: bytes = field(repr=False)
    """The JSON that is given out."""
    access: Access = field(repr=False)
    instances: Instances = field(repr=False)

    def __post_init__(self) -> None:
        self.instances.want(self)

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON, decoded."""
        body: dict[str, Any] = json.loads(self.raw)
        return body

    @cached_property
    def verb(self) -> str:
        return str(self.body["verb"])

    @cached_property
    def published(self) -> datetime:
        return datetime.fromisoformat(self.body["published"])

    @cached_property
    def actor(self) -> Card:
        return Card(**self.body["actor"], instances=self.instances)

    @cached_property
    def object(self) -> Card | None:
        return self._card("object")

    @cached_property
    def target(self) -> Card | None:
        return self._card("target")

    def _card(self, role: str) -> Card | None:
        card = self.body[role]
        return Card(**card, instances=self.instances) if card else None

    @cached_property
    def data(self) -> dict[str, Any]:
        """What was given when it was published."""
        data: dict[str, Any] = self.body["data"]
        return data

    @cached_property
    def visibility(self) -> str:
        """Who may see it: see `Visibility`."""
        return self.access.visibility

    def as_dict(self) -> dict[str, Any]:
        """The entry as the API gives it: JSON types only, the id as a string."""
        return self.body
