"""A fair sample of things that come one after the other, however many there are."""

from __future__ import annotations

import random
from typing import Generic, TypeVar

__all__ = ["Reservoir"]

T = TypeVar("T")


class Reservoir(Generic[T]):
    """Keeps `size` of all that it was offered, each with the same chance."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.items: list[T] = []
        self.offered = 0

    def offer(self, item: T) -> None:
        """Keep it, perhaps in the place of another."""
        self.offered += 1
        if len(self.items) < self.size:
            self.items.append(item)
        elif (place := random.randrange(self.offered)) < self.size:  # noqa: S311
            self.items[place] = item
