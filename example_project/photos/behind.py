"""What happened behind a page: a drawer at its foot, read from the app's own recorder."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from activitystream.instrumentation import Recording, record

View = Callable[[HttpRequest], HttpResponse]

PLACE = b"<!-- behind -->"
"""Where `base.html` wants it."""
LONGEST = 240
"""Characters of a statement that are shown."""
COLUMNS = re.compile(r"^SELECT (?!COUNT|1 AS|EXISTS)[^()]+? FROM")
OURS = re.compile(r'["`]activitystream_\w+["`]')


def behind_the_page(get_response: View) -> View:
    """Records every request, and puts what was recorded into pages that have a place for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with record() as recording:
            response = get_response(request)
        if not response.streaming and PLACE in response.content:
            drawer = render_to_string("photos/_behind.html", _told(recording), request)
            response.content = response.content.replace(PLACE, drawer.encode())
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _told(recording: Recording) -> dict[str, Any]:
    """What the drawer shows: milliseconds, and queries by who asked them."""
    ours = [_query(query) for query in recording.queries if OURS.search(query.sql)]
    site = [_query(query) for query in recording.queries if not OURS.search(query.sql)]
    return {
        "recording": recording,
        "milliseconds": recording.seconds * 1e3,
        "pages": [
            {"page": page, "state": _state(recording, page.stream), "milliseconds": page.seconds * 1e3}
            for page in recording.pages
        ],
        "trips": [
            {"command": trip.command, "names": trip.names, "milliseconds": trip.seconds * 1e3}
            for trip in recording.round_trips
        ],
        "queries": [("What the feeds and buttons asked", ours), ("What this site asked for itself", site)],
    }


def _query(query: Any) -> dict[str, Any]:
    sql = COLUMNS.sub("SELECT … FROM", query.sql.replace('"', ""), count=1)
    return {"sql": sql if len(sql) <= LONGEST else f"{sql[:LONGEST]}…", "milliseconds": query.seconds * 1e3}


def _state(recording: Recording, stream: str) -> str:
    """Why the ids of a page came from where they came."""
    states = [asked.state for asked in recording.asked if asked.stream == stream]
    return states[0] if states else ""
