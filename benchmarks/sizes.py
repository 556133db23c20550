"""How much of everything there is."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "Sizes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What the rows are measured on."""

    rounds: int
    """How often both sides of a row run, in turn; the medians count."""
    streams: int
    """Warm streams that one id is written to."""
    followers: int
    """Of the one whose activity is published."""
    people: int
    """Who did what is in homes; readers follow some of them."""
    followees: int
    """Of the reader in most rows."""
    many_followees: int
    activities: int
    """In the table, for the cold home; a tenth of them to see how it grows."""
    connections: int
    """Live feeds that are open at once."""
    table: int
    """In the table, for all rows after that."""


LENGTH = 800
"""Ids in a stream: the default of MAX_LENGTH."""
FEW = 10
"""Followees of the reader who follows few."""

FULL = Sizes(
    rounds=7,
    streams=10_000,
    followers=100_000,
    people=20_000,
    followees=1_000,
    many_followees=10_000,
    activities=1_000_000,
    connections=1_000,
    table=2_000_000,
)
QUICK = Sizes(
    rounds=3,
    streams=2_000,
    followers=10_000,
    people=12_000,
    followees=1_000,
    many_followees=10_000,
    activities=40_000,
    connections=200,
    table=80_000,
)
