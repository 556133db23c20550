"""Puts the demo's people, photos, likes, comments and follows into an empty database.

Rows are made in bulk, which is fast and sends no signals, so their activities are published by hand, with
`publish_many` and the times at which things are said to have happened: what a site does, too, that imports
its history. Only following goes through `follow()`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from activitystream import Draft, follow, publish_many, retract

from ..models import Album, Comment, Person, Photo
from .people import MEMBERS, PRAISE, REMARKS

PASSWORD = "demo"
ADMIN = "admin"
PRIVATE = "leila"
"""Who has a private account."""

#: Days over which the photos are spread.
SPAN = 24

Progress = Callable[[int, int, str], None]


class Loader:
    """Everything comes from one seed; only the times depend on when it runs."""

    def __init__(self, seed: int = 7) -> None:
        self.rng = random.Random(seed)
        self.now = timezone.now()
        self.drafts: list[Draft] = []
        self.people: list[Person] = []
        self.photos: list[Photo] = []
        self.albums: list[Album] = []

    def load(self, progress: Progress) -> None:
        """All of it, or, if it is interrupted, nothing."""
        steps = [
            ("people", self._people),
            ("photos", self._photos),
            ("follows", self._follows),
            ("likes", self._likes),
            ("comments", self._comments),
        ]
        total = len(steps) + 10
        with transaction.atomic():
            for done, (what, step) in enumerate(steps):
                progress(done, total, what)
                step()
            self.drafts.sort(key=lambda draft: draft.published or self.now)
            for i, some in enumerate(_parts(self.drafts, 10)):
                progress(len(steps) + i, total, "activities")
                publish_many(some)
            Person.objects.filter(username=PRIVATE).update(
                is_private=True
            )  # who follows her asked no questions
            progress(total - 1, total, "fan-out")
        progress(total, total, "done")

    def finish(self) -> None:
        """What makes it complete: somebody is there who administers, and one account is private."""
        Person.objects.filter(username=PRIVATE).update(is_private=True)  # who follows her did not have to ask
        Person.objects.create(
            username=ADMIN,
            display_name="Admin",
            password=make_password(PASSWORD),
            is_staff=True,
            is_superuser=True,
            bio="Minds the shop.",
            face="honey-short-grey-glasses-sage",
        )

    def _say(self, when: datetime, **draft: object) -> None:
        self.drafts.append(Draft(published=when, **draft))  # type: ignore[arg-type]

    def _people(self) -> None:
        password = make_password(PASSWORD)  # one hash for all: hashing is slow, on purpose
        joined = self.now - timedelta(days=SPAN + 7)
        self.people = Person.objects.bulk_create(
            Person(
                username=m.username,
                display_name=m.name,
                place=m.place,
                bio=m.bio,
                face=m.face,
                password=password,
                date_joined=joined,
            )
            for m in MEMBERS
        )

    def _photos(self) -> None:
        """Each album's photos follow one another; all albums together fill the whole span."""
        seeds: dict[str, int] = {}
        for owner, member in zip(self.people, MEMBERS, strict=True):
            for title, pictures in member.albums.items():
                times = self._times(len(pictures))
                album = Album(owner=owner, title=title, created=times[0] - timedelta(minutes=9))
                self.albums.append(album)
                for (scene, caption), when in zip(pictures, times, strict=True):
                    seeds[scene] = seeds.get(scene, -1) + 1
                    self.photos.append(
                        Photo(
                            owner=owner,
                            album=album,
                            scene=scene,
                            seed=seeds[scene],
                            caption=caption,
                            created=when,
                        )
                    )
        self._fresh()
        Album.objects.bulk_create(self.albums)
        Photo.objects.bulk_create(self.photos)
        for album in self.albums:
            self._say(album.created, actor=album.owner, verb="create", object=album)
        for photo in self.photos:
            self._say(photo.created, actor=photo.owner, verb="post", object=photo, target=photo.album)

    def _fresh(self) -> None:
        """The last photo of each person, from now back: whoever looks finds something that is minutes old."""
        latest = {photo.owner: photo for photo in sorted(self.photos, key=lambda photo: photo.created)}
        last = self.rng.sample(list(latest.values()), len(latest))
        for i, photo in enumerate(last):
            photo.created = self.now - timedelta(minutes=3 + i * 11 + i**3)

    def _times(self, count: int) -> list[datetime]:
        start = self.rng.uniform(0, SPAN * 0.6)
        days = sorted(start + self.rng.random() ** 0.7 * (SPAN - start) for _ in range(count))
        return [self.now - timedelta(days=SPAN - day, minutes=self.rng.uniform(1, 60)) for day in days]

    def _after(self, when: datetime, hours: float) -> datetime:
        """Some time later, most likely soon, and never in the future."""
        later = when + timedelta(hours=self.rng.expovariate(1 / hours), minutes=2)
        return later if later < self.now else when + (self.now - when) * self.rng.uniform(0.2, 0.95)

    def _follows(self) -> None:
        """Six to eight people each, and two albums of others."""
        count = len(self.people)
        for i, person in enumerate(self.people):
            others = [self.people[(i + step) % count] for step in range(1, count)]
            chosen = [others[0], *self.rng.sample(others[1:], self.rng.randint(5, 7))]
            for followee in [
                *chosen,
                *self.rng.sample([a for a in self.albums if a.owner not in [person, *chosen]], 2),
            ]:
                follow(person, followee)
                # following is an activity of this moment (FOLLOW_VERB); it is said to be older
                retract(actor=person, verb="follow", object=followee)
                when = self.now - timedelta(days=self.rng.uniform(1, SPAN))
                if isinstance(followee, Album):  # not before there was one
                    when = self._after(followee.created, 40)
                told = [] if isinstance(followee, Album) else [followee]
                self._say(when, actor=person, verb="follow", object=followee, notify=told)

    def _likes(self) -> None:
        through = Photo.likes.through
        rows = []
        for photo in self.photos:
            for person in self._audience(photo, 0, 5):
                rows.append(through(photo_id=photo.pk, person_id=person.pk))
                when = self._after(photo.created, 14)
                self._say(when, actor=person, verb="like", object=photo, notify=[photo.owner])
        through.objects.bulk_create(rows)

    def _comments(self) -> None:
        comments = []
        for photo in self.photos:
            lines = self.rng.sample(PRAISE, 2) + self.rng.sample(REMARKS[photo.scene], 1)
            self.rng.shuffle(lines)
            for person, text in zip(self._audience(photo, 0, 2), lines, strict=False):
                when = self._after(photo.created, 20)
                comments.append(Comment(author=person, photo=photo, text=text, created=when))
        for comment in Comment.objects.bulk_create(comments):
            self._say(
                comment.created,
                actor=comment.author,
                verb="comment",
                object=comment,
                target=comment.photo,
                notify=[comment.photo.owner],
            )

    def _audience(self, photo: Photo, least: int, most: int) -> list[Person]:
        """Some of the others; of a photo that is minutes old, hardly anybody has heard."""
        if self.now - photo.created < timedelta(minutes=30):
            least, most = 0, 1
        others = [person for person in self.people if person != photo.owner]
        return self.rng.sample(others, self.rng.randint(least, most))


def _parts(drafts: list[Draft], count: int) -> Iterable[list[Draft]]:
    size = -(-len(drafts) // count)
    return (drafts[start : start + size] for start in range(0, len(drafts), size))
