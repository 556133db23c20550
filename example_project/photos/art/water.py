"""The open sea, and a canal between gabled houses."""

from __future__ import annotations

from .canvas import HEIGHT, WIDTH, Canvas, Light, mix, num


def sea(c: Canvas, light: Light) -> None:
    horizon = c.rng.uniform(430, 490)
    c.sky(light, horizon + 1)
    x, radius = c.rng.uniform(330, 870), c.rng.uniform(62, 105)
    c.sun(x, horizon - radius * c.rng.uniform(0.15, 1.3), radius, light.sun, glow=4.2)
    for _ in range(6):
        w = c.rng.uniform(160, 460)
        y = c.rng.uniform(80, horizon - 90)
        c.rect(
            c.rng.uniform(-60, 1000),
            y,
            w,
            c.rng.uniform(5, 13),
            mix(light.sky[1], light.sun, 0.4),
            'rx="7" opacity=".55"',
        )
    if c.rng.random() < 0.75:
        line = [(px, min(py, horizon)) for px, py in c.ridge(horizon - 12, 44, waves=4)]
        c.land(line, mix(light.far, light.sky[1], 0.35), horizon)
    deep = mix(light.near, light.sky[0], 0.35)
    c.rect(
        0,
        horizon,
        WIDTH,
        HEIGHT,
        c.gradient(mix(light.sky[2], light.sky[1], 0.6), mix(deep, light.sky[1], 0.3), deep),
    )
    _glints(c, light, x, horizon)
    for _ in range(c.rng.choice([1, 1, 2, 3])):
        side = c.rng.choice([-1, 1])
        _boat(c, light, x + side * c.rng.uniform(150, 330), horizon + c.rng.uniform(14, 90))
    c.birds(4, mix(light.near, light.sky[1], 0.2), 110, 240)
    if c.rng.random() < 0.6:
        _beach(c, light)


def _glints(c: Canvas, light: Light, x: float, horizon: float) -> None:
    y = horizon + 4
    d = ""
    while y < HEIGHT:
        depth = (y - horizon) / (HEIGHT - horizon)
        for _ in range(3):
            w = c.rng.uniform(16, 70) * (0.6 + depth * 2.4)
            px = x + c.rng.gauss(0, 26 + 130 * depth) - w / 2
            h = 2 + 5 * depth
            d += f"M{num(px)} {num(y)}q{num(w / 2)} {num(-h)} {num(w)} 0q{num(-w / 2)} {num(h)} {num(-w)} 0"
        y += 7 + 15 * depth
    c.path(d, light.sun, 'opacity=".62"')
    d = ""
    for _ in range(60):
        depth = c.rng.random() ** 1.3
        y = horizon + 6 + (HEIGHT - horizon) * depth
        w = c.rng.uniform(20, 90) * (0.5 + 1.6 * depth)
        d += f"M{num(c.rng.uniform(-60, WIDTH))} {num(y)}q{num(w / 2)} {num(-6 * depth - 2)} {num(w)} 0"
    c.path(d, "none", f'stroke="{light.near}" stroke-width="2.4" opacity=".22" stroke-linecap="round"')


def _boat(c: Canvas, light: Light, x: float, y: float) -> None:
    s = 0.5 + (y - 430) / 140
    hull, sail = light.near, mix("#ffffff", light.sky[2], 0.35)
    c.add(f'<g transform="translate({num(x)} {num(y)}) scale({s:.2f})">')
    c.path("M-46 0h92l-16 18h-58z", hull)
    c.path("M-2 -6V-112L-48 -6z", sail)
    c.path("M5 -6V-96L40 -6z", mix(sail, light.far, 0.35))
    c.path("M-40 24h80M-26 34h52M-12 44h28", "none", f'stroke="{hull}" stroke-width="4" opacity=".35"')
    c.add("</g>")


def _beach(c: Canvas, light: Light) -> None:
    sand = mix("#e9c9a0", light.near, 0.3)
    a, b = c.rng.uniform(660, 720), c.rng.uniform(730, 790)
    foam = f"M-10 {num(a)}C300 {num(a - 20)} 520 {num(b + 20)} 800 {num(b - 10)}"
    foam += f"S1100 {num(b)} 1210 {num(b - 30)}"
    c.path(foam + "V810H-10z", c.gradient(sand, mix(sand, light.near, 0.35)))
    c.path(foam, "none", 'stroke="#fff" stroke-width="9" opacity=".75" stroke-linecap="round"')


FRONTS = ("#d9694f", "#e9b44c", "#7fa99b", "#f0e0c8", "#b8505a", "#6f8fb0", "#e8a27c", "#cfd6c4", "#9b6a8f")


def canal(c: Canvas, light: Light) -> None:
    quay = 560.0
    c.sky(light, quay)
    c.sun(c.rng.uniform(150, 1050), c.rng.uniform(90, 170), 34, light.sun)
    for _ in range(3):
        c.cloud(c.rng.uniform(-60, 980), c.rng.uniform(80, 190), c.rng.uniform(160, 300), light.sun, 0.5)
    c.add('<g id="row">')
    x, last = -30.0, ""
    while x < WIDTH:
        w = c.rng.uniform(105, 165)
        colour = c.rng.choice([front for front in FRONTS if front != last])
        _house(c, light, x, w, quay, mix(colour, light.near, 0.5 if light.dark else 0.1))
        x, last = x + w, colour
    c.add("</g>")
    c.rect(0, quay, WIDTH, 16, mix(light.near, "#8a7a6d", 0.4))
    top = quay + 16
    c.rect(
        0,
        top,
        WIDTH,
        HEIGHT - top,
        c.gradient(mix(light.far, light.near, 0.35), mix(light.near, light.sky[0], 0.3)),
    )
    c.add(
        f'<svg y="{num(top)}" width="1200" height="{num(HEIGHT - top)}" viewBox="0 0 1200'
        f' {num(HEIGHT - top)}">'
    )
    c.add(f'<use href="#row" transform="translate(0 {num(quay * 0.8)}) scale(1 -.8)" opacity=".42"/></svg>')
    d = ""
    for _ in range(110):
        y = top + 6 + (HEIGHT - top) * c.rng.random()
        w = c.rng.uniform(20, 120)
        d += f"M{num(c.rng.uniform(-40, WIDTH))} {num(y)}q{num(w / 2)} 4 {num(w)} 0"
    c.path(d, "none", f'stroke="{mix(light.sky[2], "#ffffff", 0.4)}" stroke-width="2.2" opacity=".4"')
    for _ in range(2):
        x, y = c.rng.uniform(80, 950), c.rng.uniform(630, 720)
        hull = c.rng.choice(("#b8433a", "#2f5d7c", "#e8dcc4", "#3f6b54"))
        c.path(f"M{num(x)} {num(y)}q10 40 34 44h130q26 -6 36 -48q-40 16 -100 16t-100 -12z", hull)
        c.path(
            f"M{num(x)} {num(y)}q40 12 100 12t100 -16", "none", 'stroke="#fff" stroke-width="5" opacity=".8"'
        )
        c.path(
            f"M{num(x + 24)} {num(y + 54)}h150M{num(x + 44)} {num(y + 66)}h100",
            "none",
            f'stroke="{light.near}" stroke-width="4" opacity=".3"',
        )


def _house(c: Canvas, light: Light, x: float, w: float, quay: float, colour: str) -> None:
    floors = c.rng.choice([3, 4, 4])
    tall = 84 * floors + c.rng.uniform(0, 24)
    top = quay - tall
    gable = c.rng.choice(("point", "step", "bell", "flat"))
    mid = x + w / 2
    third, edge = num(w * 0.17), num(w * 0.28)
    roof = {
        "point": f"M{num(x)} {num(top)}L{num(mid)} {num(top - w * 0.62)}L{num(x + w)} {num(top)}z",
        "step": f"M{num(x)} {num(top)}v-20h{third}v-24h{third}v-24h{num(w * 0.32)}v24h{third}v24h{third}v20z",
        "bell": f"M{num(x)} {num(top)}q{num(w * 0.25)} -8 {edge} -52q{num(w * 0.22)} -34 {num(w * 0.44)} 0"
        f"q{num(w * 0.03)} 44 {edge} 52z",
        "flat": f"M{num(x - 3)} {num(top)}v-16h{num(w + 6)}v16z",
    }[gable]
    c.path(roof, mix(colour, light.near, 0.16) if gable == "flat" else colour)
    c.rect(x, top - 1, w, tall + 1, c.gradient(colour, mix(colour, light.near, 0.22)))
    c.rect(x + w - 5, top, 5, tall, light.near, 'opacity=".18"')
    count = 3 if w > 130 else 2
    lit = mix("#ffd98a", light.sun, 0.3)
    for floor in range(floors):
        y = top + 14 + floor * 84
        if floor == floors - 1:
            c.path(f"M{num(mid - 15)} {num(quay)}v-52a15 15 0 0 1 30 0v52z", mix(light.near, colour, 0.15))
        for i in range(count):
            px = x + w * (i + 0.5) / count
            if floor == floors - 1 and abs(px - mid) < 28:
                continue
            glass = (
                lit if c.rng.random() < (0.6 if light.dark else 0.15) else mix(light.near, light.sky[1], 0.3)
            )
            c.rect(
                px - 14,
                y,
                28,
                46,
                glass,
                f'rx="2" stroke="{mix("#ffffff", colour, 0.15)}" stroke-width="4.5"',
            )
            c.path(
                f"M{num(px)} {num(y)}v46M{num(px - 14)} {num(y + 20)}h28",
                "none",
                'stroke="#fff" stroke-width="2" opacity=".8"',
            )
