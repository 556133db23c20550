"""For each model of this site: keys, each in all the spellings that its field takes. The first is a text."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from itertools import cycle
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from tests.fixtures import STORES

from .fields import Code
from .models import (
    ByAddress,
    ByAuto,
    ByBig,
    ByBytes,
    ByCode,
    ByDate,
    ByDecimal,
    ByFloat,
    ByHash,
    ByLoose,
    ByLower,
    ByMoment,
    ByPrefix,
    ByRow,
    ByRowByRow,
    BySmall,
    BySpan,
    ByText,
    ByUUID,
    Child,
    Parent,
)

KEY = uuid.UUID("0b8f1a52-7c7e-4ad2-9b69-9d4d2f4ea001")
UUIDS = (str(KEY), KEY, KEY.hex, str(KEY).upper(), f"{{{KEY}}}", KEY.urn, KEY.int)
BYTES = b"\x00\xff\xff\x07"
NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=dt.UTC)


class Word(str):
    """A text that is shown as another, as members of enumerations are."""

    __slots__ = ()

    def __str__(self) -> str:
        return "Word.WORD"


SPELLINGS: dict[type[models.Model], tuple[Any, ...]] = {
    ByAuto: ("7", 7, "007", " 7 ", "+7", "७", 7.0, Decimal(7)),
    BySmall: ("-7", -7, "-007"),
    ByBig: (str(2**62), 2**62, f"0{2**62}"),
    ByUUID: UUIDS,
    ByText: ("7", 7, "7", SafeString("7"), Word("7")),
    ByAddress: ("2001:db8::1", "2001:DB8::0001", "2001:db8:0:0:0:0:0:1"),
    ByDecimal: ("1.50", Decimal("1.5"), "1.5", "01.500", 1.5, "15e-1"),
    ByFloat: ("7.0", 7.0, "7", 7, "7.00", "7e0", Decimal(7)),
    ByDate: ("2026-03-01", dt.date(2026, 3, 1), "2026-3-1", dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)),
    ByMoment: (
        "2026-03-01 12:00:00.000250+00:00",
        NOON,
        NOON.astimezone(dt.timezone(dt.timedelta(hours=2))),
        "2026-03-01T14:00:00.00025+02:00",
    ),
    BySpan: ("1 day, 0:30:00", dt.timedelta(hours=24.5)),
    ByBytes: ("AP//Bw==", BYTES, memoryview(BYTES)),
    ByHash: ("k12", 12),
    ByLoose: ("10.0.0.1", "10.0.0.1"),
    ByLower: ("ab", "AB", "Ab"),
    ByCode: ("ab", Code("ab"), " ab "),
    ByPrefix: (f"n_{KEY.hex}", str(KEY), KEY, KEY.hex),
    ByRow: UUIDS,
    ByRowByRow: UUIDS,
    Parent: UUIDS,
    Child: UUIDS,
}

TEXTS_ONLY = (ByBytes, BySpan)
"""Models whose fields read a text, and save none."""

EACH = [
    (model, spelling)
    for model, some in SPELLINGS.items()
    for spelling in (some[1:] if model in TEXTS_ONLY else some)
]


def _text(spelling: Any) -> str:
    """The same in every process."""
    return str(bytes(spelling) if isinstance(spelling, memoryview) else spelling)


NAMES = [f"{model.__name__}-{type(spelling).__name__}-{_text(spelling)}" for model, spelling in EACH]

IN_TURN = [(*each, store) for each, store in zip(EACH, cycle(STORES), strict=False)]
"""Each spelling with one of the stores: they get refs, and `test_a_ref` proves that all spellings of a key
make the same ref."""
NAMES_IN_TURN = [f"{store}-{name}" for name, (*_, store) in zip(NAMES, IN_TURN, strict=True)]


def make(model: type[models.Model], spelling: Any, owner: Any) -> models.Model:
    """A saved row whose key attribute still has this spelling, as after `Model.objects.create(pk=…)`."""
    if model in (ByRow, ByRowByRow):
        ByUUID.objects.bulk_create([ByUUID(pk=KEY, owner=owner)])
    if model is ByRowByRow:
        ByRow.objects.bulk_create([ByRow(pk=KEY, owner=owner)])
    name = "id" if model is Child else "pk"  # the key of a child is that of its parent
    row = model(**{name: spelling, "owner": owner})
    row.save(force_insert=True)
    return row
