"""What all viewsets share: who may, how much a client may send, and how errors are told."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from activitystream.conf import settings
from activitystream.exceptions import ActivityStreamError
from activitystream.formats.iris import Iris
from activitystream.models import Activity, Ref

from .conditional import make_conditional
from .errors import BadRequest, LengthRequired, api_error
from .pagination import CursorPagination, Listing
from .rawjson import with_raw_json
from .renderers import RENDERERS, FormatRenderer, Shape

__all__ = ["Answers", "ApiViewSet"]

SPELLING = 6
"""Bytes that JSON may spend on one ("\\u0041"): `data` of the largest size fits, however it is spelt."""
BESIDE_DATA = 16_384
"""Bytes for all that a body has beside `data`."""


class Answers(APIView):
    """How all views answer."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Errors, and what OPTIONS tells, are plain JSON, whatever was asked for. Caches on the way must not
        show one user's answer to another, however users are told apart; nor must browsers, without asking."""
        plain = getattr(response, "exception", False) or getattr(self, "action", None) == "metadata"
        if plain and isinstance(getattr(request, "accepted_renderer", None), FormatRenderer):
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        make_conditional(request, response)
        return response


class ApiViewSet(Answers, GenericViewSet[Any]):
    """Base of the viewsets.

    The project's authentication, throttles, parsers and renderers are in force, and its default permissions
    too: a site that is closed stays closed. What is not in `public_actions` needs a login as well.
    """

    public_actions: ClassVar[Collection[str]] = ()
    """Actions for which one need not be signed in, unless the project says so."""
    shape: ClassVar[Shape | None] = None
    """What it answers with, for the open formats; None: it speaks plain JSON alone."""
    pagination_class = CursorPagination
    filter_backends = ()
    versioning_class = None
    queryset = Activity.objects.none()
    _ignore_model_permissions = True
    """DjangoModelPermissions are about tables as the admin shows them; here one acts as oneself."""

    def get_permissions(self) -> list[Any]:
        permissions = list(super().get_permissions())
        # no action: the method is not allowed, and the answer says so
        if self.action not in (None, "metadata", *self.public_actions):
            permissions.append(IsAuthenticated())
        return permissions

    def get_renderers(self) -> list[BaseRenderer]:
        """Those of the project, then the open formats.

        Without "rest_framework" among the installed apps there are no templates for the browsable API.
        """
        renderers = with_raw_json(super().get_renderers())
        renderers += [renderer() for renderer in RENDERERS if self.shape in renderer.shapes]
        if apps.is_installed("rest_framework"):
            return renderers
        return [renderer for renderer in renderers if not isinstance(renderer, BrowsableAPIRenderer)]

    @property
    def iris(self) -> Iris:
        """The addresses of this site."""
        return Iris.of(self.request)

    @property
    def me(self) -> AbstractBaseUser:
        """Who is signed in; refused if that is no row of the user model (a token alone, for instance)."""
        user: Any = self.request.user
        if not isinstance(user, get_user_model()):
            self.permission_denied(self.request)
        return user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _check_size(request)
        _check_charset(request)

    def validated(self) -> dict[str, Any]:
        """What the client sent, as the serializer takes it."""
        try:
            # JSON can spell half a surrogate pair, which no database keeps and no answer can repeat
            json.dumps(self.request.data, ensure_ascii=False, default=str).encode()
            serializer = self.get_serializer(data=self.request.data)
            serializer.is_valid(raise_exception=True)
        except UnicodeEncodeError:
            raise ParseError("The text has half a surrogate pair.") from None
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        values: dict[str, Any] = serializer.validated_data
        return values

    def validated_ref(self) -> Ref:
        """What a `RefSerializer` takes: the row that the client names."""
        ref: Any = self.validated()
        return Ref(*ref)

    def page_of(self, listing: Listing) -> Response:
        """The page that the client asks for."""
        return self.get_paginated_response(self.paginate_queryset(listing))  # type: ignore[arg-type]

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(api_error(exc) if isinstance(exc, ActivityStreamError) else exc)


def _check_charset(request: Request) -> None:
    """Refuse any coding but UTF-8: Python has some that unpack (bz2), and the size is that of the pack."""
    _, parameters = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))
    charset = parameters.get("charset", "utf-8")
    if charset.strip("\"' ").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(charset, "The body must be UTF-8.")


def _check_size(request: Request) -> None:
    """Refuse a body that is too large before it is read: REST framework sets no bound for JSON."""
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired
    largest = SPELLING * settings.MAX_DATA_SIZE + BESIDE_DATA
    if django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE is not None:
        largest = min(largest, django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0  # as Django has it: it reads nothing then
    if length > largest:
        raise BadRequest(f"The body has {length} bytes; at most {largest} are allowed.")
