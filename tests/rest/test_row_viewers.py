"""Rows have viewers: what may not be seen is as what does not exist, wherever a row is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from activitystream import (
    NotificationsFeed,
    ObjectFeed,
    OutboxFeed,
    block,
    export_user,
    follow,
    mute,
    publish,
    suggestions,
)
from activitystream.feeds import feeds
from activitystream.models import Ref
from activitystream.registry import unregister
from tests.app.models import Album, Note, Photo
from tests.fixtures import Register

pytestmark = pytest.mark.django_db
User = get_user_model()
JSON: dict[str, Any] = {"format": "json"}
MISSING = "730000017"
SECRET = "zqsecret"


def only_owner(options: Any, photos: Sequence[Photo], viewer: Ref | None) -> list[Photo]:
    """Give a hook for `visible_rows`."""
    return [photo for photo in photos if viewer is not None and str(photo.owner_id) == viewer.id]


HIDINGS: dict[str, Callable[[Any, Register, Any, Any], None]] = {
    "self": lambda photo, registering, ana, bob: registering(Photo, **REGISTERED, visibility="self"),
    "followers": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visibility="followers"
    ),
    "a method": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visibility=lambda options, photo: "self"
    ),
    "a method that raises": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visibility=lambda options, photo: 1 / 0
    ),
    "nothing": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visibility=lambda options, photo: None
    ),
    "an empty text": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visibility=lambda options, photo: ""
    ),
    "a row that there is not": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visibility="album.title"
    ),
    "no visibility": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visibility=lambda options, photo: "friends"
    ),
    "the hook": lambda photo, registering, ana, bob: registering(
        Photo, **REGISTERED, visible_rows=only_owner
    ),
    "its album": lambda photo, registering, ana, bob: (
        registering(Album, owner="owner", visibility="self"),
        registering(Photo, **{**REGISTERED, "owner": "album"}),
    ),
    "the hook of its album": lambda photo, registering, ana, bob: (
        registering(Album, owner="owner", visible_rows=only_owner),
        registering(Photo, **{**REGISTERED, "owner": "album"}),
    ),
    "a private account": lambda photo, registering, ana, bob: registering(
        User, name="username", type="Person", private=lambda options, user: user.username == "ana"
    ),
    "a block": lambda photo, registering, ana, bob: block(ana, bob),
    "a block of one's own": lambda photo, registering, ana, bob: block(bob, ana),
}
REGISTERED: dict[str, Any] = {
    "actor": "owner",
    "name": "caption",
    "content": "caption",
    "may_publish": lambda options, row, verb, user: True,
}


@pytest.fixture(params=list(HIDINGS))
def photo(request: pytest.FixtureRequest, registering: Register, ana: Any, bob: Any) -> Photo:
    """A photo of Ana that is hidden from Bob."""
    registering(Photo, **REGISTERED)
    album = Album.objects.create(title="Alps", owner=ana)
    photo = Photo.objects.create(pk=730_000_001, caption=SECRET, owner=ana, album=album)
    for _ in range(2):  # the second answer is warm
        assert APIClient().get(f"/feeds/cards/app.photo/{photo.pk}/").status_code == 200
    HIDINGS[request.param](photo, registering, ana, bob)
    return photo


def requests() -> Iterator[tuple[str, str, Any]]:
    """Give each way to name a row of any model in a request: its method, its address, its body."""
    names = ("cards", "follows", "followers", "following", "mutes", *(feed.name for feed in feeds()))
    for name in names:
        for more in ("", "new/?since=1", "?format=as2", "?format=as1", "?format=rss", "?format=atom"):
            yield "get", f"{name}/app.photo/PHOTO/{more}", None
    for name in ("follows", "mutes"):
        yield "delete", f"{name}/app.photo/PHOTO/", None
        yield "post", f"{name}/", {"type": "app.photo", "id": "PHOTO"}
    yield "post", "follows/bulk/", [{"type": "app.photo", "id": "PHOTO"}]
    for role in ("object", "target", "actor"):
        yield "post", "activities/", {"verb": "see", role: {"type": "app.photo", "id": "PHOTO"}}
        yield "post", "activities/", [{"verb": "see", role: {"type": "app.photo", "id": "PHOTO"}}]
    yield "post", "activities/", {"verb": "see", "to": [{"type": "app.photo", "id": "PHOTO"}]}


def named(value: Any, id: str) -> Any:
    """Return the body with this key."""
    if isinstance(value, dict):
        return {key: named(item, id) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, id) for item in value]
    return id if value == "PHOTO" else value


def asked(client: APIClient, method: str, path: str, body: Any, id: str) -> tuple[int, str]:
    answer = getattr(client, method)(f"/feeds/{path.replace('PHOTO', id)}", named(body, id), **JSON)
    return answer.status_code, answer.content.decode().replace(id, "PHOTO")


@pytest.mark.parametrize("who", ["bob", "nobody"])
def test_a_hidden_row_is_as_one_that_is_not_there(photo: Photo, bob: Any, who: str, client_of: Any) -> None:
    client = client_of(bob) if who == "bob" else APIClient()
    if who == "nobody" and asked(client, "get", "cards/app.photo/PHOTO/", None, str(photo.pk))[0] == 200:
        pytest.skip("a block hides nothing from those who are not signed in")
    for method, path, body in requests():
        there = asked(client, method, path, body, str(photo.pk))
        assert there == asked(client, method, path, body, MISSING), (method, path, body)
        assert SECRET not in there[1]


def test_its_owner_sees_it(photo: Photo, ana: Any, client_of: Any) -> None:
    client = client_of(ana)
    assert client.get(f"/feeds/cards/app.photo/{photo.pk}/").data["name"] == SECRET
    assert client.get(f"/feeds/object/app.photo/{photo.pk}/").status_code == 200
    assert client.post("/feeds/mutes/", {"type": "app.photo", "id": str(photo.pk)}, **JSON).status_code == 201


def test_what_is_about_a_hidden_row_is_in_no_feed_and_list(
    registering: Register, photo: Photo, ana: Any, bob: Any, make_user: Any, client_of: Any
) -> None:
    cy = make_user("cy")
    shown = publish(actor=cy, verb="like", object=cy)
    hidden = publish(actor=cy, verb="like", object=photo, notify=[bob])
    follow(ana, photo)
    mute(bob, photo)
    for viewer, seen in ((bob, [shown.pk]), (ana, [hidden.pk, shown.pk])):
        assert [entry.id for entry in OutboxFeed(cy).page(viewer=viewer)] == seen
    assert [*ObjectFeed(photo).page(viewer=bob)] == [*NotificationsFeed(bob).groups()] == []
    client = client_of(bob)
    paths = ("mutes/", f"following/auth.user/{ana.pk}/", f"outbox/auth.user/{cy.pk}/", "export/", "home/")
    for path in paths:
        for more in ("", "?format=atom", "?group=verb"):
            answer = client.get(f"/feeds/{path}{more}")
            assert SECRET not in b"".join(answer if answer.streaming else [answer.content]).decode(), path
    assert SECRET not in str([*export_user(bob)])
    assert client.delete(f"/feeds/mutes/app.photo/{photo.pk}/").status_code == 204  # one's own can be undone


def test_followers_see_what_is_for_followers(registering: Register, ana: Any, bob: Any, as_bob: Any) -> None:
    registering(Photo, **REGISTERED, visibility="followers")
    photo = Photo.objects.create(caption=SECRET, owner=ana)
    address = f"/feeds/cards/app.photo/{photo.pk}/"
    assert as_bob.get(address).status_code == 404
    follow(bob, ana)
    assert as_bob.get(address).data["name"] == SECRET
    publish(actor=bob, verb="like", object=photo)
    assert len(OutboxFeed(bob).page(viewer=bob)) == 1
    assert len(OutboxFeed(bob).page()) == 0


def test_who_acts_sees_the_row_and_who_owns_it_does(registering: Register, people: Any) -> None:
    ana, bob, cy = people("ana", "ben", "cy")
    registering(Photo, **REGISTERED, owner="album.owner", visibility="self")
    album = Album.objects.create(title="Alps", owner=ana)
    photo = Photo.objects.create(caption=SECRET, owner=bob, album=album)
    like = publish(actor=cy, verb="like", object=photo)
    for viewer, seen in ((ana, [like.pk]), (bob, [like.pk]), (cy, []), (None, [])):
        assert [entry.id for entry in OutboxFeed(cy).page(viewer=viewer)] == seen


def test_a_change_takes_effect_at_once(registering: Register, ana: Any, as_bob: Any, any_store: str) -> None:
    registering(Photo, **REGISTERED, visibility=lambda options, photo: photo.caption[:4])
    photo = Photo.objects.create(caption="self", owner=ana)
    publish(actor=ana, verb="like", object=photo)
    pages = (f"/feeds/cards/app.photo/{photo.pk}/", f"/feeds/object/app.photo/{photo.pk}/")
    for caption, status in (("self", 404), ("public", 200), ("self", 404)):
        registering(Photo, **REGISTERED, visibility=lambda options, photo: photo.caption)
        photo.caption = caption
        photo.save()
        assert [as_bob.get(page).status_code for page in pages] == [status] * 2
        assert len(OutboxFeed(ana).page()) == (status == 200)


@pytest.mark.parametrize("registered", [True, False])
def test_where_another_row_says_it_a_save_of_that_takes_effect(
    registering: Register, ana: Any, any_store: str, registered: bool
) -> None:
    registering(Photo, **REGISTERED, visibility="album.title")
    if not registered:
        unregister(Album)
    album = Album.objects.create(title="public", owner=ana)
    photos = [Photo.objects.create(caption=str(n), owner=ana, album=album) for n in range(5)]
    for photo in photos:
        publish(actor=ana, verb="like", object=photo)
    with CaptureQueriesContext(connection) as queries:
        assert len(OutboxFeed(ana).page()) == 5
    assert sum("app_album" in query["sql"] for query in queries) <= 1
    for title, seen in (("self", 0), ("public", 5)):
        album.title = title
        album.save()
        assert len(OutboxFeed(ana).page()) == seen


class Asked:
    """A hook `visible_rows` that counts how often it is asked, and shows every row but one."""

    def __init__(self, but: str = "") -> None:
        self.calls: list[int] = []
        self.but = but

    def __call__(self, options: Any, rows: Sequence[Any], viewer: Ref | None) -> list[Any]:
        self.calls.append(len(rows))
        return [row for row in rows if str(row) != self.but]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return lambda rows, viewer: self(instance, rows, viewer)


def test_the_hook_is_asked_in_batches(registering: Register, people: Any, client_of: Any) -> None:
    ana, bob, *others = people("ana", "bob", *(f"user-{number}" for number in range(8)))
    photos, users = Asked(), Asked()
    registering(Photo, **REGISTERED, visible_rows=photos)
    registering(User, name="username", type="Person", visible_rows=users)
    rows = [Photo.objects.create(caption=f"photo {number}", owner=ana) for number in range(8)]
    for row, other in zip(rows, others, strict=True):
        publish(actor=ana, verb="like", object=row, notify=[bob])
        follow(bob, row)
        follow(other, bob)
        follow(ana, other)
    follow(bob, ana)
    photos.but, users.but = "photo 3", "user-3"
    client = client_of(bob)
    body = [{"type": "app.photo", "id": str(row.pk)} for row in rows if row.caption != "photo 3"]
    lists = [f"/feeds/{path}" for path in (f"outbox/auth.user/{ana.pk}/", "follows/", "notifications/")]
    lists += [f"/feeds/{path}/auth.user/{bob.pk}/" for path in ("followers", "following", "object")]
    lists += [f"/feeds/outbox/auth.user/{ana.pk}/?group=object", "/feeds/suggestions/", "/feeds/home/"]
    for warm in (False, True):
        for path in lists:
            photos.calls.clear()
            users.calls.clear()
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(path)
            assert answer.status_code == 200
            text = answer.content.decode()
            assert not re.search("photo 3|user-3", text), path
            # an address names a row, which is asked about; a grouped page reads twice
            assert len(photos.calls) <= 2, (path, photos.calls)
            assert len(users.calls) <= 3, (path, users.calls)
            if warm:
                assert len(queries) <= 24, (path, len(queries))  # MariaDB asks for followees first
    photos.calls.clear()
    assert client.post("/feeds/follows/bulk/", body, **JSON).status_code == 201
    assert photos.calls == [7] * 3  # find the rows; check before, and within the transaction
    users.calls.clear()
    assert "user-3" not in {one.user.username for one in suggestions(bob)}
    assert len(users.calls) == 2  # whose follows count, and who is suggested


def test_a_site_without_the_hook_pays_nothing(ana: Any, nobody: APIClient, any_store: str) -> None:
    publish(actor=ana, verb="like", object=Photo.objects.create(caption="photo", owner=ana))
    path = f"/feeds/cards/auth.user/{ana.pk}/"
    nobody.get(path)
    with CaptureQueriesContext(connection) as queries:
        nobody.get(path)
    assert len(queries) == 1


def test_what_belongs_to_a_hidden_row_is_hidden(
    registering: Register, ana: Any, bob: Any, as_bob: Any
) -> None:
    registering(Photo, **REGISTERED, visibility="self")
    registering(Note, actor="author", owner="about", name="text")
    photo = Photo.objects.create(caption="photo", owner=ana)
    note = Note.objects.create(text=SECRET, author=bob, about=photo)
    made = publish(actor=bob, verb="write", object=note)
    assert as_bob.get(f"/feeds/cards/app.note/{note.pk}/").status_code == 404
    assert [entry.id for entry in OutboxFeed(bob).page(viewer=ana)] == [made.pk]
    assert len(OutboxFeed(bob).page(viewer=bob)) == 0


@pytest.mark.parametrize("how", ["self", "followers", "hook", "public"])
def test_what_was_not_for_everybody_is_not_kept(registering: Register, ana: Any, how: str) -> None:
    said = {"visible_rows": only_owner} if how == "hook" else {"visibility": how}
    registering(Photo, **REGISTERED, **said, on_delete="keep")
    photo = Photo.objects.create(caption=SECRET, owner=ana)
    publish(actor=ana, verb="like", object=photo)
    photo.delete()
    shown = [entry.object.name for entry in OutboxFeed(ana).page(viewer=ana) if entry.object]
    assert shown == ([SECRET] if how == "public" else [])


@pytest.mark.parametrize("what", ["person", "album"])
def test_a_list_of_blocks_and_of_requests_shows_nothing_that_is_hidden(
    registering: Register, ana: Any, bob: Any, as_ana: APIClient, what: str
) -> None:
    registering(User, name="username", type="Person", private=lambda options, user: user.username == "ana")
    follow(bob, ana)
    hidden = Asked(but="bob")
    registering(
        User,
        name="username",
        type="Person",
        private=lambda options, user: user.username == "ana",
        visible_rows=hidden,
    )
    request = RequestFactory().get("/")
    request.user = ana
    tag = Template("{% load activitystream %}{% follow_requests %}").render(Context({"request": request}))
    assert "bob" not in tag
    assert as_ana.get("/feeds/requests/").data["results"] == []
    missing = as_ana.get(f"/feeds/blocks/auth.user/{MISSING}/")
    there = as_ana.get(f"/feeds/blocks/auth.user/{bob.pk}/")
    assert (there.status_code, there.content.decode().replace(f"'{bob.pk}'", f"'{MISSING}'")) == (
        404,
        missing.content.decode(),
    )
    block(ana, bob)
    [item] = as_ana.get("/feeds/blocks/").data["results"]
    assert (item["blocked"]["id"], item["blocked"]["name"]) == (str(bob.pk), "")
    assert as_ana.delete(f"/feeds/blocks/auth.user/{bob.pk}/").status_code == 204


def test_a_model_with_a_composite_key_has_no_feed(as_bob: APIClient) -> None:
    for address in ("outbox/app.pair/1/", "object/app.pair/1/new/?since=1", "cards/app.pair/1/"):
        assert as_bob.get(f"/feeds/{address}").status_code == 404


@pytest.mark.parametrize("how", ["visibility", "visible_rows"])
def test_whom_a_hidden_person_follows_is_not_suggested(registering: Register, people: Any, how: str) -> None:
    me, other, hidden = people("me", "other", "hidden")
    follow(me, hidden)
    follow(hidden, other)
    assert [found.user for found in suggestions(me)] == [other]
    if how == "visibility":
        registering(User, name="username", visibility=lambda _, user: "self" if user == hidden else "public")
    else:
        registering(
            User, name="username", visible_rows=lambda _, rows, viewer: [row for row in rows if row != hidden]
        )
    assert suggestions(me) == []


def test_counts_of_notifications_ask_the_hook_each_time(
    registering: Register, ana: Any, bob: Any, as_bob: APIClient
) -> None:
    shown, photo = [True], Photo.objects.create(owner=ana, caption="x")
    registering(
        Photo, **REGISTERED, visible_rows=lambda options, rows, viewer: list(rows) if shown[0] else []
    )
    publish(actor=ana, verb="say", object=photo, notify=[bob])
    for count in (1, 0, 1):
        shown[0] = bool(count)
        assert as_bob.get("/feeds/notifications/counts/").data["unseen"]["items"] == count
