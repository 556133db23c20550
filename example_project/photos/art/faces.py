"""Avatars: a head, hair, clothes, perhaps glasses, put together from named parts."""

from __future__ import annotations

import random
from functools import lru_cache

from .canvas import Canvas, mix

SKINS = {
    "ivory": "#f6d7c3",
    "sand": "#edc29c",
    "honey": "#d9a071",
    "olive": "#c68e5f",
    "umber": "#9c6443",
    "cocoa": "#75492f",
}
COLOURS = {
    "black": "#1f1b24",
    "brown": "#4b2e22",
    "chestnut": "#7b4328",
    "ginger": "#c4622d",
    "blond": "#dfb166",
    "grey": "#b9b8bd",
    "plum": "#5b3a63",
    "teal": "#2f7f86",
}
GROUNDS = {
    "peach": "#ffd2b8",
    "mint": "#bfe3d0",
    "sky": "#bcd9f2",
    "lilac": "#d9cdf3",
    "butter": "#fbe3a2",
    "rose": "#f6c1cb",
    "sage": "#c9d5b5",
    "clay": "#e2a98c",
}
SHIRTS = ("#2f4858", "#d9583b", "#f4efe6", "#3f7f6c", "#e3a93c", "#6a5a9c", "#20222e", "#b8506b")
STYLES = (
    "short",
    "crop",
    "bob",
    "long",
    "bun",
    "afro",
    "curls",
    "fringe",
    "bald",
    "scarf",
    "turban",
    "quiff",
    "braids",
)
EXTRAS = (
    "plain",
    "glasses",
    "round",
    "beard",
    "stubble",
    "earrings",
    "freckles",
    "glasses+beard",
    "round+earrings",
)

BACK = {
    "bob": "M30 78C26 34 52 18 80 18S134 34 130 78Q132 108 122 116H38Q28 108 30 78z",
    "long": "M30 78C24 32 52 16 80 16S136 32 130 78Q134 130 140 160H20Q26 130 30 78z",
    "fringe": "M30 78C24 32 52 16 80 16S136 32 130 78Q132 120 128 142H32Q28 120 30 78z",
    "braids": (
        "M32 76C28 34 52 18 80 18S132 34 128 76L138 150Q128 162 118 150L116 96H44L42 150Q32 162 22 150z"
    ),
}
FRONT = {
    "short": (
        "M40 72C36 34 60 22 82 22C112 22 124 42 120 72C116 58 110 50 100 48C84 54 60 52 50 50"
        "C44 56 42 64 40 72z"
    ),
    "crop": "M42 66C40 36 58 26 80 26S120 36 118 66C114 52 106 46 96 45H64C54 46 46 52 42 66z",
    "quiff": (
        "M41 70C38 48 42 40 50 36C50 20 84 8 108 22C122 28 124 50 119 70C116 58 112 52 106 49"
        "C90 52 66 48 54 46C46 54 43 62 41 70z"
    ),
    "bob": "M38 82C34 44 56 28 84 30C108 32 124 46 122 82C116 66 106 56 92 50C78 62 52 64 38 82z",
    "long": "M36 88C34 44 56 28 80 28S126 44 124 88C118 66 104 54 82 42C62 54 44 66 36 88z",
    "fringe": "M37 72C34 38 56 26 80 26S126 38 123 72C112 66 98 64 80 64S48 66 37 72z",
    "bun": "M40 72C36 40 58 28 80 28S124 40 120 72C114 54 100 44 80 44S46 54 40 72z",
    "braids": "M38 74C34 40 56 28 80 28S126 40 122 74C116 56 100 48 80 34C60 48 44 56 38 74z",
}


def random_face(seed: str) -> str:
    """A code for a face that nobody chose: `skin-style-colour-extra-ground`."""
    rng = random.Random(seed)
    parts = (tuple(SKINS), STYLES, tuple(COLOURS), EXTRAS, tuple(GROUNDS))
    return "-".join(rng.choice(part) for part in parts)


@lru_cache(maxsize=256)
def face(code: str) -> str:
    """The SVG of a face from its code. ValueError when it is not one."""
    skin_name, style, colour_name, extra, ground_name = (code.split("-") + [""] * 5)[:5]
    if (
        code.count("-") != 4
        or skin_name not in SKINS
        or style not in STYLES
        or colour_name not in COLOURS
        or extra not in EXTRAS
        or ground_name not in GROUNDS
    ):
        raise ValueError(f"not a face: {code!r}")
    c = Canvas(code)
    skin, hair, ground = SKINS[skin_name], COLOURS[colour_name], GROUNDS[ground_name]
    c.rect(0, 0, 160, 160, c.gradient(mix(ground, "#ffffff", 0.25), ground))
    _hair_back(c, style, hair)
    _body(c, skin, style, hair)
    _head(c, skin, extra)
    _features(c, skin, hair, style, extra)
    _hair_front(c, style, hair)
    _extras(c, extra)
    return c.svg(160, 160)


def _hair_back(c: Canvas, style: str, hair: str) -> None:
    if style in BACK:
        c.path(BACK[style], mix(hair, "#000000", 0.22))
    elif style == "afro":
        c.circle(80, 62, 54, mix(hair, "#ffffff", 0.06))
    elif style == "curls":
        for x, y, r in (
            (44, 60, 20),
            (36, 84, 17),
            (40, 106, 15),
            (116, 60, 20),
            (124, 84, 17),
            (120, 106, 15),
            (80, 30, 24),
            (58, 38, 20),
            (102, 38, 20),
        ):
            c.circle(x, y, r, mix(hair, "#000000", 0.12))
    elif style == "bun":
        c.circle(80, 17, 17, mix(hair, "#000000", 0.12))


def _body(c: Canvas, skin: str, style: str, hair: str) -> None:
    shirt = c.rng.choice(SHIRTS)
    c.path("M14 162C16 130 44 124 64 120H96C116 124 144 130 146 162z", shirt)
    c.path("M64 98H96V120Q96 134 80 134T64 120z", mix(skin, "#7a3b22", 0.2))
    collar = c.rng.random()
    if collar < 0.4:
        c.path("M60 120Q80 146 100 120L106 122Q80 158 54 122z", mix(shirt, "#ffffff", 0.28))
    elif collar < 0.7:
        c.path("M62 119L80 138L98 119L106 128L88 148L80 138L72 148L54 128z", mix(shirt, "#ffffff", 0.35))
    if style == "scarf":
        c.path(
            "M28 80C26 30 54 16 80 16S134 30 132 80C134 112 124 130 112 142Q80 158 48 142"
            "C36 130 26 112 28 80z",
            hair,
        )
        c.path("M46 136Q80 160 114 136L122 150Q80 172 38 150z", mix(hair, "#000000", 0.18))


def _head(c: Canvas, skin: str, extra: str) -> None:
    for x in (43, 117):
        c.circle(x, 82, 8, mix(skin, "#7a3b22", 0.1))
    c.path("M43 70C43 40 60 30 80 30S117 40 117 70C117 102 100 118 80 118S43 102 43 70z", skin)
    for x in (56, 104):
        c.circle(x, 92, 8, "#e2604d", 'opacity=".2"')
    if "earrings" in extra:
        for x in (41, 119):
            c.circle(x, 95, 4, "#f0c04a")
    if extra == "freckles":
        for x, y in ((58, 86), (64, 90), (54, 93), (96, 90), (102, 86), (106, 93)):
            c.circle(x, y, 1.4, mix(skin, "#7a3b22", 0.5))


def _features(c: Canvas, skin: str, hair: str, style: str, extra: str) -> None:
    brow = mix(hair, skin, 0.15) if style not in ("scarf", "turban") else "#2b1f1c"
    line = 'stroke-width="3" stroke-linecap="round"'
    c.path("M56 66Q63 61 70 65M90 65Q97 61 104 66", "none", f'stroke="{brow}" {line}')
    if c.rng.random() < 0.22:
        c.path("M57 77Q63 71 69 77M91 77Q97 71 103 77", "none", f'stroke="#241a1c" {line}')
    else:
        for x in (63, 97):
            c.circle(x, 76, 4.3, "#241a1c")
            c.circle(x + 1.4, 74.6, 1.3, "#fff")
    c.path(
        "M80 78Q75 90 82 91",
        "none",
        f'stroke="{mix(skin, "#6b2f1c", 0.4)}" stroke-width="2.6" stroke-linecap="round"',
    )
    if "beard" in extra:
        c.path(
            "M44 84C46 88 52 92 60 91Q80 84 100 91C108 92 114 88 116 84C116 108 100 124 80 124S44 108 44 84z",
            brow,
        )
        c.path("M69 101Q80 109 91 101Q80 97 69 101z", "#b04a44")
    elif c.rng.random() < 0.5:
        c.path("M67 99Q80 113 93 99z", "#fff", 'stroke="#8c3a36" stroke-width="2.4" stroke-linejoin="round"')
    else:
        c.path("M69 101Q80 109 91 101", "none", 'stroke="#8c3a36" stroke-width="3" stroke-linecap="round"')
    if extra == "stubble":
        c.path(
            "M45 88C48 112 64 118 80 118S112 112 115 88C108 104 100 96 80 96S52 104 45 88z",
            brow,
            'opacity=".2"',
        )


def _hair_front(c: Canvas, style: str, hair: str) -> None:
    if style in FRONT:
        c.path(FRONT[style], c.gradient(mix(hair, "#ffffff", 0.14), hair))
    elif style == "afro":
        c.path(
            "M42 68C38 40 60 26 80 26S122 40 118 68C112 52 98 46 80 46S48 52 42 68z",
            mix(hair, "#ffffff", 0.06),
        )
    elif style == "curls":
        for x, y, r in ((50, 48, 13), (64, 39, 14), (82, 36, 14), (99, 40, 13), (111, 50, 11)):
            c.circle(x, y, r, mix(hair, "#ffffff", 0.1))
    elif style == "scarf":
        c.path(
            "M36 84C34 42 56 27 80 27S126 42 124 84C118 56 102 44 80 44S42 56 36 84z",
            mix(hair, "#ffffff", 0.12),
        )
    elif style == "turban":
        c.path("M34 66C30 26 54 10 80 10S130 26 126 66C112 50 98 44 80 44S48 50 34 66z", hair)
        c.path(
            "M36 58C60 50 90 30 96 13M124 58C104 50 84 36 72 12M44 36Q62 34 82 14",
            "none",
            f'stroke="{mix(hair, "#ffffff", 0.3)}" stroke-width="3"',
        )


def _extras(c: Canvas, extra: str) -> None:
    frame = 'stroke="#2a2430" stroke-width="3.2"'
    if "glasses" in extra:
        c.path(
            "M50 68h25v13q0 6 -6 6h-12q-7 0 -7 -7zM85 68h25v12q0 7 -7 7h-12q-6 0 -6 -6zM75 72q5 -3 10 0",
            "#ffffff1c",
            frame,
        )
    elif "round" in extra:
        c.path(
            "M49 77a13 13 0 1 0 26 0a13 13 0 1 0 -26 0M85 77a13 13 0 1 0 26 0a13 13 0 1 0 -26 0"
            "M75 75q5 -4 10 0",
            "#ffffff1c",
            frame.replace("#2a2430", "#8a6a3a"),
        )
