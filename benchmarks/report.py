"""The table, and `results.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .row import Result

__all__ = ["line", "write"]

RESULTS = Path(__file__).parent / "results.json"
UNITS = ((1, "s"), (1e-3, "ms"), (1e-6, "µs"))


def line(result: Result) -> str:
    """A result in words."""
    if result.holds is None:
        return f"  -    {result.name}: not measured, {result.note}"
    assert result.ratio is not None
    verdict = "holds" if result.holds else "FAILS"
    ours, theirs = (cost(value, result.unit) for value in (result.ours, result.theirs))
    return (
        f"{verdict}  {result.name}: {ours}\n"
        f"       against {result.compared_with}: {theirs}\n"
        f"       {result.ratio:.2f} times (bound {result.bound})"
    )


def cost(value: float | None, unit: str) -> str:
    """A cost that a person can read."""
    assert value is not None
    if not unit.startswith("s"):
        return f"{value:.1f} {unit}"
    factor, name = next((pair for pair in UNITS if value >= pair[0]), UNITS[-1])
    rate = f" ({1 / value:,.0f}/s)" if unit != "s" else ""
    return f"{value / factor:.3g} {name}{unit[1:]}{rate}"


def write(results: Sequence[Result]) -> Path:
    """Write the rows as JSON; where to."""
    RESULTS.write_text(
        json.dumps([asdict(result) for result in results], indent=2, ensure_ascii=False) + "\n"
    )
    return RESULTS
