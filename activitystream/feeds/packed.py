"""Cursors that name what was shown: some numbers, and a digest for each name, as text for an address."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct, error
from typing import Any

__all__ = ["Packing", "digest"]


def digest(text: str, size: int) -> bytes:
    """So many bytes that stand for a text."""
    return blake2b(text.encode(), digest_size=size).digest()


@dataclass(frozen=True, slots=True)
class Packing:
    """How such a cursor is packed."""

    head: Struct
    size: int
    """Bytes of a digest."""
    most: int
    """Digests that it has at most: it is part of addresses, which have their limits."""

    def pack(self, head: Iterable[Any], digests: Iterable[bytes]) -> str:
        """The text."""
        return urlsafe_b64encode(self.to_bytes(head, digests)).decode().rstrip("=")

    def unpack(self, text: str) -> tuple[tuple[Any, ...], tuple[bytes, ...]]:
        """The inverse; ValueError if it is none."""
        longest = 4 * (self.head.size + self.size * self.most) // 3 + 4
        return self.from_bytes(urlsafe_b64decode(text[:longest].encode() + b"=="))

    def to_bytes(self, head: Iterable[Any], digests: Iterable[bytes]) -> bytes:
        """What is packed, to be sealed."""
        return self.head.pack(*head) + b"".join(digests)

    def from_bytes(self, packed: bytes) -> tuple[tuple[Any, ...], tuple[bytes, ...]]:
        """The inverse; ValueError if it is none."""
        try:
            head = self.head.unpack_from(packed)
        except error as wrong:
            raise ValueError(str(wrong)) from wrong
        rest = packed[self.head.size :]
        digests = tuple(rest[at : at + self.size] for at in range(0, len(rest), self.size))
        if len(rest) % self.size or len(digests) > self.most:
            raise ValueError("it has parts of digests, or too many")
        return head, digests
