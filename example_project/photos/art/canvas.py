"""A small drawing board: shapes and gradients in, one SVG text out."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 1200, 800

Point = tuple[float, float]


def mix(first: str, second: str, share: float) -> str:
    """The colour that lies `share` (0 to 1) of the way from the first to the second `#rrggbb`."""
    a, b = (tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in (first, second))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


def num(value: float) -> str:
    """A coordinate, to one decimal: finer is not seen, and makes the file longer."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Light:
    """The colours of an hour: sky from the top down, the sun or moon, and the land far and near."""

    sky: tuple[str, str, str]
    sun: str
    far: str
    near: str
    dark: bool = False


LIGHTS = {
    "dawn": Light(("#7ea6c9", "#eec4b4", "#ffe6c7"), "#fff4dc", "#b3a2bd", "#3b3450"),
    "noon": Light(("#3f8fce", "#9bcdea", "#e8f5f5"), "#ffffff", "#93bac4", "#2c5b4b"),
    "gold": Light(("#e9803f", "#f8b264", "#ffe6b0"), "#fff6d8", "#de9a66", "#43262f"),
    "dusk": Light(("#2a2c5c", "#8c4f82", "#f4966d"), "#ffdca6", "#80507f", "#191732"),
    "rose": Light(("#b9607f", "#ec9c90", "#fcdcbc"), "#fff0dc", "#c07f93", "#3c2339"),
    "mist": Light(("#b9cdd2", "#d6e1df", "#f0f1ea"), "#ffffff", "#bccbca", "#37534f"),
    "teal": Light(("#0f5264", "#449a9c", "#d3ecd9"), "#fdf8dc", "#62a09f", "#0b2f38"),
    "night": Light(("#0a1230", "#1c2d5a", "#41588a"), "#f5efdc", "#2c3f6b", "#070b1d", dark=True),
}


class Canvas:
    """Collects shapes. Everything random comes from `rng`, so one seed is always one picture."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)
        self.defs: list[str] = []
        self.body: list[str] = []

    def add(self, text: str) -> None:
        self.body.append(text)

    def gradient(self, *stops: str | tuple[float, str, float], across: bool = False) -> str:
        """A linear gradient, from the top down or from left to right; gives what `fill` takes."""
        return self._define("linearGradient", 'x2="1"' if across else 'x2="0" y2="1"', stops)

    def radial(self, *stops: str | tuple[float, str, float]) -> str:
        return self._define("radialGradient", "", stops)

    def _define(self, tag: str, attrs: str, stops: Sequence[str | tuple[float, str, float]]) -> str:
        name = f"g{len(self.defs)}"
        last = max(len(stops) - 1, 1)
        full = [stop if isinstance(stop, tuple) else (i / last, stop, 1.0) for i, stop in enumerate(stops)]
        inner = "".join(
            f'<stop offset="{offset:.2f}" stop-color="{colour}"'
            + (f' stop-opacity="{opacity:.2f}"' if opacity < 1 else "")
            + "/>"
            for offset, colour, opacity in full
        )
        self.defs.append(f'<{tag} id="{name}" {attrs}>{inner}</{tag}>')
        return f"url(#{name})"

    def blur(self, deviation: float) -> str:
        name = f"g{len(self.defs)}"
        self.defs.append(
            f'<filter id="{name}" x="-30%" y="-30%" width="160%" height="160%">'
            f'<feGaussianBlur stdDeviation="{num(deviation)}"/></filter>'
        )
        return f"url(#{name})"

    def rect(self, x: float, y: float, width: float, height: float, fill: str, more: str = "") -> None:
        self.add(
            f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"'
            f' fill="{fill}" {more}/>'
        )

    def circle(self, x: float, y: float, radius: float, fill: str, more: str = "") -> None:
        self.add(f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}" fill="{fill}" {more}/>')

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, more: str = "") -> None:
        self.add(f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}" fill="{fill}" {more}/>')

    def path(self, d: str, fill: str = "none", more: str = "") -> None:
        self.add(f'<path d="{d}" fill="{fill}" {more}/>')

    def polygon(self, points: Sequence[Point], fill: str, more: str = "") -> None:
        self.path("M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + "z", fill, more)

    # What many scenes share.

    def sky(self, light: Light, height: float = HEIGHT) -> None:
        self.rect(0, 0, WIDTH, height, self.gradient(*light.sky))

    def sun(self, x: float, y: float, radius: float, colour: str, glow: float = 5.0) -> None:
        """A disc and the light around it, `glow` times as wide."""
        halo = self.radial((0, colour, 0.75), (0.25, colour, 0.35), (1, colour, 0.0))
        self.circle(x, y, radius * glow, halo)
        self.circle(x, y, radius, colour)

    def ridge(self, base: float, height: float, waves: int = 3, step: float = 30) -> list[Point]:
        """A smooth skyline across the whole width: a few sines of random phase."""
        parts = [
            (self.rng.uniform(0.5, 1.3) * (i + 1), self.rng.uniform(0, math.tau), 1 / (i + 1))
            for i in range(waves)
        ]
        total = sum(weight for _, _, weight in parts)
        points = []
        x = -step
        while x <= WIDTH + step:
            y = sum(w * math.sin(f * x / WIDTH * math.tau + p) for f, p, w in parts) / total
            points.append((x, base - height * y))
            x += step
        return points

    def crag(self, base: float, height: float, roughness: float = 0.55, depth: int = 7) -> list[Point]:
        """A jagged skyline: the middle of each piece is moved up or down, less each time."""
        ys = [self.rng.uniform(-0.6, 0.6), self.rng.uniform(0.2, 1), self.rng.uniform(-0.6, 0.6)]
        reach = 0.7
        for _ in range(depth - 1):
            longer = []
            for a, b in pairwise(ys):
                longer += [a, (a + b) / 2 + self.rng.uniform(-reach, reach)]
            ys = [*longer, ys[-1]]
            reach *= roughness
        step = (WIDTH + 40) / (len(ys) - 1)
        return [(i * step - 20, base - height * y) for i, y in enumerate(ys)]

    def land(self, skyline: Sequence[Point], fill: str, bottom: float = HEIGHT, more: str = "") -> None:
        """Fills what is below a skyline."""
        first, last = skyline[0][0], skyline[-1][0]
        self.polygon([*skyline, (last, bottom), (first, bottom)], fill, more)

    def soft(self, skyline: Sequence[Point], fill: str, bottom: float = HEIGHT, more: str = "") -> None:
        """As `land`, with the corners of the skyline rounded."""
        self.path(
            f"{smooth(skyline)}L{num(skyline[-1][0])} {num(bottom)}L{num(skyline[0][0])} {num(bottom)}z",
            fill,
            more,
        )

    def birds(self, count: int, colour: str, top: float = 130, bottom: float = 330) -> None:
        x, y = self.rng.uniform(250, 900), self.rng.uniform(top, bottom)
        d = ""
        for _ in range(count):
            bx, by, s = x + self.rng.gauss(0, 70), y + self.rng.gauss(0, 32), self.rng.uniform(7, 13)
            d += (
                f"M{num(bx - s)} {num(by - s * 0.35)}q{num(s * 0.6)} {num(-s * 0.3)} {num(s)} {num(s * 0.45)}"
            )
            d += f"q{num(s * 0.4)} {num(-s * 0.75)} {num(s)} {num(-s * 0.45)}"
        self.path(d, "none", f'stroke="{colour}" stroke-width="2.6" stroke-linecap="round"')

    def cloud(self, x: float, y: float, width: float, colour: str, opacity: float = 0.8) -> None:
        """A flat-bottomed heap of circles."""
        h = width * 0.16
        d = f"M{num(x)} {num(y)}h{num(width)}a{num(h)} {num(h)} 0 0 0 {num(-h * 0.6)} {num(-h * 1.5)}"
        d += f"a{num(h * 1.3)} {num(h * 1.3)} 0 0 0 {num(-h * 2)} {num(-h * 0.7)}"
        d += f"a{num(h * 1.5)} {num(h * 1.5)} 0 0 0 {num(-h * 2.3)} {num(h * 0.7)}"
        d += f"a{num(h)} {num(h)} 0 0 0 {num(-width + h * 4.9)} {num(h * 1.5)}z"
        self.path(d, self.gradient((0, colour, opacity), (1, colour, opacity * 0.25)))

    def stars(self, count: int, bottom: float) -> None:
        d: dict[float, str] = {1.6: "", 2.6: "", 4.0: ""}
        for _ in range(count):
            size = self.rng.choice([1.6, 1.6, 1.6, 1.6, 2.6, 2.6, 4.0])
            y = bottom * self.rng.random() ** 1.2
            d[size] += f"M{num(self.rng.uniform(0, WIDTH))} {num(y)}h0"
        for size, path in d.items():
            opacity = f'opacity="{0.45 + size * 0.12:.2f}"'
            more = f'stroke="#fff" stroke-width="{size}" stroke-linecap="round" {opacity}'
            self.path(path, "none", more)

    def pine(self, x: float, foot: float, height: float) -> str:
        """The outline of a pine, as a piece of a path: many make one shape."""
        tiers = 4
        w = height * self.rng.uniform(0.17, 0.23)
        right, left = "", ""
        for i in range(1, tiers + 1):
            y = foot - height + height * 0.92 * i / tiers
            reach = w * i / tiers
            back = reach * 0.45
            right += (
                f"L{num(x + reach)} {num(y)}L{num(x + (back if i < tiers else w * 0.12))}"
                f" {num(y - height * 0.03)}"
            )
            left = (
                f"L{num(x - (back if i < tiers else w * 0.12))} {num(y - height * 0.03)}"
                f"L{num(x - reach)} {num(y)}" + left
            )
        return f"M{num(x)} {num(foot - height)}{right}V{num(foot)}H{num(x - w * 0.12)}{left}z"

    def svg(self, width: int = WIDTH, height: int = HEIGHT) -> str:
        defs = f"<defs>{''.join(self.defs)}</defs>" if self.defs else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}">{defs}{"".join(self.body)}</svg>'
        )


def smooth(points: Sequence[Point]) -> str:
    """A path through the middles of the pieces, each corner being the control point of a curve."""
    x, y = points[0]
    d = f"M{num(x)} {num(y)}"
    for (ax, ay), (bx, by) in pairwise(points[1:]):
        d += f"Q{num(ax)} {num(ay)} {num((ax + bx) / 2)} {num((ay + by) / 2)}"
    return d + f"L{num(points[-1][0])} {num(points[-1][1])}"
