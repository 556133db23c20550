"""What is kept of deleted rows: whose it is, in whatever order things are deleted and come back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from activitystream import block, export_user, follow, forget_user, is_following, publish
from activitystream.feeds import get_entry
from activitystream.graph import cards_for
from activitystream.models import Activity, DeletedObject, Ref
from tests.app.models import Album, Note, Page, Photo
from tests.fixtures import People, Register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("any_store")]
User = get_user_model()
Cast = tuple[Any, Any, Any, Any]


def sees(viewer: Any, activity: Activity) -> bool:
    return get_entry(activity.pk, viewer) is not None


@pytest.fixture
def cast(people: People, registering: Register) -> Cast:
    """Ana, whom Bob follows; Cy, who likes; Dee, a stranger. Who is staff is private."""
    registering(User, name="username", private="is_staff")
    ana, bob, cy, dee = people("ana", "bob", "cy", "dee")
    follow(bob, ana)
    return ana, bob, cy, dee


def make_private(user: Any) -> None:
    """Elsewhere: the instance at hand does not know."""
    fresh = User.objects.get(pk=user.pk)
    fresh.is_staff = True
    fresh.save()


@pytest.mark.parametrize("path", ["album", "album.owner"])
@pytest.mark.parametrize("how", ["private", "block"])
@pytest.mark.parametrize("deleted", ["album", "owner"])
def test_a_container_that_goes_first_takes_no_owner_away(
    path: str, how: str, deleted: str, cast: Cast, registering: Register
) -> None:
    """Django deletes an album before its photos, for they may be without one."""
    ana, bob, cy, dee = cast
    registering(Photo, actor="owner", owner=path, on_delete="keep")
    album = Album.objects.create(owner=ana, title="a")
    liked = publish(actor=cy, verb="like", object=Photo.objects.create(owner=cy, album=album, caption="x"))
    if how == "private":
        make_private(ana)
    else:
        block(ana, dee)
    assert (sees(bob, liked), sees(dee, liked)) == (True, False)
    (album if deleted == "album" else User.objects.get(pk=ana.pk)).delete()
    # nobody is left whom Dee would have to avoid
    assert sees(dee, liked) == (how == "block" and deleted == "owner")


def test_a_row_of_the_same_key_is_another(cast: Cast) -> None:
    ana, bob, cy, _ = cast
    Page.objects.create(slug="p", author=ana).delete()
    page = Page.objects.create(slug="p", author=bob)
    liked = publish(actor=cy, verb="like", object=page)
    follow(cy, page)
    assert not [record for record in export_user(ana) if record["record"] == "kept"]
    forget_user(ana)
    assert sees(None, liked)
    assert is_following(cy, page)


@pytest.mark.parametrize("how", ["forgotten", "deleted"])
def test_a_row_that_came_back_without_a_signal_is_another(how: str, cast: Cast) -> None:
    ana, bob, cy, _ = cast
    Page.objects.create(slug="p", author=ana).delete()
    Page.objects.bulk_create([Page(slug="p", author=bob)])
    liked = publish(actor=cy, verb="like", object=Page.objects.get(slug="p"))
    if how == "forgotten":
        forget_user(ana)
    else:
        make_private(ana)
        User.objects.get(pk=ana.pk).delete()
    assert sees(None, liked)


def test_an_owner_who_goes_in_the_same_deletion_is_not_named(cast: Cast, registering: Register) -> None:
    ana, _, cy, _ = cast
    registering(Note, actor="author", on_delete="keep")
    liked = publish(actor=cy, verb="like", object=Note.objects.create(author=ana, text="n"))
    User.objects.get(pk=ana.pk).delete()
    assert DeletedObject.objects.get().owner is None
    assert sees(None, liked), "she was not private"


@pytest.mark.parametrize("signals", [True, False])
def test_what_was_kept_once_does_not_show_what_is_hidden(
    signals: bool, cast: Cast, registering: Register
) -> None:
    ana, bob, cy, dee = cast
    shown = staticmethod(lambda *_: Note.objects.filter(views=0))
    registering(Note, actor="author", on_delete="keep", get_queryset=shown)
    Note.objects.create(pk=7, author=ana, text="old").delete()
    if signals:
        Note.objects.create(pk=7, author=bob, text="new")
    else:
        Note.objects.bulk_create([Note(pk=7, author=bob, text="new")])
    note = Note.objects.get(pk=7)
    liked = publish(actor=cy, verb="like", object=note)
    note.views = 1
    note.save()
    assert not sees(dee, liked)
    note.delete()
    assert not sees(dee, liked)
    assert not DeletedObject.objects.exists()


def test_a_chain_goes_on_through_what_is_kept(cast: Cast, registering: Register) -> None:
    ana, _, cy, dee = cast
    registering(Photo, actor="owner", on_delete="keep")
    registering(Note, actor="author", owner="about", on_delete="keep")
    photo = Photo.objects.create(owner=ana, caption="x")
    liked = publish(actor=cy, verb="like", object=Note.objects.create(author=cy, about=photo))
    block(ana, dee)
    photo.delete()
    assert (sees(None, liked), sees(dee, liked)) == (True, False)


@pytest.mark.parametrize("how", ["hidden", "private"])
def test_what_is_kept_of_who_may_be_private_goes_with_them(
    how: str, cast: Cast, registering: Register
) -> None:
    ana, _, cy, dee = cast
    shown = staticmethod(lambda *_: User.objects.filter(is_active=True))
    registering(User, name="username", private="is_staff", get_queryset=shown)
    page = Page.objects.create(slug="p", author=ana)
    liked = publish(actor=cy, verb="like", object=page)
    page.delete()
    stale = User.objects.get(pk=ana.pk)
    if how == "private":
        make_private(ana)
    else:
        ana.is_active = False
        ana.save()
    assert not sees(dee, liked)
    stale.delete()
    assert not sees(dee, liked)


def test_the_owner_is_the_one_in_the_database(cast: Cast) -> None:
    ana, bob, _, _ = cast
    stale = Page.objects.create(slug="p", author=ana)
    Page.objects.filter(slug="p").update(author=bob)
    stale.delete()
    assert DeletedObject.objects.get().owner == bob


def test_what_is_in_a_hidden_container_is_still_somebodys(cast: Cast, registering: Register) -> None:
    ana, bob, cy, dee = cast
    registering(Note, actor="author", owner="about")
    photo = Photo.objects.create(owner=ana, caption="x")
    liked = publish(actor=cy, verb="like", object=Note.objects.create(author=cy, about=photo))
    make_private(ana)
    photo.hidden = True
    photo.save()
    assert (sees(bob, liked), sees(dee, liked)) == (True, False)


def test_the_card_of_what_is_kept_is_not_for_whom_its_owner_blocks(cast: Cast, registering: Register) -> None:
    """In a list of follows, say, that a site's own table keeps."""
    ana, bob, cy, _ = cast
    registering(Photo, actor="owner", owner="owner", on_delete="keep")
    photo = Photo.objects.create(owner=ana, caption="x")
    ref = Ref.of(photo)
    publish(actor=ana, verb="show", object=photo)
    photo.delete()
    block(ana, cy)
    assert (list(cards_for(bob, [ref])), list(cards_for(cy, [ref]))) == ([ref], [])
