"""RSS and Atom: well-formed whatever names are like, in order, and closed where feeds are."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import engines
from django.test import RequestFactory
from rest_framework.test import APIClient

from activitystream import publish, publish_many
from activitystream.publishing import Draft
from tests.app.models import Photo

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "http://testserver/feeds"


@pytest.fixture
def photo(ana: Any) -> Photo:
    return Photo.objects.bulk_create([Photo(caption="Lake", owner=ana)])[0]


def read(client: APIClient, url: str, format: str) -> ElementTree.Element:
    answer = client.get(url, HTTP_ACCEPT=f"application/{format}+xml")
    assert answer.status_code == 200
    assert answer["Content-Type"] == f"application/{format}+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def test_rss(ana: Any, photo: Photo, nobody: APIClient) -> None:
    activity = publish(actor=ana, verb="like", object=photo)
    root = read(nobody, f"/feeds/outbox/auth.user/{ana.pk}/", "rss")
    assert root.findtext("channel/title") == "ana"
    [item] = root.findall("channel/item")
    told = {name: item.findtext(name) for name in ("title", "link", "guid", "category")}
    assert told == {
        "title": "ana liked Lake",
        "link": f"http://testserver/photos/{photo.pk}/",
        "guid": f"{SITE}/activities/{activity.pk}/",
        "category": "like",
    }
    assert item.find("guid").attrib == {"isPermaLink": "false"}  # type: ignore[union-attr]


def test_atom(ana: Any, photo: Photo, nobody: APIClient) -> None:
    activity = publish(actor=ana, verb="like", object=photo)
    root = read(nobody, f"/feeds/object/app.photo/{photo.pk}/", "atom")
    assert root.findtext(f"{ATOM}title") == "Lake (object)"
    assert root.findtext(f"{ATOM}id") == f"{SITE}/object/app.photo/{photo.pk}/"
    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"{SITE}/activities/{activity.pk}/"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "ana"
    assert entry.findtext(f"{ATOM}published") == activity.published.isoformat()


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_the_older_page_is_linked(ana: Any, nobody: APIClient, format: str) -> None:
    publish_many([Draft(actor=ana, verb="wave") for _ in range(3)])
    address: str | None = f"/feeds/outbox/auth.user/{ana.pk}/?limit=2"
    found, pages = set(), 0
    while address:
        root = read(nobody, address, format)
        found |= {e.text for e in root.iter() if e.tag in ("guid", f"{ATOM}id") and "/activities/" in e.text}  # type: ignore[operator]
        links = [link.attrib["href"] for link in root.iter(f"{ATOM}link") if link.attrib["rel"] == "next"]
        address, pages = next(iter(links), None), pages + 1
    assert (pages, len(found)) == (2, 3)


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_names_may_be_anything(ana: Any, nobody: APIClient, format: str) -> None:
    """Characters that XML cannot have would make an error of the whole feed."""
    [photo] = Photo.objects.bulk_create([Photo(caption="\x0b\x1f\ufffe<b>&]]> {actor}", owner=ana)])
    publish(actor=ana, verb="wave {0}", object=photo)
    root = read(nobody, f"/feeds/outbox/auth.user/{ana.pk}/", format)
    titles = [element.text for element in root.iter() if element.tag in ("title", f"{ATOM}title")]
    assert titles[-1] == "ana wave {0} <b>&]]> {actor}"


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_a_feed_of_ones_own_is_for_its_owner(
    ana: Any, as_ana: APIClient, as_bob: APIClient, format: str
) -> None:
    url = f"/feeds/home/auth.user/{ana.pk}/"
    assert as_ana.get(url, {"format": format}).status_code == 200
    answer = as_bob.get(url, {"format": format})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/json")
    assert "private" in as_ana.get(url, {"format": format})["Cache-Control"]


def test_what_is_no_feed_is_none(ana: Any, nobody: APIClient) -> None:
    activity = publish(actor=ana, verb="wave")
    url = f"/feeds/activities/{activity.pk}/"
    assert nobody.get(url, HTTP_ACCEPT="application/rss+xml").status_code == 406
    assert nobody.get(url, {"format": "rss"}).status_code == 404


def test_pages_tell_readers_of_the_feed(ana: Any, nobody: APIClient, rf: RequestFactory) -> None:
    publish(actor=ana, verb="wave")
    template = engines["django"].from_string('{% load activitystream %}{% feed_links "outbox" person %}')
    html = template.render({"person": ana}, rf.get("/"))
    links = [ElementTree.fromstring(line).attrib for line in html.strip().splitlines()]
    assert [link["type"] for link in links] == [
        "application/rss+xml",
        "application/atom+xml",
        "application/activity+json",
    ]
    for link in links:
        assert link["rel"] == "alternate"
        assert nobody.get(link["href"])["Content-Type"].startswith(link["type"])


def test_pages_say_nothing_of_a_feed_that_is_not_public(ana: Any, rf: RequestFactory) -> None:
    template = engines["django"].from_string(
        '{% load activitystream %}{% feed_links "home" person %}{% feed_links "outbox" nobody %}'
    )
    assert template.render({"person": ana, "nobody": None}, rf.get("/")).strip() == ""


def test_what_options_tells_is_json(ana: Any, nobody: APIClient) -> None:
    answer = nobody.options(f"/feeds/outbox/auth.user/{ana.pk}/?format=rss")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["name"]
