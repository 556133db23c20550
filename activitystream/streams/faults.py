"""What an error of Redis means: connect anew, leave the server alone, or say what is configured wrong."""

from __future__ import annotations

import re
from typing import NamedTuple

from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import (
    AuthenticationError,
    MaxConnectionsError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

__all__ = ["FAULTS", "MEANINGS", "UNREACHABLE", "Meaning", "meaning_of"]

FAULTS = (RedisError, RedisClusterException, ConnectionInterrupted, OSError)
"""Everything that asking a server can raise."""

UNREACHABLE = (RedisConnectionError, RedisTimeoutError, RedisClusterException, OSError)
"""Of these, what says that nobody answered (or, of a subclass of ConnectionError, that nobody serves)."""


class Meaning(NamedTuple):
    """What to do about an error. Without any of these, the one operation is refused, and others go on."""

    stale: bool = False
    """The connection leads to a server that is not the primary (any more): close it, and ask once more."""
    down: bool = False
    """The server serves nothing: it counts as unreachable."""
    remedy: str = ""
    """What to set right, of an error that does not end by itself."""


_STALE = Meaning(stale=True, down=True)
_DOWN = Meaning(down=True)
_REFUSED = Meaning()
_CLUSTER = Meaning(
    remedy="The server is a node of a cluster: set the CONNECTION_FACTORY of the cache to "
    '"activitystream.streams.cluster.ClusterConnectionFactory".'
)
_PASSWORD = Meaning(down=True, remedy='Set "USERNAME" and "PASSWORD" in the OPTIONS of the cache.')

MEANINGS = {
    "READONLY": _STALE,
    "MASTERDOWN": _STALE,
    "LOADING": _STALE,
    "CLUSTERDOWN": _DOWN,
    "BUSY": _DOWN,
    "OOM": _REFUSED,
    "MISCONF": _REFUSED,
    "NOREPLICAS": _REFUSED,
    "TRYAGAIN": _REFUSED,
    "NOAUTH": _PASSWORD,
    "WRONGPASS": _PASSWORD,
    "DENIED": Meaning(down=True, remedy='Set a password for the server, or its "protected-mode no".'),
    "NOPERM": Meaning(remedy="Allow the user of the cache all commands on the keys of this app."),
    "MOVED": _CLUSTER,
    "ASK": _CLUSTER,
    "CROSSSLOT": _CLUSTER,
}
"""By the first word of the server's answer. docs/operations.md has the same table, and says what to do."""

_IN_A_SCRIPT = re.compile(r" -([A-Z]+) ")
"""Redis 6 puts the error of a command in a script behind a sentence of its own."""


def meaning_of(error: Exception) -> Meaning:
    """Return what an error means that was raised by redis-py, or by the network."""
    found = MEANINGS.get(_code(error))
    if found is not None:
        return found
    if isinstance(error, MaxConnectionsError):
        return _REFUSED  # a pool that is used up says nothing of the server
    return _DOWN if isinstance(error, UNREACHABLE) else _REFUSED


def _code(error: Exception) -> str:
    if isinstance(error.__context__, ReadOnlyError):
        return "READONLY"  # redis-py makes a ConnectionError of it where Sentinel knows the primary
    code = getattr(error, "status_code", None) or str(error).partition(" ")[0]
    if code in MEANINGS:
        return str(code)
    if isinstance(error, AuthenticationError):
        return "WRONGPASS"
    nested = _IN_A_SCRIPT.search(str(error))
    return nested[1] if nested else ""
