"""What people build: a skyline, a village on a slope, a courtyard."""

from __future__ import annotations

from .canvas import HEIGHT, WIDTH, Canvas, Light, mix, num


def skyline(c: Canvas, light: Light) -> None:
    c.sky(light)
    if light.dark:
        c.stars(70, 330)
    c.sun(c.rng.uniform(200, 1000), c.rng.uniform(190, 330), c.rng.uniform(60, 110), light.sun, glow=4)
    for level in range(4):
        share = level / 3
        colour = mix(mix(light.far, light.sky[2], 0.35), light.near, share)
        base = 660 + 40 * level
        d, windows = "", ""
        x = -20.0
        while x < WIDTH:
            w = c.rng.uniform(46, 112) * (0.75 + share * 0.5)
            h = c.rng.uniform(120, 330) * (1.15 - 0.35 * share)
            top = base - h
            d += _tower(c, x, top, w)
            if level >= 1:
                windows += _windows(c, x, top, w, 0.28 + 0.1 * level)
            x += w + c.rng.choice([0, 0, 5, 16])
        c.path(d, c.gradient(colour, mix(colour, light.sky[2], 0.42 * (1 - share))))
        lit = mix("#ffd27f", light.sun, 0.25) if light.dark or level == 3 else mix("#ffe3b0", colour, 0.45)
        c.path(windows, lit, f'opacity="{0.4 + 0.18 * level:.2f}"')


def _tower(c: Canvas, x: float, top: float, w: float) -> str:
    kind = c.rng.random()
    crown = f"V{num(top)}h{num(w)}"
    if kind < 0.14:
        crown = f"V{num(top)}l{num(w / 2)} -34l{num(w / 2)} 34"
    elif kind < 0.3:
        crown = f"V{num(top)}h{num(w * 0.2)}v-22h{num(w * 0.6)}v22h{num(w * 0.2)}"
    elif kind < 0.38:
        crown = f"V{num(top)}h{num(w * 0.47)}v-66h{num(w * 0.06)}v66h{num(w * 0.47)}"
    elif kind < 0.46:
        crown = f"V{num(top)}l{num(w)} -30v30"
    return f"M{num(x)} {HEIGHT}{crown}V{HEIGHT}z"


def _windows(c: Canvas, x: float, top: float, w: float, share: float) -> str:
    d = ""
    y = top + 16
    while y < HEIGHT - 20:
        px = x + 9
        while px < x + w - 11:
            if c.rng.random() < share * 0.75:
                d += f"M{num(px)} {num(y)}h6v9h-6z"
            px += 13
        y += 20
    return d


WALLS = ("#f6e7cf", "#f0c9a0", "#e9a587", "#f7f1e3", "#dfc3b0", "#efb8a0", "#f4d58d", "#d98b73")
ROOFS = ("#c25f3f", "#a94c37", "#d07850", "#b5583f")


def village(c: Canvas, light: Light) -> None:
    """Houses stacked on a slope above a bay."""
    c.sky(light)
    c.sun(c.rng.uniform(120, 500), c.rng.uniform(120, 210), 44, light.sun)
    horizon = 400.0
    water = mix("#3d86a6", light.sky[0], 0.4)
    c.soft(c.ridge(horizon - 8, 42, waves=4), mix(light.far, light.sky[2], 0.4), horizon)
    c.rect(0, horizon, WIDTH, 420, c.gradient(mix(water, light.sky[2], 0.55), water))
    d = "".join(
        f"M{num(c.rng.uniform(0, 900))} {num(horizon + 8 + 230 * c.rng.random())}"
        f"h{num(c.rng.uniform(20, 90))}"
        for _ in range(34)
    )
    c.path(d, "none", 'stroke="#fff" stroke-width="2.4" stroke-linecap="round" opacity=".4"')
    flip = c.rng.random() < 0.5
    if flip:
        c.add(f'<g transform="translate({WIDTH} 0) scale(-1 1)">')
    c.path(
        "M1210 250C1050 270 930 400 800 470S420 560 300 640S60 740 -10 730V810H1210z",
        mix("#7f9160", light.near, 0.35),
    )
    rows = 8
    for row in range(rows):
        share = row / (rows - 1)
        y = 330 + 450 * share
        x = 900 - 900 * share + c.rng.uniform(-30, 30)
        while x < WIDTH + 20:
            w = c.rng.uniform(70, 120) * (0.62 + 0.5 * share)
            _cottage(c, light, x, y + c.rng.uniform(-16, 16), w)
            x += w * c.rng.uniform(0.86, 1.16)
            if c.rng.random() < 0.24:
                _cypress(c, light, x, y + 20, 90 * (0.6 + 0.5 * share))
                x += 20
    if flip:
        c.add("</g>")


def _cottage(c: Canvas, light: Light, x: float, foot: float, w: float) -> None:
    wall = mix(c.rng.choice(WALLS), light.sky[1], 0.14)
    roof = mix(c.rng.choice(ROOFS), light.near, 0.12)
    h = w * c.rng.uniform(0.8, 1.25)
    top = foot - h
    c.rect(x, top, w, h + 130, c.gradient(wall, mix(wall, light.near, 0.12)))
    c.rect(x + w * 0.68, top, w * 0.32, h + 130, light.near, 'opacity=".13"')
    c.path(
        f"M{num(x - 6)} {num(top + 3)}l{num(w * 0.22)} {num(-w * 0.26)}h{num(w * 0.66)}"
        f"l{num(w * 0.12 + 12)} {num(w * 0.26)}z",
        roof,
    )
    glass, shutter = (
        mix(light.near, "#4a5560", 0.4),
        mix(c.rng.choice(("#4f7a6a", "#5d7f9b", "#8a4b3f")), wall, 0.15),
    )
    s = w * 0.13
    for row in range(2):
        for col in (0.24, 0.68):
            px, py = x + w * col - s / 2, top + h * (0.2 + row * 0.42)
            lit = "#ffd98a" if light.dark and c.rng.random() < 0.6 else glass
            c.rect(px - s * 0.62, py, s * 2.24, s * 1.6, shutter)
            c.rect(px, py, s, s * 1.6, lit)


def _cypress(c: Canvas, light: Light, x: float, foot: float, h: float) -> None:
    c.path(
        f"M{num(x)} {num(foot - h)}q{num(h * 0.2)} {num(h * 0.55)} 0 {num(h)}"
        f"q{num(-h * 0.2)} {num(-h * 0.45)} 0 {num(-h)}z",
        mix("#3d5a3f", light.near, 0.35),
    )


COURTS = (
    ("#e2725b", "#f2b5a0", "#b5452f", "#6fb3c9"),
    ("#d6a13a", "#f3d48a", "#a9731d", "#8fc1d4"),
    ("#c65f82", "#eda6b8", "#8f3b5c", "#f3c98b"),
    ("#3f7f8c", "#8fc0bd", "#245561", "#f2c9a0"),
    ("#e8e0d2", "#fbf7ee", "#c3b6a2", "#7fb0d6"),
)


def courtyard(c: Canvas, light: Light) -> None:
    """Flat walls, one arch, steps, and a shadow: the quiet kind of architecture picture."""
    wall, bright, shade, sky = c.rng.choice(COURTS)
    c.rect(0, 0, WIDTH, HEIGHT, c.gradient(sky, mix(sky, "#ffffff", 0.45)))
    if c.rng.random() < 0.5:
        c.circle(c.rng.uniform(180, 420), 150, 58, "#fffbe8", 'opacity=".95"')
    corner = c.rng.uniform(560, 760)
    left, right = c.rng.uniform(240, 330), c.rng.uniform(110, 210)
    c.polygon(
        [(0, left), (corner, left - 60), (corner, 690), (0, 730)], c.gradient(bright, wall, across=True)
    )
    c.polygon(
        [(corner, right), (WIDTH, right - 70), (WIDTH, 730), (corner, 690)],
        c.gradient(shade, mix(shade, wall, 0.35)),
    )
    c.polygon(
        [(0, 730), (corner, 690), (WIDTH, 730), (WIDTH, HEIGHT), (0, HEIGHT)], mix(bright, "#ffffff", 0.25)
    )
    x, w, top = c.rng.uniform(150, corner - 300), 190.0, left + 130
    c.path(
        f"M{num(x)} 722V{num(top + w / 2)}a{num(w / 2)} {num(w / 2)} 0 0 1 {num(w)} 0V713z",
        c.gradient(mix(shade, "#1d1a2b", 0.3), mix(shade, "#1d1a2b", 0.65)),
    )
    c.path(
        f"M{num(x + 34)} 720V{num(top + w / 2)}a{num(w / 2)} {num(w / 2)} 0 0 1 {num(w - 34)} -30V713z",
        sky,
        'opacity=".55"',
    )
    c.polygon([(0, left), (corner, left - 60), (corner, left + 60), (0, left + 230)], shade, 'opacity=".4"')
    steps = 6
    for i in range(steps):
        px, py = corner + 60 + i * 72, 715 - i * 62
        c.polygon(
            [(px, py), (WIDTH, py + 14), (WIDTH, 735 + i), (px, 716 + i)],
            mix(bright, shade, 0.12 + 0.1 * (i % 2)),
        )
        c.polygon(
            [(px, py), (WIDTH, py + 14), (WIDTH, py - 4), (px + 26, py - 18)], mix(bright, "#ffffff", 0.35)
        )
    _agave(c, c.rng.uniform(60, 150), 765)
    _agave(c, corner - c.rng.uniform(60, 110), 745, 0.7)


def _agave(c: Canvas, x: float, y: float, size: float = 1.0) -> None:
    green = c.rng.choice(("#3f6b54", "#56824f", "#2f5b5d"))
    for i in range(9):
        lean = (i - 4) * 30 * size + c.rng.uniform(-9, 9)
        tall = (190 - abs(i - 4) * 28) * size
        c.path(
            f"M{num(x - 9)} {num(y)}"
            f"Q{num(x + lean * 0.2)} {num(y - tall * 0.6)} {num(x + lean)} {num(y - tall)}"
            f"Q{num(x + lean * 0.5 + 16)} {num(y - tall * 0.45)} {num(x + 9)} {num(y)}z",
            mix(green, "#ffffff" if i % 2 else "#10241d", 0.16),
        )
    c.path(
        f"M{num(x - 40 * size)} {num(y - 6)}h{num(80 * size)}l{num(-12 * size)} {num(54 * size)}"
        f"h{num(-56 * size)}z",
        "#b5603f",
    )
