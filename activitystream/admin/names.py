"""Rows of other models in the admin: by name, linked, loaded together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.contrib.admin.options import BaseModelAdmin
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activitystream.models import Ref, by_model, to_keys
from activitystream.registry import options_for_label
from activitystream.registry.lookup import rows_of
from activitystream.text import clean_text

__all__ = ["Column", "Names", "column"]

logger = logging.getLogger("activitystream")


class Column(NamedTuple):
    """Where a row of the admin names a row of another model: two columns, or a foreign key to a user."""

    name: str
    user: bool = False

    def ref(self, row: Any) -> Ref | None:
        """The ref that the row has there."""
        key = getattr(row, f"{self.name}_id")
        if key is None:
            return None
        if self.user:
            return Ref.of_user(key)
        return Ref.from_row(getattr(row, f"{self.name}_type_id"), key)

    def among(self, refs: Iterable[Ref]) -> models.Q:
        """Rows of the admin that name one of these there."""
        condition = models.Q(pk__in=[])
        label = get_user_model()._meta.label_lower
        for model, keys in by_model(refs).items():
            if not self.user:
                of_type = {f"{self.name}_type": Ref(model, "").content_type}
                condition |= models.Q(**of_type, **{f"{self.name}_id__in": keys})
            elif model == label:
                users = rows_of(get_user_model()._base_manager.all(), to_keys(get_user_model(), keys))
                condition |= models.Q(**{f"{self.name}_id__in": [user.pk for user in users]})
        return condition


class Names:
    """The names of rows, loaded with two queries for each model.

    A row that the admin of its model hides from this member of staff has no name here, and no link: neither
    `get_queryset()` of that admin nor its permissions for single rows are passed by.
    """

    def __init__(self, request: HttpRequest, admin: BaseModelAdmin[Any], refs: Iterable[Ref]) -> None:
        self._request = request
        self._admins: Any = admin.admin_site._registry  # noqa: SLF001  (get_model_admin() is newer)
        self._site = admin.admin_site.name
        self._names: dict[Ref, str] = {}
        for model, keys in by_model(refs).items():
            self._load(model, keys)

    def _load(self, label: str, keys: list[str]) -> None:
        options, model = options_for_label(label), Ref(label, "").model_class
        if model is None:
            return  # its app is gone
        rows = options.get_queryset() if options else model._base_manager.all()
        for row in self._shown(model, rows_of(rows, to_keys(model, keys))):
            try:
                self._names[Ref.of(row)] = clean_text(str(options.name_of(row) if options else row))
            except Exception:
                logger.exception("the name of %s %s failed", label, row.pk)

    def _shown(self, model: type[models.Model], rows: Sequence[Any]) -> Sequence[Any]:
        """Those of these rows that the admin of their model, if there is one, does not hide."""
        admin = self._admins.get(model)
        if admin is None or not rows:
            return rows
        listed = admin.get_queryset(self._request).filter(pk__in=[row.pk for row in rows])
        keys = set(listed.values_list("pk", flat=True))
        shown = [row for row in rows if row.pk in keys]
        if not admin.has_view_or_change_permission(self._request):
            return shown  # named as on any page of the site, and not linked
        return [row for row in shown if admin.has_view_or_change_permission(self._request, row)]

    def name(self, ref: Ref) -> str:
        """What to call it: its ref, if it is gone, or hidden."""
        return self._names.get(ref) or str(ref)

    def link(self, ref: Ref | None) -> SafeString | None:
        """The name, as a link to its page in the admin, for those who may see that."""
        if ref is None:
            return None
        url = self._url(ref) if ref in self._names else None
        if url is None:
            return format_html('<span title="{}">{}</span>', ref, self.name(ref))
        return format_html('<a href="{}" title="{}">{}</a>', url, ref, self.name(ref))

    def _url(self, ref: Ref) -> str | None:
        model = ref.model_class
        admin = self._admins.get(model)
        if model is None or admin is None or not admin.has_view_or_change_permission(self._request):
            return None
        try:
            name = f"{self._site}:{model._meta.app_label}_{model._meta.model_name}_change"
            return reverse(name, args=[ref.id])
        except NoReverseMatch:
            return None


def column(name: str, description: Any, *, user: bool = False) -> Callable[[Any], Any]:
    """For `list_display` and `readonly_fields`: the row that is named there, as a link. See `NamingAdmin`."""
    where = Column(name, user)

    def shown(row: Any) -> Any:
        return row.names.link(where.ref(row))

    shown.__name__ = name
    shown.short_description = description  # type: ignore[attr-defined]
    return shown
