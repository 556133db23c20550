"""What `activitystream.testing` changes, and that it is as before afterwards."""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
from contextlib import suppress
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django_redis import get_redis_connection

from activitystream import (
    Feed,
    HomeFeed,
    ModelActivity,
    NotRegistered,
    OutboxFeed,
    StoreUnavailable,
    is_following,
    register,
    unregister,
)
from activitystream import follow as follow_row
from activitystream import testing as kit
from activitystream.conf import settings as conf
from activitystream.feeds import feeds, get_feed
from activitystream.feeds.base import clashing
from activitystream.models import Activity
from activitystream.registry import observe, options_for
from activitystream.registry import registered as all_registered
from activitystream.streams import StoreOptions, StreamStore, get_store
from activitystream.streams.memory import MemoryStore
from activitystream.streams.redis import RedisStore
from tests.app.models import Album, Note, Pair, Photo, Unregistered
from tests.fixtures import Configure

REFERENCE = (Path(__file__).parents[2] / "docs/reference.md").read_text()
User = get_user_model()

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", kit.__all__)
def test_the_reference_names_all(name: str) -> None:
    assert f"`activitystream.testing.{name}`" in REFERENCE
    assert getattr(kit, name).__doc__


@pytest.mark.slow
def test_a_site_needs_no_pytest() -> None:
    lines = [
        "import django, sys",
        "django.setup()",
        "import activitystream.testing",
        "assert 'pytest' not in sys.modules",
    ]
    command = [sys.executable, "-c", "; ".join(lines)]
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2], env=environment)


# -- settings ------------------------------------------------------------------------------------------


def test_settings_are_added_and_taken_back() -> None:
    prefix, size = conf.KEY_PREFIX, conf.PAGE_SIZE
    with kit.activitystream_settings(PAGE_SIZE=3):
        with kit.activitystream_settings(MAX_LENGTH=5):
            assert (3, 5, prefix) == (conf.PAGE_SIZE, conf.MAX_LENGTH, conf.KEY_PREFIX)
        assert (conf.PAGE_SIZE, conf.MAX_LENGTH) == (3, 800)
    assert size == conf.PAGE_SIZE == 20


def test_settings_as_a_decorator() -> None:
    @kit.activitystream_settings(PAGE_SIZE=3)
    def size() -> int:
        return conf.PAGE_SIZE

    assert (size(), size(), conf.PAGE_SIZE) == (3, 3, 20)


def test_a_setting_that_there_is_not() -> None:
    with (
        pytest.raises(TypeError, match=r"no setting 'MAX_LENGHT'\. Did you mean MAX_LENGTH\?"),
        kit.activitystream_settings(MAX_LENGHT=3),
    ):
        raise AssertionError("it was taken")


# -- registrations -------------------------------------------------------------------------------------


def written(author: Any) -> list[str]:
    Note.objects.create(author=author)
    return list(Activity.objects.values_list("verb", flat=True))


def test_a_model_is_registered_inside_the_block(ana: Any) -> None:
    with kit.registered(Note, actor="author", on_create="write") as options:
        assert options is options_for(Note)
        assert written(ana) == ["write"]
    with pytest.raises(NotRegistered):
        options_for(Note)
    assert written(ana) == ["write"]


def test_a_registration_is_replaced_as_a_whole(ana: Any) -> None:
    before = list(all_registered())
    with kit.registered(Photo, name="caption"):
        assert (options_for(Photo).on_create, options_for(Photo).type) == (None, None)
        Photo.objects.create(owner=ana)
    assert not Activity.objects.exists()
    assert list(all_registered()) == before, "the very same, in their order"
    Photo.objects.create(owner=ana)
    assert Activity.objects.count() == 1


def test_attributes_of_a_registration_are_replaced_and_the_others_stay(ana: Any, ben: Any) -> None:
    before = list(all_registered())
    private = kit.override_registration(User, private=lambda self, user: user == ana)
    with private as options, kit.override_registration(Photo, on_create="show"):
        assert options.name == "username"
        assert (options_for(Photo).on_create, options_for(Photo).type) == ("show", "Image")
        Photo.objects.create(owner=ana)
        assert Activity.objects.get().verb == "show"
        follow_row(ben, ana)
        follow_row(ana, ben)
        assert (is_following(ben, ana), is_following(ana, ben)) == (False, True)
    assert list(all_registered()) == before


def test_signals_are_listened_to_as_an_override_says(ana: Any) -> None:
    with kit.override_registration(Photo, on_delete="keep"):
        Photo.objects.create(owner=ana).delete()
        assert Activity.objects.count() == 1
    Photo.objects.create(owner=ana).delete()
    assert Activity.objects.count() == 1


def test_what_cannot_be_overridden() -> None:
    with pytest.raises(TypeError, match="PhotoActivity has no attribute 'privat'"):
        kit.override_registration(Photo, privat=True).__enter__()
    with pytest.raises(NotRegistered):
        kit.override_registration(Unregistered, name="name").__enter__()


def test_a_registration_that_fails_leaves_the_old_one() -> None:
    before = list(all_registered())
    with pytest.raises(Exception, match="composite primary key"):
        kit.registered(Pair).__enter__()
    with pytest.raises(ZeroDivisionError), kit.registered(Photo):
        raise ZeroDivisionError
    assert list(all_registered()) == before


def test_what_is_registered_and_unregistered_in_a_block_is_undone(ana: Any) -> None:
    before, heard = list(all_registered()), []
    with kit.isolated_registry():
        unregister(User, Album)
        register(Unregistered)(ModelActivity)
        observe(lambda options: None, heard.append)
    assert list(all_registered()) == before
    assert heard == []
    assert follow_row(ana, Album.objects.create(owner=ana))
    with kit.registered(Note):
        pass
    assert heard == [], "who observed in the block hears no more"


# -- feeds ---------------------------------------------------------------------------------------------


def test_feeds_are_forgotten() -> None:
    before = feeds()
    with kit.isolated_feeds():
        declared = type("QuietFeed", (OutboxFeed,), {"name": "quiet"})
        taken = type("OtherFeed", (Feed,), {"name": "outbox", "sources": lambda self: []})
        assert (get_feed("quiet"), get_feed("outbox")) == (declared, taken)
        assert clashing() == [(OutboxFeed, taken)]
    assert feeds() == before
    assert clashing() == []
    type("OtherFeed", (OutboxFeed,), {})
    with pytest.raises(LookupError):
        get_feed("quiet")


def test_clashes_of_names_are_as_before() -> None:
    with kit.isolated_feeds():
        one, two, three = (
            type(f"Feed{n}", (Feed,), {"name": "twice", "sources": lambda self: []}) for n in range(3)
        )
        assert clashing() == [(two, three)]
        with kit.isolated_feeds():
            four = type("Feed4", (Feed,), {"name": "twice", "sources": lambda self: []})
            assert clashing() == [(three, four)]
        assert clashing() == [(two, three)]
        assert get_feed("twice") is three is not one


# -- stores --------------------------------------------------------------------------------------------


def test_stores_in_use(configure: Configure) -> None:
    outer = get_store()
    with kit.use_store("memory") as store:
        assert isinstance(store, MemoryStore)
        assert get_store() is store
        configure(MAX_LENGTH=3, STREAMS=None)
        assert get_store() is store, "whatever the settings say"
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(get_store()))
        thread.start()
        thread.join()
        assert found == [store]
        other = MemoryStore(StoreOptions())
        with kit.use_store(other), kit.use_store(None) as none:
            assert none is get_store() is None
        assert get_store() is store
        with kit.use_store("activitystream.streams.redis.RedisStore") as redis:
            assert isinstance(redis, RedisStore)
            assert redis.options.prefix == conf.KEY_PREFIX
    assert get_store() is None
    assert outer is not None


def test_a_store_that_is_down_answers_nothing(ana: Any) -> None:
    silent = {"events", "check", "in_space"}  # they send nothing
    methods = {name for name in dir(StreamStore) if not name.startswith("_")} - silent
    assert len(methods) > 15
    with kit.store_down():
        store: Any = get_store()
        for name in methods:
            parameters = list(signature(getattr(StreamStore, name)).parameters.values())[1:]
            asked = {one.name: None for one in parameters if one.default is one.empty}
            with pytest.raises(StoreUnavailable):
                getattr(store, name)(**asked)
        with pytest.raises(StoreUnavailable):
            store.events.watch(["s"])
        call_command("check", tag=["activitystream"])
        assert len(HomeFeed(ana).page()) == 0


def keys(pattern: str = "*") -> set[str]:
    return {key.decode() for key in get_redis_connection("default").scan_iter(match=pattern)}


def fill(user: Any) -> None:
    HomeFeed(user).page()
    HomeFeed(user).page()


def test_keys_have_a_space_of_their_own(transactional_db: None, ana: Any) -> None:
    with kit.key_space() as one:
        fill(ana)
        first = keys(f"{one}:*")
        assert first
        with kit.key_space() as two:
            fill(ana)
            assert one != two == conf.KEY_PREFIX
            assert keys(f"{two}:*")
        assert keys(f"{two}*") == set()
        assert keys(f"{one}:*") == first
    assert keys(f"{one}*") == set()
    assert conf.KEY_PREFIX not in (one, two)


def test_only_these_keys_are_deleted_whatever_happens(transactional_db: None, ana: Any) -> None:
    client, name = get_redis_connection("default"), secrets.token_hex(4)
    alike = f"kit-{name}-xa:1:left"
    client.set(alike, "alone")
    try:
        with suppress(ZeroDivisionError), kit.key_space(f"kit-{name}-[x*]a") as prefix:
            client.set(f"{prefix}longer:1", "alone")
            fill(ana)
            assert len(keys(f"kit-{name}-*")) > 2
            raise ZeroDivisionError
        assert keys(f"kit-{name}-*") == {alike, f"{prefix}longer:1"}
    finally:
        client.delete(*keys(f"kit-{name}-*"))


def test_more_keys_than_one_command_deletes(transactional_db: None) -> None:
    client = get_redis_connection("default")
    with kit.key_space() as prefix:
        client.mset({f"{prefix}:{number}": "x" for number in range(2_500)})
    assert keys(f"{prefix}*") == set()


@pytest.mark.parametrize("streams", [None, "activitystream.streams.memory.MemoryStore"])
def test_without_redis_no_server_is_asked(streams: str | None, settings: Any) -> None:
    nowhere = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "unix:///nonexistent/socket"}
    settings.CACHES = {**settings.CACHES, "nowhere": nowhere}
    settings.ACTIVITYSTREAM = {"STREAMS": streams, "CACHE": "nowhere"}
    with kit.key_space() as prefix:
        assert prefix == conf.KEY_PREFIX


class SiteStore(MemoryStore):
    """A store of a site, which is not in Redis."""


def test_keys_of_a_store_of_the_site(settings: Any) -> None:
    elsewhere = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {**settings.CACHES, "elsewhere": elsewhere}
    settings.ACTIVITYSTREAM = {"STREAMS": f"{__name__}.SiteStore", "CACHE": "elsewhere"}
    with kit.key_space() as prefix:
        assert isinstance(get_store(), SiteStore)
        assert prefix == conf.KEY_PREFIX
