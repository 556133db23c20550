"""Pulled audiences, as a reader sees them: who has very many followers is merged in from a feed of its own.

Which feeds a stream must be merged with is noted in the stream when it is built, so a page needs no query for
it. That is right for the stream's whole life: a follow drops it, and so does an audience that becomes pulled
(see `publishing.pulling`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from activitystream.graph import get_graph
from activitystream.journal import write_alias
from activitystream.models import PulledAudience
from activitystream.streams import Slice, State

if TYPE_CHECKING:
    from .base import Feed

__all__ = ["merge", "merging_feeds", "note_for", "read_note"]


def merging_feeds() -> set[str]:
    """The names of the feeds into which something is merged: of others, `note_for` need not be asked."""
    return set(PulledAudience.objects.using(write_alias()).values_list("feed", flat=True).distinct())


def note_for(feed: Feed) -> str:
    """The note for a stream of this feed that is about to be built: the streams to merge it with."""
    if not feed.follow_kinds:
        return ""
    pulled = PulledAudience.objects.using(write_alias()).filter(feed=feed.name)
    by_role: dict[bool, list[PulledAudience]] = {True: [], False: []}
    for row in pulled.exclude(state=PulledAudience.State.ENDING):
        by_role[row.as_actor].append(row)
    streams = [
        stream for as_actor, rows in by_role.items() if rows for stream in _sources(feed, as_actor, rows)
    ]
    return json.dumps(streams) if streams else ""


def _sources(feed: Feed, as_actor: bool, rows: Sequence[PulledAudience]) -> Iterable[str]:
    followees = get_graph().followed_among(
        feed.owner.id, [row.followee_ref for row in rows], kinds=feed.follow_kinds, as_actor=as_actor
    )
    for followee in sorted(followees):
        source = feed.pulled_from(followee, as_actor=as_actor)
        if source is not None:
            yield source.stream


def read_note(note: str) -> list[str]:
    """The streams that a note names."""
    streams: list[str] = json.loads(note) if note else []
    return streams


def merge(slices: Sequence[Slice], limit: int, *, newer: bool) -> Slice:
    """One slice of several at the same place: as far as none of them has a gap.

    A slice that is not exhausted says nothing past its last id, so nothing past the nearest is taken.
    """
    if any(part.state is not State.WARM for part in slices):
        return Slice(State.BEYOND)
    ids = sorted({id for part in slices for id in part.ids}, reverse=True)
    open_ended = [part.ids for part in slices if not part.exhausted]
    if newer:
        ids = [id for id in ids if all(id <= some[0] for some in open_ended)]
    else:
        ids = [id for id in ids if all(id >= some[-1] for some in open_ended)]
    exhausted = not open_ended and len(ids) <= limit
    return Slice(State.WARM, ids[-limit:] if newer else ids[:limit], exhausted=exhausted)
