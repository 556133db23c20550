"""Signals of registered models: what becomes an activity, what does not, and what is not made slower."""

from __future__ import annotations

import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.deletion import Collector
from django.db.models.signals import m2m_changed
from django.test.utils import CaptureQueriesContext

from activitystream import InvalidActivity, ObjectFeed, OutboxFeed, publish
from activitystream.models import Activity, JournalEntry, Ref
from activitystream.publishing.hooks.senders import derived
from activitystream.registry.registry import unregister
from tests.app.models import Album, LongNote, Note, Page, Photo, ProxyPhoto, Unregistered
from tests.fixtures import People
from tests.kit import Shrink

pytestmark = pytest.mark.django_db


@pytest.fixture
def note(registering: Any, ana: Any) -> Note:
    """A note whose every change is told."""
    registering(
        Note,
        actor="author",
        target="about",
        on_create="write",
        on_update={"text": "edit", "views": "view", "about": "move", "score": "rate"},
        on_add={"readers": "read"},
    )
    made = Note.objects.create(text="first", author=ana)
    Activity.objects.all().delete()
    return made


def told() -> list[str]:
    return list(Activity.objects.order_by("id").values_list("verb", flat=True))


# -- create and update -----------------------------------------------------------------------------------


def test_create(ana: Any) -> None:
    album = Album.objects.create(title="Summer", owner=ana)
    photo = Photo.objects.create(caption="Lake", owner=ana, album=album)
    made = Activity.objects.get()
    assert (made.actor, made.verb, made.object, made.target, made.data) == (ana, "post", photo, album, {})


def test_a_new_row_is_not_looked_up(note: Note, ana: Any) -> None:
    """There is nothing to compare it with."""
    with CaptureQueriesContext(connection) as captured:
        Note.objects.create(text="new", author=ana)
    asked = [query["sql"] for query in captured]
    assert not [sql for sql in asked if sql.startswith("SELECT") and "app_note" in sql]


def test_saving_again_tells_nothing(ana: Any) -> None:
    photo = Photo.objects.create(caption="Lake", owner=ana)
    photo.save()
    Photo.objects.get().save()
    assert told() == ["post"]


def test_update(ana: Any) -> None:
    photo = Photo.objects.create(caption="Lake", owner=ana)
    photo.hidden = True
    photo.save()
    photo.caption = "Sea"
    photo.save()
    photo.save()
    assert told() == ["post", "edit"]


def test_an_update_is_told_each_time(note: Note) -> None:
    for text in ("a", "b", "a"):
        note.text = text
        note.save()
    assert told() == ["edit"] * 3


def test_what_was_loaded_does_not_count_but_what_is_there(note: Note) -> None:
    stale = Note.objects.get()
    Note.objects.update(text="meanwhile")
    stale.save()  # it writes "first" over "meanwhile"
    assert told() == ["edit"]


def test_one_activity_for_each_verb(registering: Any, ana: Any) -> None:
    registering(Note, actor="author", on_update={"text": "edit", "views": "edit", "score": "rate"})
    note = Note.objects.create(author=ana)
    note.text, note.views, note.score = "new", 1, Decimal("1.5")
    note.save()
    assert told() == ["edit", "rate"]


@pytest.mark.parametrize("score", [Decimal("2.50"), "2.5", 2.5])
def test_the_same_value_in_another_shape_is_no_change(note: Note, score: Any) -> None:
    Note.objects.update(score=Decimal("2.5"))
    note.score = score
    note.save()
    assert told() == []


def test_update_fields(note: Note) -> None:
    note.text, note.views = "second", 5
    note.save(update_fields=["views"])
    assert told() == ["view"]
    note.save(update_fields=[])
    assert told() == ["view"]
    note.save(update_fields=["text"])
    assert told() == ["view", "edit"]


def test_update_fields_by_the_name_of_the_column(note: Note, ana: Any) -> None:
    (photo,) = Photo.objects.bulk_create([Photo(owner=ana)])
    note.about_id = photo.pk
    note.save(update_fields=["about_id"])
    assert told() == ["move"]


def test_an_expression_is_a_change(note: Note) -> None:
    note.views = F("views") + 1  # type: ignore[assignment]
    note.save()
    note.refresh_from_db()
    assert (note.views, told()) == (1, ["view"])


def test_deferred_fields_are_not_loaded_to_compare(note: Note) -> None:
    found = Note.objects.only("views").get()
    found.views = 3
    with CaptureQueriesContext(connection) as captured:
        found.save()
    assert told() == ["view"]
    assert not any('"text"' in query["sql"] and "SELECT" in query["sql"][:6] for query in captured)


def test_update_or_create(note: Note) -> None:
    Note.objects.update_or_create(pk=note.pk, defaults={"text": "second"})
    assert told() == ["edit"]


def test_an_update_by_a_row_made_by_hand(note: Note, ana: Any) -> None:
    Note(pk=note.pk, text="second", author=ana).save()
    assert told() == ["edit"]


def test_a_save_that_fails_leaves_nothing_for_the_next(note: Note) -> None:
    note.text, note.author_id = "second", 2**31 - 1
    with pytest.raises(IntegrityError), transaction.atomic():
        note.save(force_insert=True)
    note.author_id = None
    note.text = "first"
    note.save(update_fields=["author"])
    assert told() == []


def test_a_failed_update_is_not_told_later(
    transactional_db: None, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    note.text = "second"
    monkeypatch.setattr(Note, "_save_table", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        note.save()
    monkeypatch.undo()
    note.author_id = None
    note.save(update_fields=["author"])
    assert told() == []


def test_raw_fixtures_tell_nothing(ana: Any, tmp_path: Path) -> None:
    Photo.objects.create(caption="Lake", owner=ana)
    fixture = tmp_path / "photos.json"
    call_command("dumpdata", "app.photo", output=str(fixture), verbosity=0)
    fixture.write_text(fixture.read_text().replace("Lake", "Sea"))
    Activity.objects.all().delete()
    call_command("loaddata", str(fixture), verbosity=0)  # over the row
    assert Photo.objects.get().caption == "Sea"
    Photo.objects.all().delete()
    call_command("loaddata", str(fixture), verbosity=0)  # anew
    assert told() == []


def test_bulk_operations_send_no_signals(ana: Any) -> None:
    Photo.objects.bulk_create([Photo(caption="a", owner=ana), Photo(caption="b", owner=ana)])
    Photo.objects.update(caption="c")
    photos = list(Photo.objects.all())
    for photo in photos:
        photo.caption = "d"
    Photo.objects.bulk_update(photos, ["caption"])
    assert told() == []


def test_a_proxy_tells_as_its_model(ana: Any) -> None:
    photo = ProxyPhoto.objects.create(caption="Lake", owner=ana)
    photo.caption = "Sea"
    photo.save()
    assert told() == ["post", "edit"]
    assert Activity.objects.first().ref("object") == Ref("app.photo", str(photo.pk))  # type: ignore[union-attr]
    photo.delete()
    assert told() == []


def test_keys_of_every_kind(ana: Any) -> None:
    page = Page.objects.create(slug="a/b ü:", author=ana)
    assert Activity.objects.get().object == page
    long = Page.objects.create(slug="x" * 200, author=ana)
    assert Activity.objects.first().object == long  # type: ignore[union-attr]


# -- who acts, and whether -------------------------------------------------------------------------------


def test_the_actor_is_a_path(registering: Any, ana: Any) -> None:
    (photo,) = Photo.objects.bulk_create([Photo(owner=ana)])
    for path in ("about.owner", "about__owner"):
        registering(Note, actor=path, on_create="comment")
        Note.objects.create(about=photo)
        assert Activity.objects.first().actor == ana  # type: ignore[union-attr]


def test_the_actor_is_a_method(registering: Any, people: People) -> None:
    _, ben = people("ana", "ben")
    registering(Note, actor=lambda self, note: ben, target=lambda self, note: ben, on_create="write")
    Note.objects.create()
    made = Activity.objects.get()
    assert (made.actor, made.target) == (ben, ben)


def test_a_row_without_actor(note: Note) -> None:
    with (
        pytest.raises(InvalidActivity, match=r"NoteActivity\.actor gave None") as raised,
        transaction.atomic(),
    ):
        Note.objects.create(text="whose?")
    assert "should_publish" in str(raised.value)
    assert Note.objects.count() == 1


def test_should_publish_and_data(registering: Any, ana: Any) -> None:
    registering(
        Note,
        actor="author",
        on_create="write",
        on_update={"text": "edit"},
        should_publish=lambda self, note, verb: verb == "edit" or note.views > 0,
        data=lambda self, note, verb: {"verb": verb, "text": note.text},
    )
    note = Note.objects.create(text="a")  # without an actor: nobody asks
    assert told() == []
    Note.objects.create(text="b", author=ana, views=1)
    note.author, note.text = ana, "c"
    note.save()
    assert list(Activity.objects.order_by("id").values_list("data", flat=True)) == [
        {"verb": "write", "text": "b"},
        {"verb": "edit", "text": "c"},
    ]


def test_a_model_that_declares_no_verbs(registering: Any) -> None:
    registering(Note)
    note = Note.objects.create(text="a")
    note.text = "b"
    note.save()
    assert told() == []


def test_what_is_unregistered_tells_nothing(registering: Any, ana: Any) -> None:
    registering(Note, actor="author", on_create="write", on_add={"readers": "read"})
    unregister(Note)
    Note.objects.create(author=ana).readers.add(ana)
    assert told() == []


def test_a_wrong_field_is_told_by_the_checks_and_not_at_import(registering: Any, ana: Any) -> None:
    registering(Note, actor="author", on_create="write", on_add={"raeders": "read"})
    Note.objects.create(author=ana)
    assert told() == ["write"]


# -- many-to-many ----------------------------------------------------------------------------------------


@pytest.fixture
def photo(ana: Any) -> Photo:
    made = Photo.objects.create(caption="Lake", owner=ana)
    Activity.objects.all().delete()
    return made


def likes() -> set[tuple[Any, Any]]:
    return {(made.actor, made.object) for made in Activity.objects.filter(verb="like", target_id=None)}


def test_likes_from_both_sides(photo: Photo, people: People) -> None:
    ben, cleo = people("ben", "cleo")
    photo.likes.add(ben)
    cleo.liked_photos.add(photo)
    assert likes() == {(ben, photo), (cleo, photo)}
    photo.likes.add(ben, cleo)  # again: nothing new
    assert Activity.objects.count() == 2
    photo.likes.remove(cleo)
    assert likes() == {(ben, photo)}
    ben.liked_photos.remove(photo)
    assert likes() == set()
    ben.liked_photos.remove(photo)  # what was not there


def test_models_whose_rows_have_a_row_of_another_as_their_parent() -> None:
    assert derived(Note) == [LongNote]
    assert derived(Photo) == [], "a proxy is no child"


@pytest.mark.parametrize("action", ["pre_add", "pre_remove", "post_clear"])
def test_the_other_half_of_a_change_of_links_asks_nothing(
    photo: Photo, ana: Any, action: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        m2m_changed.send(
            Photo.likes.through,
            instance=photo,
            action=action,
            reverse=False,
            model=type(ana),
            pk_set=None if action == "post_clear" else {ana.pk},
            using="default",
        )


def test_set_and_clear_from_both_sides(photo: Photo, people: People, ana: Any) -> None:
    ben, cleo = people("ben", "cleo")
    other = Photo.objects.create(caption="Sea", owner=ana)
    photo.likes.set([ben, cleo])
    photo.likes.set([cleo])
    assert likes() == {(cleo, photo)}
    cleo.liked_photos.set([photo, other])
    assert likes() == {(cleo, photo), (cleo, other)}
    cleo.liked_photos.set([other], clear=True)
    assert likes() == {(cleo, other)}
    other.likes.clear()
    assert likes() == set()
    photo.likes.add(ben)
    ben.liked_photos.clear()
    assert likes() == set()


def test_a_like_that_is_taken_back_and_given_again(photo: Photo, ana: Any) -> None:
    for _ in range(3):
        photo.likes.add(ana)
        photo.likes.remove(ana)
    photo.likes.add(ana)
    assert likes() == {(ana, photo)}


def test_many_likes_are_one_insert(photo: Photo, people: People) -> None:
    with CaptureQueriesContext(connection) as captured:
        photo.likes.add(*people(40))
    inserts = [q for q in captured if "INSERT" in q["sql"] and "activitystream_activity" in q["sql"]]
    assert (len(inserts), Activity.objects.count()) == (1, 40)


@pytest.mark.parametrize("how", ["clear", "remove", "clear reversed", "remove reversed"])
def test_many_likes_that_are_taken_back_cost_as_few(transactional_db: None, people: People, how: str) -> None:
    ana, ben, cleo = people("al", "ben", "cleo")
    costs = []
    for many in (2, 12):
        users, photo = people(*(f"{many}-{n}" for n in range(many))), Photo.objects.create(owner=ana)
        photos = [Photo.objects.create(owner=ana) for _ in range(many)]
        photo.likes.set(users)
        ben.liked_photos.set(photos)
        cleo.liked_photos.set(photos)
        take = {
            "clear": photo.likes.clear,
            "remove": lambda photo=photo, users=users: photo.likes.remove(*users),
            "clear reversed": ben.liked_photos.clear,
            "remove reversed": lambda photos=photos: ben.liked_photos.remove(*photos),
        }[how]
        with CaptureQueriesContext(connection) as captured:
            take()
        costs.append(len(captured))
        assert {liked for _, liked in likes()} == {*photos, *([photo] if "reversed" in how else [])}
        photo.likes.clear()
        ben.liked_photos.clear()
        cleo.liked_photos.clear()
    assert costs[0] == costs[1]


def test_so_do_many_photos(transactional_db: None, people: People) -> None:
    (ben,) = people("ben")
    one, two = (Album.objects.create(title=title, owner=ben) for title in ("one", "two"))
    costs = []
    for many in (2, 12):
        photos = [Photo.objects.create(owner=ben) for _ in range(many)]
        one.photos.set(photos)
        two.photos.set(photos)
        with CaptureQueriesContext(connection) as captured:
            one.photos.clear()
        costs.append(len(captured))
        assert {made.target for made in Activity.objects.filter(verb="add")} == {two}
    assert costs[0] == costs[1]


def test_more_links_than_a_query_takes(photo: Photo, people: People, shrink: Shrink) -> None:
    shrink("publishing.retract", KEYED=2)
    users = people(5)
    photo.likes.set(users)
    photo.likes.set(users[:1])
    assert {user for user, _ in likes()} == set(users[:1])


def test_added_rows_that_are_no_users_are_the_object(photo: Photo, people: People) -> None:
    (ben,) = people("ben")
    album = Album.objects.create(id=uuid.uuid4(), title="Best of", owner=ben)
    album.photos.add(photo)
    made = Activity.objects.get()
    assert (made.actor, made.verb, made.object, made.target) == (ben, "add", photo, album)
    album.photos.clear()
    assert told() == []
    album.photos.add(photo)
    album.photos.remove(photo)
    assert told() == []


def test_only_the_link_that_is_taken_away_is_retracted(photo: Photo, people: People, ana: Any) -> None:
    (ben,) = people("ben")
    one, two = (Album.objects.create(title=title, owner=ben) for title in ("one", "two"))
    other = Photo.objects.create(owner=ana)
    one.photos.add(photo, other)
    two.photos.add(photo)
    one.photos.remove(photo)
    left = {(made.object, made.target) for made in Activity.objects.filter(verb="add")}
    assert left == {(other, one), (photo, two)}


def test_a_model_between(note: Note, people: People) -> None:
    (ben,) = people("ben")
    note.readers.add(ben)
    ben.read_notes.add(note)
    made = Activity.objects.get()
    assert (made.actor, made.verb, made.object) == (ben, "read", note)
    note.readers.remove(ben)
    assert told() == []


def test_should_publish_is_asked_for_links(registering: Any, ana: Any) -> None:
    registering(Note, actor="author", on_add={"readers": "read"}, should_publish=lambda *args: False)
    Note.objects.create(author=ana).readers.add(ana)
    assert told() == []


def test_links_in_a_transaction_that_is_rolled_back(photo: Photo, ana: Any) -> None:
    with transaction.atomic():
        photo.likes.add(ana)
        transaction.set_rollback(True)
    assert told() == []


# -- delete ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["instance", "queryset", "cascade"])
def test_deleting_an_object_retracts_what_is_about_it(
    transactional_db: None, people: People, how: str
) -> None:
    ana, ben = people("ana", "ben")
    photo = Photo.objects.create(caption="Lake", owner=ana)
    other = Photo.objects.create(caption="Sea", owner=ben)
    publish(actor=ben, verb="like", object=photo)
    publish(actor=ben, verb="compare", object=other, target=photo)
    publish(actor=photo, verb="trend")
    publish(actor=ben, verb="wave")
    assert len(OutboxFeed(ben).page()) == 4
    {"instance": photo.delete, "queryset": Photo.objects.filter(pk=photo.pk).delete, "cascade": ana.delete}[
        how
    ]()
    assert [entry.verb for entry in OutboxFeed(ben).page()] == ["wave", "post"]
    assert Activity.objects.count() == 2
    assert len(ObjectFeed(Ref("app.photo", "1")).page()) == 0
    assert not JournalEntry.objects.exists()


def test_kept_activities_have_the_last_name_and_no_link(
    transactional_db: None, people: People, any_store: str
) -> None:
    (ana,) = people("ana")
    page = Page.objects.create(slug="hello", author=ana)
    publish(actor=ana, verb="praise", object=ana, target=page)
    assert [entry.object.deleted for entry in OutboxFeed(ana).page()] == [False, False]  # type: ignore[union-attr]
    page.delete()
    praise, write = OutboxFeed(ana).page()
    for card in (praise.target, write.object):
        assert card is not None
        assert (card.name, card.deleted, card.url, card.image, card.content) == (
            "Page hello",
            True,
            None,
            None,
            None,
        )
        assert (card.model, card.id, card.type, card.instance) == ("app.page", "hello", "Page", None)


def test_a_kept_row_that_comes_back(transactional_db: None, people: People, any_store: str) -> None:
    (ana,) = people("ana")
    Page.objects.create(slug="hello", author=ana)
    Page.objects.all().delete()
    assert OutboxFeed(ana).page()[0].object.deleted is True  # type: ignore[union-attr]
    Page.objects.create(slug="hello", author=ana)
    assert all(not entry.object.deleted for entry in OutboxFeed(ana).page())  # type: ignore[union-attr]
    Page.objects.all().delete()
    assert OutboxFeed(ana).page()[0].object.deleted is True  # type: ignore[union-attr]


def test_a_kept_row_whose_name_fails_or_is_long(registering: Any, ana: Any, transactional_db: None) -> None:
    registering(Note, on_delete="keep", name=lambda self, note: note.text * 50 if note.text else 1 / 0)
    for text, name in (("abcdefghij", "abcdefghij" * 25 + "abcde"), ("", "")):
        note = Note.objects.create(text=text)
        made = publish(actor=ana, verb="see", object=note)
        note.delete()
        (entry,) = (entry for entry in OutboxFeed(ana).page() if entry.id == made.id)
        assert entry.object.name == name  # type: ignore[union-attr]


def test_fast_deletes_of_other_models_stay_fast() -> None:
    assert Collector(using="default", origin=None).can_fast_delete(Unregistered.objects.all())
    Unregistered.objects.bulk_create(Unregistered(name=str(number)) for number in range(20))
    with CaptureQueriesContext(connection) as captured:
        Unregistered.objects.all().delete()
    assert [query["sql"].split()[0] for query in captured] == ["DELETE"]


def test_retracting_costs_the_same_for_few_and_many(ana: Any) -> None:
    photos = [Photo.objects.create(caption=str(n), owner=ana) for n in range(2)]
    counts = []
    for photo, number in zip(photos, (1, 60), strict=True):
        for _ in range(number):
            publish(actor=ana, verb="look", object=photo)
        with CaptureQueriesContext(connection) as captured:
            photo.delete()
        counts.append(len(captured))
    assert counts[0] == counts[1]
