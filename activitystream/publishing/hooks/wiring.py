"""Which signals are listened to for a registered model."""

from __future__ import annotations

from collections.abc import Iterator

from activitystream.registry import ModelActivity
from activitystream.routers import primary_reads

from . import links, parts, rows
from .senders import Wire

__all__ = ["connect", "disconnect"]


def connect(options: ModelActivity) -> None:
    """Listen to the signals of a registered model (and of its proxies, which send their own; and, for what is
    kept of its rows, of the models derived from it: a save of theirs sends none for the parent)."""
    for signal, sender, receiver, uid in _wiring(options):
        receiver = primary_reads()(receiver)
        signal.connect(receiver, sender=sender, weak=False, dispatch_uid=uid)


def disconnect(options: ModelActivity) -> None:
    """Listen no longer."""
    for signal, sender, _receiver, uid in _wiring(options):
        signal.disconnect(sender=sender, dispatch_uid=uid)


def _wiring(options: ModelActivity) -> Iterator[Wire]:
    yield from rows.wiring(options)
    yield from links.wiring(options)
    yield from parts.wiring(options)
