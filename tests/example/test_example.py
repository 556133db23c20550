"""The example site, from outside: pages, what people do there, and how it starts and stops."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from .conftest import Site, gone, running
from .visitor import Page, Visitor, call

Visit = Callable[[str | None], Visitor]

EVERYBODY = "mei jonas amara leila mateo priya sofie harpreet ines tane ahmet ruth"
PAGES = ["/", "/welcome/", "/discover/", "/people/jonas/", "/albums/1/", "/photos/1/"]


def entries(page: Page) -> list[str]:
    """The texts of a feed's entries, in their order."""
    pieces = re.findall(r'<article class="(?:line|shot)"[^>]*>(.*?)</article>', page.text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", piece).split()) for piece in pieces]


def photo_id(visitor: Visitor, caption: str) -> str:
    """Posts a photo; its id."""
    page = visitor.post("/photos/new/", roll=7, picture="sea-7", caption=caption, album_title="Tests")
    found = re.fullmatch(r"/photos/(\d+)/", page.path)
    assert found, page.text
    return found[1]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", [None, "mei"])
def test_pages(visit: Visit, who: str | None, path: str) -> None:
    page = visit(who).get(path)
    assert page.status == 200
    assert page.images, "a photo site without a picture"
    assert not page.unlabelled
    assert sorted(set(page.ids)) == sorted(page.ids)
    assert not re.search(r"<script(?! type=\"module\" src=)", page.text), "a script within the page"
    assert ' style="' not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == (None if who is None else "no-store, private")


def test_all_links_lead_somewhere(visit: Visit) -> None:
    """Every page, picture and older page that can be reached from home, up to a number."""
    visitor = visit("mei")
    seen: set[str] = set()
    todo = [visitor.root]
    while todo and len(seen) < 100:
        url = todo.pop(0)
        if url in seen:
            continue
        seen.add(url)
        page = visitor.get(url)
        assert page.status == 200, url
        links = sorted(page.links | page.images)
        todo += [link for link in links if not urlsplit(link).path.startswith(("/feeds/", "/admin/"))]
    kinds = {urlsplit(url).path.split("/")[1] for url in seen}
    assert kinds >= {"", "people", "albums", "photos", "art", "discover"}
    assert any("after=" in url for url in seen)


@pytest.mark.parametrize("who", EVERYBODY.split())
def test_every_home_is_full(visit: Visit, who: str) -> None:
    page = visit(who).get("/")
    assert len(entries(page)) == 20
    assert 'rel="next"' in page.text


def test_follow_post_react_unfollow(visit: Visit) -> None:
    reader, author = visit("amara"), visit("ruth")
    follow = {
        "type": "photos.person",
        "id": _id_of(reader, "ruth"),
        "kind": "follow",
        "next": "/people/ruth/",
    }
    reader.post("/feeds/unfollow/", **follow)
    before = photo_id(author, "Before anybody looked")
    assert not any("Before anybody looked" in entry for entry in entries(reader.get("/"))[:5])

    page = reader.post("/feeds/follow/", **follow)
    assert page.path == "/people/ruth/"
    assert "Following" in page.text
    posted = photo_id(author, "A test <b>in</b> the field")
    top = entries(reader.get("/"))[0]
    assert "Ruth Abrams posted a photo to Tests" in top
    assert "A test &lt;b&gt;in&lt;/b&gt; the field" in top

    friend = visit("tane")
    friend.post(f"/photos/{posted}/like/", like=1)
    page = friend.post(f"/photos/{posted}/comment/", text="Seen from the ridge")
    assert "Seen from the ridge" in page.text
    what = entries(page)
    assert what[0].startswith("Tāne Walker commented on")
    assert what[1].startswith("Tāne Walker liked")
    friend.post(f"/photos/{posted}/like/", like=0)
    assert not any("Tāne Walker liked" in entry for entry in entries(friend.get(f"/photos/{posted}/")))

    author.post(f"/photos/{posted}/edit/", caption="Asters after all")
    assert "gave a photo a new caption: Asters after all" in entries(reader.get("/"))[0]
    assert not any("in the field" in entry for entry in entries(reader.get("/")))

    reader.post("/feeds/unfollow/", **follow)
    assert not any(entry.startswith("Ruth Abrams") for entry in entries(reader.get("/")))
    for pk in (before, posted):
        assert author.post(f"/photos/{pk}/delete/").status == 200
        assert author.get(f"/photos/{pk}/").status == 404


def _id_of(visitor: Visitor, username: str) -> str:
    found = re.search(
        r'name="type" value="photos.person">\s*<input type="hidden" name="id" value="(\d+)"',
        visitor.get(f"/people/{username}/").text,
    )
    assert found
    return found[1]


def test_followed_album(visit: Visit) -> None:
    """Who follows an album, but not its owner, gets what is posted to it and nothing else of hers."""
    owner, reader = visit("priya"), visit("ahmet")
    person = {"type": "photos.person", "id": _id_of(reader, "priya"), "next": "/"}
    reader.post("/feeds/unfollow/", **person)
    photo = photo_id(owner, "One for the album")
    album = re.search(r"/albums/(\d+)/", owner.get(f"/photos/{photo}/").text)
    assert album
    reader.post("/feeds/follow/", type="photos.album", id=album[1], next="/")
    assert any("One for the album" in entry for entry in entries(reader.get("/")))
    owner.post("/photos/1/like/", like=1)
    assert not any(entry.startswith("Priya Raman liked") for entry in entries(reader.get("/")))


def test_the_same_by_api(site: Site) -> None:
    me = call(site.url, "/feeds/follows/", "sofie")["results"][0]
    assert me["followee"]["model"] in ("photos.person", "photos.album")
    photo = call(site.url, "/feeds/object/photos.photo/1/", "sofie")["results"][-1]
    assert photo["object"]["type"] == "Image"
    assert photo["object"]["image"].endswith(".svg")
    assert "password" not in str(photo)

    mei = {"type": "photos.person", "id": photo["actor"]["id"]}
    call(site.url, "/feeds/follows/", "ruth", mei)
    assert mei["id"] in _likers(site)
    row = {"type": "photos.photo", "id": photo["object"]["id"]}
    made = call(site.url, "/feeds/activities/", "mei", {"verb": "remember", "object": row})
    assert call(site.url, "/feeds/home/?limit=1", "ruth")["results"] == [made]
    call(site.url, f"/feeds/activities/{made['id']}/", "mei", method="DELETE")
    call(site.url, f"/feeds/follows/photos.person/{mei['id']}/", "ruth", method="DELETE")
    assert mei["id"] not in _likers(site)


def _likers(site: Site) -> set[str]:
    """Whose likes Ruth gets."""
    home = call(site.url, "/feeds/home/?limit=100", "ruth")["results"]
    return {entry["actor"]["id"] for entry in home if entry["verb"] == "like"}


def test_api_can_be_browsed(visit: Visit) -> None:
    visitor = visit("mei")
    for path in ("/feeds/", "/feeds/home/", "/feeds/follows/", "/feeds/outbox/photos.person/2/"):
        visitor.opener.addheaders = [("Accept", "text/html")]
        page = visitor.get(path)
        assert page.status == 200
        assert "Mei Nakamura" in page.text


def test_what_is_not_allowed(site: Site, visit: Visit) -> None:
    visitor = visit(None)
    page = visitor.get("/photos/new/")
    assert (page.path, page.status) == ("/welcome/", 200)
    assert visitor.post("/photos/1/like/", like=1).path == "/welcome/"
    assert visitor.get("/photos/1/like/").status == 405
    assert visitor.get("/people/nobody/").status == 404
    assert visitor.get("/art/photo/nothing/1.svg").status == 404
    assert visitor.get("/art/face/a-b-c-d-e.svg").status == 404
    assert visitor.get("/?after=nonsense").status == 200
    assert visitor.post("/sign-in/", person="admin").status == 404, "one click must not make an administrator"
    assert visitor.post("/sign-in/", person="mei", next="https://example.org/").url.startswith(site.url)
    assert visitor.post("/photos/new/", roll="x", picture="sea-1", caption="", album_title="").status == 400
    somebody_elses = visit("jonas").post("/photos/1/delete/")
    assert somebody_elses.status == 404
    without_token = visit("mei")
    without_token.cookies.clear("127.0.0.1", "/", "csrftoken")
    with pytest.raises(HTTPError, match="403"):
        without_token.opener.open(f"{site.url}photos/1/like/", b"like=1")


def test_wrong_password_is_401(site: Site) -> None:
    with pytest.raises(HTTPError, match="401"):
        call(site.url, "/feeds/home/", "mei", password="wrong")


def test_refused_comment_can_be_loaded_anew(visit: Visit) -> None:
    visitor = visit("mei")
    page = visitor.post("/photos/1/comment/", text="")
    assert page.status == 400
    assert visitor.get(page.url).path == "/photos/1/"


def test_favicon(visit: Visit) -> None:
    assert visit(None).get("/favicon.ico").path == "/static/photos/icon.svg"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_and_leaves_nothing(site: Site, data: Path, number: int) -> None:
    with running(data) as second:
        assert "The demo data is there." in second.said
        started = second.processes()
        assert started > {second.process.pid}, "no server of its own"
        assert second.stop(number) == (0, "")
    assert gone(started)


def test_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, errors = Site(tmp_path, port).end()
    assert code == 1
    assert errors.splitlines() == [f"Port {port} is in use. Take another: PORT={port + 1} make demo"]
