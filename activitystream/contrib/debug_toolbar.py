"""A panel of the Django Debug Toolbar: streams, round trips and pages of a request, with their times.

    DEBUG_TOOLBAR_PANELS = [*PANELS_DEFAULTS, "activitystream.contrib.debug_toolbar.FeedsPanel"]

Give all panels that you want: the setting replaces the toolbar's own list. It needs `django-debug-toolbar`.
"""

from __future__ import annotations

from typing import Any

from debug_toolbar.panels import Panel
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from activitystream.instrumentation import Recording, RoundTrip, record

__all__ = ["FeedsPanel"]

KEYS = 20
"""Keys of a round trip that are listed."""


class FeedsPanel(Panel):
    """What the feeds of this request cost."""

    title = _("Feeds")
    template = "activitystream/_debug_toolbar.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._recording = Recording()

    @property
    def nav_subtitle(self) -> str:
        stats = self.get_stats()
        return str(_("%(pages)s pages, %(count)s round trips in %(ms).1f ms")) % {
            "pages": len(stats.get("pages", ())),
            "count": stats.get("count", 0),
            "ms": stats.get("ms", 0.0),
        }

    def process_request(self, request: HttpRequest) -> HttpResponse:
        with record() as self._recording:
            response: HttpResponse = super().process_request(request)
        return response

    def generate_stats(self, request: HttpRequest, response: HttpResponse) -> None:
        found = self._recording
        self.record_stats(
            {
                "count": found.redis.count,
                "ms": found.redis.seconds * 1e3,
                "sql_count": found.sql.count,
                "sql_ms": found.sql.seconds * 1e3,
                "pages": [
                    {
                        "feed": page.feed,
                        "stream": page.stream,
                        "entries": page.entries,
                        "ms": page.seconds * 1e3,
                        "states": [asked.state for asked in found.asked if asked.stream == page.stream],
                    }
                    for page in found.pages
                ],
                "trips": [_told(trip) for trip in found.round_trips],
            }
        )

    def generate_server_timing(self, request: HttpRequest, response: HttpResponse) -> None:
        stats = self.get_stats()
        self.record_server_timing("redis", f"Feeds: {stats['count']} round trips", stats["ms"])


def _told(trip: RoundTrip) -> dict[str, Any]:
    """JSON: the toolbar may keep it in a database."""
    return {
        "command": trip.command,
        "keys": list(trip.keys[:KEYS]),
        "more": max(0, len(trip.keys) - KEYS),
        "ms": trip.seconds * 1e3,
    }
