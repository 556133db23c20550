"""The settings of this app: the dict `ACTIVITYSTREAM` of the project's settings, with typed defaults.

Read them as `settings.MAX_LENGTH`; they are read live, so `override_settings` works in tests. What is wrong
with them is told by the system checks (`activitystream.checks`), not here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, cast, get_type_hints

from django.conf import settings as django_settings
from django.core.signals import setting_changed

__all__ = ["SETTING", "Settings", "given", "settings"]

DAY = 86400
SETTING = "ACTIVITYSTREAM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each setting with its type and its default. Durations are in seconds; a timedelta is taken too."""

    STREAMS: str | None = "activitystream.streams.redis.RedisStore"
    """Dotted path of the stream store; None: no streams, feeds are answered by SQL alone."""
    CACHE: str = "default"
    """The alias in `CACHES`, a django-redis cache, that holds the streams."""
    KEY_PREFIX: str = "activitystream"
    """What every key in Redis begins with; keep it different for sites that share one server."""
    SPACES: str | None = None
    """Dotted path of the class that says which tenant code works for (see `activitystream.spaces`); None: the
    site has no tenants."""
    SHARDS: int = 256
    """Into how many Redis Cluster slots streams are grouped. Changing it only makes streams cold."""
    BODY_SHARDS: int = 4
    """The same for cached bodies: some times the number of primaries. A single server has one."""
    MAX_LENGTH: int | None = 800
    """Ids kept in a stream (older pages come from SQL); None: no maximum."""
    STREAM_TTL: int = 30 * DAY
    """Seconds after its last read that a stream leaves Redis."""
    BUILDING_TTL: int = 60
    """Seconds after which the rebuild of a stream that did not finish may be tried again."""
    MAX_REBUILDS: int = 4
    """Streams that the readers in one process rebuild at once at most; past it, SQL answers their pages."""
    BODY_TTL: int = DAY
    """Seconds that a cached body is kept: the bound for changes that no signal tells of."""
    RETRY_AFTER: float = 1.0
    """Seconds that a Redis or a broker that could not be reached is left alone before it is tried again."""
    CHUNK_SIZE: int = 5000
    """Followers that one step of a fan-out handles."""
    PULL_ABOVE: int | None = 10_000
    """Followers above which a followee's activities are not written to their homes but merged in when they
    read; None: never."""
    PAGE_SIZE: int = 20
    """Activities on a page when `limit` is not given."""
    MAX_PAGE_SIZE: int = 100
    """The largest `limit`."""
    MAX_DATA_SIZE: int = 16384
    """Bytes of JSON that an activity's `data` may have."""
    SELF_FOLLOW: bool = False
    """Whether one may follow oneself."""
    FOLLOW_VERB: str | None = None
    """The verb of the activity that a follow is (kind "follow" only); None: it is none."""
    MAY_SEE: str | None = None
    """Dotted path of a rule of the site's own: `rule(entries, viewer)` gives those of these entries (of a
    page) that the viewer (a ref, or None) may see. It can only hide more; None: there is no such rule."""
    HOME_OWN: bool = False
    """Whether one's own activities are in one's home feed."""
    HOME_SINCE_FOLLOW: bool = False
    """Whether a home feed has only what was published since the follow began that brings it."""
    GRAPH: str = "activitystream.graph.tables.FollowGraph"
    """Dotted path of the graph: who follows what."""
    VIEWSETS: dict[str, str] | None = None
    """Dotted paths of a site's viewsets in the place of those of the API: {"activities": "site.api.Mine"}."""
    ORIGIN: str | None = None
    """What absolute addresses in Activity Streams documents and in RSS begin with ("https://example.org");
    None: the scheme and host that were asked."""
    VERB_TYPES: dict[str, str] | None = None
    """The Activity Streams 2.0 types of a site's verbs ({"cook": "Create"}), before those the app knows."""
    DISPATCH: str = "activitystream.journal.tasks.dispatch"
    """Dotted path of the function that hands journal entries to workers."""
    TASK_BACKEND: str = "default"
    """The alias in `TASKS` that runs fan-out."""
    TASK_QUEUE: str = "default"
    """The queue of that backend."""
    LIVE_CONNECTIONS: int = 2_000
    """Live feeds that one process keeps open at most."""
    LIVE_PER_CLIENT: int = 20
    """Live feeds that one process keeps open for a user, or for an address if nobody is signed in there."""
    LIVE_PAGES: bool | None = None
    """Whether pages listen to live feeds, or ask from time to time; None: those that an ASGI server makes."""
    LIVE_HEARTBEAT: int = 15
    """Seconds after which a live feed sends something, though nothing happened."""
    SWEEP_AFTER: int = 60
    """Seconds without progress after which the sweeper redoes a journal entry."""


_HINTS = get_type_hints(Settings)


def given() -> dict[str, Any]:
    """What the project set, as it stands; an empty dict if it is not a dict (the system checks tell)."""
    value = getattr(django_settings, SETTING, {})
    return value if isinstance(value, dict) else {}


def _read() -> Settings:
    known = {f.name for f in fields(Settings)}
    values = {name: value for name, value in given().items() if name in known}
    for name, value in values.items():
        if isinstance(value, timedelta):
            seconds = value.total_seconds()
            values[name] = seconds if _HINTS[name] is float else int(seconds)
    return Settings(**values)


class _Live:
    """Stands for the `Settings` in force, read at the first use and again when they change."""

    _now: Settings | None = None

    def __getattr__(self, name: str) -> Any:
        if self._now is None:
            self._now = _read()
        return getattr(self._now, name)

    def clear(self) -> None:
        self._now = None


settings = cast("Settings", _Live())


def _reload(*, setting: str, **kwargs: Any) -> None:
    if setting == SETTING:
        cast("_Live", settings).clear()


setting_changed.connect(_reload, dispatch_uid="activitystream.conf")
