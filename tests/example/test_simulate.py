"""The people of the demo act when one asks them to."""

from __future__ import annotations

import time
from pathlib import Path

from .conftest import running
from .visitor import Visitor, call


def test_others_act_for_the_one_who_watches(tmp_path: Path) -> None:
    with running(tmp_path) as site:  # one of its own: they would disturb other tests
        watcher = Visitor(site.url)
        watcher.sign_in("jonas")
        before = latest(site.url)
        assert "the others act" in watcher.post("/simulate/").text
        assert "They act already." in watcher.post("/simulate/").text
        end = time.monotonic() + 25
        while (now := latest(site.url)) == before:
            assert time.monotonic() < end, "nobody whom Jonas follows did anything"
            time.sleep(0.3)
        assert now[1] != "Jonas Lindqvist"


def latest(url: str) -> tuple[str, str]:
    """Id and actor of what is on top of Jonas' home."""
    [entry] = call(url, "/feeds/home/?limit=1", "jonas")["results"]
    return entry["id"], entry["actor"]["name"]
