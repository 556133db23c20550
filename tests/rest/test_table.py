"""The table of addresses in docs/reference.md, line by line: each is asked, and none is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.urls import resolve
from rest_framework.test import APIClient

from activitystream import follow, publish
from activitystream.rest.router import router
from tests.app.models import Photo

from .helpers import make_request

PAGE = (Path(__file__).parents[2] / "docs/reference.md").read_text()
TABLE = PAGE.partition("## REST API")[2].partition("Names for")[0]
ASKED = re.compile(r"`(GET|POST|PATCH|PUT|DELETE)(?: (/\S*))?`")


class Asked(NamedTuple):
    method: str
    address: str

    @property
    def live(self) -> bool:
        return self.address.endswith("/live/")


def asked() -> Iterator[Asked]:
    """What the lines name; a method alone is one of the address before it."""
    for line in TABLE.splitlines():
        address = ""
        for method, its_address in ASKED.findall(line.partition(" | ")[0]):
            address = its_address or address
            yield Asked(method, address)


ROWS = list(asked())
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/activities/"): {"verb": "wave"},
    ("PATCH", "/activities/<id>/"): {"data": {"mood": "glad"}},
    ("POST", "/notifications/mark/"): {"mark": "seen"},
    ("POST", "/requests/<id>/accept/"): {},
}


@pytest.fixture
def ids(ana: Any, bob: Any) -> Callable[[str], str]:
    """The address with things that there are, all of them Ana's or about her."""
    photo = Photo.objects.create(owner=ana, caption="Lake")
    follow(ana, bob)
    activity, request = publish(actor=ana, verb="like", object=photo), make_request(bob, ana)
    ids = {"activities": activity.pk, "requests": request.pk}

    def fill(address: str) -> str:
        first = address.split("/")[1]
        id = ids.get(first, bob.pk if first in ("follows", "blocks", "mutes") else ana.pk)
        values = {"<feed>": "home", "<type>": "auth.user", "<id>": str(id)}
        for name, value in values.items():
            address = address.replace(name, value)
        return f"/feeds{address}"

    return fill


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.address}")
def test_each_line_is_an_address(
    row: Asked, ids: Callable[[str], str], ana: Any, bob: Any, as_ana: APIClient
) -> None:
    url = ids(row.address) + ("?since=1" if row.address.endswith("/new/") else "")
    ref = {"type": "auth.user", "id": str(bob.pk)}
    body = BODIES.get(tuple(row), [ref] if row.address.endswith("/bulk/") else ref)
    sent = {"data": body, "format": "json"} if row.method in ("POST", "PATCH") else {}
    answer = getattr(as_ana, row.method.lower())(url, **sent)
    wanted = {406} if row.live else {200, 201, 202, 204}  # a WSGI server is not live
    assert answer.status_code in wanted, answer.content


def test_none_is_missing(ids: Callable[[str], str]) -> None:
    """Every method of every route is in a line."""

    def action(method: str, url: str) -> tuple[str, str]:
        match = resolve(url)
        actions = getattr(match.func, "actions", None) or {"get": "get"}
        return str(match.url_name), actions.get(method.lower(), "")

    told = {action(row.method, ids(row.address)) for row in ROWS}
    routed = {
        (pattern.name, name)
        for pattern in router.urls
        for name in (getattr(pattern.callback, "actions", None) or {"get": "get"}).values()
    }
    assert routed - told == set()
    assert told - routed == set()
