"""A browser for tests: cookies, forms, links; no JavaScript, as the site needs none."""

from __future__ import annotations

import base64
import json
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener


class Page(HTMLParser):
    """A fetched page."""

    def __init__(self, url: str, status: int, headers: Any, text: str) -> None:
        super().__init__()
        self.url, self.status, self.headers, self.text = url, status, headers, text
        self.links: set[str] = set()
        self.images: set[str] = set()
        self.ids: list[str] = []
        self.unlabelled: list[str] = []
        if "html" in headers.get("Content-Type", ""):
            self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.add(urljoin(self.url, values["href"]).partition("#")[0])
        elif tag == "img":
            self.images.add(urljoin(self.url, values["src"]))
            if "alt" not in values:
                self.unlabelled.append(self.get_starttag_text() or "")

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


class Visitor:
    """One person's browser."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.cookies = CookieJar()
        # No proxy: what the environment names must not come between the test and its own site.
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Page:
        return self._open(Request(urljoin(self.root, path)))

    def post(self, path: str, **fields: object) -> Page:
        """Sends a form as a page of the site would, with its CSRF token."""
        if self._cookie("csrftoken") is None:
            self.get("/welcome/")
        data = urlencode({"csrfmiddlewaretoken": self._cookie("csrftoken"), **fields})
        return self._open(Request(urljoin(self.root, path), data.encode()))

    def sign_in(self, username: str) -> Page:
        return self.post("/sign-in/", person=username)

    def _cookie(self, name: str) -> str | None:
        return next((cookie.value for cookie in self.cookies if cookie.name == name), None)

    def _open(self, request: Request) -> Page:
        try:
            response = self.opener.open(request, timeout=20)
        except HTTPError as error:
            response = error
        with response:
            return Page(response.url, response.status or 0, response.headers, response.read().decode())


def call(
    root: str,
    path: str,
    username: str,
    data: dict[str, Any] | None = None,
    method: str | None = None,
    password: str = "demo",
) -> Any:
    """The API, as curl would call it: `curl -u mei:demo`."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    headers = {
        "Authorization": f"Basic {token}",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    body = None if data is None else json.dumps(data).encode()
    request = Request(urljoin(root, path), body, headers, method=method)
    with build_opener(ProxyHandler({})).open(request, timeout=20) as response:
        return json.loads(response.read() or "null")
