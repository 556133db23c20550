"""`activities/`: publish one or many as oneself, read one, edit and retract one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from activitystream.exceptions import ActivityStreamError, InvalidActivity
from activitystream.feeds import Entry, get_entries, get_entry
from activitystream.graph import find_rows_for
from activitystream.ids import parse_id
from activitystream.journal import writing
from activitystream.models import ROLES, Activity, Ref, Visibility
from activitystream.publishing import Draft, change_visibility, edit, once, retract
from activitystream.publishing.drafts import MAX_KEY, MAX_VERB, Prepared, clean_data, own_key, prepare
from activitystream.publishing.publish import write
from activitystream.registry import ModelActivity, RowNotFound, find_row, options_for, options_for_label
from activitystream.routers import primary_reads

from .base import ApiViewSet
from .errors import BadItems, BadRequest, Gone, Unprocessable
from .items import ItemsSerializer
from .parsers import PARSERS
from .refs import RefSerializer
from .renderers import FormatRenderer
from .strict import StrictSerializer

__all__ = ["ActivitySerializer", "ActivityViewSet", "EditSerializer"]

MAX_MANY = 100
"""Activities that one request may publish."""

Rows = Mapping[Ref, models.Model]


class ActivitySerializer(StrictSerializer):
    """An activity to be published. The actor is who is signed in, the time is now."""

    verb = serializers.CharField(trim_whitespace=False, max_length=MAX_VERB)
    object = RefSerializer(required=False, allow_null=True, default=None)
    target = RefSerializer(required=False, allow_null=True, default=None)
    data = serializers.JSONField(default=dict, initial=dict)  # type: ignore[assignment]
    key = serializers.CharField(
        trim_whitespace=False,
        max_length=MAX_KEY,
        required=False,
        allow_null=True,
        default=None,
        help_text="Your own name for it: sent again, the first activity is the answer.",
    )
    actor = RefSerializer(required=False, allow_null=True, default=None, help_text="Yourself, if given.")

    visibility = serializers.ChoiceField(
        Visibility.choices,
        required=False,
        allow_null=True,
        default=None,
        help_text="Who may see it, besides yourself: if not given, everybody, or whom `to` names.",
    )
    to = RefSerializer(many=True, required=False, default=list, help_text="The people it is for.")

    class Meta:
        list_serializer_class = ItemsSerializer

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and "published" in data:
            raise serializers.ValidationError({"published": ["It is now: leave it out."]})
        return super().to_internal_value(data)


class EditSerializer(StrictSerializer):
    """What of an activity can be changed."""

    unknown = "This cannot be changed."

    data = serializers.JSONField(required=False)  # type: ignore[assignment]
    visibility = serializers.ChoiceField(Visibility.choices, required=False)
    to = RefSerializer(many=True, required=False, help_text="The people it is for: with visibility.")


class ActivityViewSet(ApiViewSet):
    """Publish as oneself, read one, edit and retract one's own."""

    serializer_class = ActivitySerializer
    public_actions = ("retrieve",)
    shape = "entry"
    lookup_value_converter = "str"

    def get_parsers(self) -> Any:
        """Those of the project, and those of the open formats."""
        return [*super().get_parsers(), *(parser() for parser in PARSERS)]

    def get_serializer_class(self) -> Any:
        return EditSerializer if self.action == "partial_update" else super().get_serializer_class()

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """A list of activities is taken where one is."""
        if self.action == "create" and isinstance(kwargs.get("data"), list):
            kwargs |= {"many": True, "allow_empty": False, "max_length": MAX_MANY}
        return super().get_serializer(*args, **kwargs)

    def create(self, request: Request) -> Response:
        """Publish as oneself: about oneself, one's own things, and what their models allow.

        One activity, or a list of them: all or none. With an `Idempotency-Key`, what is sent again gets the
        first answer.
        """
        values: Any = self.validated()
        items: list[dict[str, Any]] = values if isinstance(values, list) else [values]
        ids = self._once(lambda: self._publish(items, many=items is values))
        entries = {entry.id: entry for entry in get_entries(ids, self.me)}
        if items is values:
            return Response([self._shown(entries[id]) for id in ids if id in entries], status=201)
        if ids[0] not in entries:
            raise Gone
        return Response(self._shown(entries[ids[0]]), status=201)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One activity."""
        return Response(self._shown(_entry(pk, self.request.user)))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Edit one's own: `data` is replaced, and who may see it."""
        entry = self._own(pk)
        values: Any = self.validated()
        with writing():
            if "data" in values:
                self._check_may_edit(entry, values["data"])
                edit(entry.id, values["data"])
            if "visibility" in values or "to" in values:
                self._show_to(entry, values)
        return Response(self._shown(_entry(pk, self.request.user)))

    def destroy(self, request: Request, pk: str) -> Response:
        """Retract one's own: it leaves all feeds."""
        retract(self._own(pk).id)
        return Response(status=204)

    def _show_to(self, entry: Entry, values: Mapping[str, Any]) -> None:
        """Change who may see it. People alone: it is for them; for nobody, if there is none."""
        visibility = values.get("visibility") or Visibility.NAMED.value
        if visibility == Visibility.NAMED and "to" not in values:
            if entry.visibility != Visibility.NAMED:
                raise serializers.ValidationError({"to": ["Say whom it is for."]})
            return
        change_visibility(entry.id, visibility, to=_people(self.me, values.get("to", [])))

    def _once(self, publish: Callable[[], list[int]]) -> list[int]:
        """What `publish` gives, or gave when the same `Idempotency-Key` was first sent."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return publish()
        if not 0 < len(key) <= MAX_KEY or not key.isprintable():
            raise BadRequest(f"Idempotency-Key must have 1 to {MAX_KEY} printable characters.")
        ids = once(self.me, key, self.request.data, publish)
        if ids is None:
            raise Unprocessable(f"The Idempotency-Key {key!r} was used for another request.")
        return ids

    def _own(self, pk: str) -> Entry:
        entry = _entry(pk, self.request.user)
        if entry.actor.ref != Ref.of(self.me):
            raise PermissionDenied("You can change your own activities only.")
        return entry

    def _publish(self, items: Sequence[dict[str, Any]], *, many: bool) -> list[int]:
        """Publish them all, with one insert, or none. The ids, in their order."""
        actor, rows = self._myself(), find_rows_for(self.me, {ref for item in items for ref in _refs(item)})
        drafts: list[Prepared] = []
        errors: list[Exception | None] = []
        for item in items:
            try:
                drafts.append(
                    prepare(self._draft(item, actor, rows))
                )  # what is wrong with it is told beside it
                errors.append(None)
            except (APIException, ActivityStreamError) as error:
                errors.append(error)
        _raise(errors, many=many)
        with writing():
            activities = write(drafts)
            _raise([_mismatch(*pair) for pair in zip(drafts, activities, strict=True)], many=many)
        return [activity.id for activity in activities]

    def _draft(self, values: Mapping[str, Any], actor: models.Model, rows: Rows) -> Draft:
        if values["actor"] is not None and values["actor"].spelled != Ref.of(self.me):
            raise PermissionDenied("You can publish as yourself only.")
        _check_people(values["to"])
        _check_there(_refs(values), rows)
        object_, target = (ref and rows[ref] for ref in (values["object"], values["target"]))
        for row in (actor, object_, target):
            self._check_may_publish(row, values["verb"])
        key = values["key"] and own_key("api", values["key"])  # never one that a signal or the site uses
        return Draft(
            actor=actor,
            verb=values["verb"],
            object=object_,
            target=target,
            data=values["data"],
            key=key,
            visibility=_visibility(values),
            to=[rows[ref] for ref in values["to"]],
        )

    def _shown(self, entry: Entry) -> Any:
        renderer = self.request.accepted_renderer
        return renderer.entry(entry, self.iris) if isinstance(renderer, FormatRenderer) else entry.as_dict()

    def _myself(self) -> models.Model:
        """Who is signed in, if activities of theirs may be shown at all."""
        try:
            return find_row(*Ref.of(self.me))
        except RowNotFound:
            raise PermissionDenied("You cannot publish.") from None

    @primary_reads()
    def _check_may_edit(self, entry: Entry, data: Any) -> None:
        """Ask the registration of every row of the activity. About a row that is gone nobody can be asked."""
        cleaned = clean_data(data)
        for card in filter(None, (entry.actor, entry.object, entry.target)):
            row, options = card.instance, options_for_label(card.model)
            may = options is not None and (
                type(options).may_edit is ModelActivity.may_edit
                if row is None
                else options.may_edit(row, entry.verb, cleaned, self.me)
            )
            if not may:
                raise PermissionDenied("You may not change the data of this activity to that.")

    @primary_reads()
    def _check_may_publish(self, row: models.Model | None, verb: str) -> None:
        if row is not None and not options_for(type(row)).may_publish(row, verb, self.me):
            raise PermissionDenied(f"You may not publish {verb[:100]!r} about {Ref.of(row)}.")


def _refs(values: Mapping[str, Any]) -> list[Ref]:
    return [ref for ref in (values["object"], values["target"], *values["to"]) if ref is not None]


def _visibility(values: Mapping[str, Any]) -> str:
    named = Visibility.NAMED if values.get("to") else Visibility.PUBLIC
    return str(values.get("visibility") or named.value)


def _check_there(refs: Iterable[Ref], rows: Rows) -> None:
    for ref in refs:
        if ref not in rows:
            raise RowNotFound.of(ref)


def _check_people(refs: Sequence[Ref]) -> None:
    """Nothing but users can be addressed, and nothing is told of what else there is."""
    for ref in refs:
        if ref.model != get_user_model()._meta.label_lower:
            raise InvalidActivity(f"to takes users, not {ref.model}")


def _people(me: Any, refs: Sequence[Ref]) -> list[models.Model]:
    _check_people(refs)
    rows = find_rows_for(me, set(refs))
    _check_there(refs, rows)
    return [rows[ref] for ref in refs]


def _mismatch(draft: Prepared, activity: Activity) -> Exception | None:
    """The error for a key that names an activity which says something else. `data` may have been edited."""
    same = all(getattr(draft, role) == activity.ref(role) for role in ROLES)
    if same and draft.verb == activity.verb:
        return None
    return Unprocessable("This key names another activity of yours.")


def _raise(errors: Sequence[Exception | None], *, many: bool) -> None:
    for error in errors:
        if error is not None:
            raise BadItems(errors) if many else error


def _entry(id: int | str, viewer: Any) -> Entry:
    """The activity, if this viewer may see it."""
    text = str(id)
    known = parse_id(text)
    entry = None if known is None else get_entry(known, viewer)
    if entry is None:
        raise NotFound(f"there is no activity with the id {text[:40]!r}")
    return entry
