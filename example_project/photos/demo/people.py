"""Twelve people and their albums."""

from __future__ import annotations

from typing import NamedTuple


class Member(NamedTuple):
    username: str
    name: str
    place: str
    bio: str
    face: str
    albums: dict[str, list[tuple[str, str]]]
    """Title → (scene, caption) of each photo, the oldest first."""


MEMBERS = [
    Member(
        "mei",
        "Mei Nakamura",
        "Kyoto",
        "Early trains, late light, and what grows between the stones.",
        "ivory-bob-black-plain-rose",
        {
            "North of the city": [
                ("pines", "Cedars at Kurama, before anybody was up"),
                ("hills", "Five ridges, each a little less sure of itself"),
                ("pines", "Mist gave the forest back one row at a time"),
                ("peaks", "First snow, seen from the slow train"),
            ],
            "Close, closer": [
                ("leaves", "Camellia hedge, the day after the rain"),
                ("leaves", "Found on the way to the bath house"),
            ],
        },
    ),
    Member(
        "jonas",
        "Jonas Lindqvist",
        "Tromsø",
        "I photograph the dark. There is plenty of it.",
        "ivory-short-blond-stubble-sky",
        {
            "Polar night": [
                ("aurora", "Kp 6, minus nineteen, worth every toe"),
                ("stars", "No moon tonight, so everything else came"),
                ("aurora", "The neighbours left a light on for us"),
                ("peaks", "Half an hour of day"),
            ],
            "Lofoten, by boat": [
                ("sea", "Rounding the last island"),
                ("peaks", "The fjord forgot to move"),
            ],
        },
    ),
    Member(
        "amara",
        "Amara Okafor",
        "Lagos",
        "Architect by day. Rooftops after six.",
        "cocoa-afro-black-earrings-butter",
        {
            "After six": [
                ("skyline", "The island switches itself on"),
                ("skyline", "Harmattan evening, the sun like a coin"),
                ("skyline", "Counted the lit windows. Lost count."),
            ],
            "Walls I like": [
                ("courtyard", "Somebody thought about this shadow"),
                ("courtyard", "Six steps to nowhere in particular"),
                ("courtyard", "The pink house, third visit"),
            ],
        },
    ),
    Member(
        "leila",
        "Leila Haddad",
        "Amman",
        "Deserts, breakfast, and the road between them.",
        "olive-scarf-teal-plain-clay",
        {
            "Wadi Rum": [
                ("dunes", "We walked in the cool hour"),
                ("dunes", "Wind signs its name again every night"),
                ("stars", "Camp two. Somebody is snoring."),
                ("dunes", "Last tea before the jeep"),
            ],
            "Fridays": [
                ("table", "Figs, if you are quick"),
                ("table", "Breakfast for nine, four minutes in"),
            ],
        },
    ),
    Member(
        "mateo",
        "Mateo Rivas",
        "Oaxaca",
        "Colour first, focus later.",
        "honey-quiff-black-beard-peach",
        {
            "Barrio": [
                ("courtyard", "Ochre at noon"),
                ("village", "The hill above the market"),
                ("courtyard", "The agave knows its good side"),
            ],
            "Sierra": [
                ("hills", "The road home is longer in this light"),
                ("hills", "Blue goes first, then gold, then us"),
            ],
        },
    ),
    Member(
        "priya",
        "Priya Raman",
        "Chennai",
        "Botanist. Yes, I know which leaf that is.",
        "umber-braids-black-earrings-mint",
        {
            "Field notes": [
                ("leaves", "Ficus, three ages on one branch"),
                ("leaves", "Night garden: purple is a kind of green"),
                ("meadow", "Transect 4, all present"),
            ],
            "Marina": [("sea", "Fishing boats wait for the tide"), ("sea", "Five minutes after you left")],
        },
    ),
    Member(
        "sofie",
        "Sofie van Dijk",
        "Amsterdam",
        "On a bicycle, mostly. Stops for gables.",
        "ivory-fringe-ginger-freckles-lilac",
        {
            "Water level": [
                ("canal", "The row, standing twice"),
                ("canal", "Nobody on the water but two ducks and us"),
                ("canal", "Windows, and who is still up"),
                ("canal", "Pink hour on the Prinsengracht"),
            ],
            "Polder": [("meadow", "Sunday detour"), ("balloons", "They landed in a field of cows")],
        },
    ),
    Member(
        "harpreet",
        "Harpreet Singh",
        "Amritsar",
        "Cook. Every table is a landscape.",
        "olive-turban-teal-beard-butter",
        {
            "Table by the window": [
                ("table", "Plums from the neighbour, coffee from me"),
                ("table", "Second cup"),
                ("table", "Slow light, fast fruit"),
            ],
            "Mustard season": [
                ("meadow", "The fields behind the station"),
                ("hills", "Kangra, from the bus"),
            ],
        },
    ),
    Member(
        "ines",
        "Inês Carvalho",
        "Porto",
        "Lives on a staircase with a view.",
        "olive-curls-brown-round-sage",
        {
            "Ribeira": [
                ("village", "Every roof has an opinion"),
                ("village", "Laundry day, seen from across the river"),
                ("village", "The whole hill leaned in to listen"),
            ],
            "Atlantic": [
                ("sea", "The sun took the whole bench"),
                ("sea", "Foam, then quiet, then foam"),
            ],
        },
    ),
    Member(
        "tane",
        "Tāne Walker",
        "Queenstown",
        "Guide. Carries the tent, and the bad jokes.",
        "umber-bun-black-beard-sky",
        {
            "Long way round": [
                ("peaks", "Mirror lake, doing its job"),
                ("pines", "Day three: the valley fills up"),
                ("stars", "Pitched it, looked up, forgot dinner"),
                ("peaks", "The Remarkables being so"),
            ],
            "Weather": [("pines", "Teal hour is a real thing"), ("hills", "Layers. On me, too.")],
        },
    ),
    Member(
        "ahmet",
        "Ahmet Yıldız",  # noqa: RUF001
        "Göreme",
        "Awake at four. The balloons are worth it.",
        "honey-crop-black-stubble-peach",
        {
            "Above the valley": [
                ("balloons", "The red one always goes first"),
                ("balloons", "Wind from the west, so they came to us"),
                ("balloons", "Counted eight. There are always eight."),
                ("dunes", "Tuff, ash, and an hour of gold"),
            ],
        },
    ),
    Member(
        "ruth",
        "Ruth Abrams",
        "Vermont",
        "Retired; busier than ever. Wildflowers by their first names.",
        "sand-bob-grey-round-lilac",
        {
            "The lower field": [
                ("meadow", "They all came up at once"),
                ("meadow", "Asters, and one that is not"),
                ("hills", "Mud season has its moments"),
            ],
            "Winter visitors": [("aurora", "In Vermont! We woke the whole road."), ("table", "Pie was here")],
        },
    ),
]

#: What one can say of any photo, and of some scenes.
PRAISE = [
    "Oh, this one.",
    "The light!",
    "I can smell this.",
    "Would hang this over my desk.",
    "How long did you wait for it?",
    "Saved. Looking at it again tonight.",
    "The quiet in this is loud.",
    "You keep doing this to us.",
    "Best of the set, for me.",
    "I was there last year and saw nothing like it.",
    "That palette…",
    "Instant calm.",
    "Print it. Large.",
    "Zoomed in, stayed a while.",
    "Thank you for getting up early.",
    "What a frame.",
    "This made my morning.",
    "Now I want to go.",
    "Good eye, as always.",
    "So simple, and then it is not.",
]
REMARKS = {
    "aurora": ["Did you hear it? Some say they hum.", "Minus nineteen and you held the camera still!"],
    "stars": ["Which way is south here?", "The tent glowing like a lantern. Lovely."],
    "peaks": ["The reflection is sharper than the mountain.", "Adding this lake to the list."],
    "dunes": ["Those tiny people give it all its size.", "The S of that crest is perfect."],
    "sea": ["I can hear the halyards.", "That path of light goes straight to me."],
    "canal": ["The bell gable is my favourite.", "Left boat needs a name."],
    "village": ["How many stairs?", "I would like the house with the green shutters, please."],
    "skyline": ["Somebody is always working late.", "Cities look kinder from up there."],
    "courtyard": ["Barragán would nod.", "That arch is doing all the work."],
    "meadow": ["What are the yellow ones?", "My grandmother's field, exactly."],
    "leaves": ["The veins on the big one!", "Is that a Ficus?"],
    "table": ["Is there any left?", "On my way over."],
    "balloons": ["The stripes!", "Are you brave enough to go up?"],
    "pines": ["Five shades of one colour.", "You could lose an afternoon in there."],
    "hills": ["Each ridge a bit bluer than the last. Magic.", "Looks like folded paper."],
}
