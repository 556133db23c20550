"""The errors this app raises. All derive from `ActivityStreamError`."""

__all__ = [
    "ActivityStreamError",
    "InvalidActivity",
    "InvalidCursor",
    "InvalidFilter",
    "InvalidFollow",
    "NotRegistered",
    "StoreUnavailable",
    "UnknownSpace",
]


class ActivityStreamError(Exception):
    """Base of all errors of this app."""


class NotRegistered(ActivityStreamError, LookupError):
    """A model takes part in an activity or a follow and was not registered."""


class InvalidActivity(ActivityStreamError, ValueError):
    """An activity cannot be published as given; nothing was written."""


class InvalidFollow(ActivityStreamError, ValueError):
    """This cannot be followed (by this user); nothing was written."""


class InvalidCursor(ActivityStreamError, ValueError):
    """`before`, `after` or `limit` is not what a page takes."""


class InvalidFilter(ActivityStreamError, ValueError):
    """A feed cannot be narrowed, or grouped, like this."""


class StoreUnavailable(ActivityStreamError):
    """The stream store did not answer. Feeds are answered by SQL meanwhile, and writes are redone later."""


class UnknownSpace(ActivityStreamError, LookupError):
    """There is no space of this name (any more), such as a tenant that was deleted."""
