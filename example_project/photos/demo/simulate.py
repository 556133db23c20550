"""Lets the people of the demo act for a while, as if they sat at their own screens. Signals tell of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from threading import Lock, Thread

from django.db import connection

from activitystream import follow, is_following

from ..models import Album, Comment, Person, Photo
from .people import MEMBERS, PRAISE, REMARKS
from .words import CAPTIONS

__all__ = ["SECONDS", "Crowd", "start"]

SECONDS = 30.0
"""How long they act."""
PAUSE = 1.5
"""Seconds between two of them, on average."""
RECENT = 40
"""Photos that they look at: the latest."""

_running = Lock()


class Crowd:
    """The twelve, without the one who watches."""

    def __init__(self, but: int = 0, seed: int | None = None) -> None:
        self.rng = random.Random(seed)
        names = [member.username for member in MEMBERS]
        self.people = list(Person.objects.filter(username__in=names).exclude(pk=but))

    def run(self, seconds: float, told: Callable[[str], object] = lambda line: None) -> None:
        """Act until the time is over; each line that is told is one act."""
        end = time.monotonic() + seconds
        while self.people and time.monotonic() < end:
            told(self.act())
            time.sleep(min(self.rng.expovariate(1 / PAUSE), max(0, end - time.monotonic())))

    def act(self) -> str:
        """One of them does something; what."""
        [do] = self.rng.choices([self._like, self._comment, self._post, self._follow], [6, 3, 2, 1])
        return f"{(who := self.rng.choice(self.people))} {do(who)}"

    def _like(self, who: Person) -> str:
        photo = self._photo(who)
        photo.likes.add(who)
        return f"likes {photo}"

    def _comment(self, who: Person) -> str:
        photo = self._photo(who)
        text = self.rng.choice([*PRAISE, *REMARKS[photo.scene] * 4])
        Comment.objects.create(author=who, photo=photo, text=text)
        return f"says of {photo}: {text}"

    def _post(self, who: Person) -> str:
        album = self.rng.choice(list(Album.objects.filter(owner=who)))
        scene = self.rng.choice(list(album.photos.values_list("scene", flat=True)) or list(CAPTIONS))
        photo = Photo.objects.create(
            owner=who,
            album=album,
            scene=scene,
            seed=self.rng.randrange(1_000, 9_000),
            caption=self.rng.choice(CAPTIONS[scene]),
        )
        return f"posts {photo}"

    def _follow(self, who: Person) -> str:
        others = [person for person in self.people if person != who and not is_following(who, person)]
        if not others:
            return "has followed everybody"
        follow(who, other := self.rng.choice(others))
        return f"follows {other}"

    def _photo(self, who: Person) -> Photo:
        """A photo of the latest, of somebody else."""
        return self.rng.choice(
            list(Photo.objects.exclude(owner=who).filter(owner__is_private=False)[:RECENT])
        )


def start(but: int) -> bool:
    """Let them act in a thread, for `SECONDS`; False: they do already."""
    if not _running.acquire(blocking=False):
        return False
    Thread(target=_act, args=(but,), daemon=True).start()
    return True


def _act(but: int) -> None:
    try:
        Crowd(but).run(SECONDS)
    finally:
        _running.release()
        connection.close()
