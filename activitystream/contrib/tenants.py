"""Feeds of tenants of django-tenants, each with a schema of its own in one PostgreSQL database:

    ACTIVITYSTREAM = {"SPACES": "activitystream.contrib.tenants.Tenants"}

The app is listed in `TENANT_APPS`, so that each schema has its tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connections
from django_tenants.utils import (
    app_labels,
    get_multi_type_database_field_name,
    get_public_schema_name,
    get_tenant_database_alias,
    get_tenant_model,
    get_tenant_types,
    has_multi_type_tenants,
    schema_context,
    tenant_context,
)

from activitystream.exceptions import UnknownSpace

__all__ = ["Tenants"]


class Tenants:
    """A space for each tenant: the name of its schema and the tenant's primary key, such as "acme.12".

    With the key, a tenant that is made anew under the name of a deleted one begins with an empty space.
    """

    def current(self) -> str:
        """Return the space of the schema that the database connection of this thread works in."""
        connection: Any = connections[get_tenant_database_alias()]
        tenant = connection.tenant
        if tenant.schema_name == get_public_schema_name():
            return str(tenant.schema_name)
        key = getattr(tenant, "pk", None)
        if key is None:  # schema_context() knows the schema alone: its stand-in for the tenant keeps the key
            key = getattr(tenant, _KEY, None) or _key_of(tenant.schema_name)
            setattr(tenant, _KEY, key)
        return f"{tenant.schema_name}.{key}"

    @contextmanager
    def using(self, name: str) -> Iterator[None]:
        """Work in the schema of this space; raise UnknownSpace if its tenant was deleted."""
        if name == get_public_schema_name():
            with schema_context(name):
                yield
            return
        schema, _, key = name.rpartition(".")
        try:
            tenant = _tenants().get(schema_name=schema, pk=key)
        except (ObjectDoesNotExist, ValidationError, ValueError):
            raise UnknownSpace(f"There is no tenant {name!r} (any more).") from None
        with tenant_context(tenant):
            yield

    def names(self) -> list[str]:
        """Return the spaces of all tenants; of the public schema, too, if it has the tables of this app."""
        public = get_public_schema_name()
        tenants = _tenants().exclude(schema_name=public).order_by("pk")
        if has_multi_type_tenants():
            types = get_tenant_types()
            mine = [kind for kind, of_kind in types.items() if _has_this_app(of_kind["APPS"])]
            tenants = tenants.filter(**{f"{get_multi_type_database_field_name()}__in": mine})
            is_shared = public in mine
        else:
            is_shared = _has_this_app(getattr(settings, "SHARED_APPS", ()))
        spaces = [f"{schema}.{key}" for schema, key in tenants.values_list("schema_name", "pk")]
        return [public, *spaces] if is_shared else spaces


_KEY = "_activitystream_key"


def _tenants() -> Any:
    return get_tenant_model()._default_manager.using(get_tenant_database_alias())


def _key_of(schema: str) -> Any:
    key = _tenants().filter(schema_name=schema).values_list("pk", flat=True).first()
    if key is None:
        raise UnknownSpace(f"There is no tenant with the schema {schema!r}.")
    return key


def _has_this_app(apps: Iterable[str]) -> bool:
    return "activitystream" in app_labels(apps)
