"""A site with things that are hidden from some accounts, and a simple model of who may see what.

Everything that is hidden has markers: texts and keys that stand nowhere else. The model asks no code of the
app, only the tables of follows and blocks, so it also holds after an account has written something.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from activitystream import block, follow, mute, publish, retract
from activitystream.graph import get_graph
from activitystream.models import Activity, Block, Follow, FollowRequest, Mute, Ref
from activitystream.registry import options_for
from tests.app.models import Album, Page, Photo

__all__ = ["ACCOUNTS", "Site", "Thing", "registrations"]

PEOPLE = ("shut", "open", "friend", "stranger", "blocked", "asker")
ACCOUNTS: tuple[str | None, ...] = ("shut", "friend", "stranger", "blocked", None)
"""The accounts, in the order in which they send each request.

The owner is first, so that the others can send the ETag of the owner's answer."""
ONLY = ("self", "followers", "named")
"""Texts of photos begin so that are for their owner alone, for followers, or (by a hook) for a friend."""
KEY = "the-owner-s-idempotency-key"


@dataclass(frozen=True)
class Thing:
    """Something with texts that only some accounts may meet."""

    what: str
    markers: frozenset[str]
    about: frozenset[str]
    """The people whom it is about, or to whom a part of it belongs. Names are those of PEOPLE."""
    author: str | None = None
    visibility: str = "public"
    named: frozenset[str] = frozenset()
    verb: str | None = None
    is_person: bool = False
    rows: tuple[Thing, ...] = ()
    """The rows that an activity is about: who may not see one of them does not see it."""


@dataclass
class Site:
    """The people, what they did, and the pools from which requests are made."""

    people: dict[str, Any] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    keyed: dict[str, Any] = field(default_factory=dict)
    """The body that the owner sent with the idempotency key."""

    def __post_init__(self) -> None:
        self._row_things: dict[Any, Thing] = {}
        self._keys, self._texts = count(730_000_001, 10_000), count(1)  # rows made later get the next keys
        self._build()

    def headers(self, account: str | None) -> dict[str, str]:
        """Return the headers that sign this account in."""
        if account is None:
            return {}
        pair = b64encode(f"{self.people[account].username}:password".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def hidden_from(self, account: str | None) -> list[Thing]:
        """Return what this account may not see, as follows and blocks are now."""
        names = {person.pk: name for name, person in self.people.items()}
        user_type = ContentType.objects.get_for_model(get_user_model()).pk
        follows = {
            (names[follower], names.get(int(followee)))
            for follower, followee in Follow.objects.filter(
                kind="follow", followee_type=user_type
            ).values_list("follower_id", "followee_id")
        }
        blocks = {(names[a], names[b]) for a, b in Block.objects.values_list("blocker", "blocked")}
        return [thing for thing in self.things if not _sees(account, thing, follows, blocks)]

    def blocked_by(self, account: str | None) -> set[str]:
        """Return the people whom this account blocks: its own list of blocks names them, to unblock them."""
        person = self.people.get(account or "")
        keys = Block.objects.filter(blocker=person.pk).values_list("blocked", flat=True) if person else ()
        return {name for name, one in self.people.items() if one.pk in set(keys)}

    # -- building it ---------------------------------------------------------------------------------------

    def _build(self) -> None:
        for name in PEOPLE:
            self._person(name)
        people = self.people
        for follower, followee in (("friend", "open"), ("stranger", "friend"), ("open", "friend")):
            follow(people[follower], people[followee])
        follow(people["friend"], people["shut"])
        self._before_the_block()
        get_user_model().objects.filter(pk=people["shut"].pk).update(last_name="private")
        people["shut"].refresh_from_db()
        for owner in ("shut", "open"):
            block(people[owner], people["blocked"])
        for owner in ("shut", "open"):
            for visibility in ("public", "followers", "named", "self"):
                self._did(owner, visibility=visibility, object=self._photo("stranger"))
            self._did(owner, object=self._photo(owner), notify=["friend"])
            self._did("friend", object=self._photo(owner), notify=[owner])
            self._did(owner, to=["friend"], visibility="named", notify=["friend"])
        self._album()
        self._a_group()
        self._gone()
        self._relations()
        self._keyed()
        self._did("stranger", object=self._photo("stranger"), target=people["friend"])
        self._did("blocked", object=self._photo("blocked"))

    def _text(self, what: str) -> str:
        return f"zq{next(self._texts):03d}{what}"

    def _person(self, name: str) -> None:
        """A person. The name and the key are known to all but those with whom there is a block."""
        text = self._text(name)
        person = get_user_model().objects.create_user(
            text, f"{text}@secret.example", "password", pk=next(self._keys)
        )
        self.people[name] = person
        self.rows.append(("auth.user", str(person.pk)))
        markers = frozenset({text, str(person.pk)})
        self.things.append(Thing(name, markers, frozenset({name}), is_person=True))
        secrets = frozenset({f"{text}@secret.example", person.password})
        self.things.append(Thing("secrets", secrets, frozenset(), name, "self"))

    def _photo(self, owner: str, caption: str = "", **more: Any) -> Photo:
        """A photo, and the activity that its registration makes of it."""
        text = caption + self._text("photo")
        photo = Photo.objects.create(pk=next(self._keys), caption=text, owner=self.people[owner], **more)
        markers = frozenset({text, str(photo.pk)})
        self.rows.append(("app.photo", str(photo.pk)))
        visibility = caption or "public"
        what, named = f"{visibility} photo of {owner}", frozenset({"friend"} if caption == "named" else ())
        self.things.append(Thing(what, markers, frozenset({owner}), owner, visibility, named))
        self._row_things[photo.pk] = self.things[-1]
        self._made_of(photo, owner, visibility, named)
        return photo

    def _made_of(
        self, row: Any, owner: str, visibility: str = "public", named: frozenset[str] = frozenset()
    ) -> None:
        """Note the activities that signals published about a row."""
        options = ContentType.objects.get_for_model(row)
        for made in Activity.objects.filter(object_type=options, object_id=str(row.pk)):
            self.activities.append(str(made.pk))
            self.things.append(
                Thing("of a signal", frozenset({str(made.pk)}), frozenset({owner}), owner, visibility, named)
            )

    def _did(
        self,
        actor: str,
        *,
        visibility: str = "public",
        object: Any = None,
        target: Any = None,
        to: Any = None,
        notify: Any = (),
        verb: str | None = None,
        what: str = "",
    ) -> Activity:
        named = to if to is not None else ["friend"] if visibility == "named" else []
        verb, text = verb or self._text("verb"), self._text("data")
        made = publish(
            actor=self.people[actor],
            verb=verb,
            object=object,
            target=target,
            data={"note": text, "nested": [{"again": text}]},
            visibility=visibility,
            to=[self.people[name] for name in named],
            notify=[self.people[name] for name in notify],
        )
        self.activities.append(str(made.pk))
        about = {actor, *(self._owner(row) for row in (object, target) if row is not None)}
        self.things.append(
            Thing(
                what or f"{visibility} of {actor}",
                frozenset({str(made.pk), text, verb}),
                frozenset(about),
                actor,
                visibility,
                frozenset(named),
                verb,
                rows=tuple(
                    thing for row in (object, target) if row and (thing := self._row_things.get(row.pk))
                ),
            )
        )
        return made

    def _owner(self, row: Any) -> str:
        keys = {person.pk: name for name, person in self.people.items()}
        return keys[
            row.pk if row._meta.model_name == "user" else getattr(row, "owner_id", None) or row.author_id
        ]

    def _before_the_block(self) -> None:
        """What the blocked user did about the owners while that was possible."""
        for owner in ("shut", "open"):
            photo = self._photo(owner)
            self._did("blocked", object=photo, notify=[owner], what=f"of blocked about {owner}")
            self._did(
                owner, object=self._photo("blocked"), notify=["blocked"], what=f"of {owner} about blocked"
            )

    def _album(self) -> None:
        for owner in ("shut", "open"):
            title = self._text("album")
            album = Album.objects.create(title=title, owner=self.people[owner])
            self.rows.append(("app.album", str(album.pk)))
            markers = frozenset({title, str(album.pk), album.pk.hex})
            self.things.append(Thing(f"album of {owner}", markers, frozenset({owner})))
            self._photo(owner, album=album)
            self._did("friend", object=album)
            self._did(owner, visibility="self", target=album)

    def _a_group(self) -> None:
        verb = self._text("verb")
        photo = self._photo("friend")
        for _ in range(3):
            self._did("shut", verb=verb, object=photo, notify=["friend"])

    def _gone(self) -> None:
        """A page that was deleted and is kept by its name, a hidden photo, and what was retracted."""
        for owner in ("shut", "open"):
            slug = self._text("page")
            page = Page.objects.create(slug=slug, author=self.people[owner])
            markers = frozenset({slug})
            self.things.append(Thing(f"page of {owner}", markers, frozenset({owner})))
            self.rows.append(("app.page", slug))
            self._made_of(page, owner)
            self._did("friend", object=page)
            page.delete()
            made = self._did(owner, what="retracted")
            retract(made)
            self.things[-1] = Thing("retracted", self.things[-1].markers, frozenset(), visibility="nobody")
        for only in ONLY:
            photo = self._photo("open", only)
            self._did("friend", object=photo, notify=["open", "stranger"], what=f"about a {only} photo")
            for name in ("open", "stranger"):  # as they could before it was hidden
                get_graph().follow(self.people[name], photo, kind="follow", actor_only=None)
            mute(self.people["stranger"], photo)
        photo = self._photo("open")
        made = self._did("friend", object=photo)
        Photo.objects.filter(pk=photo.pk).update(hidden=True)
        for place, thing in enumerate(self.things):
            if thing.markers & {str(photo.pk), str(made.pk)}:
                self.things[place] = replace(thing, what="hidden photo", visibility="nobody")

    def _relations(self) -> None:
        """Rows of tables, with keys that can be told from all others: whose they are, those see them."""
        people = self.people
        asked = follow(people["asker"], people["shut"])
        self.requests.append(self._mark(FollowRequest, asked, "shut", "asker"))
        watched = Photo.objects.filter(owner=people["open"]).first()
        self._mark(Follow, follow(people["shut"], watched, kind="watch"), "shut")
        self._mark(Follow, follow(people["open"], people["friend"], kind="watch"), "open")
        self._mark(Mute, mute(people["shut"], people["stranger"]), "shut")
        for owner in ("shut", "open"):
            self._mark(Block, Block.objects.get(blocker=people[owner]), owner)

    def _mark(self, model: Any, row: Any, *whose: str) -> str:
        key = next(self._keys)
        model.objects.filter(pk=row.pk).update(id=key)
        thing = Thing(model.__name__, frozenset({str(key)}), frozenset(), whose[0], "named", frozenset(whose))
        self.things.append(thing)
        return str(key)

    def _keyed(self) -> None:
        """What the owner published through the API with a key."""
        text, verb = self._text("data"), self._text("verb")
        self.keyed = {"verb": verb, "data": {"note": text}}
        headers = {**self.headers("shut"), "Idempotency-Key": KEY}
        answer = Client().post(
            "/feeds/activities/", json.dumps(self.keyed), "application/json", headers=headers
        )
        assert answer.status_code == 201, answer.content
        id = answer.json()["id"]
        self.activities.append(id)
        self.things.append(
            Thing("keyed", frozenset({id, text, verb}), frozenset({"shut"}), "shut", "public", verb=verb)
        )


def _sees(
    who: str | None, thing: Thing, follows: set[tuple[str, str | None]], blocks: set[tuple[str, str | None]]
) -> bool:
    if not all(_sees(who, row, follows, blocks) for row in thing.rows):
        return False
    if any((other, who) in blocks or (who, other) in blocks for other in thing.about):
        return False
    gates = {"shut"} & thing.about if not thing.is_person else set()
    if thing.visibility == "followers" and thing.author:
        gates = {*gates, thing.author}
    if any(who != gate and (who, gate) not in follows for gate in gates):
        return False
    match thing.visibility:
        case "named":
            return who is not None and (who == thing.author or who in thing.named)
        case "self":
            return who is not None and who == thing.author
        case "nobody":
            return False
    return True


@contextmanager
def registrations(monkeypatch: Any) -> Iterator[None]:
    """Registrations that a site with secrets has: private users, texts of photos, photos for oneself."""
    users, photos = type(options_for(get_user_model())), type(options_for(Photo))
    monkeypatch.setattr(users, "private", lambda self, user: user.last_name == "private")
    monkeypatch.setattr(photos, "content", lambda self, photo: f"text of {photo.caption}")
    monkeypatch.setattr(photos, "visibility", _visibility)
    monkeypatch.setattr(photos, "visible_rows", _visible_rows)
    yield


def _visibility(options: Any, photo: Photo) -> str:
    return next((word for word in ("self", "followers") if photo.caption.startswith(word)), "public")


def _visible_rows(options: Any, photos: Sequence[Photo], viewer: Ref | None) -> list[Photo]:
    me = viewer and get_user_model().objects.get(pk=viewer.id)
    is_friend = me is not None and me.username.endswith("friend")
    return [
        photo
        for photo in photos
        if not photo.caption.startswith("named") or is_friend or (me and me.pk == photo.owner_id)
    ]
