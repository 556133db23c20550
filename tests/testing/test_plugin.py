"""The fixtures of `activitystream.testing.plugin`, as a site loads them: no test leaves anything behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from activitystream.testing import plugin

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guide/testing.md").read_text()
CONFTEST = 'pytest_plugins = ["activitystream.testing.plugin"]\n'
TESTS = """
import pytest
from django.contrib.auth import get_user_model
from activitystream import Feed, ModelActivity, NotRegistered, register, unregister
from activitystream.conf import settings as conf
from activitystream.feeds import get_feed
from activitystream.registry import options_for
from activitystream.streams import get_store
from activitystream.streams.memory import MemoryStore
from tests.app.models import Album, Note, Photo

used = []


def test_settings(activitystream_settings, settings):
    settings.ACTIVITYSTREAM = {"PAGE_SIZE": 7}
    activitystream_settings(MAX_LENGTH=3)
    assert (conf.PAGE_SIZE, conf.MAX_LENGTH) == (7, 3)
    settings.ACTIVITYSTREAM = {"PAGE_SIZE": 8}
    with pytest.raises(TypeError):
        activitystream_settings(NOTHING=1)


def test_settings_are_as_before():
    assert (conf.PAGE_SIZE, conf.MAX_LENGTH) == (20, 800)


def test_registrations(override_registration, register_model):
    used.append(options_for(Photo))
    assert register_model(Note, name="text") is options_for(Note)
    override_registration(Photo, name="pk")
    register_model(Photo)
    override_registration(Photo, type="Note")
    assert (options_for(Photo).name, options_for(Photo).type) == (None, "Note")


def test_registrations_are_as_before():
    assert options_for(Photo) is used.pop()
    with pytest.raises(NotRegistered):
        options_for(Note)


def test_registry(isolated_registry):
    unregister(Album)
    register(Note)(ModelActivity)


def test_registry_is_as_before():
    assert options_for(Album).type == "Collection"
    with pytest.raises(NotRegistered):
        options_for(Note)


def test_feeds(isolated_feeds):
    assert get_feed(type("Quiet", (Feed,), {"name": "quiet"}).name)


def test_feeds_are_as_before():
    with pytest.raises(LookupError):
        get_feed("quiet")


def test_store(use_store):
    assert isinstance(use_store("memory"), MemoryStore)
    assert use_store(None) is get_store() is None


def test_store_is_as_before():
    assert get_store() is not None


def test_keys(activitystream_keys, activitystream_settings):
    from django_redis import get_redis_connection

    activitystream_settings(MAX_LENGTH=3)
    assert conf.KEY_PREFIX == activitystream_keys
    client = get_redis_connection("default")
    client.set(f"{activitystream_keys}:1", "x")
    used.append((client, activitystream_keys))


def test_keys_are_as_before():
    from tests.settings import KEY_PREFIX

    client, prefix = used.pop()
    assert conf.KEY_PREFIX == KEY_PREFIX != prefix
    assert list(client.scan_iter(match=f"{prefix}*")) == []
"""


@pytest.mark.parametrize("name", [name for name in plugin.__all__ if name.islower()])
def test_the_guide_names_all(name: str) -> None:
    assert f"| `{name}` |" in GUIDE


@pytest.mark.slow
def test_tests_of_a_site_leave_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_site.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = tests.settings\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "."]
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{TESTS.count('def test_')} passed" in ran.stdout
