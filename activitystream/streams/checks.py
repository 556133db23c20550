"""System checks of the settings that the Redis store depends on. No connection is made."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from activitystream.streams.cluster import locations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["check_alias"]

_WAYS_OUT = (
    'Give CACHES["{alias}"] the BACKEND "django_redis.cache.RedisCache" and the LOCATION of a Redis server, '
    'or set ACTIVITYSTREAM = {{"STREAMS": None}} to answer feeds from the database alone.'
)


def check_alias(alias: str) -> list[checks.CheckMessage]:
    """Return E001 if this alias of `CACHES` is not a django-redis cache, W001 if a request could hang on it,
    and W008 if it names one node of a cluster."""
    cache = settings.CACHES.get(alias)
    wrong = _what_is_wrong(alias, cache)
    if wrong is not None:
        return [checks.Error(wrong, hint=_WAYS_OUT.format(alias=alias), id="activitystream.E001")]
    return [] if cache is None else list(_warnings(alias, cache))


def _warnings(alias: str, cache: Mapping[str, Any]) -> Iterator[checks.CheckMessage]:
    if not _has_timeouts(cache):
        yield checks.Warning(
            f'CACHES["{alias}"] has no timeouts: a request can hang while Redis does not answer.',
            hint='Add SOCKET_CONNECT_TIMEOUT and SOCKET_TIMEOUT (in seconds, such as 1) to its "OPTIONS".',
            id="activitystream.W001",
        )
    if _is_entered_through_one_node(cache):
        yield checks.Warning(
            f'CACHES["{alias}"] names one node of a cluster: no process can start while that node is down.',
            hint='Make its "LOCATION" a list of the urls of several nodes.',
            id="activitystream.W008",
        )


def _what_is_wrong(alias: str, cache: Mapping[str, Any] | None) -> str | None:
    if cache is None:
        return f'There is no cache "{alias}" in CACHES, and streams are kept there.'
    backend = cache.get("BACKEND", "")
    try:
        from django_redis.cache import RedisCache

        right = issubclass(import_string(backend), RedisCache)
    except (ImportError, TypeError) as error:
        return f'The BACKEND of CACHES["{alias}"] cannot be used for streams: {error}'
    return None if right else f'CACHES["{alias}"] is {backend}, and streams need a django-redis cache.'


def _has_timeouts(cache: Mapping[str, Any]) -> bool:
    options = cache.get("OPTIONS", {})
    given = {name.lower() for name in options}
    for more in ("CONNECTION_POOL_KWARGS", "REDIS_CLIENT_KWARGS"):
        given.update(options.get(more, {}))
    given.update(parse_qs(urlsplit(next(iter(locations(cache)), "")).query))
    return given >= {"socket_timeout", "socket_connect_timeout"}


def _is_entered_through_one_node(cache: Mapping[str, Any]) -> bool:
    """A name may lead to all nodes of a cluster; an address is one node."""
    options = cache.get("OPTIONS", {})
    if not str(options.get("CONNECTION_FACTORY", "")).endswith(".ClusterConnectionFactory"):
        return False
    if "startup_nodes" in options.get("REDIS_CLIENT_KWARGS", {}) or len(locations(cache)) > 1:
        return False
    try:
        ip_address(urlsplit(locations(cache)[0]).hostname or "")
    except ValueError:
        return False
    return True
