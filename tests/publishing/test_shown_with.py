"""What is said in another row (a profile, beside the user) is never stale, and never leaks."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models.signals import post_save, pre_delete
from django.test.utils import CaptureQueriesContext

from activitystream import OutboxFeed, publish, unregister
from activitystream.feeds import get_entry
from activitystream.registry.paths import shown_with
from tests.app.models import Note, Photo, Profile
from tests.fixtures import People, Register

pytestmark = pytest.mark.usefixtures("transactional_db")
User = get_user_model()


def test_a_profile_tells_by_itself(ana: Any, any_store: str, registering: Register) -> None:
    registering(User, name="profile.title")
    profile = Profile.objects.create(user=ana, title="Ana A.")
    made = publish(actor=ana, verb="wave")

    def name() -> str:
        entry = get_entry(made.id)
        assert entry is not None
        return entry.actor.name

    assert name() == "Ana A."
    profile.title = "Ana B."
    profile.save()
    assert name() == "Ana B."
    profile.delete()
    assert name() == ""
    Profile.objects.create(user=ana, title="Ana C.")
    assert name() == "Ana C."


def test_an_account_is_private_from_the_save_of_its_profile(
    ana: Any, any_store: str, registering: Register
) -> None:
    registering(User, name="username", private="profile.is_private")
    profile = Profile.objects.create(user=ana)
    publish(actor=ana, verb="wave")
    for private in (False, True, False):
        profile.is_private = private
        profile.save()
        assert len(OutboxFeed(ana).page()) == (not private)


def test_what_methods_look_at_is_named(
    ana: Any, photo: Photo, any_store: str, registering: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    registering(
        Photo, name=lambda self, photo: f"{photo.caption}, {photo.notes.count()} notes", shown_with=["notes"]
    )
    made = publish(actor=ana, verb="show", object=photo)

    def notes() -> int:
        entry = get_entry(made.id)
        assert entry is not None
        assert entry.object is not None
        return int(entry.object.name.split(", ")[1].removesuffix(" notes"))

    assert notes() == 0
    note = Note.objects.create(about=photo, text="!")
    assert notes() == 1
    note.delete()
    assert notes() == 0


def test_what_many_share_tells_nobody(registering: Register) -> None:
    """A save of an album would be one of each of its photos."""
    album = registering(Photo, actor="owner", name="album.title", image="owner.profile.title")
    assert shown_with(album) == {}
    deep = registering(Note, actor="author", name="text")
    assert shown_with(deep) == {}


def test_a_path_is_followed_as_far_as_it_belongs_to_one(registering: Register) -> None:
    options = registering(User, name="profile.user.username", shown_with=["profile.friends"])
    assert shown_with(options) == {"profile": Profile, "profile__user": User}


def test_it_costs_nothing_where_nobody_is_shown_with_it(
    ana: Any, registering: Register, people: People
) -> None:
    from django.db import connection

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            profile.save()
        return len(queries)

    profile = Profile.objects.create(user=ana)
    bare = cost()
    registering(User, private="profile.is_private")
    assert cost() > bare
    unregister(User)
    assert cost() == bare
    assert not post_save.has_listeners(Profile)
    assert not pre_delete.has_listeners(Profile)
