"""What is said in another row (a profile, beside the user) is never stale, and never leaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models.signals import post_save, pre_delete
from django.test.utils import CaptureQueriesContext

from activitystream import Activity, OutboxFeed, block, publish, unregister
from activitystream.feeds import get_entry
from activitystream.feeds.notifications.counts import count
from activitystream.models import Ref
from activitystream.registry import load_belongings, load_instances
from activitystream.registry.paths import parts_of
from tests.app.models import Album, LongNote, LongTag, Note, PaidProfile, Photo, Profile, Tag
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


def test_what_methods_look_at_is_named(ana: Any, photo: Photo, any_store: str, registering: Register) -> None:
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


def shown_with(options: Any) -> dict[str, Any]:
    """The models of what is shown with a row, by the lookups that lead from it to them."""
    return {lookup: relation.related_model for lookup, relation in parts_of(options).items()}


def test_what_many_share_tells_nobody(registering: Register) -> None:
    """A save of an album would be one of each of its photos."""
    album = registering(Photo, actor="owner", name="album.title", image="owner.profile.title")
    assert shown_with(album) == {}
    deep = registering(Note, actor="author", name="text")
    assert shown_with(deep) == {}


def test_a_path_is_followed_as_far_as_it_belongs_to_one(registering: Register) -> None:
    options = registering(User, name="profile.user.username", shown_with=["profile.friends"])
    assert shown_with(options) == {"profile": Profile, "profile__user": User}


# -- a row beside moves to another ------------------------------------------------------------------------


@pytest.fixture
def tagged(registering: Register) -> tuple[Note, Note]:
    """Two notes of which those are shown that have a tag, in the row beside; neither has."""
    registering(
        Note,
        name="text",
        shown_with=["tag"],
        get_queryset=lambda self: Note.objects.filter(tag__isnull=False),
    )
    return Note.objects.create(text="one"), Note.objects.create(text="two")


@pytest.mark.parametrize("how", ["save", "update_fields", "a child of the row"])
def test_a_row_beside_that_moves_tells_of_both(
    ana: Any, any_store: str, tagged: tuple[Note, Note], how: str
) -> None:
    activities = [publish(actor=ana, verb="see", object=note).pk for note in tagged]

    def shown() -> list[bool]:
        return [get_entry(id) is not None for id in activities]

    def save() -> None:
        tag.save(update_fields=["note"] if how == "update_fields" else None)

    assert shown() == [False, False]
    tag = (LongTag if how == "a child of the row" else Tag).objects.create(by=ana, note=tagged[0])
    assert shown() == [True, False]
    tag.note = tagged[1]
    save()
    assert shown() == [False, True]
    tag.note = None
    save()
    assert shown() == [False, False]
    tag.note = tagged[0]
    save()
    assert shown() == [True, False]


def test_a_note_that_moves_tells_of_both(ana: Any, any_store: str, registering: Register) -> None:
    registering(Photo, name=lambda self, photo: f"{photo.notes.count()}", shown_with=["notes"])
    photos = Photo.objects.bulk_create([Photo(owner=ana), Photo(owner=ana)])
    activities = [publish(actor=ana, verb="see", object=photo).pk for photo in photos]

    def names() -> list[str]:
        entries = [get_entry(id) for id in activities]
        return [entry.object.name for entry in entries if entry and entry.object]

    note = Note.objects.create(about=photos[0])
    assert names() == ["1", "0"]
    note.about = photos[1]
    note.save()
    assert names() == ["0", "1"]


def test_what_cannot_have_moved_is_not_looked_for(ana: Any, tagged: tuple[Note, Note]) -> None:
    def cost(save: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            save()
        return sum("app_note" in query["sql"] for query in queries)

    assert cost(lambda: Tag.objects.create(by=ana, note=tagged[0])) == 1
    tag = Tag.objects.get()
    assert cost(tag.save) == 2
    assert cost(lambda: tag.save(update_fields=["by"])) == 1
    assert cost(lambda: tag.save_base(raw=True)) == 0
    assert vars(tag).keys() == vars(Tag.objects.get()).keys()


def test_the_row_of_a_key_does_not_move(ana: Any, registering: Register) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ana.save()
        return sum("app_profile" in query["sql"] for query in queries)

    registering(Profile, name="user.username")
    assert cost() == 1


# -- rows of two tables -----------------------------------------------------------------------------------


def test_a_row_beside_of_two_tables(ana: Any, any_store: str, registering: Register) -> None:
    """Django sends the signals of the child's model alone."""
    registering(User, name="username", private="profile.is_private")
    profile = PaidProfile.objects.create(user=ana)
    publish(actor=ana, verb="wave")
    for private in (False, True, False, True):
        profile.is_private = private
        profile.save()
        assert len(OutboxFeed(ana).page()) == (not private)
    profile.delete()
    assert len(OutboxFeed(ana).page()) == 1
    PaidProfile.objects.create(user=ana, is_private=True)
    assert len(OutboxFeed(ana).page()) == 0
    PaidProfile.objects.get().delete(keep_parents=True)
    assert len(OutboxFeed(ana).page()) == 0


def test_a_registered_row_of_two_tables(ana: Any, any_store: str, registering: Register) -> None:
    """A save of the child shows its parent anew, and publishes nothing; with the child goes the parent."""
    registering(Note, actor="author", name="text", on_create="write", on_update={"text": "edit"})
    long = LongNote.objects.create(text="one", author=ana)
    assert not Activity.objects.exists()
    made = publish(actor=ana, verb="see", object=Note.objects.get())

    def name() -> str | None:
        entry = get_entry(made.pk)
        return entry.object.name if entry and entry.object else None

    assert name() == "one"
    long.text = "two"
    long.save()
    assert name() == "two"
    LongNote(note_ptr_id=long.pk, text="three", author=ana).save()
    assert name() == "three"
    assert Activity.objects.count() == 1
    LongNote.objects.get().delete()
    assert not Activity.objects.exists()


def test_a_field_of_the_parent_is_told_of_the_parent(ana: Any, ben: Any, registering: Register) -> None:
    registering(Note, actor="author", on_add={"readers": "read"})
    long = LongNote.objects.create(author=ana)
    for note in (long, Note.objects.get()):
        note.readers.add(ben)
        assert [activity.object for activity in Activity.objects.all()] == [Note.objects.get()]
        note.readers.clear()
        assert not Activity.objects.exists()


def test_a_row_between_of_two_tables(ana: Any, any_store: str, registering: Register, shuts_out: Any) -> None:
    dee, eve = shuts_out
    registering(Tag, name="note.text", owner="note.author")
    long = LongNote.objects.create(author=ana)
    made = publish(actor=ana, verb="see", object=Tag.objects.create(note_id=long.pk, by=ana), notify=[dee])
    assert sees(dee, made)
    long.author = eve
    long.save()
    assert not sees(dee, made)


def test_a_child_that_is_registered_too_is_a_row_of_its_own(
    ana: Any, any_store: str, registering: Register
) -> None:
    registering(Note, name="text")
    registering(LongNote, actor="author", name="text", on_create="write")
    long = LongNote.objects.create(text="one", author=ana)
    see = publish(actor=ana, verb="see", object=Note.objects.get())
    entries = OutboxFeed(ana).page()
    assert [entry.object.name for entry in entries if entry.object] == ["one", "one"]
    long.text = "two"
    long.save()
    entries = OutboxFeed(ana).page()
    assert [entry.object.name for entry in entries if entry.object] == ["two", "two"]
    long.delete()
    assert not Activity.objects.filter(pk=see.pk).exists()
    assert not Activity.objects.exists()


# -- whose a row is ----------------------------------------------------------------------------------------


@pytest.fixture(params=["private", "block"])
def shuts_out(request: pytest.FixtureRequest, registering: Register, people: People) -> Any:
    """Dee, and a person of whose things Dee sees nothing."""
    dee, eve = people("dee", "eve")
    if request.param == "block":
        block(eve, dee)
    else:
        registering(User, name="username", private="is_staff")
        User.objects.filter(pk=eve.pk).update(is_staff=True)
    return dee, eve


def sees(dee: Any, made: Activity) -> bool:
    shown = get_entry(made.pk, dee) is not None
    assert count(Ref.of(dee), "counts").unseen.items == shown
    return shown


@pytest.mark.parametrize("attribute", ["owner", "actor"])
def test_an_owner_who_is_said_in_a_row_beside(
    ana: Any, any_store: str, registering: Register, shuts_out: Any, attribute: str
) -> None:
    dee, eve = shuts_out
    registering(Note, name="text", **{attribute: "tag.by"})
    note = Note.objects.create(text="secret")
    made = publish(actor=ana, verb="see", object=note, notify=[dee])
    assert sees(dee, made)
    tag = Tag.objects.create(note=note, by=eve)
    assert not sees(dee, made)
    tag.by = ana
    tag.save()
    assert sees(dee, made)
    tag.by = eve
    tag.save()
    assert not sees(dee, made)
    tag.delete()
    assert sees(dee, made)


@pytest.mark.parametrize("is_registered", [True, False])
def test_an_owner_who_is_said_in_a_row_between(
    ana: Any, any_store: str, registering: Register, shuts_out: Any, is_registered: bool
) -> None:
    dee, eve = shuts_out
    if not is_registered:
        registering(Album)
        registering(Photo)
        unregister(Album, Photo)
    registering(Note, name="text", owner="about.album.owner")
    album = Album.objects.create(owner=ana, title="x")
    photo = Photo.objects.bulk_create([Photo(owner=ana)])[0]
    note = Note.objects.create(text="secret", about=photo)
    made = publish(actor=ana, verb="see", object=note, notify=[dee])
    assert sees(dee, made)
    photo.album = Album.objects.create(owner=eve, title="y")
    photo.save()
    assert not sees(dee, made)
    photo.album = album
    photo.save()
    assert sees(dee, made)
    album.owner = eve
    album.save()
    assert not sees(dee, made)


def test_an_owner_who_is_said_further_on(
    ana: Any, any_store: str, registering: Register, shuts_out: Any
) -> None:
    """The note belongs to its photo, and that to whom its album belongs."""
    dee, eve = shuts_out
    registering(Note, name="text", owner="about")
    registering(Photo, owner="album.owner")
    album = Album.objects.create(owner=ana, title="x")
    note = Note.objects.create(text="secret", about=Photo.objects.create(owner=ana, album=album))
    made = publish(actor=ana, verb="see", object=note, notify=[dee])
    assert sees(dee, made)
    album.owner = eve
    album.save()
    assert not sees(dee, made)


def test_whose_rows_are_costs_no_more_for_many(ana: Any, registering: Register) -> None:
    registering(Note, name="text", owner="about.album.owner")
    notes = []
    for number in range(3):
        album = Album.objects.create(owner=ana, title=str(number))
        photo = Photo.objects.bulk_create([Photo(owner=ana, album=album)])[0]
        notes.append(Note.objects.create(about=photo))

    def cost(some: list[Note]) -> int:
        rows = load_instances([Ref.of(note) for note in some])
        with CaptureQueriesContext(connection) as queries:
            found = load_belongings(rows, rows)
        assert {one.person for one in found.values()} == {Ref.of(ana)}
        return len(queries)

    assert cost(notes) == cost(notes[:1]) == 2


def test_an_owner_who_is_a_key_of_the_row_tells_by_itself(registering: Register) -> None:
    """What is kept is bound to the owner anyway."""
    assert shown_with(registering(Profile, owner="user")) == {}
    assert shown_with(registering(User, owner="profile.user")) == {"profile": Profile}


def test_it_costs_nothing_where_nobody_is_shown_with_it(
    ana: Any, registering: Register, people: People
) -> None:
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
