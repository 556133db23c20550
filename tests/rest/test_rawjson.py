"""A page of bodies is given out as it is kept, and is what REST framework would have written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from activitystream import Entry, follow, publish
from activitystream.rest.rawjson import Bodies

DATA = {"text": "ä \u2028 \u2029 \U0001f600 </script>", "n": [1, 2.5, None, True]}


@pytest.fixture
def url(ana: Any, bob: Any) -> str:
    follow(bob, ana)
    for n in range(3):
        publish(actor=ana, verb="wave", data={**DATA, "at": n})
    return "/feeds/home/"


def test_the_bytes_are_those_of_rest_framework(as_bob: APIClient, url: str) -> None:
    answer = as_bob.get(url)
    assert isinstance(answer.data["results"], Bodies)
    plain = {**answer.data, "results": answer.data["results"].tolist()}
    assert answer.content == JSONRenderer().render(plain)
    assert json.loads(answer.content)["results"][0]["data"]["text"] == DATA["text"]


def test_indented_on_demand(as_bob: APIClient, url: str) -> None:
    answer = as_bob.get(url, headers={"accept": "application/json; indent=2"})
    assert b'\n  "results": [\n' in answer.content
    assert len(json.loads(answer.content)["results"]) == 3


def test_the_formats_of_the_project_are_kept(as_bob: APIClient, url: str, monkeypatch: Any) -> None:
    from activitystream.rest.rawjson import RawJSONRenderer

    monkeypatch.setattr(RawJSONRenderer, "ensure_ascii", True)
    assert b"\\u00e4" in as_bob.get(url).content


def test_bodies_are_not_decoded_for_it(as_bob: APIClient, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(entry: Entry) -> Any:
        raise AssertionError("a body was decoded")

    before = as_bob.get(url).content
    monkeypatch.setattr(Entry, "body", property(fail))
    assert as_bob.get(url).content == before


def test_a_renderer_of_the_project_gets_lists(as_bob: APIClient, url: str, monkeypatch: Any) -> None:
    class Mine(JSONRenderer):
        pass

    from activitystream.rest.feeds import FeedViewSet

    monkeypatch.setattr(FeedViewSet, "renderer_classes", [Mine])
    assert type(as_bob.get(url).data["results"]) is list
