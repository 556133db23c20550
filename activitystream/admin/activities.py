"""Activities in the admin: found by verb, type, time, visibility and what they are about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activitystream.conf import settings
from activitystream.exceptions import InvalidActivity
from activitystream.ids import first_id, parse_id
from activitystream.journal import write_alias, writing
from activitystream.models import ROLES, Activity, ActivityQuerySet, Ref, Visibility
from activitystream.publishing import change_visibility, edit, fan_out_again, retract
from activitystream.publishing.drafts import clean_data
from activitystream.publishing.retract import retract_rows
from activitystream.registry import registered
from activitystream.text import clean_json

from .common import NamingAdmin, NoAdding, RecentValues
from .names import Column, column

__all__ = ["ActivityAdmin"]

if TYPE_CHECKING:
    _ActivityForm = forms.ModelForm[Activity]
else:
    _ActivityForm = forms.ModelForm


class VerbFilter(RecentValues):
    """By verb: those used lately, and those that registrations declare."""

    title = _("verb")
    parameter_name = "verb"

    def declared(self) -> set[str]:
        verbs: set[str | None] = {settings.FOLLOW_VERB}
        for options in registered():
            verbs |= {options.on_create, *options.on_update.values(), *options.on_add.values()}
        return {verb for verb in verbs if verb}


class TypeFilter(admin.SimpleListFilter):
    """By the model of the object."""

    title = _("object type")
    parameter_name = "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        models_ = {options.model._meta.label_lower: options.model for options in registered()}
        return [(label, model._meta.verbose_name) for label, model in sorted(models_.items())]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        label = self.value()
        if label is None or label not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(object_type=Ref(label, "").content_type)


class PublishedFilter(admin.SimpleListFilter):
    """By time, asked of the ids: they carry it, and are the index."""

    title = _("published")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("1", _("Past 24 hours")),
            ("7", _("Past 7 days")),
            ("30", _("Past 30 days")),
            ("365", _("Past 365 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        value = self.value()
        if value is None or value not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(pk__gte=first_id(timezone.now() - timedelta(days=int(value))))


class ActivityForm(_ActivityForm):
    """What can be edited: the data, and who may see it. Named people are named by whoever publishes."""

    shown_to = forms.ChoiceField(
        label=_("visibility"), help_text=_("Who may see it, besides its actor."), required=False
    )

    class Meta:
        model = Activity
        fields = ["data"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field, now = self.fields.get("shown_to"), self.instance.visibility
        if isinstance(field, forms.ChoiceField):
            field.choices = [one for one in Visibility.choices if one[0] != Visibility.NAMED or one[0] == now]
            field.initial = now

    def clean_data(self) -> dict[str, Any]:
        """The same rules as for `publish()`."""
        try:
            given = self.cleaned_data["data"]
            return clean_data({} if given is None else given)
        except InvalidActivity as error:
            raise ValidationError(str(error)) from error


_ROLES: list[Any] = [
    column("actor", _("actor")),
    column("object", _("object")),
    column("target", _("target")),
]
_READ_ONLY: list[Any] = ["id", "verb", *_ROLES, "published", "key"]


@admin.register(Activity)
class ActivityAdmin(NoAdding, NamingAdmin):
    """Activities. Deleting one here retracts it."""

    form = ActivityForm
    columns = tuple(map(Column, ROLES))
    list_display = ["published_at", "verb", *_ROLES, "visibility"]
    list_filter = [VerbFilter, TypeFilter, PublishedFilter, "visibility"]
    sortable_by = ["published_at"]
    search_help_text = _(
        "The name of somebody or something, a ref such as auth.user:7, or the activity's id."
    )
    fields = [*_READ_ONLY, "shown_to", "data"]
    readonly_fields = _READ_ONLY
    actions = ["delete_selected", "fan_out"]

    def named(self, request: HttpRequest, rows: list[Any]) -> list[Any]:
        for row in rows:
            row.data = clean_json(row.data)  # half a surrogate pair can be on no page
        return super().named(request, rows)

    @admin.display(description=_("published"), ordering="id")
    def published_at(self, activity: Activity) -> Any:
        return activity.published

    @admin.display(description=_("visibility"))
    def shown_to(self, activity: Activity) -> str:
        """For who may only look."""
        return str(activity.get_visibility_display())

    def condition(self, term: str) -> models.Q:
        return models.Q(pk=parse_id(term)) if parse_id(term) is not None else super().condition(term)

    @admin.action(description=_("Retract the selected activities"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: models.QuerySet[Activity]) -> Any:
        """Django's own, under the name that it has for activities."""
        return delete_selected(self, request, queryset)

    @admin.action(description=_("Fan the selected activities out again"), permissions=["change"])
    def fan_out(self, request: HttpRequest, queryset: models.QuerySet[Activity]) -> None:
        """Write them to the streams that they belong into: those that have them stay as they are."""
        ids = list(queryset.using(write_alias()).order_by().values_list("id", flat=True))
        fan_out_again(ids)
        text = ngettext("%d activity is fanned out again.", "%d activities are fanned out again.", len(ids))
        self.message_user(request, text % len(ids), messages.SUCCESS)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[str]]:
        """Their addressees and notifications go with them, whoever may delete those by themselves."""
        rows = self.named(request, list(objs))
        names = [
            " ".join([row.names.name(row_ref) if (row_ref := row.ref(role)) else "" for role in ROLES])
            for row in rows
        ]
        told = [f"{row.verb}: {name.strip()}" for row, name in zip(rows, names, strict=True)]
        return told, {self.opts.verbose_name_plural: len(rows)}, set(), []

    def save_model(self, request: HttpRequest, obj: Activity, form: Any, change: bool) -> None:
        visibility = form.cleaned_data.get("shown_to") or obj.visibility
        with writing():
            edit(obj, obj.data)
            if visibility != obj.visibility:
                change_visibility(obj, visibility)

    def delete_model(self, request: HttpRequest, obj: Activity) -> None:
        retract(obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Activity]) -> None:
        retract_rows(cast("ActivityQuerySet", queryset.using(write_alias())))
