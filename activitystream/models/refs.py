"""Refs: a string for one row of any model, and the columns that hold one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType, ContentTypeManager
from django.db import models

from activitystream.spaces import current

from .identity import identity
from .keys import key_text, to_key

__all__ = ["KeyField", "Ref", "RowField", "by_model", "forget_content_types"]

MAX_KEY = 255
"""Characters of a primary key, as a string."""


@lru_cache(maxsize=1_000)
def _manager(space: str) -> ContentTypeManager:
    manager = ContentTypeManager()
    manager.model, manager.name = ContentType, "objects"
    return manager


def _content_types() -> ContentTypeManager:
    """Return a manager whose cache is that of the current space: ids of content types differ between tenants,
    and Django's cache is one for the whole process."""
    space = current()
    return _manager(space) if space else ContentType.objects


def forget_content_types(**kwargs: Any) -> None:
    """Empty the caches of all spaces: a migration may have made or removed content types."""
    _manager.cache_clear()


class Ref(NamedTuple):
    """One row of any model, without the row: `str(Ref("photos.photo", "12")) == "photos.photo:12"`."""

    model: str
    """The label of the model that `identity()` gives, in lower case."""
    id: str
    """The primary key as a string, as `key_text()` spells it: of integers, UUIDs and strings alike."""

    def __str__(self) -> str:
        return f"{self.model}:{self.id}"

    @classmethod
    def of(cls, instance: models.Model) -> Self:
        """Return the ref of a saved row. Proxies count as their model, and children as `identity()` says.

        However the key is spelled on the instance (`uuid4().hex`, "007"), the ref is that of the row as it is
        read from the database. ValueError if there is no primary key yet, or a composite one.
        """
        if instance.pk is None:
            raise ValueError(f"{instance!r} is not saved: it has no primary key yet")
        return cls.of_key(instance.__class__, instance.pk)

    @classmethod
    def of_key(cls, model: type[models.Model], key: Any) -> Self:
        """Return the ref of the row of this model with this primary key, in whatever spelling."""
        return cls(cls.of_model(model).model, key_text(model, key))

    @classmethod
    def of_user(cls, key: Any) -> Self:
        """Return the ref of the user with this primary key, in whatever spelling."""
        return cls.of_key(get_user_model(), key)

    @classmethod
    def of_text(cls, label: str, id: str) -> Self | None:
        """Return the ref that somebody wrote, spelled as the database does; None if no row can be that.

        The row need not exist. The label is that of a model, in upper or lower case.
        """
        model = cls(label.lower(), id).model_class
        if model is not None and isinstance(model._meta.pk, models.CompositePrimaryKey):
            return None
        key = None if model is None else to_key(model, id)
        return None if model is None or key is None else cls.of_key(model, key)

    @classmethod
    def of_model(cls, model: type[models.Model]) -> Self:
        """Any row of this model: without a key. Proxies and children count as `identity()` says."""
        return cls(identity(model)._meta.label_lower, "")

    @classmethod
    def of_saved(cls, instance: models.Model) -> Self:
        """The same for what is about to be written: ValueError, too, for a row that has its key (a UUID, say)
        and is not saved yet, and for a key that our columns do not take."""
        ref = cls.of(instance)
        if instance._state.adding:
            raise ValueError(f"{instance!r} is not saved yet")
        if not 0 < len(ref.id) <= MAX_KEY:
            raise ValueError(
                f"the primary key of {ref.model} must have 1 to {MAX_KEY} characters: {ref.id!r:.60}"
            )
        return ref

    @classmethod
    def parse(cls, text: str) -> Self:
        """The ref that `str()` gave; ValueError for anything else."""
        model, colon, id = text.partition(":")
        if not (colon and id and "." in model):
            raise ValueError(f"{text!r} is not a ref like 'photos.photo:12'")
        return cls(model, id)

    @property
    def spelled(self) -> Self:
        """The same ref with the key as the database spells it; as it is, if no row can be that."""
        return (self.id and self.of_text(self.model, self.id)) or self

    @classmethod
    def from_row(cls, type_id: int, id: str) -> Self:
        """The ref that two columns of a table hold."""
        content_type = _content_types().get_for_id(type_id)
        return cls(f"{content_type.app_label}.{content_type.model}", id)

    @property
    def model_class(self) -> type[models.Model] | None:
        """The model; None if it is no longer installed."""
        try:
            return apps.get_model(self.model)
        except (LookupError, ValueError):
            return None

    @property
    def content_type(self) -> ContentType:
        """The content type (from a cache); LookupError if the model is not installed."""
        return _content_types().get_for_model(apps.get_model(self.model))


def by_model(refs: Iterable[Ref]) -> dict[str, list[str]]:
    """The keys of these refs by model, each once."""
    found: dict[str, list[str]] = {}
    for ref in dict.fromkeys(refs):
        found.setdefault(ref.model, []).append(ref.id)
    return found


class RowField(GenericForeignKey):
    """A row of any model, by its type and key: a generic foreign key that knows the current space."""

    def get_content_type(
        self, obj: Any = None, id: Any = None, using: str | None = None, model: Any = None
    ) -> ContentType:
        """Return the content type of the row, of this id, or of the model, as the current space has it."""
        types = _content_types().db_manager(using if obj is None else obj._state.db)
        if obj is None and id is not None:
            return types.get_for_id(id)
        return types.get_for_model(model if obj is None else obj, for_concrete_model=self.for_concrete_model)


if TYPE_CHECKING:
    _CharField = models.CharField[Any, Any]
else:
    _CharField = models.CharField


class KeyField(_CharField):
    """The primary key of a row of any model, as a string; or another word that stands for just itself.

    Compared byte by byte on every database: MySQL's default collations take `ABC`, `abc` and `abc ` for the
    same key, which would show one row's activities as another's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", MAX_KEY)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str | None:
        kind = super().db_type(connection)
        if connection.vendor == "mysql":
            collation = "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"
            return f"{kind} CHARACTER SET utf8mb4 COLLATE {collation}"
        return kind
