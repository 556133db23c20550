"""Who sees what: visibility, private accounts, blocks, mutes, and a rule of the site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activitystream import (
    Activity,
    Entry,
    HomeFeed,
    InvalidActivity,
    ObjectFeed,
    OutboxFeed,
    accept,
    block,
    change_visibility,
    follow,
    incoming,
    publish,
    retract,
    unblock,
    unfollow,
)
from activitystream.feeds import get_entry, load_facts, visible
from activitystream.models import Addressee, Block, Mute, Ref
from activitystream.registry import load_belongings
from tests.app.models import Album, Note, Photo, Tag
from tests.fixtures import Configure, People, Register
from tests.kit import Shrink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("any_store")]

User = get_user_model()


def sees(viewer: Any, activity: Activity) -> bool:
    """Whether all ways to it agree: an outbox, and the activity by its id."""
    (entry,) = [*OutboxFeed(activity.actor).page(viewer=viewer), None][:1]
    alone = get_entry(activity.pk, viewer)
    assert (entry is None) == (alone is None)
    return alone is not None


@pytest.fixture
def cast(people: People) -> tuple[Any, Any, Any, Any]:
    """Ana acts; Bob follows her, Cy is named, Dee is anybody."""
    ana, bob, cy, dee = people("ana", "bob", "cy", "dee")
    follow(bob, ana)
    return ana, bob, cy, dee


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [("public", "abcd-"), ("followers", "ab"), ("named", "ac"), ("self", "a")],
)
def test_who_sees_an_activity(cast: tuple[Any, ...], visibility: str, seen_by: str) -> None:
    ana, _, cy, _ = cast
    made = publish(actor=ana, verb="wave", visibility=visibility, to=[cy] if visibility == "named" else [])
    viewers = dict(zip("abcd-", [*cast, None], strict=True))
    for _ in ("made", "cached"):
        assert {name for name, viewer in viewers.items() if sees(viewer, made)} == set(seen_by)


def test_a_change_of_visibility_takes_effect_at_once(cast: tuple[Any, ...]) -> None:
    ana, bob, cy, dee = cast
    made = publish(actor=ana, verb="wave")
    home = HomeFeed(bob)
    assert len(home.page()) == 1
    assert change_visibility(made, "named", to=[cy])
    assert (len(home.page()), sees(cy, made), sees(dee, made)) == (0, True, False)
    assert change_visibility(made.pk, "followers")
    assert (len(home.page()), sees(cy, made)) == (1, False)
    assert not Addressee.objects.exists()
    assert change_visibility(1, "public") is False


def test_what_is_no_visibility(cast: tuple[Any, ...]) -> None:
    ana, bob, *_ = cast
    for wrong in ({"visibility": "all"}, {"to": [bob]}, {"visibility": "named", "to": [Album(title="x")]}):
        with pytest.raises(InvalidActivity, match=r"visibility|to "):
            publish(actor=ana, verb="wave", **wrong)  # type: ignore[arg-type]


def test_signals_publish_with_the_visibility_of_the_row(registering: Register, cast: tuple[Any, ...]) -> None:
    ana, bob, _, dee = cast
    registering(Photo, actor="owner", on_create="post", visibility="followers")
    Photo.objects.create(owner=ana, caption="x")
    made = Activity.objects.get()
    assert made.visibility == "followers"
    assert (sees(bob, made), sees(dee, made)) == (True, False)


def test_a_private_account_is_for_its_followers(registering: Register, cast: tuple[Any, ...]) -> None:
    ana, bob, cy, dee = cast
    registering(User, name="username", private="is_staff")
    photo = Photo.objects.create(owner=ana, caption="x")
    posted = Activity.objects.get()
    liked = publish(actor=cy, verb="like", object=photo)
    assert (sees(dee, posted), sees(dee, liked), sees(None, posted)) == (True, True, True)
    ana.is_staff = True
    ana.save()
    assert (sees(dee, posted), sees(dee, liked), sees(None, liked)) == (False, False, False)
    assert (sees(bob, posted), sees(bob, liked), sees(ana, liked)) == (True, True, True)
    assert not sees(cy, liked), "not even one's own, for it shows what is hers"
    unfollow(bob, ana)
    assert not sees(bob, liked)


def test_an_owner_far_away_is_found(registering: Register, cast: tuple[Any, ...]) -> None:
    """A photo belongs to its album, and that to Ana: nobody but her followers sees what is done to it."""
    ana, bob, cy, dee = cast
    User.objects.filter(pk=ana.pk).update(is_staff=True)
    registering(User, name="username", private="is_staff")
    registering(Photo, actor="owner", owner="album")
    photo = Photo.objects.create(owner=cy, album=Album.objects.create(owner=ana, title="x"))
    liked = publish(actor=cy, verb="like", object=photo)
    assert (sees(bob, liked), sees(dee, liked)) == (True, False)


@pytest.mark.parametrize("how", ["block", "private"])
def test_an_owner_is_found_however_far_away(registering: Register, cast: tuple[Any, ...], how: str) -> None:
    """A tag belongs to its note, that to its photo, that to its album, and that to Ana."""
    ana, bob, cy, dee = cast
    registering(User, name="username", private="is_staff")
    registering(Tag, owner="note")
    registering(Note, owner="about")
    registering(Photo, owner="album")
    photo = Photo.objects.create(owner=cy, album=Album.objects.create(owner=ana, title="x"))
    tag = Tag.objects.create(by=cy, note=Note.objects.create(about=photo))
    seen = publish(actor=cy, verb="see", object=tag)
    assert (sees(bob, seen), sees(dee, seen)) == (True, True)
    if how == "block":
        block(ana, dee)
    else:
        ana.is_staff = True
        ana.save()
    assert (sees(bob, seen), sees(dee, seen)) == (True, False)


def test_what_is_too_far_from_its_owner_is_shown_to_nobody(
    registering: Register, cast: tuple[Any, ...], shrink: Shrink
) -> None:
    """A thread can be as long as somebody likes, and each step costs a query."""
    ana, _, _, dee = cast
    registering(Tag, owner="note")
    registering(Note, owner="about")
    tag = Tag.objects.create(by=ana, note=Note.objects.create(about=Photo.objects.create(owner=ana)))
    for steps, seen in ((4, True), (3, False), (1, False)):
        shrink("registry.owners", STEPS=steps)
        retract(actor=dee)
        made = publish(actor=dee, verb="see", object=tag)
        assert (sees(dee, made), sees(None, made)) == (seen, seen)


def test_rows_that_belong_to_each_other_belong_to_nobody(
    registering: Register, cast: tuple[Any, ...]
) -> None:
    ana, bob, *_ = cast
    registering(Tag, owner="note")
    registering(Note, owner=lambda self, note: note.tag)
    tag = Tag.objects.create(by=ana, note=Note.objects.create())
    made = publish(actor=ana, verb="see", object=tag)
    assert sees(bob, made)
    found = load_belongings({Ref.of(tag): tag}, [Ref.of(tag)])[Ref.of(tag)]
    assert (list(found.private), found.person) == ([Ref.of(tag), Ref.of(tag.note)], None)


def test_the_way_to_an_owner_costs_what_it_has_steps(registering: Register, cast: tuple[Any, ...]) -> None:
    ana, *_ = cast
    registering(Note, owner="about")
    album = Album.objects.create(owner=ana, title="x")
    photo = Photo.objects.create(owner=ana, album=album)
    note = Note.objects.create(about=photo)
    costs = []
    for owner in ("owner", "album"):
        registering(Photo, owner=owner)
        with CaptureQueriesContext(connection) as queries:
            load_belongings({Ref.of(note): note}, [Ref.of(note)])
        costs.append(len(queries))
    assert costs == [1, 2]


def test_a_hidden_owner_who_is_named_on_the_same_page_is_still_private(
    registering: Register, cast: tuple[Any, ...]
) -> None:
    """Whether in the same activity, or in another that is loaded with it."""
    ana, _, cy, dee = cast
    registering(
        User,
        name="username",
        private="is_staff",
        get_queryset=lambda self: User.objects.filter(is_active=True),
    )
    User.objects.filter(pk=ana.pk).update(is_staff=True, is_active=False)
    photo = Photo.objects.bulk_create([Photo(owner=ana, caption="secret")])[0]
    publish(actor=cy, verb="like", object=photo)
    publish(actor=cy, verb="greet", object=ana)
    publish(actor=cy, verb="show", object=photo, target=ana)
    shown = publish(actor=cy, verb="wave")
    for viewer in (dee, None):
        assert [entry.id for entry in OutboxFeed(cy).page(viewer=viewer)] == [shown.id]


def test_what_was_private_is_not_kept(registering: Register, cast: tuple[Any, ...]) -> None:
    ana, _, cy, dee = cast
    User.objects.filter(pk=ana.pk).update(is_staff=True)
    registering(User, name="username", private="is_staff")
    registering(Photo, actor="owner", on_delete="keep")
    secret = Photo.objects.create(owner=ana, caption="secret")
    open_ = Photo.objects.create(owner=cy, caption="open")
    publish(actor=cy, verb="like", object=secret)
    publish(actor=cy, verb="like", object=open_)
    secret.delete()
    open_.delete()
    assert [str(entry.object) for entry in OutboxFeed(cy).page(viewer=dee)] == ["open"]


@pytest.mark.parametrize("how", ["block", "private"])
@pytest.mark.parametrize("owner", ["itself", "album"])
def test_what_is_kept_is_still_somebodys(
    registering: Register, cast: tuple[Any, ...], how: str, owner: str
) -> None:
    ana, bob, cy, dee = cast
    registering(User, name="username", private="is_staff")
    registering(Photo, actor="owner", owner="owner" if owner == "itself" else "album", on_delete="keep")
    photo = Photo.objects.create(owner=ana, caption="x", album=Album.objects.create(owner=ana, title="y"))
    liked = publish(actor=cy, verb="like", object=photo)
    photo.delete()
    assert (sees(bob, liked), sees(dee, liked)) == (True, True)
    if how == "block":
        block(ana, dee)
    else:
        ana.is_staff = True
        ana.save()
    assert (sees(bob, liked), sees(dee, liked)) == (True, False)
    assert [str(entry.object) for entry in OutboxFeed(cy).page(viewer=dee)] == []
    if how == "block":
        unblock(ana, dee)
    else:
        follow(dee, ana)
        accept(incoming(ana).get())
    assert sees(dee, liked)


@pytest.mark.parametrize("way", ["blocker", "blocked"])
def test_who_blocks_and_who_is_blocked_meet_nothing_of_each_other(cast: tuple[Any, ...], way: str) -> None:
    ana, bob, cy, _ = cast
    photo = Photo.objects.create(owner=ana, caption="x")
    liked = publish(actor=cy, verb="like", object=photo)
    other = publish(actor=cy, verb="wave")
    assert len(ObjectFeed(photo).page(viewer=bob)) == 2
    pair = {"blocker": bob, "blocked": ana} if way == "blocker" else {"blocker": ana, "blocked": bob}
    Block.objects.create(**pair)
    assert len(ObjectFeed(photo).page(viewer=bob)) == 0
    assert len(HomeFeed(bob).page()) == 0
    assert [entry.id for entry in OutboxFeed(cy).page(viewer=bob)] == [other.id]
    assert get_entry(liked.pk, bob) is None
    assert get_entry(liked.pk, cy) is not None


def test_what_is_muted_is_not_in_ones_home_but_in_its_own_feed(cast: tuple[Any, ...]) -> None:
    ana, bob, cy, _ = cast
    follow(bob, cy)
    photo = Photo.objects.create(owner=ana, caption="x")
    publish(actor=cy, verb="like", object=photo)
    Mute.objects.create(user=bob, muted_type=Ref.of(ana).content_type, muted_id=str(ana.pk))
    assert len(HomeFeed(bob).page()) == 0
    assert len(OutboxFeed(ana).page(viewer=bob)) == 1


def only_waves(entries: Sequence[Entry], viewer: Ref | None) -> list[Entry]:
    return [entry for entry in entries if entry.verb == "wave"]


def test_a_rule_of_the_site(cast: tuple[Any, ...], configure: Configure) -> None:
    ana, bob, *_ = cast
    publish(actor=ana, verb="wave")
    publish(actor=ana, verb="whisper")
    configure(MAY_SEE=f"{__name__}.only_waves")
    assert [entry.verb for entry in HomeFeed(bob).page()] == ["wave"]


def test_a_page_of_followers_only_activities_asks_whom_one_follows_once(
    cast: tuple[Any, ...], any_store: str
) -> None:
    ana, bob, *_ = cast
    for _ in range(10):
        publish(actor=ana, verb="wave", visibility="followers")
    home = HomeFeed(bob)
    home.page()
    with CaptureQueriesContext(connection) as queries:
        assert len(home.page()) == 10
    assert any_store == "none" or len(queries) == 1


def test_entries_from_elsewhere_are_asked_about_in_the_same_way(cast: tuple[Any, ...]) -> None:
    ana, bob, _, dee = cast
    publish(actor=ana, verb="wave", visibility="followers")
    entries = OutboxFeed(ana).page(viewer=ana).entries

    def seen(viewer: Ref | None) -> list[Entry]:
        return visible(entries, viewer, load_facts(viewer))

    assert seen(Ref.of(bob)) == entries
    assert seen(Ref.of(dee)) == []
    assert seen(None) == []


def test_retracting_takes_the_addressees_along(cast: tuple[Any, ...]) -> None:
    ana, _, cy, _ = cast
    publish(actor=ana, verb="wave", visibility="named", to=[cy, cy])
    assert Addressee.objects.count() == 1
    ana.delete()
    assert not Activity.objects.exists()
    assert not Addressee.objects.exists()
