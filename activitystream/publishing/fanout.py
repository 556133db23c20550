"""Fan-out: an activity's id to the streams of all its recipients, a chunk of followers at a time.

A step must not bring an activity into the home of somebody who stopped following meanwhile. Unfollowing
commits, then changes the followee's epoch, then drops the stream. So a step reads the epochs, reads
followers, writes, and reads the epochs again: where one moved, it drops the streams of those who no longer
follow. (To remove the entry instead would be wrong: a rebuild may just have put it there for another reason.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Self

from django.contrib.auth import get_user_model
from django.db.models import prefetch_related_objects

from activitystream.conf import settings
from activitystream.feeds import Audience, Feed, feeds, get_feed
from activitystream.graph import get_graph
from activitystream.ids import to_datetime
from activitystream.journal import handler, write_alias
from activitystream.models import Activity, JournalEntry, Ref
from activitystream.signals import delivered
from activitystream.streams import Addition, StreamStore, get_store

from .pulling import PulledKey, pulled_among, start
from .questions import Pair, Questions

__all__ = ["fan_out"]

AUDIENCES = 500
"""Audiences whose epochs one step may read."""


@dataclass(frozen=True, slots=True, order=True)
class _Group:
    """An audience of one feed, for all activities of a batch that have it. The order is that of the work."""

    feed: str
    followee: str
    as_actor: bool
    but: tuple[str, ...]

    @classmethod
    def of(cls, feed: type[Feed], audience: Audience) -> Self:
        return cls(feed.name, str(audience.followee), audience.as_actor, tuple(sorted(audience.but)))

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> Self:
        feed, followee, as_actor, but = value
        return cls(feed, followee, as_actor, tuple(but))

    @property
    def key(self) -> PulledKey:
        return (self.feed, self.followee, self.as_actor)

    @property
    def kinds(self) -> Sequence[str]:
        return get_feed(self.feed).follow_kinds

    def to_json(self) -> list[Any]:
        return [self.feed, self.followee, self.as_actor, list(self.but)]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a fan-out stands: at this group, past this follower. The cursor of its journal entry."""

    group: _Group | None = None
    after: str | None = None
    count: int = 0
    """How many followers of this group have been written to."""

    @classmethod
    def from_json(cls, cursor: Mapping[str, Any] | None) -> Self:
        if cursor is None:
            return cls()
        return cls(_Group.from_json(cursor["group"]), cursor["after"], cursor["count"])

    def to_json(self, put_off: Collection[Pair]) -> dict[str, Any]:
        place = {"group": self.group and self.group.to_json(), "after": self.after, "count": self.count}
        return {**place, "put_off": sorted(put_off)} if put_off else place

    def includes(self, group: _Group) -> bool:
        """Whether this group is still to do."""
        return self.group is None or group >= self.group


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Followers of one group, read in this step."""

    group: _Group
    follower_ids: Sequence[str]
    earlier: int
    """How many followers of the group earlier steps have written to."""

    def streams(self, follower_ids: Iterable[str]) -> list[str]:
        return get_feed(self.group.feed).streams_of(get_user_model()._meta.label_lower, follower_ids)


@handler("fan_out")
def fan_out(payload: Mapping[str, Any], cursor: Any) -> Any:
    """One step for a batch of activities: the recipients that are named at first, then followers.

    The cursor is the group at which it stands and the last follower it wrote to. "feed" in the payload: to
    this feed alone, which could not say before whom the activities are for.
    """
    store = get_store()
    if store is None:
        return None
    started = perf_counter()
    activities = list(Activity.objects.using(write_alias()).filter(id__in=payload["activities"]))
    questions = _questions(payload, cursor, activities)
    count = _write_named(store, questions) if cursor is None else 0
    place = _Place.from_json(cursor)
    groups = {group: ids for group, ids in _groups(questions).items() if place.includes(group)}
    questions.put_off()
    written, following = _write_followers(store, groups, place) if groups else (0, None)
    facts = {"activities": len(activities), "count": count + written, "done": following is None}
    delivered.send_robust(JournalEntry, **facts, seconds=perf_counter() - started)
    return following and following.to_json(questions.failed)


def _questions(payload: Mapping[str, Any], cursor: Any, activities: Sequence[Activity]) -> Questions:
    only = payload.get("feed")
    asked = [feed for feed in feeds() if only in (None, feed.name)]
    put_off = {(name, id) for name, id in (cursor or {}).get("put_off", ())}
    return Questions(asked, activities, without=put_off, strict=only is not None)


def _write_named(store: StreamStore, questions: Questions) -> int:
    """Write to the recipients that the feeds name. To how many streams."""
    prefetch_related_objects(questions.activities, *{need for feed in questions.feeds for need in feed.needs})
    streams: dict[int | None, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for feed, activity, owners in questions.recipients():
        for owner in owners:
            streams[feed.length()][feed(owner).stream].append(activity.id)
    for max_length, ids_of in streams.items():
        together: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for stream, ids in ids_of.items():
            together[tuple(ids)].append(stream)
        store.add([Addition(names, ids) for ids, names in together.items()], max_length=max_length)
    return sum(map(len, streams.values()))


def _groups(questions: Questions) -> dict[_Group, list[int]]:
    """The ids for each audience, in the order in which they are worked off."""
    groups: dict[_Group, list[int]] = defaultdict(list)
    for feed, activity, audiences in questions.audiences():
        for audience in audiences:
            groups[_Group.of(feed, audience)].append(activity.id)
    return dict(sorted(groups.items()))


def _write_followers(
    store: StreamStore, groups: Mapping[_Group, Sequence[int]], place: _Place
) -> tuple[int, _Place | None]:
    """Write to as many followers as one step may. How many, and the place of the next step, or None if there
    is none."""
    some = _perhaps_followed(list(groups)[:AUDIENCES])
    followees = sorted({group.followee for group in some})
    epochs = store.epochs(followees) if followees else []
    pulled = pulled_among([Ref.parse(followee) for followee in followees])
    chunks, unfinished = _read([group for group in some if not _is_pulled(group, pulled)], place)
    if chunks:
        _write(store, chunks, groups)
        _pull_large(chunks)
        later = store.epochs(followees)
        moved = {name for name, old, new in zip(followees, epochs, later, strict=True) if old != new}
        _drop_unjustified(store, [chunk for chunk in chunks if chunk.group.followee in moved], groups)
    if unfinished is None and len(groups) > AUDIENCES:
        unfinished = _Place(list(groups)[AUDIENCES])
    return sum(len(chunk.follower_ids) for chunk in chunks), unfinished


def _perhaps_followed(groups: Sequence[_Group]) -> list[_Group]:
    """Without those that nobody follows, which are most: of a photo, say. One query for each set of kinds."""
    found: list[_Group] = []
    for kinds in {tuple(group.kinds) for group in groups}:
        some = [group for group in groups if tuple(group.kinds) == kinds]
        followees = {Ref.parse(group.followee) for group in some}
        followed = get_graph().perhaps_followed(followees, kinds=kinds)
        found += [group for group in some if Ref.parse(group.followee) in followed]
    return sorted(found)


def _is_pulled(group: _Group, pulled: Collection[PulledKey]) -> bool:
    """Whether its followers are not written to. A feed may have ceased to merge anything in since."""
    if group.key not in pulled:
        return False
    followee = Ref.parse(group.followee)
    return get_feed(group.feed).pulled_from(followee, as_actor=group.as_actor) is not None


def _read(groups: Iterable[_Group], place: _Place) -> tuple[list[_Chunk], _Place | None]:
    """Followers of these groups, CHUNK_SIZE at most, and where to go on if there are more."""
    chunks: list[_Chunk] = []
    room = settings.CHUNK_SIZE
    for group in groups:
        here = place if group == place.group else _Place(group)
        follower_ids = get_graph().follower_ids(
            Ref.parse(group.followee),
            kinds=group.kinds,
            as_actor=group.as_actor,
            after=here.after,
            limit=room,
        )
        if follower_ids:
            chunks.append(_Chunk(group, follower_ids, here.count))
        if len(follower_ids) == room:
            return chunks, _Place(group, follower_ids[-1], here.count + room)
        room -= len(follower_ids)
    return chunks, None


def _write(store: StreamStore, chunks: Iterable[_Chunk], groups: Mapping[_Group, Sequence[int]]) -> None:
    additions: dict[int | None, list[Addition]] = defaultdict(list)
    for chunk in chunks:
        follower_ids = [id for id in chunk.follower_ids if id not in chunk.group.but]
        for ids, some_ids in _given(chunk.group, groups[chunk.group], follower_ids):
            additions[get_feed(chunk.group.feed).length()].append(Addition(chunk.streams(some_ids), ids))
    for max_length, some in additions.items():
        store.add(some, max_length=max_length)


def _given(
    group: _Group, ids: Sequence[int], follower_ids: Sequence[str]
) -> Iterable[tuple[Sequence[int], Sequence[str]]]:
    """Which of these activities which followers are given: all, unless what was before their follow is left
    out."""
    if not get_feed(group.feed).since_follow():
        return [(ids, follower_ids)]
    together: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for follower_id, began in _began(group, follower_ids).items():
        together[tuple(id for id in ids if to_datetime(id) >= began)].append(follower_id)
    return [(some, followers) for some, followers in together.items() if some]


def _began(group: _Group, follower_ids: Sequence[str]) -> dict[str, datetime]:
    """When those of these who follow it now began to."""
    followee = Ref.parse(group.followee)
    return get_graph().began(followee, follower_ids, kinds=group.kinds, as_actor=group.as_actor)


def _pull_large(chunks: Iterable[_Chunk]) -> None:
    """Begin to pull the audiences that have just turned out to be very large."""
    if settings.PULL_ABOVE is None:
        return
    for chunk in chunks:
        group, most = chunk.group, settings.PULL_ABOVE
        if chunk.earlier <= most < chunk.earlier + len(chunk.follower_ids):
            followee = Ref.parse(group.followee)
            if get_feed(group.feed).pulled_from(followee, as_actor=group.as_actor) is not None:
                start(group.key)


def _drop_unjustified(
    store: StreamStore, chunks: Iterable[_Chunk], groups: Mapping[_Group, Sequence[int]]
) -> None:
    """Drop the streams of those who stopped following while we wrote to them."""
    for chunk in chunks:
        following = _justified(chunk, groups[chunk.group])
        gone = chunk.streams(id for id in chunk.follower_ids if id not in following)
        if gone:
            store.delete(gone)


def _justified(chunk: _Chunk, ids: Sequence[int]) -> Collection[str]:
    """Those of its followers who may have all of these activities now."""
    group = chunk.group
    if get_feed(group.feed).since_follow():
        began, oldest = _began(group, chunk.follower_ids), to_datetime(min(ids))
        return {id for id, moment in began.items() if moment <= oldest}
    return get_graph().still_following(
        Ref.parse(group.followee), chunk.follower_ids, kinds=group.kinds, as_actor=group.as_actor
    )
