"""Streams and the engine: pages of the admin about what is in no table.

The list says how the engine does; `inspect/` looks at the streams of one owner. Both only look. To rebuild a
stream is a POST, and needs the permission to change streams.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from activitystream.conf import settings
from activitystream.exceptions import StoreUnavailable
from activitystream.feeds import Feed, feeds, read_note
from activitystream.ids import to_datetime
from activitystream.journal import last_sweep, pending, stalled, write_alias
from activitystream.models import ROLES, Activity, JournalEntry, Ref, Stream
from activitystream.operations import Inspection, Where, gather, inspect, owner_models, rebuild_anew
from activitystream.streams import State, StreamStore, get_store

from .common import NoEditing
from .names import Column, Names

__all__ = ["StreamAdmin"]

SAMPLE = 1_000
"""Keys of each kind, and streams of each feed, that are measured."""
IDS = 20
"""The newest ids that are listed, of stream and query."""

STATES = {
    State.COLD: _("cold"),
    State.BUILDING: _("being rebuilt"),
    State.BEYOND: _("unknown"),
    State.WARM: _("warm"),
}
WHERE = {
    Where.BOTH: _("both"),
    Where.STREAM: _("the stream alone"),
    Where.QUERY: _("the query alone"),
    Where.STALE: _("the stream: retracted or hidden"),
}


class OwnerForm(forms.Form):
    """Whose streams to look at."""

    model = forms.ChoiceField(label=_("Type"))
    id = forms.CharField(label=_("Id"), max_length=255, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = {model for feed in feeds() for model in owner_models(feed)}
        self.fields["model"].initial = get_user_model()._meta.label_lower
        labels = {model._meta.label_lower: model._meta.verbose_name for model in found}
        self.fields["model"].choices = sorted(labels.items(), key=lambda item: str(item[1]))  # type: ignore[attr-defined]

    def owner(self) -> Ref | None:
        """The owner that was asked for, if there can be such a row."""
        if not self.is_valid():
            return None
        return Ref.of_text(self.cleaned_data["model"], self.cleaned_data["id"])


@dataclass(frozen=True, slots=True)
class Seen:
    """A stream as the page shows it."""

    inspection: Inspection
    rows: list[dict[str, Any]]

    @property
    def feed(self) -> Feed:
        return self.inspection.feed

    @property
    def state(self) -> str:
        contents = self.inspection.comparison.contents
        return str(STATES[contents.state])

    @property
    def is_warm(self) -> bool:
        return self.inspection.comparison.contents.state is State.WARM

    @property
    def merged(self) -> list[str]:
        """The streams that it is merged with when it is read."""
        return read_note(self.inspection.comparison.contents.note)

    @property
    def expires(self) -> datetime | None:
        """When it goes unless it is read."""
        seconds = self.inspection.measure.ttl
        return None if seconds is None else timezone.now() + timedelta(seconds=seconds)

    @property
    def milliseconds(self) -> float:
        return self.inspection.seconds * 1_000


@admin.register(Stream)
class StreamAdmin(NoEditing, admin.ModelAdmin):  # type: ignore[type-arg]
    """What is stored, and how the engine does."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def may_rebuild(self, request: HttpRequest) -> bool:
        """Whether somebody may rebuild streams: the permission to change them."""
        return admin.ModelAdmin.has_change_permission(self, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.may_rebuild(request)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="activitystream_stream_changelist"),
            path("inspect/", wrap(self.inspect_view), name="activitystream_stream_inspect"),
            path("rebuild/", wrap(require_POST(self.rebuild_view)), name="activitystream_stream_rebuild"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """How the engine does. `?measure=1` walks all keys of the store."""
        self._check(request)
        context: dict[str, Any] = {
            "form": OwnerForm(),
            "store": _store_name(),
            "graph": settings.GRAPH,
            "pending": pending().count(),
            "stalled": stalled().count(),
            "oldest": pending().values_list("created", flat=True).first(),
            "last_sweep": last_sweep(),
            "journal_url": self._journal_url(request),
        }
        if "measure" in request.GET:
            context |= self._measured()
        return self._page(request, "engine", _("Streams and the engine"), context)

    def _measured(self) -> dict[str, Any]:
        try:
            stats = gather(get_store(), SAMPLE)
        except StoreUnavailable as error:
            return {"unavailable": str(error)}
        used = stats.usage.values()
        return {"stats": stats, "keys": sum(one.keys for one in used), "size": sum(one.size for one in used)}

    def _journal_url(self, request: HttpRequest) -> str | None:
        other = self.admin_site._registry.get(JournalEntry)  # noqa: SLF001
        if other is None or not other.has_view_or_change_permission(request):
            return None
        return reverse(f"{self.admin_site.name}:activitystream_journalentry_changelist")

    def inspect_view(self, request: HttpRequest) -> HttpResponse:
        """The streams of one owner, with their queries beside them."""
        self._check(request)
        form = OwnerForm(request.GET)
        owner, store = form.owner(), get_store()
        context: dict[str, Any] = {"form": form, "owner": owner, "store": _store_name()}
        if owner is not None:
            context["names"] = names = Names(request, self, [owner])
            context["link"] = names.link(owner)
            if store is not None:
                context |= self._inspected(request, owner, store)
        elif form.is_valid():
            form.add_error("id", str(_("There can be no such row.")))
        return self._page(request, "inspect", _("Streams of an owner"), context)

    def _inspected(self, request: HttpRequest, owner: Ref, store: StreamStore) -> dict[str, Any]:
        owned = [feed(owner) for feed in feeds() if owner.model_class in owner_models(feed)]
        try:
            found = [inspect(feed, store) for feed in owned]
        except StoreUnavailable as error:
            return {"unavailable": str(error)}
        ids = {id for one in found for id, _where in one.newest(IDS)}
        rows = {row.pk: row for row in Activity.objects.using(write_alias()).filter(pk__in=ids)}
        columns = [Column(role) for role in ROLES]
        names = Names(request, self, (ref for row in rows.values() for ref in _refs(columns, row)))
        return {"seen": [Seen(one, list(_listed(one, rows, columns, names))) for one in found]}

    def rebuild_view(self, request: HttpRequest) -> HttpResponse:
        """Drop a stream, and build it from its query."""
        if not self.may_rebuild(request):
            raise PermissionDenied
        feed, store = Feed.parse_stream(request.POST.get("stream", "")), get_store()
        back = reverse(f"{self.admin_site.name}:activitystream_stream_changelist")
        if feed is None or store is None:
            self.message_user(request, _("There is no such stream."), messages.ERROR)
            return HttpResponseRedirect(back)
        try:
            warm = rebuild_anew(feed, store)
        except StoreUnavailable as error:
            told, level = str(error), messages.ERROR
        else:
            told = str(_("Rebuilt: %s.") if warm else _("Somebody else has dropped or rebuilt %s meanwhile."))
            told, level = told % feed.stream, messages.SUCCESS if warm else messages.WARNING
        self.message_user(request, told, level)
        url = reverse(f"{self.admin_site.name}:activitystream_stream_inspect")
        return HttpResponseRedirect(f"{url}?{urlencode({'model': feed.owner.model, 'id': feed.owner.id})}")

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, title: Any, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "may_rebuild": self.may_rebuild(request),
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/activitystream/stream/{name}.html", {**shared, **context})


def _store_name() -> str | None:
    store = get_store()
    return None if store is None else type(store).__name__


def _refs(columns: list[Column], row: Activity) -> Iterator[Ref]:
    yield from filter(None, (column.ref(row) for column in columns))


def _listed(
    found: Inspection, rows: dict[int, Activity], columns: list[Column], names: Names
) -> Iterator[dict[str, Any]]:
    odd = found.comparison.missing | found.comparison.surplus
    for id, where in found.newest(IDS):
        row = rows.get(id)
        yield {
            "id": id,
            "published": to_datetime(id),
            "verb": row.verb if row else "",
            "links": [names.link(column.ref(row)) for column in columns] if row else [],
            "where": WHERE[where],
            "odd": id in odd,
        }
