"""Redis Cluster through django-redis, which has no client for it."""

from __future__ import annotations

import os
import threading
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django_redis.pool import ConnectionFactory
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.connection import parse_url
from redis.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["ClusterConnectionFactory", "locations", "locations_beside"]


def locations(cache: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the urls of an entry of `CACHES`, as django-redis reads them."""
    location = cache.get("LOCATION", "")
    return tuple(location.split(",") if isinstance(location, str) else location)


def locations_beside(url: str) -> tuple[str, ...]:
    """Return all urls of the entries of `CACHES` that have this one: django-redis hands over only one."""
    found = (locations(cache) for cache in settings.CACHES.values())
    return tuple(dict.fromkeys(chain((url,), *(urls for urls in found if url in urls))))


def _node(url: str) -> ClusterNode:
    parsed = parse_url(url)
    return ClusterNode(parsed.get("host", "localhost"), parsed.get("port", 6379))


def _initialize(
    initialize: Callable[..., None],
    manager: Any,
    nodes: Sequence[ClusterNode],
    additional_startup_nodes_info: Sequence[tuple[str, int]] = (),
    **options: Any,
) -> None:
    """Look where the slots are; ask the nodes of the settings, too, which redis-py forgets."""
    known = set(manager.startup_nodes)
    more = [(node.host, node.port) for node in nodes if node.name not in known]
    initialize(additional_startup_nodes_info=[*additional_startup_nodes_info, *more], **options)


class ClusterConnectionFactory(ConnectionFactory):  # type: ignore[misc]  # generic in django-redis 7 only
    """Makes a `CACHES` alias reach a Redis Cluster, given the urls of some of its nodes:

        CACHES = {
            "default": {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": ["redis://10.0.0.1:6379", "redis://10.0.0.2:6379", "redis://10.0.0.3:6379"],
                "OPTIONS": {
                    "CONNECTION_FACTORY": "activitystream.streams.cluster.ClusterConnectionFactory",
                    "SOCKET_CONNECT_TIMEOUT": 1,
                    "SOCKET_TIMEOUT": 1,
                },
            }
        }

    Any node that answers will do to find the others: at the start, and later when all nodes that were found
    have gone. USERNAME, PASSWORD, the timeouts and REDIS_CLIENT_KWARGS (arguments of `RedisCluster`) are
    heeded; options about connection pools and parsers are not. Django's cache works with it, except for
    operations on many keys at once (`get_many`, `delete_many`, `delete_pattern`): a cluster takes keys of one
    slot only. Streams do not use these; keep other caches in an alias of their own.
    """

    _clients: dict[tuple[int, tuple[str, ...]], Any] = {}
    _lock = threading.Lock()

    def connect(self, url: str) -> Any:
        """Return the client for this url and those beside it. A process has one, because making it asks the
        nodes for their slots."""
        urls = locations_beside(url)
        key = (os.getpid(), urls)
        with self._lock:
            if key not in self._clients:
                params = self.make_connection_params(url)
                params.pop("parser_class")
                # One look at where slots are now; the default waits ten timeouts for a node that hangs.
                params["retry"] = Retry(NoBackoff(), 1)
                given = {**params, **self.redis_client_cls_kwargs}
                nodes = [*map(_node, urls), *given.pop("startup_nodes", ())]
                client = RedisCluster.from_url(given.pop("url"), startup_nodes=nodes, **given)
                manager: Any = client.nodes_manager
                manager.initialize = partial(_initialize, manager.initialize, manager, nodes)
                self._clients[key] = client
            return self._clients[key]

    def disconnect(self, connection: Any) -> None:
        """Close the client's connections; it opens new ones when it is used again."""
        connection.disconnect_connection_pools()
