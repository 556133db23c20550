"""`dumpdata` of the whole project, and `loaddata` of it into an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.management import call_command
from django.db import models, transaction

from activitystream import (
    Activity,
    Follow,
    HomeFeed,
    NotificationsFeed,
    OutboxFeed,
    block,
    follow,
    mute,
    publish,
)
from activitystream.models import Block, JournalEntry, Mute, Notification, Stream
from activitystream.streams import get_store
from tests.app.models import Album, Page, Photo
from tests.fixtures import People, Register

pytestmark = pytest.mark.usefixtures("transactional_db")
User = get_user_model()
DUMP = ("--natural-foreign", "--exclude", "contenttypes", "--exclude", "auth.permission")
"""What docs/operations.md says."""


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return tmp_path / "dump.json"


@pytest.fixture
def _content_types() -> Iterator[None]:
    """Content types as they were, for the tests that follow."""
    yield
    ContentType.objects.clear_cache()


def empty() -> None:
    """A database as `migrate` leaves it behind, elsewhere: content types have other keys there."""
    call_command("flush", interactive=False, verbosity=0)
    models_ = [type.model_class() for type in ContentType.objects.order_by("-pk")]
    with transaction.atomic():
        Permission.objects.all().delete()
        ContentType.objects.all().delete()
        ContentType.objects.clear_cache()
        for model in models_:
            ContentType.objects.get_for_model(model)
    call_command("migrate", verbosity=0)  # makes permissions


def shown(*users: Any) -> list[list[tuple[Any, ...]]]:
    feeds = [feed(user) for user in users for feed in (HomeFeed, OutboxFeed, NotificationsFeed)]
    return [
        [
            (entry.id, entry.actor.name, entry.verb, entry.object and entry.object.ref)
            for entry in feed.page(viewer=feed.owner)
        ]
        for feed in feeds
    ]


def rows() -> dict[str, list[Any]]:
    told = [Activity, Follow, Block, Mute, Notification, JournalEntry]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list("pk", flat=True))
        for model in told
    }


@pytest.mark.usefixtures("_content_types")
def test_the_whole_project(people: People, dump: Path, any_store: str) -> None:
    ana, bob, cy = people("ana", "bob", "cy")
    album = Album.objects.create(title="Alps", owner=ana)
    follow(bob, ana)
    follow(bob, album)
    photo = Photo.objects.create(owner=ana, caption="Lake", album=album)
    photo.likes.add(bob, cy)
    album.photos.add(photo)
    Page.objects.create(slug="gone", author=ana).delete()
    publish(
        actor=bob, verb="ask", object=photo, data={"text": "où?"}, visibility="named", to=[ana], notify=[ana]
    )
    block(cy, bob)
    mute(bob, photo)
    before, counted = shown(ana, bob, cy), rows()
    assert all(counted[name] for name in counted if name != "JournalEntry")

    call_command("dumpdata", *DUMP, output=str(dump), verbosity=0)
    empty()
    if (store := get_store()) is not None:
        store.delete(list(store.streams()))
    for feed in (HomeFeed, OutboxFeed):
        assert not feed(bob).page()  # the streams are warm now, and empty
    call_command("loaddata", str(dump), verbosity=0)
    assert rows() == counted  # nothing is published, nothing recorded
    if any_store != "none":
        call_command("activitystream_rebuild", warm=True)
    assert shown(ana, bob, cy) == before
    after = publish(actor=ana, verb="wave")  # the sequences go on
    assert next(entry.id for entry in HomeFeed(bob).page()) == after.id


def test_without_options_and_with_base_managers(ana: Any, dump: Path) -> None:
    call_command("dumpdata", output=str(dump), use_base_manager=True, verbosity=0)
    assert '"model": "auth.user"' in dump.read_text()


def test_every_model_of_ours_can_be_asked() -> None:
    """Tools of many kinds look at all models, whether they have a table or not."""
    assert not Stream.objects.exists()
    assert not Stream._base_manager.filter(pk=1).count()
    assert list(Stream.objects.using("default").order_by("pk").iterator()) == []


def test_loaded_rows_publish_nothing(people: People, registering: Register) -> None:
    """Whatever a fixture loads: a save of it, or a field of many rows."""
    ana, ben = people("ana", "ben")
    registering(
        Photo,
        actor="owner",
        on_create="post",
        on_update={"caption": "edit"},
        on_add={"likes": "like"},
        name="caption",
    )
    with transaction.atomic():
        photo = Photo.objects.create(owner=ana, caption="Lake")
        photo.likes.add(ben)
        followed = follow(ben, ana)
        blocked, muted = block(ana, User.objects.create(username="cy")), mute(ben, photo)
        text = serializers.serialize("json", [photo, followed, blocked, muted])
        transaction.set_rollback(True)
    User.objects.create(pk=blocked.blocked_id, username="cy")
    text = text.replace("Lake", "Sea")
    for _ in range(2):  # new, then changed
        for loaded in serializers.deserialize("json", text):
            loaded.save()
        assert Photo.objects.get().likes.get() == ben
        assert not Activity.objects.exists()
        assert not JournalEntry.objects.exists()
    photo = Photo.objects.get()
    photo.caption = "River"
    photo.save()
    photo.likes.set([ana])
    assert sorted(Activity.objects.values_list("verb", flat=True)) == ["edit", "like"]


def test_a_loaded_row_that_is_saved_again_publishes(ana: Any, photo: Photo) -> None:
    """An instance that a fixture made is a row like any other afterwards."""
    (loaded,) = serializers.deserialize("json", serializers.serialize("json", [photo]))
    loaded.save()
    instance: models.Model = loaded.object
    instance.save()
    instance.likes.add(ana)  # type: ignore[attr-defined]
    assert list(Activity.objects.values_list("verb", flat=True)) == ["like"]
