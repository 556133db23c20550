"""Close-ups: leaves, and a table seen from above."""

from __future__ import annotations

import math

from .canvas import HEIGHT, WIDTH, Canvas, Light, mix, num

GROUNDS = (
    ("#123c36", ("#2f7a5c", "#1f5c4a", "#58a06f", "#8cc084"), "#f2b872"),
    ("#f3e6d3", ("#5b7f63", "#87a57c", "#c0703f", "#37584a"), "#d9583b"),
    ("#2b2440", ("#6b4f8f", "#3f6f86", "#9a6fb0", "#4fa08c"), "#f3a6b0"),
    ("#f6d9cf", ("#356859", "#6a9a7c", "#b4553f", "#224a41"), "#f4b942"),
)


def leaves(c: Canvas, light: Light) -> None:
    ground, greens, berry = c.rng.choice(GROUNDS)
    c.rect(0, 0, WIDTH, HEIGHT, c.radial(mix(ground, "#ffffff", 0.16), ground, mix(ground, "#000000", 0.18)))
    for layer in range(3):
        share = layer / 2
        for _ in range(9):
            angle = c.rng.uniform(0, 360)
            edge = 470 - 90 * share
            x = WIDTH / 2 + math.cos(math.radians(angle)) * edge * 1.35
            y = HEIGHT / 2 + math.sin(math.radians(angle)) * edge * 0.92
            colour = mix(ground, c.rng.choice(greens), 0.5 + 0.5 * share)
            turn = angle - 90 + c.rng.uniform(-38, 38) + 180
            _leaf(c, x, y, turn, c.rng.uniform(210, 380) * (0.75 + 0.35 * share), colour)
    for _ in range(c.rng.randrange(7, 13)):
        x, y, r = c.rng.gauss(600, 190), c.rng.gauss(400, 120), c.rng.uniform(10, 24)
        c.circle(x + 4, y + 6, r, mix(ground, "#000000", 0.5), 'opacity=".35"')
        c.circle(x, y, r, c.radial(mix(berry, "#ffffff", 0.35), berry))


def _leaf(c: Canvas, x: float, y: float, turn: float, size: float, colour: str) -> None:
    w = size * c.rng.uniform(0.22, 0.36)
    outline = (
        f"M0 0C{num(w)} {num(size * 0.2)} {num(w)} {num(size * 0.65)} 0 {num(size)}"
        f"C{num(-w)} {num(size * 0.65)} {num(-w)} {num(size * 0.2)} 0 0z"
    )
    c.add(f'<g transform="translate({num(x)} {num(y)}) rotate({num(turn)})">')
    c.path(outline, "#000", 'opacity=".2" transform="translate(9 9)"')
    c.path(outline, c.gradient(mix(colour, "#ffffff", 0.16), colour))
    c.path(
        f"M0 0C{num(w)} {num(size * 0.2)} {num(w)} {num(size * 0.65)} 0 {num(size)}z", "#000", 'opacity=".12"'
    )
    veins = f"M0 0V{num(size * 0.97)}"
    for i in range(2, 8):
        at = size * i / 9
        reach = w * 0.62 * math.sin(math.pi * i / 9)
        veins += f"M0 {num(at)}l{num(reach)} {num(size * 0.09)}M0 {num(at)}l{num(-reach)} {num(size * 0.09)}"
    c.path(veins, "none", f'stroke="{mix(colour, "#ffffff", 0.45)}" stroke-width="2.4" opacity=".65"')
    c.add("</g>")


CLOTHS = (
    ("#e9dcc9", "#c7d3cf"),
    ("#31525b", "#f2e9d8"),
    ("#d98e73", "#f7e7d6"),
    ("#4a3f55", "#e7c9b8"),
    ("#c9d6c2", "#fbf6ea"),
)
FRUIT = ("#ef8a32", "#e4573d", "#f0c23c", "#8fae4a", "#b6405a")


def table(c: Canvas, light: Light) -> None:
    cloth, ware = c.rng.choice(CLOTHS)
    c.rect(0, 0, WIDTH, HEIGHT, cloth)
    d = "".join(f"M{num(x)} 0V{HEIGHT}" for x in range(0, WIDTH + 1, 74))
    d += "".join(f"M0 {num(y)}H{WIDTH}" for y in range(0, HEIGHT + 1, 74))
    c.path(d, "none", f'stroke="{ware}" stroke-width="{c.rng.choice([3, 14, 26])}" opacity=".22"')
    x, y = c.rng.uniform(400, 520), c.rng.uniform(370, 440)
    _plate(c, x, y, 250, ware)
    for i in range(5):
        angle = i * math.tau / 5 + c.rng.uniform(-0.2, 0.2)
        _fruit(
            c,
            x + 105 * math.cos(angle),
            y + 105 * math.sin(angle),
            c.rng.uniform(56, 72),
            c.rng.choice(FRUIT),
        )
    _fruit(c, x, y, 64, c.rng.choice(FRUIT))
    _cup(c, c.rng.uniform(900, 960), c.rng.uniform(220, 300), ware, cloth)
    _plate(c, c.rng.uniform(880, 960), c.rng.uniform(610, 660), 130, mix(ware, "#ffffff", 0.4))
    for _ in range(3):
        _fruit(
            c, c.rng.uniform(870, 980), c.rng.uniform(570, 690), c.rng.uniform(26, 36), c.rng.choice(FRUIT)
        )
    # Light through a window: pale slanted panes over everything.
    tilt = c.rng.uniform(160, 300)
    for i in range(3):
        left = 60 + i * 390
        c.polygon(
            [(left, 0), (left + 250, 0), (left + 250 - tilt, HEIGHT), (left - tilt, HEIGHT)],
            "#fff8e0",
            'opacity=".2"',
        )


def _plate(c: Canvas, x: float, y: float, r: float, ware: str) -> None:
    c.circle(x + 16, y + 20, r, "#000", 'opacity=".18"')
    c.circle(x, y, r, ware)
    c.circle(x, y, r * 0.94, mix(ware, "#ffffff", 0.35))
    c.circle(x, y, r * 0.7, mix(ware, "#000000", 0.05))
    c.circle(x, y, r * 0.68, mix(ware, "#ffffff", 0.22))


def _fruit(c: Canvas, x: float, y: float, r: float, colour: str) -> None:
    c.ellipse(x + r * 0.16, y + r * 0.2, r, r, "#000", 'opacity=".2"')
    c.circle(x, y, r, c.gradient(mix(colour, "#ffffff", 0.22), mix(colour, "#5a1d10", 0.22)))
    c.ellipse(x - r * 0.32, y - r * 0.38, r * 0.28, r * 0.17, "#fff", 'opacity=".35"')
    c.path(
        f"M{num(x)} {num(y)}q{num(r * 0.3)} {num(-r * 0.5)} {num(r * 0.7)} {num(-r * 0.4)}"
        f"q{num(-r * 0.2)} {num(r * 0.4)} {num(-r * 0.7)} {num(r * 0.4)}z",
        "#4d7a45",
    )


def _cup(c: Canvas, x: float, y: float, ware: str, cloth: str) -> None:
    _plate(c, x, y, 150, ware)
    c.rect(
        x + 70,
        y - 22,
        92,
        44,
        mix(ware, "#000000", 0.1),
        'rx="22" transform="rotate(-28 ' + f'{num(x)} {num(y)})"',
    )
    c.circle(x + 6, y + 8, 98, "#000", 'opacity=".18"')
    c.circle(x, y, 98, mix(ware, "#ffffff", 0.55))
    c.circle(x, y, 84, c.radial("#8a5530", "#6b3d20", "#4a2815"))
    c.path(
        f"M{num(x - 40)} {num(y + 10)}q30 -52 74 -22q-14 44 -56 40q-26 -4 -18 -18z",
        "#e8cda8",
        'opacity=".85"',
    )
