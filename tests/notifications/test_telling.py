"""Who is told: by registrations, by `publish(notify=…)`, and by nobody's wish twice or of oneself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from activitystream import Draft, InvalidActivity, follow, publish, publish_many, unfollow
from activitystream.models import Block, Notification
from tests.app.models import Note, Photo
from tests.fixtures import Configure, People, Register

from .helpers import like, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def cy(people: People) -> Any:
    return people("cy")[0]


def test_a_path_of_a_registration_says_who_is_told(registering: Register, ben: Any, photo: Photo) -> None:
    registering(Note, actor="author", on_create="comment", notify="about.owner")
    note = Note.objects.create(author=ben, about=photo)
    assert told() == [("ana", "comment", f"comment:app.note:{note.pk}")]


def test_a_mapping_tells_of_some_verbs_alone(registering: Register, ben: Any, photo: Photo) -> None:
    verbs = {"on_create": "comment", "on_update": {"text": "edit"}}
    registering(Note, actor="author", **verbs, notify={"edit": "about__owner"})
    note = Note.objects.create(author=ben, about=photo)
    note.text = "more"
    note.save()
    assert [verb for _, verb, _ in told()] == ["edit"]


def test_a_method_gives_users(registering: Register, ana: Any, ben: Any, cy: Any) -> None:
    registering(
        Note, actor="author", on_create="write", notify=lambda self, note, verb: iter([ana, ben, cy, ana])
    )
    Note.objects.create(author=ben)
    assert [name for name, _, _ in told()] == ["ana", "cy"]


def test_a_path_can_end_at_many_users(registering: Register, people: People, ana: Any) -> None:
    registering(Note, actor="author", on_update={"text": "edit"}, notify="readers")
    note = Note.objects.create(author=ana)
    for reader in people("ben", "cy"):
        note.readers.add(reader)
    note.text = "more"
    note.save()
    assert [name for name, _, _ in told()] == ["ben", "cy"]


def test_a_path_that_ends_at_nobody_tells_nobody(registering: Register, ben: Any) -> None:
    registering(Note, actor="author", on_create="comment", notify="about.owner")
    Note.objects.create(author=ben)
    assert told() == []


def test_what_is_added_to_a_relation_is_told(registering: Register, ana: Any, ben: Any) -> None:
    registering(Note, actor="author", on_add={"readers": "read"}, notify={"read": "author"})
    note = Note.objects.create(author=ana)
    note.readers.add(ben, ana)
    assert told() == [("ana", "read", f"read:app.note:{note.pk}")]
    note.readers.remove(ben)
    assert told() == []


def test_explicit_publishing_tells_each_once_and_never_the_actor(ana: Any, ben: Any, cy: Any) -> None:
    publish(actor=ben, verb="wave", notify=[ana, ben, ana, cy])
    assert told() == [("ana", "wave", "wave"), ("cy", "wave", "wave")]


def test_with_the_same_key_nobody_is_told_again(ana: Any, ben: Any, cy: Any) -> None:
    publish(actor=ben, verb="wave", key="1", notify=[ana])
    publish(actor=ben, verb="wave", key="1", notify=[ana, cy])
    publish_many([Draft(actor=ben, verb="wave", key="2", notify=[ana])] * 2)
    assert [name for name, _, _ in told()] == ["ana", "ana"]


@pytest.mark.parametrize("who", ["a name", 7, None])
def test_only_users_can_be_told(ana: Any, who: Any) -> None:
    with pytest.raises(InvalidActivity, match="notify takes saved users"):
        publish(actor=ana, verb="wave", notify=[who])


def test_people_who_block_one_another_are_not_told(ana: Any, ben: Any, cy: Any, photo: Photo) -> None:
    Block.objects.create(blocker=ana, blocked=ben)
    like(ben, photo)
    publish(actor=ana, verb="wave", notify=[ben, cy])
    assert [(name, verb) for name, verb, _ in told()] == [("cy", "wave")]


def test_a_registration_says_what_is_one_group(registering: Register, ben: Any, photo: Photo) -> None:
    registering(
        Note,
        actor="author",
        on_create="comment",
        notify="about.owner",
        notify_group=lambda self, note, verb: f"{verb} {note.about_id}",
    )
    Note.objects.create(author=ben, about=photo)
    Note.objects.create(author=ben, about=photo)
    assert {group for _, _, group in told()} == {f"comment {photo.pk}"}


def test_a_group_must_be_a_text(registering: Register, ana: Any, ben: Any) -> None:
    registering(Note, notify_group=lambda self, note, verb: "x" * 256)
    with pytest.raises(InvalidActivity, match="notify_group must be a text of 1 to 255"):
        publish(actor=ana, verb="see", object=Note.objects.create(), notify=[ben])


def test_a_follow_is_told_if_it_is_an_activity(
    configure: Configure, override_registration: Register, ana: Any, ben: Any
) -> None:
    override_registration(type(ana), notify={"follow": "self"})
    follow(ben, ana)
    assert told() == []
    unfollow(ben, ana)
    configure(FOLLOW_VERB="follow")
    follow(ben, ana)
    assert told() == [("ana", "follow", f"follow:auth.user:{ana.pk}")]
    unfollow(ben, ana)
    assert told() == []


def test_who_is_told_is_rolled_back_with_the_activity(ana: Any, ben: Any, photo: Photo) -> None:
    with transaction.atomic():
        like(ben, photo)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


def test_telling_costs_the_same_however_many_are_told(people: People, ana: Any) -> None:
    def queries(number: int) -> int:
        some = people(*[f"{number}-{n}" for n in range(number)])
        with CaptureQueriesContext(connection) as captured:
            publish(actor=ana, verb="wave", notify=some)
        return len(captured)

    publish(actor=ana, verb="wave")  # content types are cached from now on
    with CaptureQueriesContext(connection) as silent:
        publish(actor=ana, verb="wave")
    assert queries(1) == queries(20) == len(silent) + 3  # blocks, notifications, what to forget
