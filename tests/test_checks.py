"""System checks: what is wrong with a project, each with an id and what to do about it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection

from activitystream.checks import check_registrations, check_settings
from activitystream.registry.registry import unregister
from tests.app.models import Note

pytestmark = pytest.mark.django_db


def found(*messages: Any) -> list[tuple[str, str]]:
    """Ids and texts; each must say what to do."""
    assert all(message.hint for message in messages)
    return [(message.id.removeprefix("activitystream."), message.msg) for message in messages]


def only(messages: list[Any], id: str, text: str) -> str:
    """The hint of the one message there is."""
    ((found_id, found_text),) = found(*messages)
    assert found_id == id
    assert text in found_text
    return str(messages[0].hint)


def test_nothing_is_wrong_here() -> None:
    assert [message for message in run_checks() if "activitystream" in str(message.id)] == []
    call_command("check", tag=["activitystream"])


def test_they_are_run_by_the_command(settings: Any) -> None:
    from django.core.management.base import SystemCheckError

    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "NOTHING": 1}
    with pytest.raises(SystemCheckError, match=r"activitystream\.E003"):
        call_command("check")


def test_no_dict(settings: Any) -> None:
    settings.ACTIVITYSTREAM = ["STREAMS"]
    only(check_settings(), "E002", "must be a dict, not list")


def test_no_such_setting(settings: Any) -> None:
    settings.ACTIVITYSTREAM = {**settings.ACTIVITYSTREAM, "MAX_LENGHT": 3}
    assert "MAX_LENGTH" in only(check_settings(), "E003", "ACTIVITYSTREAM['MAX_LENGHT'] is not a setting")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("MAX_LENGTH", "800", "must be int | None, not '800'"),
        ("MAX_LENGTH", 0, "must be at least 1"),
        ("MAX_LENGTH", True, "must be int | None, not True"),
        ("STREAM_TTL", 1.5, "must be int, not 1.5"),
        ("STREAM_TTL", timedelta(0), "must be at least 1"),
        ("STREAM_TTL", None, "must be int, not None"),
        ("RETRY_AFTER", -1, "must be at least 0"),
        ("RETRY_AFTER", "1", "must be float, not '1'"),
        ("SELF_FOLLOW", 1, "must be bool, not 1"),
        ("LIVE_PAGES", 1, "must be bool | None, not 1"),
        ("FOLLOW_VERB", 1, "must be str | None, not 1"),
        ("STREAMS", object, "must be str | None"),
        ("GRAPH", None, "must be str, not None"),
        ("CHUNK_SIZE", 0, "must be at least 1"),
        ("SHARDS", 0, "must be at least 1"),
        ("PAGE_SIZE", 101, "PAGE_SIZE'] is larger than MAX_PAGE_SIZE"),
        ("FOLLOW_VERB", "", "FOLLOW_VERB'] must be a text of 1 to 100"),
        ("FOLLOW_VERB", "v" * 101, "FOLLOW_VERB'] must be a text of 1 to 100"),
        ("ORIGIN", "example.org", "'example.org' is no origin"),
        ("ORIGIN", "https://example.org/", "is no origin"),
        ("VIEWSETS", {"likes": "x"}, "'likes', which is no address of the API"),
        ("VERB_TYPES", ["cook"], "must be dict[str, str] | None"),
        ("VERB_TYPES", {"cook": "Cook"}, "'cook': 'Cook'"),
    ],
)
def test_wrong_values(configure: Any, name: str, value: Any, text: str) -> None:
    configure(**{name: value})
    only(check_settings(), "E004", text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_LENGTH", None), ("STREAMS", None), ("STREAM_TTL", timedelta(days=1)), ("RETRY_AFTER", 2),
        ("RETRY_AFTER", 0.5), ("RETRY_AFTER", timedelta(milliseconds=500)),
        ("LIVE_PAGES", True), ("LIVE_PAGES", None),
        ("SWEEP_AFTER", 0), ("FOLLOW_VERB", "follow"), ("ORIGIN", "https://example.org:8000"),
        ("VERB_TYPES", {"cook": "Create"}), ("VIEWSETS", {"feeds": "activitystream.rest.feeds.FeedViewSet"}),
        ("STREAMS", "activitystream.streams.memory.MemoryStore"),
    ],
)  # fmt: skip
def test_right_values(configure: Any, name: str, value: Any) -> None:
    configure(**{name: value})
    assert check_settings() == []


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("STREAMS", "nowhere.Store", "No module named 'nowhere'"),
        ("STREAMS", "plain", "cannot be imported"),
        ("STREAMS", "tests.settings.Nothing", "cannot be imported"),
        ("STREAMS", "tests.broken.Store", "division by zero"),
        ("STREAMS", "activitystream.conf.Settings", "is no StreamStore"),
        ("STREAMS", "activitystream.streams.base.StreamStore", "is abstract"),
        ("GRAPH", "nowhere.Graph", "cannot be imported"),
        ("GRAPH", "activitystream.streams.memory.MemoryStore", "is no Graph"),
        ("GRAPH", "activitystream.graph.Graph", "is abstract"),
        ("DISPATCH", "nowhere.dispatch", "cannot be imported"),
        ("DISPATCH", "activitystream.conf.DAY", "is no function"),
    ],
)
def test_paths_that_lead_nowhere(configure: Any, name: str, path: str, text: str) -> None:
    configure(**{name: path})
    only(check_settings(), "E005", text)


def test_times_without_a_zone(settings: Any) -> None:
    settings.USE_TZ = False
    assert "USE_TZ = True" in only(check_settings(), "E010", "USE_TZ is False")


def test_tasks(configure: Any, settings: Any) -> None:
    configure(TASK_BACKEND="slow")
    assert "default" in only(check_settings(), "E006", "'slow' is not in TASKS")
    configure(TASK_BACKEND="default", TASK_QUEUE="feeds")
    assert "QUEUES" in only(check_settings(), "E006", "'feeds' is not a queue")
    settings.TASKS = {"default": {**settings.TASKS["default"], "QUEUES": ["feeds"]}}
    assert check_settings() == []


def test_sqlite_without_a_transaction_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        assert check_settings() == []
        return
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    only(check_settings(), "W006", "is SQLite without a transaction_mode")
    quickstart = (Path(__file__).parents[1] / "docs/quickstart.md").read_text()
    [line] = [
        line for line in quickstart.splitlines() if line.startswith('DATABASES["default"]["OPTIONS"] =')
    ]
    exec(line, {"DATABASES": {"default": connection.settings_dict}})
    assert check_settings() == []


def test_a_cache_that_is_not_there_or_not_redis(configure: Any, settings: Any) -> None:
    configure(CACHE="feeds")
    (message,) = check_settings()
    assert message.id == "activitystream.E001"
    assert "STREAMS" in str(message.hint)
    settings.CACHES = {
        **settings.CACHES,
        "feeds": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    (message,) = check_settings()
    assert message.id == "activitystream.E001"
    assert "STREAMS" in str(message.hint)
    assert "django_redis" in str(message.hint)


@pytest.mark.parametrize(
    ("declared", "id", "text"),
    [
        ({"on_create": "post"}, "E007", "NoteActivity declares verbs and no actor"),
        ({"on_update": {"text": "edit"}}, "E007", "declares verbs and no actor"),
        ({"actor": 3}, "E007", "NoteActivity.actor = 3 is no path"),
        ({"name": ["text"]}, "E007", "NoteActivity.name = ['text'] is no path"),
        ({"notify": 3}, "E007", "NoteActivity.notify = 3 says nobody"),
        ({"notify": {"like": None}}, "E007", "NoteActivity.notify = {'like': None} says nobody"),
        ({"on_delete": "forget"}, "E007", "NoteActivity.on_delete = 'forget'"),
        ({"actor": "author", "on_create": True}, "E007", "NoteActivity.on_create = True"),
        ({"actor": "author", "on_create": ""}, "E007", "NoteActivity.on_create = ''"),
        ({"actor": "author", "on_update": {"text": None}}, "E007", "NoteActivity.on_update"),
        ({"actor": "author", "on_update": ["text"]}, "E007", "NoteActivity.on_update"),
        ({"actor": "author", "on_add": "readers"}, "E007", "NoteActivity.on_add"),
        ({"actor": "author", "on_update": {"txet": "edit"}}, "E008", "Note has no field 'txet'"),
        ({"actor": "author", "on_update": {"readers": "edit"}}, "E008", "Note has no field 'readers'"),
        (
            {"actor": "author", "on_add": {"text": "add"}},
            "E008",
            "'text' is not a many-to-many field of Note",
        ),
        ({"actor": "author", "on_add": {"nope": "add"}}, "E008", "'nope' is not a many-to-many field"),
        ({"owner": 5}, "E007", "NoteActivity.owner = 5"),
        ({"visibility": 7}, "E007", "NoteActivity.visibility = 7"),
        ({"shown_with": "about"}, "E007", "NoteActivity.shown_with"),
        ({"shown_with": ["about"]}, "E008", "'about' leads to nothing that belongs to one Note"),
        ({"shown_with": ["text"]}, "E008", "'text' leads to nothing"),
    ],
)
def test_wrong_registrations(registering: Any, declared: dict[str, Any], id: str, text: str) -> None:
    registering(Note, **declared)
    only(check_registrations(), id, text)


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"on_add": {"readers": "read"}},  # users act themselves
        {"actor": "author", "on_create": "write", "on_update": {"text": "edit", "about": "move"}},
        {"actor": lambda self, note: note.author, "on_create": "write", "on_delete": "keep"},
    ],
)
def test_right_registrations(registering: Any, declared: dict[str, Any]) -> None:
    registering(Note, **declared)
    assert check_registrations() == []


def test_users_that_are_not_registered(isolated_registry: None) -> None:
    unregister(get_user_model())
    (message,) = check_registrations()
    assert (message.id, message.is_serious()) == ("activitystream.W002", False)
    assert "@register(get_user_model())" in str(message.hint)
