"""Hills, peaks, dunes, meadows."""

from __future__ import annotations

import math

from .canvas import HEIGHT, WIDTH, Canvas, Light, Point, mix, num


def hills(c: Canvas, light: Light) -> None:
    c.sky(light)
    x = c.rng.uniform(220, 980)
    c.sun(x, c.rng.uniform(200, 330), c.rng.uniform(38, 62), light.sun)
    layers = 6
    for i in range(layers):
        share = i / (layers - 1)
        base = 410 + 300 * share**1.15
        line = c.ridge(base, 75 - 32 * share, waves=3)
        colour = mix(light.far, light.near, share**0.9)
        c.soft(line, c.gradient(colour, mix(colour, light.sky[2], 0.42 * (1 - share))))
        if i == layers - 2:
            _copse(c, line, mix(light.near, light.far, 0.1))
    c.birds(5, mix(light.near, light.sky[1], 0.25))


def _copse(c: Canvas, line: list[Point], colour: str) -> None:
    d = ""
    start = c.rng.randrange(4, len(line) - 18)
    for x, y in line[start : start + 12]:
        for _ in range(2):
            d += c.pine(x + c.rng.uniform(-16, 16), y + 12, c.rng.uniform(45, 105))
    c.path(d, colour)


def peaks(c: Canvas, light: Light) -> None:
    """A snowy range above a lake that mirrors it."""
    shore = 520.0
    c.sky(light, shore)
    c.sun(c.rng.uniform(150, 1050), c.rng.uniform(90, 190), c.rng.uniform(26, 44), light.sun)
    c.add('<g id="range">')
    c.land(c.crag(shore - 170, 110), c.gradient(mix(light.far, light.sky[1], 0.45), light.sky[2]), shore)
    count = c.rng.choice([3, 4])
    tops = [
        ((i + 0.5) * WIDTH / count + c.rng.uniform(-70, 70), c.rng.uniform(130, 290)) for i in range(count)
    ]
    for x, y in sorted(tops, key=lambda top: top[1]):
        _peak(c, light, x, y, shore)
    d = "".join(c.pine(c.rng.uniform(-20, WIDTH + 20), shore + 2, c.rng.uniform(34, 92)) for _ in range(90))
    c.path(d, mix(light.near, light.far, 0.12))
    c.add("</g>")
    _mirror(c, light, shore, "range")


def _peak(c: Canvas, light: Light, x: float, y: float, shore: float) -> None:
    half = (shore - y) * c.rng.uniform(0.85, 1.1)
    lit, shade = mix(light.far, light.sky[2], 0.15), mix(light.far, light.near, 0.55)

    def slope(side: float) -> list[Point]:
        steps = 9
        return [
            (
                x + side * half * i / steps + (c.rng.uniform(-12, 12) if i > 0 else 0),
                y + (shore - y) * i / steps + (c.rng.uniform(-16, 16) if 0 < i < steps else 0),
            )
            for i in range(steps + 1)
        ]

    left, right = slope(-1), slope(1)
    fold = [(x + c.rng.uniform(-34, 26) * min(i, 3) / 2, y + (shore - y) * i / 9) for i in range(1, 10)]
    c.polygon([*left, (x, shore), *reversed(fold)], c.gradient(lit, mix(lit, light.sky[2], 0.5)))
    c.polygon([*right, (x, shore), *reversed(fold)], c.gradient(shade, mix(shade, light.far, 0.75)))
    snow, snow_shade = mix("#ffffff", light.sky[2], 0.18), mix("#ffffff", shade, 0.5)
    low = [(px, py + c.rng.uniform(14, 60)) for px, py in _between(left[3], fold[2], 5)]
    c.polygon([*left[:4], *low, *reversed(fold[:3])], snow)
    low = [(px, py + c.rng.uniform(14, 60)) for px, py in _between(right[3], fold[2], 5)]
    c.polygon([*right[:4], *low, *reversed(fold[:3])], snow_shade)


def _between(a: Point, b: Point, count: int) -> list[Point]:
    """Points on the way from a to b, every other one drawn back up: the ragged edge of snow."""
    out = []
    for i in range(1, count):
        share = i / count
        lift = 34 if i % 2 else 0
        out.append((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share - lift))
    return out


def _mirror(c: Canvas, light: Light, shore: float, group: str) -> None:
    depth = HEIGHT - shore
    c.rect(0, shore, WIDTH, depth, c.gradient(light.sky[2], light.sky[1], light.sky[0]))
    # A mirror image, pressed together: what is high above the shore lies deep in the water.
    c.add(f'<svg y="{num(shore)}" width="{WIDTH}" height="{num(depth)}" viewBox="0 0 {WIDTH} {num(depth)}">')
    c.add(
        f'<use href="#{group}" transform="translate(0 {num(shore * 0.75)}) scale(1 -.75)"'
        ' opacity=".5"/></svg>'
    )
    c.rect(
        0,
        shore,
        WIDTH,
        depth,
        c.gradient((0, light.sky[0], 0.0), (1, mix(light.sky[0], light.near, 0.5), 0.6)),
    )
    d = ""
    for _ in range(46):
        y = shore + 8 + (depth - 10) * c.rng.random() ** 1.4
        w = c.rng.uniform(30, 190) * (0.5 + (y - shore) / depth)
        d += f"M{num(c.rng.uniform(-60, WIDTH))} {num(y)}h{num(w)}"
    c.path(d, "none", 'stroke="#fff" stroke-width="1.8" stroke-linecap="round" opacity=".2"')


def dunes(c: Canvas, light: Light) -> None:
    c.sky(light)
    c.sun(c.rng.uniform(200, 1000), c.rng.uniform(170, 290), c.rng.uniform(44, 74), light.sun)
    sand, shade = mix("#eebc7c", light.sky[2], 0.25), mix(light.near, "#a8552f", 0.45)
    layers = 5
    for i in range(layers):
        share = i / (layers - 1)
        base = 430 + 270 * share
        x, top = c.rng.uniform(150, 1050), base - c.rng.uniform(70, 130) * (0.6 + share * 0.5)
        foot = base + 130
        face = mix(mix(sand, light.sky[2], 0.55), sand, share)
        dark = mix(mix(shade, light.sky[1], 0.6), shade, share)
        crest = f"C{num(x + 170)} {num(top + 8)} {num((x + 1210) / 2)} {num(base + 20)} 1210 {num(base)}"
        c.path(
            f"M-10 {num(base + 30)}"
            f"C{num(x * 0.45)} {num(base + 10)} {num(x - 160)} {num(top)} {num(x)} {num(top)}"
            f"{crest}V800H-10z",
            c.gradient(face, mix(face, dark, 0.4)),
        )
        # The side away from the sun: its edge runs from the crest to the foot in one long S.
        c.path(
            f"M{num(x)} {num(top)}{crest}V{num(foot + 130)}"
            f"C{num(x + 330)} {num(foot + 130)} {num(x - 190)} {num(foot + 70)} "
            f"{num(x - 60)} {num(base + 20)}"
            f"C{num(x - 15)} {num(top + 60)} {num(x + 24)} {num(top + 30)} {num(x)} {num(top)}z",
            c.gradient(dark, mix(dark, face, 0.55)),
        )
    _walkers(c, light)


def _walkers(c: Canvas, light: Light) -> None:
    x, y = c.rng.uniform(150, 500), 700.0
    for i in range(c.rng.randrange(2, 5)):
        px, py = x + i * 34, y - i * 3
        c.path(f"M{num(px)} {num(py)}l3 -26q1 -9 7 -9t7 9l3 26z", light.near, 'opacity=".85"')
        c.circle(px + 10, py - 41, 5, light.near, 'opacity=".85"')
        c.path(f"M{num(px + 4)} {num(py)}l70 12l-60 -6z", light.near, 'opacity=".25"')


PETALS = (
    ("#e4572e", "#ffb3a1"),
    ("#f2b134", "#fff0c2"),
    ("#d8547e", "#fbd3df"),
    ("#7d6bd6", "#ddd6ff"),
    ("#ffffff", "#f6e6a8"),
)


def meadow(c: Canvas, light: Light) -> None:
    c.sky(light)
    c.sun(c.rng.uniform(200, 1000), c.rng.uniform(120, 220), 40, light.sun)
    for _ in range(4):
        c.cloud(c.rng.uniform(-80, 980), c.rng.uniform(110, 300), c.rng.uniform(180, 360), "#ffffff", 0.75)
    green = mix("#5f9a52", light.near, 0.3)
    for i in range(4):
        share = i / 3
        colour = mix(mix(green, light.sky[2], 0.62), green, share)
        c.soft(c.ridge(390 + 90 * share, 34), c.gradient(colour, mix(colour, light.near, 0.35)))
    flowers = c.rng.sample(PETALS, 3)
    grass = ["", "", ""]
    heads: list[tuple[float, float, float, tuple[str, str]]] = []
    for _ in range(150):
        depth = c.rng.random() ** 0.8
        x, foot, size = c.rng.uniform(-10, WIDTH + 10), 520 + 310 * depth, 4 + 20 * depth**1.5
        stem = size * c.rng.uniform(3.0, 5.5)
        lean = c.rng.uniform(-0.25, 0.25) * stem
        grass[int(depth * 2.99)] += (
            f"M{num(x)} {num(foot)}q{num(lean * 0.2)} {num(-stem * 0.6)} {num(lean)} {num(-stem)}"
        )
        heads.append((foot, x + lean, size, c.rng.choice(flowers)))
    for level, d in enumerate(grass):
        c.path(
            d,
            "none",
            f'stroke="{mix(green, light.near, 0.25 + level * 0.25)}" stroke-width="{2 + level * 1.5}"',
        )
    for foot, x, size, (petal, heart) in sorted(heads):
        y = foot - size * 4.2
        d = "".join(
            f"M{num(x)} {num(y)}m{num(size * 0.55 * math.cos(a))} {num(size * 0.42 * math.sin(a))}"
            f"m{num(-size * 0.5)} 0a{num(size * 0.5)} {num(size * 0.44)} 0 1 0 {num(size)} 0"
            f"a{num(size * 0.5)} {num(size * 0.44)} 0 1 0 {num(-size)} 0"
            for a in (k * math.tau / 5 + x for k in range(5))
        )
        c.path(d, petal)
        c.circle(x, y, size * 0.3, heart)
