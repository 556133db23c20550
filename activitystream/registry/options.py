"""`ModelActivity`: what a model says about itself, as `ModelAdmin` is for the admin."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Literal

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils.functional import cached_property

from activitystream.exceptions import InvalidActivity
from activitystream.models import Ref, Visibility, to_keys

from .attributes import follow_path, model_at, path_parts, ref_of, value_at, walk

__all__ = ["ModelActivity", "offer_kinds"]

_offers: list[Callable[[], Collection[str]]] = []


def offer_kinds(kinds: Callable[[], Collection[str]]) -> None:
    """Clients may choose these kinds of follow, too: for the layers above, whose feeds are made from them."""
    if kinds not in _offers:
        _offers.append(kinds)


class ModelActivity:
    """How rows of a model become activities and what is given out about them.

    Attributes that say *where a value is* (`actor`, `target`, `owner`, `private`, `visibility`, `name`,
    `url`, `image`, `content`) are an attribute path as a string, or a method of that name that takes the row.
    One instance is made per model.
    """

    actor: ClassVar[Any] = None
    """Who does what `on_create`, `on_update` and `on_add` tell. Needed if one of them is set."""
    target: ClassVar[Any] = None
    """What it was done to or for (the album a photo was posted to)."""
    owner: ClassVar[Any] = None
    """To whom a row belongs; None: its `actor`. Who blocks the owner meets nothing about the row."""
    visibility: ClassVar[Any] = None
    """Who may see a row (its card, and every activity about it or about what belongs to it) and what signals
    publish about it: "public", "followers" or "self", or where that is said; None: everybody. A row that is
    asked and says nothing is for its owner."""
    on_create: ClassVar[str | None] = None
    """The verb when a row is created."""
    on_update: ClassVar[Mapping[str, str]] = {}
    """The verb when a field changes: `{"caption": "edit"}`. One activity for each verb and save."""
    on_add: ClassVar[Mapping[str, str]] = {}
    """The verb when rows are added to a many-to-many field; taking them out retracts it.

    Added rows that are users are the actors, and this row is the object ("Ana likes the photo"). Other added
    rows are the object, this row is the target, and its actor acts ("Ana adds the photo to the album")."""
    on_delete: ClassVar[Literal["retract", "keep"]] = "retract"
    """What becomes of the activities about a row that is deleted: "keep" leaves its last name and no link."""
    followable: ClassVar[bool] = True
    """Whether rows may be followed."""
    follow_actor_only: ClassVar[bool | None] = None
    """Whether a follow means what the row does only, or also what is done to it; None: users the former,
    everything else the latter. `follow(…, actor_only=…)` decides otherwise for one follow."""

    private: ClassVar[Any] = None
    """Whether a row is a private account (a user, mostly): a follow needs the consent of its owner, and only
    followers see what it does, and what is about it or about what belongs to it; None: no row is."""

    notify: ClassVar[Any] = None
    """Who is told of the activities that signals on a row make: an attribute path to a user or to several
    ("owner"), a mapping from verbs to paths (`{"like": "owner"}`), or a method `notify(self, obj, verb)` that
    gives users. The path "self" is the row itself: of users, for the verb of follows."""

    public_kinds: ClassVar[Collection[str]] = ("follow",)
    """Kinds of follow that the API lists to everybody: who follows a row and, for the user model, what a user
    follows. Other kinds ("watch" …) are told to the follower alone."""

    type: ClassVar[Any] = None
    """What kind of thing it is (an Activity Streams type such as "Image"): a constant, or a method; None: the
    name of the model."""
    name: ClassVar[Any] = None
    """What to call it; None: `str(row)` (for users, if that is an e-mail address: "user 12")."""
    url: ClassVar[Any] = "get_absolute_url"
    """Where its page is. Only http, https and addresses on the site are given out."""
    image: ClassVar[Any] = None
    """The address of its picture; the same is given out."""
    content: ClassVar[Any] = None
    """Its text."""
    shown_with: ClassVar[Collection[str]] = ()
    """Relations to what is shown with a row ("profile"): where one of those is saved or deleted, the row is
    shown anew. Each must belong to one row: one-to-one relations, and foreign keys from there to here. Those
    on the paths of `name`, `url`, `image`, `content` and `private` need not be named."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model

    # -- to override ---------------------------------------------------------------------------------

    def data(self, obj: Any, verb: str) -> dict[str, Any]:
        """What to keep in the activity's `data` (JSON)."""
        return {}

    def should_publish(self, obj: Any, verb: str) -> bool:
        """Whether a signal on this row becomes an activity (no for a draft, for instance)."""
        return True

    def may_publish(self, obj: Any, verb: str, user: Any) -> bool:
        """Whether this user may publish the verb through the API about a row, be it the object, the target or
        the actor (the user then). Asked for every row of the activity.

        By default about oneself and what is one's own: rows whose `owner` is the user. To allow more lets
        users write into the homes of those who follow the row.
        """
        return Ref.of(user) in (Ref.of(obj), self.owner_ref(obj))

    def may_edit(self, obj: Any, verb: str, data: Mapping[str, Any], user: Any) -> bool:
        """Return True if this user may replace the `data` of an activity through the API with this `data`.

        `obj` is a row of the activity, as in `may_publish`; it is asked for every row. By default the actor
        may. Refuse here what a rule of your site depends on.
        """
        return True

    def visible_rows(self, rows: Sequence[Any], viewer: Ref | None) -> Iterable[Any]:
        """Return those of these rows that the viewer (the ref of a user; None: not signed in) may see.

        It is asked for all rows of a page at once, and can only hide more than `visibility`, private accounts
        and blocks do. With a row goes everything about it, and about what belongs to it.
        """
        return rows

    def notify_group(self, obj: Any, verb: str) -> str | None:
        """What notifications of an activity about this row are grouped by: those with the same text are told
        as one ("Ana, Bo and 3 others liked your photo"). 1 to 255 characters. None: the verb and the row."""
        return None

    def may_follow(self, obj: Any, kind: str, user: Any) -> bool:
        """Whether this user may follow the row as this kind through the API or a form.

        By default the `public_kinds`, and those that a declared feed is made from.
        """
        return kind in self.public_kinds or any(kind in kinds() for kinds in _offers)

    def get_queryset(self) -> models.QuerySet[Any]:
        """The rows that may be shown, with what cards need joined (`select_related`).

        The default manager's: rows it hides (soft deletion) take their activities out of view.
        """
        rows: models.QuerySet[Any] = self.model._default_manager.all()
        return rows

    # -- what the other layers ask --------------------------------------------------------------------

    def value(self, obj: Any, attribute: str) -> Any:
        """The value of what says where a value is: `actor`, `target`, `name` and so on."""
        declared = getattr(self, attribute)
        if callable(declared):
            return declared(obj)
        return None if declared is None else follow_path(obj, declared)

    def actor_of(self, obj: Any) -> models.Model:
        """Who acts; InvalidActivity if the row has nobody."""
        actor = self.value(obj, "actor")
        if not isinstance(actor, models.Model):
            raise InvalidActivity(
                f"{type(self).__name__}.actor gave {actor!r} for {obj!r}: an activity needs an actor. Return "
                "False from should_publish() for rows that have none."
            )
        return actor

    def owner_ref(self, obj: Any) -> Ref | None:
        """To whom a row belongs: a user to nobody. A foreign key to the owner is not followed: it costs no
        query."""
        return self.way_to_owner(obj)[0]

    def way_to_owner(self, obj: Any) -> tuple[Ref | None, list[Ref]]:
        """The same, and the rows on the path between: the album of "album.owner"."""
        path = self.owner_path
        if path is None or isinstance(obj, get_user_model()):
            return None, []
        if callable(path):
            return ref_of(path(obj)), []
        *parts, last = path_parts(path)
        end, between = walk(obj, parts)
        return None if end is None else _ref_at(end, last), between

    def person_who_acts(self, obj: Any) -> Ref | None:
        """Return the user whom `actor` names, where it is not the `owner` that says so."""
        if self.owner is None or self.actor is None:
            return None
        user = get_user_model()._meta.label_lower
        ref = ref_of(self.value(obj, "actor"))
        return ref if ref is not None and ref.model == user else None

    @property
    def hides_rows(self) -> bool:
        """Return True if `visible_rows` must be asked."""
        return type(self).visible_rows is not ModelActivity.visible_rows

    @property
    def owner_path(self) -> Any:
        """Where the owner is said: `owner`, or else `actor`."""
        return self.actor if self.owner is None else self.owner

    @cached_property
    def owner_model(self) -> str | None:
        """The label of the model of owners, where the path to them is one of foreign keys; else None."""
        if not isinstance(self.owner_path, str):
            return None
        end = model_at(self.model, path_parts(self.owner_path))
        return None if end is None else Ref.of_model(end).model

    def owned_by(self, rows: models.QuerySet[Any], owners: Collection[Ref]) -> models.QuerySet[Any]:
        """Those of these rows that belong to one of these: where the owner is a path of keys."""
        ids = [ref.id for ref in owners if ref.model == self.owner_model]
        keys = to_keys(apps.get_model(self.owner_model), ids) if self.owner_model else []
        path = str(self.owner_path).replace(".", "__")
        return rows.filter(**{f"{path}__pk__in": keys}) if keys else rows.none()

    def is_private(self, obj: Any) -> bool:
        """Whether this row is a private account."""
        return bool(self.value(obj, "private"))

    def notifies(self, verb: str) -> bool:
        """Whether anybody may be told of this verb."""
        return verb in self.notify if isinstance(self.notify, Mapping) else self.notify is not None

    def told_of(self, obj: Any, verb: str) -> list[Any]:
        """The users who are told when a signal on this row makes an activity with this verb."""
        if not self.notifies(verb):
            return []
        if callable(self.notify):
            return _listed(self.notify(obj, verb))
        path = self.notify[verb] if isinstance(self.notify, Mapping) else self.notify
        return _listed(obj if path == "self" else follow_path(obj, path))

    def visibility_of(self, obj: Any) -> str:
        """Who may see a row, and what signals publish about it. A row that does not say is for its owner."""
        if self.visibility is None or self.visibility in Visibility.values:
            return self.visibility or Visibility.PUBLIC.value
        return str(self.value(obj, "visibility") or Visibility.SELF.value)

    def type_of(self, obj: Any) -> str:
        """The type of a row."""
        declared = self.type
        return str(declared(obj) if callable(declared) else declared or self.model._meta.object_name)

    def name_of(self, obj: Any) -> str:
        """The name of a row."""
        if self.name is not None:
            return str(self.value(obj, "name") or "")
        text = str(obj)
        if isinstance(obj, AbstractBaseUser) and _tells_address(obj, text):
            return f"{obj._meta.verbose_name} {obj.pk}"
        return text

    def url_of(self, obj: Any) -> Any:
        """The address of a row's page, as declared; None for a model that has no such method."""
        if self.url == "get_absolute_url" and not hasattr(obj, "get_absolute_url"):
            return None
        return self.value(obj, "url")

    def follows_actor_only(self) -> bool:
        """What a follow of a row means when it does not say."""
        if self.follow_actor_only is None:
            return issubclass(self.model, get_user_model())
        return self.follow_actor_only


def _ref_at(obj: Any, name: str) -> Ref | None:
    """The ref of the row that is an attribute of another, which a foreign key tells without a query."""
    if isinstance(obj, models.Model) and (key := _key_to(obj.__class__, name)) is not None:
        value = getattr(obj, key.attname)
        return None if value is None else Ref.of_key(key.related_model, value)
    return ref_of(value_at(obj, name))


@cache
def _key_to(model: type[models.Model], name: str) -> Any:
    """The field of this name, if it is a foreign key to a primary key."""
    field = {field.name: field for field in model._meta.concrete_fields}.get(name)
    leads = isinstance(field, models.ForeignKey) and field.target_field.primary_key
    return field if leads else None


def _listed(found: Any) -> list[Any]:
    """One user, several, a relation to users, or nobody: as a list."""
    if isinstance(found, models.Manager):
        found = found.all()
    several = found if isinstance(found, Iterable) and not isinstance(found, str) else [found]
    return [user for user in several if user is not None]


def _tells_address(user: AbstractBaseUser, text: str) -> bool:
    """Whether this is an e-mail address: people often sign in with it, whatever the field is called."""
    login = getattr(user, "USERNAME_FIELD", None)
    return user.get_email_field_name() == login or re.search(r"\S@\S", text) is not None
