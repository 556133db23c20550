"""The schema of the API for drf-spectacular: nothing to do but to have "drf_spectacular" in INSTALLED_APPS.

`shapes`: what is sent and answered; `operations`: each action of each viewset in those words. A viewset of a
site that derives from one of ours is described as that is.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiViewExtension
from drf_spectacular.utils import extend_schema, extend_schema_view

from .operations import operations_of

__all__ = ["ApiExtension", "RootExtension", "StrictExtension"]


class _Extension(OpenApiViewExtension):
    def view_replacement(self) -> Any:
        view: Any = type(self.target.__name__, (self.target,), {"__doc__": self.target.__doc__})
        found = operations_of(self.target)
        actions = self.target_callback.actions.values() if hasattr(self.target_callback, "actions") else found
        described = {action: extend_schema(**found[action]) for action in actions if action in found}
        return extend_schema_view(**described)(view)


class ApiExtension(_Extension):
    """The viewsets."""

    target_class = "activitystream.rest.base.ApiViewSet"
    match_subclasses = True


class RootExtension(_Extension):
    """The first page."""

    target_class = "activitystream.rest.router.RootView"


class StrictExtension(OpenApiSerializerExtension):
    """Bodies, which have no other fields."""

    target_class = "activitystream.rest.strict.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001
        return {**schema, "additionalProperties": False}
