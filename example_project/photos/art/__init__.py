"""Photos and faces, drawn by code: the same name and seed always give the same picture.

The demo has no uploads and no image library; `photo()` and `face()` give SVG texts of 3 to 60 kB.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from . import air, close, land, town, water
from .canvas import LIGHTS, Canvas, Light
from .faces import face

__all__ = ["SCENES", "face", "photo"]

#: scene: (what draws it, the hours that suit it)
SCENES: dict[str, tuple[Callable[[Canvas, Light], None], tuple[str, ...]]] = {
    "hills": (land.hills, ("dawn", "gold", "dusk", "rose", "mist", "teal")),
    "peaks": (land.peaks, ("dawn", "noon", "rose", "teal", "dusk")),
    "dunes": (land.dunes, ("gold", "rose", "dawn", "dusk")),
    "meadow": (land.meadow, ("noon", "dawn", "mist")),
    "sea": (water.sea, ("gold", "dusk", "rose", "dawn", "teal")),
    "canal": (water.canal, ("noon", "dawn", "rose", "night")),
    "pines": (air.pines, ("mist", "teal", "dawn", "gold", "dusk")),
    "stars": (air.stars, ("night",)),
    "aurora": (air.aurora, ("night",)),
    "balloons": (air.balloons, ("dawn", "rose", "gold", "noon")),
    "skyline": (town.skyline, ("dusk", "night", "rose", "gold", "teal")),
    "village": (town.village, ("noon", "dawn", "gold", "rose")),
    "courtyard": (town.courtyard, ("noon",)),
    "leaves": (close.leaves, ("noon",)),
    "table": (close.table, ("noon",)),
}


@lru_cache(maxsize=256)
def photo(scene: str, seed: int) -> str:
    """The SVG of a photo. KeyError for a scene that does not exist."""
    draw, hours = SCENES[scene]
    canvas = Canvas(f"{scene}:{seed}")
    draw(canvas, LIGHTS[hours[seed % len(hours)]])
    return canvas.svg()
