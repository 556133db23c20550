"""Redis Cluster through django-redis, which has no client for it."""

from __future__ import annotations

import os
import threading
from typing import Any

from django_redis.pool import ConnectionFactory
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry

__all__ = ["ClusterConnectionFactory"]


class ClusterConnectionFactory(ConnectionFactory):  # type: ignore[misc]  # generic in django-redis 7 only
    """Makes a `CACHES` alias reach a Redis Cluster, given the url of any of its nodes:

        CACHES = {
            "default": {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": "redis://10.0.0.1:6379",
                "OPTIONS": {
                    "CONNECTION_FACTORY": "activitystream.streams.cluster.ClusterConnectionFactory",
                    "SOCKET_CONNECT_TIMEOUT": 1,
                    "SOCKET_TIMEOUT": 1,
                },
            }
        }

    USERNAME, PASSWORD, the timeouts and REDIS_CLIENT_KWARGS (arguments of `RedisCluster`) are heeded; options
    about connection pools and parsers are not. Django's cache works with it, except for operations on many
    keys at once (`get_many`, `delete_many`, `delete_pattern`): a cluster takes keys of one slot only. Streams
    do not use these; keep other caches in an alias of their own.
    """

    _clients: dict[tuple[int, str], Any] = {}
    _lock = threading.Lock()

    def connect(self, url: str) -> Any:
        """The client for this url: one in a process, because making one asks the nodes for their slots."""
        key = (os.getpid(), url)
        with self._lock:
            if key not in self._clients:
                params = self.make_connection_params(url)
                params.pop("parser_class")
                # One look at where slots are now; the default waits ten timeouts for a node that hangs.
                params["retry"] = Retry(NoBackoff(), 1)
                self._clients[key] = RedisCluster.from_url(
                    params.pop("url"), **{**params, **self.redis_client_cls_kwargs}
                )
            return self._clients[key]

    def disconnect(self, connection: Any) -> None:
        """Close the client's connections; it opens new ones when it is used again."""
        connection.disconnect_connection_pools()
