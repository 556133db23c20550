"""Skies: stars, northern lights, balloons; and the woods beneath them."""

from __future__ import annotations

import math

from .canvas import HEIGHT, WIDTH, Canvas, Light, mix, num, smooth


def pines(c: Canvas, light: Light) -> None:
    """Rows of pines, each closer and darker, with mist between."""
    c.sky(light)
    c.sun(c.rng.uniform(250, 950), c.rng.uniform(150, 260), c.rng.uniform(40, 64), light.sun, glow=6)
    c.soft(c.ridge(360, 90), mix(light.far, light.sky[2], 0.55))
    rows = 5
    for row in range(rows):
        share = row / (rows - 1)
        base, height = 440 + 300 * share, 70 + 190 * share
        line = c.ridge(base, 46, waves=2, step=max(14, 12 + 34 * share))
        colour = mix(mix(light.far, light.sky[2], 0.25), light.near, share)
        d = ""
        for x, y in line:
            if c.rng.random() < 0.92:
                tall = height * c.rng.uniform(0.55, 1.15)
                d += c.pine(x + c.rng.uniform(-10, 10), y + 16 + tall * 0.09, tall)
        c.path(d, colour)
        c.soft(line, colour)
        if row < rows - 1:
            c.rect(
                0,
                base - 30,
                WIDTH,
                230,
                c.gradient((0, light.sky[2], 0.0), (0.6, light.sky[2], 0.5), (1, light.sky[2], 0.0)),
            )
    c.birds(5, mix(light.near, light.sky[1], 0.3), 120, 250)


def stars(c: Canvas, light: Light) -> None:
    """A night under the Milky Way, beside a lit tent."""
    tint = c.rng.choice(("#0a1230", "#101033", "#06202f", "#160f2e"))
    low = c.rng.choice(("#54508f", "#2f6f86", "#8a5a86", "#c0766a"))
    c.rect(0, 0, WIDTH, HEIGHT, c.gradient(tint, mix(tint, low, 0.35), low))
    tilt, x = c.rng.choice([-1, 1]) * c.rng.uniform(24, 52), c.rng.uniform(420, 780)
    soft = c.blur(48)
    c.add(f'<g transform="translate({num(x)} 320) rotate({num(tilt)})" filter="{soft}">')
    c.ellipse(0, 0, 150, 900, mix(low, "#ffffff", 0.25), 'opacity=".32"')
    for _ in range(9):
        fill = mix(low, c.rng.choice(("#ffffff", "#ffd9b0", "#b9c8ff")), 0.6)
        c.ellipse(
            c.rng.gauss(0, 40),
            c.rng.uniform(-520, 420),
            c.rng.uniform(30, 70),
            c.rng.uniform(60, 190),
            fill,
            'opacity=".28"',
        )
    c.ellipse(-16, -60, 16, 420, tint, 'opacity=".5"')
    c.add("</g>")
    d = "".join(f"M{num(c.rng.gauss(0, 84))} {num(c.rng.gauss(0, 360))}h0" for _ in range(420))
    c.path(
        d,
        "none",
        f'stroke="#fff" stroke-width="1.8" stroke-linecap="round" opacity=".7" '
        f'transform="translate({num(x)} 320) rotate({num(tilt)})"',
    )
    c.stars(200, 620)
    sx, sy = c.rng.uniform(100, 900), c.rng.uniform(60, 200)
    trail = c.gradient((0, "#ffffff", 0.0), (1, "#ffffff", 0.95), across=True)
    c.path(f"M{num(sx)} {num(sy)}l170 60l-4 4z", trail)
    near = "#070b1a"
    c.land(c.crag(590, 70), mix(near, low, 0.32))
    c.land(c.crag(650, 46), mix(near, low, 0.15))
    line = c.ridge(715, 22, waves=2)
    c.path(
        "".join(c.pine(px, py + 8, c.rng.uniform(40, 150)) for px, py in line if c.rng.random() < 0.55), near
    )
    c.soft(line, near)
    _tent(c, c.rng.uniform(250, 900))


def _tent(c: Canvas, x: float) -> None:
    c.circle(x, 700, 170, c.radial((0, "#ffb85c", 0.55), (1, "#ffb85c", 0.0)))
    c.path(f"M{num(x - 84)} 742L{num(x - 6)} 640L{num(x + 88)} 742z", c.gradient("#ffe3a3", "#f08a3c"))
    c.path(f"M{num(x - 6)} 640L{num(x + 88)} 742H{num(x + 26)}z", "#c9602a", 'opacity=".75"')
    c.path(f"M{num(x - 6)} 640L{num(x - 26)} 742H{num(x + 12)}z", "#fff3cf")


CURTAINS = (("#5df2b0", "#7d6bff"), ("#7af7c8", "#36c5d8"), ("#a5f56b", "#35c99a"), ("#6cf0c9", "#c86bd8"))


def aurora(c: Canvas, light: Light) -> None:
    c.rect(0, 0, WIDTH, HEIGHT, c.gradient("#050b1f", "#0b2440", "#1c5566"))
    c.stars(150, 520)
    low, high = c.rng.choice(CURTAINS)
    soft = c.blur(7)
    for _ in range(4):
        base, drop = c.rng.uniform(300, 480), c.rng.uniform(190, 330)
        line = c.ridge(base, c.rng.uniform(40, 100), waves=3, step=24)
        fill = c.gradient((0, high, 0.0), (0.45, high, 0.28), (0.86, low, 0.72), (1, low, 0.0))
        back = [(x, y - drop * (0.75 + 0.25 * math.sin(x / 61 + base))) for x, y in reversed(line)]
        c.path(f"{smooth(line)}L{smooth(back)[1:]}z", fill, f'filter="{soft}" opacity=".8"')
        rays = "".join(
            f"M{num(x + c.rng.uniform(-8, 8))} {num(y)}v{num(-drop * c.rng.uniform(0.35, 0.95))}"
            for x, y in line
        )
        c.path(rays, "none", f'stroke="{low}" stroke-width="9" opacity=".16" filter="{soft}"')
    c.land(c.crag(560, 90), mix("#123a4d", low, 0.12))
    snow = mix("#d8ecf2", low, 0.28)
    line = c.ridge(655, 26, waves=2)
    dark = "#06141f"
    c.path(
        "".join(
            c.pine(x + c.rng.uniform(-9, 9), y + 22, c.rng.uniform(50, 150)) for x, y in line for _ in (1, 2)
        ),
        dark,
    )
    c.soft(line, c.gradient(mix(snow, "#1c5566", 0.45), mix(snow, "#0b2440", 0.75)))
    _cabin(c, c.rng.uniform(250, 850), 690)


def _cabin(c: Canvas, x: float, y: float) -> None:
    c.circle(x + 50, y - 20, 150, c.radial((0, "#ffc46b", 0.4), (1, "#ffc46b", 0.0)))
    c.rect(x, y - 62, 118, 66, "#2b1a1c")
    c.polygon([(x - 16, y - 56), (x + 59, y - 122), (x + 134, y - 56)], "#e3f2f3")
    c.polygon([(x - 2, y - 56), (x + 59, y - 108), (x + 120, y - 56)], "#3a2326")
    for px in (14, 72):
        c.rect(x + px, y - 48, 30, 28, "#ffd27a", 'rx="2"')


STRIPES = (
    ("#d9483b", "#f7e3c3"),
    ("#e9a23b", "#8c3b2e"),
    ("#2f6f8f", "#f3d9a4"),
    ("#7b4b94", "#f2b5a0"),
    ("#3d8b6d", "#f6efd8"),
)


def balloons(c: Canvas, light: Light) -> None:
    c.sky(light)
    c.sun(c.rng.uniform(150, 1050), c.rng.uniform(380, 470), 54, light.sun, glow=6)
    for _ in range(5):
        c.cloud(c.rng.uniform(-80, 1000), c.rng.uniform(120, 430), c.rng.uniform(150, 330), "#ffffff", 0.55)
    for i in range(4):
        share = i / 3
        colour = mix(mix(light.far, light.sky[2], 0.3), light.near, share)
        c.soft(
            c.ridge(580 + 130 * share, 52 - 16 * share),
            c.gradient(colour, mix(colour, light.sky[2], 0.3 * (1 - share))),
        )
    spots = [(c.rng.uniform(70, 180), c.rng.uniform(0.14, 0.86), c.rng.uniform(150, 420)) for _ in range(2)]
    spots += [(c.rng.uniform(22, 54), c.rng.uniform(0.05, 0.95), c.rng.uniform(120, 470)) for _ in range(6)]
    for radius, share, y in sorted(spots):
        _balloon(c, light, share * WIDTH, y, radius)


def _balloon(c: Canvas, light: Light, x: float, y: float, r: float) -> None:
    one, two = c.rng.choice(STRIPES)
    far = max(0.0, 0.45 - r / 200)
    one, two = mix(one, light.sky[2], far), mix(two, light.sky[2], far)
    c.add(f'<g transform="translate({num(x)} {num(y)}) scale({r / 100:.2f})">')
    c.path("M-26 118L-13 156M26 118L13 156", "none", f'stroke="{light.near}" stroke-width="3"')
    c.rect(-16, 154, 32, 26, mix("#7a4b2a", light.near, 0.3), 'rx="4"')
    c.path(
        "M0 -100C62 -100 100 -54 100 0C100 52 50 84 26 120H-26C-50 84 -100 52 -100 0"
        "C-100 -54 -62 -100 0 -100z",
        one,
    )
    c.path(
        "M0 -100C38 -94 62 -50 62 0C62 50 32 84 17 120H-17C-32 84 -62 50 -62 0C-62 -50 -38 -94 0 -100z", two
    )
    c.path("M0 -100C16 -90 24 -50 24 0C24 50 12 84 7 120H-7C-12 84 -24 50 -24 0C-24 -50 -16 -90 0 -100z", one)
    shade = c.gradient((0, "#ffffff", 0.28), (0.5, "#ffffff", 0.0), (1, light.near, 0.38), across=True)
    c.path(
        "M0 -100C62 -100 100 -54 100 0C100 52 50 84 26 120H-26C-50 84 -100 52 -100 0"
        "C-100 -54 -62 -100 0 -100z",
        shade,
    )
    c.add("</g>")
