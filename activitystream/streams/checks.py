"""System checks of the settings that the Redis store depends on. No connection is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_alias"]

_WAYS_OUT = (
    'Give CACHES["{alias}"] the BACKEND "django_redis.cache.RedisCache" and the LOCATION of a Redis server, '
    'or set ACTIVITYSTREAM = {{"STREAMS": None}} to answer feeds from the database alone.'
)


def check_alias(alias: str) -> list[checks.CheckMessage]:
    """E001 if this alias of `CACHES` is not a django-redis cache, W001 if a request could hang on it."""
    cache = settings.CACHES.get(alias)
    wrong = _what_is_wrong(alias, cache)
    if wrong is not None:
        return [checks.Error(wrong, hint=_WAYS_OUT.format(alias=alias), id="activitystream.E001")]
    if cache is None or _has_timeouts(cache):
        return []
    return [
        checks.Warning(
            f'CACHES["{alias}"] has no timeouts: a request can hang while Redis does not answer.',
            hint='Add SOCKET_CONNECT_TIMEOUT and SOCKET_TIMEOUT (in seconds, such as 1) to its "OPTIONS".',
            id="activitystream.W001",
        )
    ]


def _what_is_wrong(alias: str, cache: Mapping[str, Any] | None) -> str | None:
    if cache is None:
        return f'There is no cache "{alias}" in CACHES, and streams are kept there.'
    backend = cache.get("BACKEND", "")
    try:
        from django_redis.cache import RedisCache

        right = issubclass(import_string(backend), RedisCache)
    except (ImportError, TypeError) as error:
        return f'The BACKEND of CACHES["{alias}"] cannot be used for streams: {error}'
    if not right:
        return f'CACHES["{alias}"] is {backend}, and streams need a django-redis cache.'
    return _what_is_wrong_with_client(alias, cache.get("OPTIONS", {}).get("CLIENT_CLASS", ""))


def _what_is_wrong_with_client(alias: str, path: str) -> str | None:
    try:
        from django_redis.client import ShardClient

        sharded = bool(path) and issubclass(import_string(path), ShardClient)
    except (ImportError, TypeError) as error:
        return f'The CLIENT_CLASS of CACHES["{alias}"] cannot be used for streams: {error}'
    if not sharded:
        return None
    return (
        f'CACHES["{alias}"] has the CLIENT_CLASS {path}, which spreads keys over servers, and a script of '
        "ours needs its keys on one. Use the default client with one server, or a Redis Cluster "
        '(REDIS_CLIENT_CLASS "redis.cluster.RedisCluster").'
    )


def _has_timeouts(cache: Mapping[str, Any]) -> bool:
    options = cache.get("OPTIONS", {})
    given = {name.lower() for name in options}
    for more in ("CONNECTION_POOL_KWARGS", "REDIS_CLIENT_KWARGS"):
        given.update(options.get(more, {}))
    location = cache.get("LOCATION", "")
    first = location if isinstance(location, str) else next(iter(location), "")
    given.update(parse_qs(urlsplit(first).query))
    return given >= {"socket_timeout", "socket_connect_timeout"}
