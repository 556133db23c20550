"""What is said of a document that cannot be taken."""

from __future__ import annotations

__all__ = ["Refused"]


class Refused(ValueError):
    """What cannot be taken, and why: the name of the property, and a sentence."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason
