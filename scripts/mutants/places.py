"""Where things are: the tree, the packages that are broken, and what is kept between runs."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".mutants"
KNOWN = ROOT / "tests" / "mutants.txt"
PACKAGES = [f"activitystream/{name}" for name in ("streams", "publishing", "feeds", "graph", "journal")]
