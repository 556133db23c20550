"""System checks of the settings that the Redis store depends on. No connection is made."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from activitystream.conf import SETTING, given
from activitystream.conf import settings as conf
from activitystream.streams.base import StreamStore
from activitystream.streams.cluster import locations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["check_alias", "check_spaces"]

_WAYS_OUT = (
    'Give CACHES["{alias}"] the BACKEND "django_redis.cache.RedisCache" and the LOCATION of a Redis server, '
    'or set ACTIVITYSTREAM = {{"STREAMS": None}} to answer feeds from the database alone.'
)


def check_alias(alias: str) -> list[checks.CheckMessage]:
    """Return E001 if this alias of `CACHES` is not a django-redis cache, W001 if a request could hang on it,
    and W007 if it names one node of a cluster."""
    cache = settings.CACHES.get(alias)
    wrong = _what_is_wrong(alias, cache)
    if wrong is not None:
        return [checks.Error(wrong, hint=_WAYS_OUT.format(alias=alias), id="activitystream.E001")]
    return [] if cache is None else list(_warnings(alias, cache))


def _warnings(alias: str, cache: Mapping[str, Any]) -> Iterator[checks.CheckMessage]:
    yield from _check_separation(alias, cache)
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
            id="activitystream.W007",
        )


def _check_separation(alias: str, cache: Mapping[str, Any]) -> list[checks.CheckMessage]:
    """W003 if the cache is separated from those of other sites or tenants, and the streams on it are not."""
    if conf.SPACES is not None:
        return []
    if cache.get("KEY_FUNCTION"):
        what = "a KEY_FUNCTION"
        hint = (
            f'If it separates tenants, set {SETTING}["SPACES"]: see "Tenants" in the guide. If it separates '
            f'sites, give each its own {SETTING}["KEY_PREFIX"] and silence this check.'
        )
    elif (cache.get("KEY_PREFIX") or cache.get("VERSION", 1) != 1) and "KEY_PREFIX" not in given():
        what = "a KEY_PREFIX or VERSION"
        hint = (
            f'If other sites use this Redis, give each its own {SETTING}["KEY_PREFIX"]. Otherwise set it to '
            f'its default, "{conf.KEY_PREFIX}".'
        )
    else:
        return []
    text = f'CACHES["{alias}"] has {what}, but the keys of streams do not follow it.'
    return [checks.Warning(text, hint=hint, id="activitystream.W003")]


def check_spaces() -> list[checks.CheckMessage]:
    """E011 if tenants would read one another's feeds, or the store cannot keep them apart."""
    if conf.SPACES is None:
        tenant_apps = [*getattr(settings, "TENANT_APPS", ())]
        for kind in getattr(settings, "TENANT_TYPES", {}).values():
            tenant_apps += kind["APPS"]
        if not apps.is_installed("django_tenants") or "activitystream" not in map(_package, tenant_apps):
            return []
        text = f'{SETTING}["SPACES"] is not set: tenants of django-tenants would read one another\'s feeds.'
        hint = 'Set it to "activitystream.contrib.tenants.Tenants".'
        return [checks.Error(text, hint=hint, id="activitystream.E011")]
    if conf.STREAMS is None:
        return []
    try:
        store = import_string(conf.STREAMS)
    except Exception:  # noqa: BLE001  (to import it runs code; E005 says what is wrong)
        return []
    if getattr(store, "in_space", None) is not StreamStore.in_space:
        return []
    text = f'{SETTING}["SPACES"] is set, and {SETTING}["STREAMS"] = "{conf.STREAMS}" has no in_space().'
    hint = f'Implement it (see StreamStore), or set {SETTING}["STREAMS"] to None.'
    return [checks.Error(text, hint=hint, id="activitystream.E011")]


def _package(app: str) -> str:
    return app.partition(".")[0]


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
