"""`SIZE=large`: 50,000 people around the twelve, and a million activities, so that scale can be felt.

Rows are written in bulk: with `publish()` and `follow()` it would take hours. No stream is warm while this
runs, so no stream has to be told; whoever reads fills theirs from SQL.

Who is followed is a power law, as in real networks: a few have ten thousand followers, most have some.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate, islice
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.utils import timezone

from activitystream import Activity
from activitystream.ids import new_id

from ..art import SCENES
from ..models import Album, Comment, Person, Photo
from . import words

__all__ = ["Large", "Sizes"]

CHUNK = 5_000
Progress = Callable[[int, int, str], None]


class Sizes(NamedTuple):
    """How much there is."""

    people: int = 50_000
    photos: int = 150_000
    likes: int = 650_000
    comments: int = 80_000
    follows: int = 1_000_000
    told_follows: int = 120_000
    """Follows that are activities, too."""
    days: int = 365

    def scaled(self, by: float) -> Sizes:
        """A part of it, over the same time."""
        *numbers, days = self
        return Sizes._make([*(max(1, int(number * by)) for number in numbers), days])

    @property
    def activities(self) -> int:
        return self.photos + self.likes + self.comments + self.told_follows


class Skewed:
    """Picks from `count` things by a power law: the first most often, the last hardly ever."""

    def __init__(self, rng: random.Random, count: int, exponent: float) -> None:
        self.rng = rng
        self.sums = list(accumulate((rank + 5) ** -exponent for rank in range(count)))

    def pick(self) -> int:
        return bisect(self.sums, self.rng.random() * self.sums[-1])


class Large:
    """Adds to what is there. Everything comes from one seed; only the times depend on when it runs."""

    def __init__(self, sizes: Sizes, progress: Progress, seed: int = 11) -> None:
        self.sizes = sizes
        self.progress = progress
        self.rng = random.Random(seed)
        self.now = timezone.now()
        self.done = 0
        self.total = sizes.people + sizes.follows + sizes.activities * 2 - sizes.told_follows
        self.types = {
            model: ContentType.objects.get_for_model(model).pk for model in (Person, Album, Photo, Comment)
        }
        self.shown: list[tuple[int, int, datetime]] = []
        """Key, album and time of each photo."""
        self.told: list[tuple[int, int]] = []
        """Follower and followee of the follows that are activities."""

    def load(self) -> None:
        self._hurry()
        self.old = list(Person.objects.filter(is_staff=False).values_list("pk", flat=True))
        self._people()
        self._follows()
        self._photos()
        self._likes()
        self._comments()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # so that the database knows what its tables hold
        self.progress(self.total, self.total, "done")

    @staticmethod
    def _hurry() -> None:
        """SQLite's 2 MB of memory are too few for indexes of this size; holds as long as the connection."""
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA cache_size = -500000")
                cursor.execute("PRAGMA synchronous = OFF")

    # -- who -------------------------------------------------------------------------------------------

    def _people(self) -> None:
        some = (
            Person(
                username=f"{first.lower()}{number}",
                display_name=f"{first} {last}",
                place=self.rng.choice(words.PLACES),
                bio=self.rng.choice(words.BIOS),
                password="!",  # they do not sign in
                is_private=self.rng.random() < 0.03,
            )
            for number, (first, last) in enumerate(self._names(self.sizes.people))
        )
        self._write("people", Person, some)
        new = list(Person.objects.filter(pk__gt=max(self.old)).values_list("pk", flat=True))
        self.rng.shuffle(new)
        # the best known first, and among them the twelve, for whoever is one of them wants to see something
        famous = [*new[:30], *self.old]
        self.rng.shuffle(famous)
        self.people = [*famous, *new[30:]]
        self.known = Skewed(self.rng, len(self.people), 0.78)

    def _names(self, count: int) -> Iterator[tuple[str, str]]:
        return ((self.rng.choice(words.FIRST), self.rng.choice(words.LAST)) for _ in range(count))

    def _follows(self) -> None:
        follow = apps.get_model("activitystream", "Follow")
        rows = (
            follow(
                follower_id=follower,
                followee_type_id=self.types[Person],
                followee_id=str(followee),
                actor_only=True,
            )
            for follower, followee in self._noting(self._pairs())
        )
        self._write("follows", follow, rows, ignore_conflicts=True)  # the twelve follow some of one another

    def _noting(self, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The same pairs; some of them are activities, too."""
        share = self.sizes.told_follows / self.sizes.follows
        for pair in pairs:
            if self.rng.random() < share:
                self.told.append(pair)
            yield pair

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Follower and followee: some follow very many, most about a dozen; the twelve are busy readers."""
        mean = self.sizes.follows / len(self.people)
        for follower in self.people:
            wanted = (
                300
                if follower in self.old
                else min(2_000, int(self.rng.paretovariate(1.8) * mean * 0.444) + 1)
            )
            chosen: dict[int, None] = {}
            for _ in range(wanted):
                chosen[self.people[self.known.pick()]] = None
            chosen.pop(follower, None)
            for followee in chosen:
                yield follower, followee

    # -- what they do ----------------------------------------------------------------------------------

    def _photos(self) -> None:
        """An album for each who posts, and photos in it; who is known well posts more."""
        per_owner: dict[int, int] = {}
        posting = Skewed(self.rng, len(self.people), 0.45)
        for _ in range(self.sizes.photos):
            owner = self.people[posting.pick()]
            per_owner[owner] = per_owner.get(owner, 0) + 1
        start = self.now - timedelta(days=self.sizes.days)
        albums = (
            Album(owner_id=owner, title=self.rng.choice(words.ALBUMS), created=start) for owner in per_owner
        )
        first = self._next_key(Album)
        self._write("albums", Album, albums, counted=False)
        album_of = {
            owner: pk for pk, owner in Album.objects.filter(pk__gte=first).values_list("pk", "owner_id")
        }
        owners = [owner for owner, count in per_owner.items() for _ in range(count)]
        self.rng.shuffle(owners)
        scenes = list(SCENES)
        key = self._next_key(Photo)
        rows = []
        for number, owner in enumerate(owners):
            scene = self.rng.choice(scenes)
            rows.append(
                Photo(
                    pk=key + number,
                    owner_id=owner,
                    album_id=album_of[owner],
                    scene=scene,
                    seed=self.rng.randrange(200),  # so that browsers know many of them already
                    caption=self.rng.choice(words.CAPTIONS[scene]),
                    created=self._time(number, len(owners)),
                )
            )
        self._write("photos", Photo, rows)
        self.shown = [(photo.pk, photo.album_id, photo.created) for photo in rows]
        posts = (
            self._activity(p.owner_id, "post", p.created, (Photo, p.pk), (Album, p.album_id)) for p in rows
        )
        self._write("posts", Activity, posts)

    def _likes(self) -> None:
        through = Photo.likes.through
        liked = list({one[:2]: one for one in self._reactions(self.sizes.likes)}.values())
        rows = (through(person_id=person, photo_id=photo) for person, photo, _, _ in liked)
        self._write("likes", through, rows, ignore_conflicts=True)
        acts = (self._activity(person, "like", when, (Photo, photo)) for person, photo, _, when in liked)
        self._write("likes in feeds", Activity, acts)
        self.rng.shuffle(self.told)
        acts = (
            self._activity(follower, "follow", self._time(number, len(self.told)), (Person, followee))
            for number, (follower, followee) in enumerate(self.told)
        )
        self._write("follows in feeds", Activity, acts)

    def _comments(self) -> None:
        key = self._next_key(Comment)
        said = [
            Comment(
                pk=key + n,
                author_id=person,
                photo_id=photo,
                text=self.rng.choice(words.COMMENTS),
                created=when,
            )
            for n, (person, photo, _, when) in enumerate(self._reactions(self.sizes.comments))
        ]
        self._write("comments", Comment, said)
        acts = (
            self._activity(c.author_id, "comment", c.created, (Comment, c.pk), (Photo, c.photo_id))
            for c in said
        )
        self._write("comments in feeds", Activity, acts)

    def _reactions(self, count: int) -> Iterator[tuple[int, int, int, datetime]]:
        """Who, to which photo, in which album, when: soon after it was posted, mostly."""
        acting = Skewed(self.rng, len(self.people), 0.5)
        for _ in range(count):
            photo, album, posted = self.shown[int(len(self.shown) * self.rng.random())]
            later = posted + timedelta(hours=self.rng.expovariate(1 / 20), minutes=1)
            when = later if later < self.now else posted + (self.now - posted) * self.rng.random()
            yield self.people[acting.pick()], photo, album, when

    def _time(self, number: int, of: int) -> datetime:
        """The oldest first; more each week, as a site grows."""
        age = 1 - ((number + self.rng.random()) / of) ** 0.6
        return self.now - timedelta(days=self.sizes.days * age, seconds=self.rng.randrange(60))

    # -- writing ---------------------------------------------------------------------------------------

    def _activity(
        self, actor: int, verb: str, when: datetime, object: Any, target: Any = (None, None)
    ) -> Activity:
        (object_model, object_key), (target_model, target_key) = object, target
        return Activity(
            id=new_id(when),
            actor_type_id=self.types[Person],
            actor_id=str(actor),
            verb=verb,
            object_type_id=self.types[object_model],
            object_id=str(object_key),
            target_type_id=self.types.get(target_model),
            target_id=None if target_key is None else str(target_key),
            published=when,
            data={},
        )

    def _write(
        self,
        what: str,
        model: type[models.Model],
        rows: Iterable[Any],
        *,
        counted: bool = True,
        ignore_conflicts: bool = False,
    ) -> None:
        rows = iter(rows)
        while chunk := list(islice(rows, CHUNK)):
            with transaction.atomic():
                model._default_manager.bulk_create(chunk, ignore_conflicts=ignore_conflicts)
            self.done += len(chunk) * counted
            self.progress(min(self.done, self.total - 1), self.total, what)

    @staticmethod
    def _next_key(model: type[models.Model]) -> int:
        last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
        return (last or 0) + 1
