"""The people of the demo act when one asks them to."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from .conftest import Site, running
from .visitor import Visitor, call


def test_others_act_for_the_one_who_watches(site: Site, data: Path, tmp_path: Path) -> None:
    """On a copy of the site's data, because they would disturb other tests."""
    with (
        closing(sqlite3.connect(data / "db.sqlite3")) as source,
        closing(sqlite3.connect(tmp_path / "db.sqlite3")) as target,
    ):
        source.backup(target)
    with running(tmp_path) as own:
        watcher = Visitor(own.url)
        watcher.sign_in("jonas")
        before = latest(own.url)
        assert "the others act" in watcher.post("/simulate/").text
        assert "They act already." in watcher.post("/simulate/").text
        end = time.monotonic() + 25
        while (now := latest(own.url)) == before:
            assert time.monotonic() < end, "nobody whom Jonas follows did anything"
            time.sleep(0.3)
        assert now[1] != "Jonas Lindqvist"


def latest(url: str) -> tuple[str, str]:
    """Id and actor of what is on top of Jonas' home."""
    [entry] = call(url, "/feeds/home/?limit=1", "jonas")["results"]
    return entry["id"], entry["actor"]["name"]
