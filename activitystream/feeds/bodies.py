"""Bodies: activities with their cards as JSON, from the store or made from SQL and put there.

What is kept of an activity is a line of what decides who may see it (`access`), and then the JSON that is
given out. So a page of JSON is put together without decoding it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activitystream.ids import to_datetime, to_iso
from activitystream.journal import write_alias
from activitystream.models import ROLES, Activity, Addressee, Ref, Visibility
from activitystream.registry import (
    CardDict,
    cards_of,
    load_belongings,
    load_instances,
    load_kept,
    options_for_label,
)
from activitystream.routers import primary_reads
from activitystream.streams import Body, Name
from activitystream.text import clean_json

from .access import Access, access_of
from .entries import Entry, Instances
from .facts import NOTHING, Facts, facts_name, make_facts, parse_facts
from .values import read

__all__ = ["Loaded", "activity_ref", "load", "load_new", "make_bodies"]

HIDDEN = b"null\n"
"""The body of an activity that nobody may be shown, since something it is about is gone or hidden."""


def activity_ref(id: int) -> str:
    """What to forget when an activity itself was changed or retracted."""
    return f"activity:{id}"


@dataclass(slots=True)
class Loaded:
    """The activities that somebody may be shown, by id, the ids without a row, and what the viewer hides."""

    entries: dict[int, Entry] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    facts: Facts = NOTHING


def load(ids: Sequence[int], viewer: Ref | None = None) -> Loaded:
    """Entries for these ids, and the facts of this viewer: one round trip if the store has them all.

    The others are made from SQL, with one query for the activities and one for each model among their cards.
    They are not for the viewer's eyes yet: see `visibility.visible`.
    """
    names: list[Name] = list(ids)
    if viewer is not None:
        names.append(facts_name(viewer))
    values = read(names, _make)
    loaded = Loaded(gone=[id for id in ids if id not in values])
    if viewer is not None:
        loaded.facts = parse_facts(values.pop(facts_name(viewer)))
    loaded.entries = _entries(values)
    return loaded


@primary_reads()
def load_new(ids: Sequence[int]) -> dict[int, Entry]:
    """Entries for activities that are being published: made from SQL, and not kept."""
    return _entries({body.id: body.payload for body in make_bodies(ids)})


def _entries(values: Mapping[Name, bytes]) -> dict[int, Entry]:
    entries: dict[int, Entry] = {}
    instances = Instances()
    lines = {name: value.partition(b"\n") for name, value in values.items()}
    access = json.loads(b"[%b]" % b",".join(line for line, _, _ in lines.values()))  # one call: it is faster
    for (name, (_, _, raw)), seen_by in zip(lines.items(), access, strict=True):
        known = None if seen_by is None else Access.from_json(seen_by)
        if known is not None and all(map(options_for_label, known.models)):
            entries[int(name)] = Entry(int(name), raw, known, instances)
    return entries


def _make(names: Collection[Name]) -> list[Body]:
    """The bodies of activities that have a row, and the facts of viewers."""
    ids = [name for name in names if isinstance(name, int)]
    return make_bodies(ids) + [make_facts(name) for name in names if isinstance(name, str)]


def make_bodies(ids: Collection[int]) -> list[Body]:
    """The bodies of those of these activities that have a row, made from SQL."""
    if not ids:
        return []
    activities = list(Activity.objects.using(write_alias()).filter(id__in=ids))
    refs = {ref for row in activities for role in ROLES if (ref := row.ref(role))}
    rows = load_instances(refs)
    kept = load_kept(refs - rows.keys())
    cards = cards_of(rows, kept)
    belongings = load_belongings(rows, refs, kept)
    named = _named(activities)
    return [_body(row, cards, access_of(row, named.get(row.id, []), belongings)) for row in activities]


def _named(activities: Collection[Activity]) -> dict[int, list[Ref]]:
    """The people to whom those for named people are addressed."""
    ids = [row.id for row in activities if row.visibility == Visibility.NAMED]
    named: dict[int, list[Ref]] = {}
    for row in Addressee.objects.using(write_alias()).filter(activity__in=ids) if ids else ():
        named.setdefault(row.activity_id, []).append(row.user_ref)
    return named


def _body(row: Activity, cards: Mapping[Ref, CardDict], access: Access) -> Body:
    roles = {role: row.ref(role) for role in ROLES}
    payload = HIDDEN
    if all(ref in cards for ref in roles.values() if ref):
        body = {
            "id": str(row.id),
            "verb": row.verb,
            "published": to_iso(to_datetime(row.id)),
            **{role: cards[ref] if ref else None for role, ref in roles.items()},
            "data": clean_json(row.data),
            "visibility": row.visibility,
        }
        payload = b"%b\n%b" % (_json(access), _json(body))
    return Body(row.id, payload, [activity_ref(row.id), *access.refs])


def _json(value: Any) -> bytes:
    """As REST framework's renderer writes it: the two separators of lines are no JSON for old browsers."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()
