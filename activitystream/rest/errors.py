"""The errors of this app as those of REST framework: its statuses, its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import APIException, NotFound

from activitystream.exceptions import (
    ActivityStreamError,
    InvalidActivity,
    InvalidCursor,
    InvalidFilter,
    InvalidFollow,
    StoreUnavailable,
)
from activitystream.registry import RowNotFound

__all__ = ["BadItems", "BadRequest", "Gone", "LengthRequired", "Unavailable", "Unprocessable", "api_error"]


class BadRequest(APIException):
    """The client sent what cannot be; the detail says what is allowed."""

    status_code = 400
    default_code = "invalid"


class BadItems(APIException):
    """What is wrong with items of a list, by their places: as REST framework (3.18) tells it."""

    def __init__(self, errors: Sequence[Exception | None]) -> None:
        found = {place: _told(error) for place, error in enumerate(errors) if error is not None}
        self.status_code = next(iter(found.values())).status_code
        self.detail = {str(place): _shape(error) for place, error in found.items()}


class Gone(APIException):
    """It was there, and is not any more."""

    status_code = 410
    default_code = "gone"
    default_detail = "What this request made was retracted, or may not be shown any more."


class Unprocessable(APIException):
    """What was sent contradicts what was sent before."""

    status_code = 422
    default_code = "unprocessable"


class LengthRequired(APIException):
    """A body whose size is not told in advance."""

    status_code = 411
    default_code = "length_required"
    default_detail = "Send the Content-Length."


class Unavailable(APIException):
    """A service this app needs does not answer."""

    status_code = 503
    default_code = "unavailable"
    default_detail = "Try again later."


def api_error(error: ActivityStreamError) -> Exception:
    """The API's error for one of ours. What no client can cause (NotRegistered) stays as it is: a bug."""
    match error:
        case InvalidActivity() | InvalidFollow() | InvalidCursor() | InvalidFilter():
            return BadRequest(str(error))
        case RowNotFound():
            return NotFound(str(error))
        case StoreUnavailable():
            return Unavailable()
    return error


def _told(error: Exception) -> APIException:
    known = api_error(error) if isinstance(error, ActivityStreamError) else error
    if not isinstance(known, APIException):
        raise known
    return known


def _shape(error: APIException) -> Any:
    return error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
