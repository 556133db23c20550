"""Sealed cursors: bytes that nobody reads without the site's SECRET_KEY, as text for an address.

A page may have to go on from what its reader may not see, and an id tells when something happened. What is
sealed is the bytes XOR the keystream HMAC-SHA256(key, nonce and counter), with a random nonce, and a MAC over
both. The key is derived from the secret key and a *scope*, such as a feed: elsewhere it is no cursor, or one
could measure an id by what is older in another feed. Two seals of the same bytes differ, for who may choose
where to read from would see them change.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from activitystream.ids import MAX_ID
from activitystream.spaces import current

__all__ = ["is_sealed", "seal", "seal_id", "unseal", "unseal_id"]

MARK = "s"
SALT = "activitystream.feeds.sealed"
NONCE = 12
"""Bytes that are drawn for each: 2**40 seals of one key share one with a probability of 2**-17."""
TAG = 10
"""Bytes of the MAC."""
ID = 8


def is_sealed(cursor: Any) -> bool:
    """Whether this looks like a sealed cursor: others are ids, or begin with another letter."""
    return isinstance(cursor, str) and cursor.startswith(MARK)


def seal(payload: bytes, scope: str) -> str:
    """The text that stands for these bytes in this scope."""
    key, nonce = _key(settings.SECRET_KEY, scope), secrets.token_bytes(NONCE)
    return _text(nonce, _crypt(key, nonce, payload), key)


def unseal(text: str, scope: str) -> bytes:
    """The inverse; ValueError if it was not sealed in this scope, with SECRET_KEY or one of its fallbacks."""
    packed = urlsafe_b64decode(text.removeprefix(MARK).encode() + b"==")
    nonce, hidden = packed[:NONCE], packed[NONCE:-TAG]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = _key(secret, scope)
        if constant_time_compare(text, _text(nonce, hidden, key)):
            return _crypt(key, nonce, hidden)
    raise ValueError("it was not sealed here")


def seal_id(id: int, scope: str) -> str:
    """The same for an id."""
    return seal(id.to_bytes(ID), scope)


def unseal_id(text: str, scope: str) -> int:
    """The inverse; ValueError if it is none."""
    payload = unseal(text, scope)
    id = int.from_bytes(payload)
    if len(payload) != ID or id > MAX_ID:
        raise ValueError("it is no id")
    return id


def _key(secret: str | bytes, scope: str) -> bytes:
    space = current()  # the same feed of two tenants is two scopes
    where = f"{space}\n{scope}" if space else scope
    return salted_hmac(SALT, where, secret=secret, algorithm="sha256").digest()


def _text(nonce: bytes, hidden: bytes, key: bytes) -> str:
    tag = hmac.digest(key, b"tag" + nonce + hidden, "sha256")[:TAG]
    return MARK + urlsafe_b64encode(nonce + hidden + tag).decode().rstrip("=")


def _crypt(key: bytes, nonce: bytes, payload: bytes) -> bytes:
    """It is its own inverse."""
    return bytes(a ^ b for a, b in zip(payload, _keystream(key, nonce), strict=False))


def _keystream(key: bytes, nonce: bytes) -> Iterator[int]:
    counter = 0
    while True:
        yield from hmac.digest(key, b"key" + nonce + counter.to_bytes(4), "sha256")
        counter += 1
