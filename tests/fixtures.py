"""Fixtures that the tests of all layers share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import fakeredis
import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Model
from redis.connection import AbstractConnection

from activitystream import ModelActivity
from activitystream.models import Activity
from activitystream.registry import registered
from activitystream.streams import get_store
from tests.app.models import Album, Photo

STORES = {
    "fakeredis": "activitystream.streams.redis.RedisStore",
    "memory": "activitystream.streams.memory.MemoryStore",
    "none": None,
}

Configure = Callable[..., None]
Register = Callable[..., ModelActivity]
People = Callable[..., list[Any]]


@pytest.fixture
def stale_type(request: pytest.FixtureRequest) -> Iterator[ContentType]:
    """The content type of a model that is no longer installed: "gone.thing".

    Django's cache of content types outlives the rollback, and a later one would have the same key.
    """
    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    ContentType.objects.clear_cache()
    made = ContentType.objects.create(app_label="gone", model="thing")
    yield made
    Activity.objects.filter(object_type=made).delete()
    made.delete()
    ContentType.objects.clear_cache()


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database with real commits, emptied afterwards: what follows a commit happens as it does on a site.

    pytest-django's fixture of this name does it too, many times as slowly: it sends `post_migrate` each time.
    """
    with django_db_blocker.unblock():
        yield
        with connection.constraint_checks_disabled(), transaction.atomic():
            for model in _with_rows():
                model._base_manager.all()._raw_delete(connection.alias)


def _with_rows() -> list[type[Model]]:
    """Return the models whose tables have rows, but for those that `migrate` fills.

    One query finds them: to empty every table is a round trip to the database server for each.
    """
    models = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model not in (ContentType, Permission) and model._meta.managed and not model._meta.proxy
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(f"EXISTS (SELECT 1 FROM {quote(model._meta.db_table)})" for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}")
        return [model for model, found in zip(models, cursor.fetchone(), strict=True) if found]


@pytest.fixture
def configure(activitystream_settings: Configure) -> Configure:
    """Change settings of the app for one test: `configure(MAX_LENGTH=3)`."""
    return activitystream_settings


@pytest.fixture(params=STORES)
def any_store(request: pytest.FixtureRequest, configure: Configure) -> str:
    """The test runs with each store, and with none."""
    configure(STREAMS=STORES[request.param])
    return str(request.param)


class InUse:
    """The store in use: other settings make another one."""

    def __getattr__(self, name: str) -> Any:
        return getattr(get_store(), name)


@pytest.fixture(params=["fakeredis", "memory"])
def store(request: pytest.FixtureRequest, configure: Configure) -> Any:
    """The test runs with each store; this is the one in use."""
    configure(STREAMS=STORES[request.param])
    return InUse()


@pytest.fixture
def registering(register_model: Register) -> Register:
    """Register a model for one test, in place of what it was: `registering(Note, on_create="write")`."""
    return register_model


@pytest.fixture
def people() -> People:
    """Users by name, or this many."""

    def make(*names: str | int) -> list[Any]:
        if len(names) == 1 and isinstance(names[0], int):
            names = tuple(f"user-{number}" for number in range(names[0]))
        user = get_user_model()
        user.objects.bulk_create([user(username=name) for name in names])
        by_name = {found.username: found for found in user.objects.filter(username__in=names)}
        return [by_name[str(name)] for name in names]

    return make


@pytest.fixture
def ana(people: People) -> Any:
    return people("ana")[0]


@pytest.fixture
def ben(people: People) -> Any:
    return people("ben")[0]


@pytest.fixture
def photo(ana: Any) -> Photo:
    """Made without a signal: nothing is published."""
    return Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])[0]


class Replica:
    """A router that sends reads of these apps to a database that the tests do not have."""

    def __init__(self, *apps: str) -> None:
        self._apps = apps or ("activitystream", "app", "auth")

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model._meta.app_label in self._apps else None

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows by one with each time that something is sent to Redis for the first time, or after an answer was
    read: commands that are sent before any answer is waited for are one round trip."""
    trips: list[Any] = []
    waiting: set[int] = set()

    def counted(send: Any) -> Any:
        def send_counted(self: Any, command: Any, *args: Any, **kwargs: Any) -> Any:
            if id(self) not in waiting:
                trips.append(command)
            waiting.add(id(self))
            return send(self, command, *args, **kwargs)

        return send_counted

    def noticed(read: Any) -> Any:
        def read_noticed(self: Any, *args: Any, **kwargs: Any) -> Any:
            waiting.discard(id(self))
            return read(self, *args, **kwargs)

        return read_noticed

    for kind in (AbstractConnection, fakeredis.FakeRedisConnection):  # this one reads in its own way
        monkeypatch.setattr(kind, "send_packed_command", counted(kind.send_packed_command))
        monkeypatch.setattr(kind, "read_response", noticed(kind.read_response))
    return trips


@pytest.fixture
def private_rows(override_registration: Register) -> None:
    """Whose last name is "private" is; and albums of that title."""
    override_registration(get_user_model(), private=lambda self, user: user.last_name == "private")
    override_registration(Album, private=lambda self, album: album.title == "private")


@pytest.fixture
def any_kind(override_registration: Register) -> None:
    """Clients may choose any kind of follow."""
    for options in registered():
        override_registration(options.model, may_follow=lambda self, obj, kind, user: True)
