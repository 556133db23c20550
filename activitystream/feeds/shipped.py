"""The feeds that come with the app: home, outbox and object; and one for all rows of a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet

from activitystream.conf import settings
from activitystream.exceptions import InvalidFilter
from activitystream.graph import get_graph
from activitystream.models import FOLLOW, ROLES, Activity, Ref

from .base import Audience, Feed
from .entries import Entry

__all__ = ["HomeFeed", "ModelFeed", "ObjectFeed", "OutboxFeed"]


class OutboxFeed(Feed):
    """What an actor did."""

    name = "outbox"
    public = True
    about_owner = True

    @classmethod
    def recipients(cls, activity: Activity) -> Iterable[Ref]:
        actor = activity.ref("actor")
        return [actor] if actor else []

    def sources(self) -> list[QuerySet[Activity]]:
        return [Activity.objects.by(self.owner)]


class ObjectFeed(Feed):
    """Everything that a row was actor, object or target of."""

    name = "object"
    public = True
    about_owner = True

    @classmethod
    def recipients(cls, activity: Activity) -> Iterable[Ref]:
        return {ref for role in ROLES if (ref := activity.ref(role))}

    def sources(self) -> list[QuerySet[Activity]]:
        return list(Activity.objects.about(self.owner))


class ModelFeed(Feed):
    """The activities of all rows of a model: what each was actor, object or target of.

    It has no stream, and so no name: it is for pages of one's own, answered by SQL. `roles`: only these.
    """

    public = True

    def __init__(self, model: type[Model] | Ref, roles: Sequence[str] = ROLES) -> None:
        super().__init__(model if isinstance(model, Ref) else Ref.of_model(model))
        if not roles or set(roles) - set(ROLES):
            raise InvalidFilter(f"roles are some of {', '.join(ROLES)}, not {roles!r}")
        self.roles = roles

    def sources(self) -> list[QuerySet[Activity]]:
        type = self.owner.content_type
        return [Activity.objects.filter(**{f"{role}_type": type}) for role in self.roles]


class HomeFeed(Feed):
    """What a user's followees did, and what was done to those followed in any role.

    One's own activities are left out unless the setting HOME_OWN puts them in, whatever one follows.
    """

    name = "home"
    follow_kinds = (FOLLOW,)
    muting = True
    windowed = True

    @classmethod
    def recipients(cls, activity: Activity) -> Iterable[Ref]:
        actor = activity.ref("actor")
        return [actor] if settings.HOME_OWN and actor and actor.model == _user_label() else []

    @classmethod
    def audiences(cls, activity: Activity) -> Iterable[Audience]:
        actor = activity.ref("actor")
        own = frozenset([actor.id]) if actor and actor.model == _user_label() else frozenset[str]()
        for role in ROLES:
            if followee := activity.ref(role):
                yield Audience(followee, as_actor=role == "actor", but=own)

    def sources(self) -> list[QuerySet[Activity]]:
        if self.owner.model != _user_label():
            return []  # only users follow: row 3 of another model must not be taken for user 3
        actor, *others = ROLES
        sources = [*self._followed([actor], as_actor=True), *self._followed(others, as_actor=False)]
        own = settings.HOME_OWN and not self.filters.kinds  # no follow brought it
        return [*sources, Activity.objects.by(self.owner)] if own else sources

    @classmethod
    def since_follow(cls) -> bool:
        return settings.HOME_SINCE_FOLLOW

    @classmethod
    def pulled_from(cls, followee: Ref, *, as_actor: bool) -> Feed | None:
        if cls.since_follow():
            return None  # a feed that is merged in has what is older, too
        return OutboxFeed(followee) if as_actor else ObjectFeed(followee)

    def includes(self, entry: Entry) -> bool:
        return settings.HOME_OWN or entry.access.about[0] != str(self.owner)  # the first is its actor

    def _followed(self, roles: Sequence[str], *, as_actor: bool) -> Iterable[QuerySet[Activity]]:
        followed = get_graph().followees(self.owner.id, kinds=self.kinds, as_actor=as_actor)
        for role, (model, followees) in product(roles, followed.items()):
            activities: QuerySet[Activity] = Activity.objects.filter(
                **{f"{role}_type": Ref(model, "").content_type, f"{role}_id__in": followees}
            )
            if self.since_follow():
                activities = get_graph().since_follow(
                    activities,
                    role,
                    model,
                    follower_id=self.owner.id,
                    kinds=self.kinds,
                    as_actor=as_actor,
                )
            yield activities.exclude(actor_type=self.owner.content_type, actor_id=self.owner.id)


def _user_label() -> str:
    return get_user_model()._meta.label_lower
