"""What the pages of the admin share: names of rows, search by them, filters, counts with an end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from activitystream.models import Ref
from activitystream.registry import registered

from .names import Column, Names

__all__ = ["NamingAdmin", "NoAdding", "NoEditing", "RecentValues"]

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _ListFilter = admin.SimpleListFilter
else:
    _ModelAdmin = admin.ModelAdmin
    _ListFilter = admin.SimpleListFilter

RECENT = 1000
"""The newest rows that filters offer the values of: all there are would be a scan of the table."""
LISTED = 10_000
"""Rows that a list goes through: a filter finds the others. To count millions takes seconds."""
FOUND = 20
"""Rows of each model that a search by name takes."""


class NoAdding:
    """Rows are made by the app alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class NoEditing(NoAdding):
    """Nor are they changed here."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than `LISTED`."""

    @cached_property
    def count(self) -> int:
        rows = cast("models.QuerySet[Any]", self.object_list)
        return rows.order_by()[:LISTED].count()


class _NamingList(ChangeList):
    """A list whose rows know the names of what they are about."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        naming: Any = self.model_admin
        self.result_list = naming.named(request, list(self.result_list))


class NamingAdmin(_ModelAdmin):
    """Shows the rows that `columns` name with `column()`, and finds by them.

    A search takes a ref (`auth.user:7`), or a word that the search of another model's admin finds rows with,
    among those that it shows this member of staff.
    """

    columns: ClassVar[tuple[Column, ...]] = ()
    fields: ClassVar[Any] = None
    readonly_fields: ClassVar[Any] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("pk",)
    """So that there is a search box; `get_search_results` says what it does."""
    search_help_text = _("A name, or a ref such as auth.user:7.")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _NamingList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        return found if found is None else self.named(request, [found])[0]

    def named(self, request: HttpRequest, rows: list[Any]) -> list[Any]:
        """These rows, each with the `names` of all."""
        names = Names(request, self, self.refs(rows))
        for row in rows:
            row.names = names
        return rows

    def refs(self, rows: list[Any]) -> Iterator[Ref]:
        """What these rows are about."""
        for column in self.columns:
            yield from filter(None, map(column.ref, rows))

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        refs = list(self._searched(request, term))
        condition = self.condition(term)
        for column in self.columns:
            condition |= column.among(refs)
        return queryset.filter(condition), False

    def condition(self, term: str) -> models.Q:
        """What else a search finds."""
        return models.Q(pk__in=[])

    def _searched(self, request: HttpRequest, term: str) -> Iterator[Ref]:
        """The rows that a search term stands for."""
        if (ref := _ref(term)) is not None:
            yield ref
        registry = self.admin_site._registry  # noqa: SLF001  (get_model_admin() is newer)
        for options in registered():
            other = registry.get(options.model)
            if other and other.has_view_or_change_permission(request) and other.get_search_fields(request):
                rows, repeats = other.get_search_results(request, other.get_queryset(request), term)
                for row in (rows.distinct() if repeats else rows).order_by("pk")[:FOUND]:
                    if other.has_view_or_change_permission(request, row):
                        yield Ref.of(row)


def _ref(term: str) -> Ref | None:
    """The ref that was written, if a row can have it."""
    try:
        written = Ref.parse(term)
    except ValueError:
        return None
    return Ref.of_text(*written)


class RecentValues(_ListFilter):
    """A filter by the exact value of one field; it offers those of the newest rows."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = model_admin.model._default_manager.order_by("-pk")
        values = set(newest.values_list(self.parameter_name, flat=True)[:RECENT]) | self.declared()
        if (asked := request.GET.get(cast("str", self.parameter_name))) is not None:
            values.add(asked)
        return [(value, value) for value in sorted(values)]

    def declared(self) -> set[str]:
        """What is offered beside these."""
        return set()

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if "\0" in value:  # PostgreSQL does not look for it
            return queryset.none()
        return queryset.filter(**{cast("str", self.parameter_name): value})
