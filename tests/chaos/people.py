"""The database of a run, and the people in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection

from activitystream.models import FOLLOW, Follow, Ref
from tests.app.models import Photo, Profile

from .api import PASSWORD
from .ledger import Ledger

__all__ = ["database", "make_people"]

FRIENDLY = 0.6
"""How likely a person follows another in the beginning."""


@contextmanager
def database() -> Iterator[None]:
    """A database of this run alone."""
    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    is_server = connection.vendor != "sqlite"
    if is_server:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        if is_server:
            force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}{force}")


def make_people(count: int, random: Random) -> tuple[Ledger, dict[int, int]]:
    """People with a photo each, most of whom follow one another. Photos are given with their owners."""
    people = list(range(1, count + 1))
    password = make_password(PASSWORD)
    users = get_user_model().objects.bulk_create(
        get_user_model()(pk=pk, username=f"p{pk}", password=password) for pk in people
    )
    Profile.objects.bulk_create(Profile(user=user) for user in users)
    photos = {100 + pk: pk for pk in people}
    Photo.objects.bulk_create(Photo(pk=pk, owner_id=who, caption="photo") for pk, who in photos.items())
    refs = {user.pk: Ref.of(user) for user in users}
    follows = [(one, other) for one in people for other in people if one != other]
    follows = [pair for pair in follows if random.random() < FRIENDLY]
    Follow.objects.bulk_create(_follow(one, refs[other]) for one, other in follows)
    return Ledger(people, follows), photos


def _follow(follower: int, followee: Ref) -> Follow:
    return Follow(
        follower_id=follower,
        followee_type=followee.content_type,
        followee_id=followee.id,
        kind=FOLLOW,
        actor_only=True,
    )
