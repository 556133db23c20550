"""A site with `SPACES`: what is done in one space stays there, whoever does it, and when.

The spaces of these tests share their tables; tests/tenants has schemas.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import SynchronousOnlyOperation
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models.signals import post_migrate
from rest_framework.test import APIClient

import activitystream
from activitystream import HomeFeed, follow, publish
from activitystream.checks import check_settings
from activitystream.exceptions import UnknownSpace
from activitystream.feeds.sealed import seal_id, unseal_id
from activitystream.journal import pending, work_on
from activitystream.journal.upkeep import drop
from activitystream.models import Activity, Ref
from activitystream.models.refs import _content_types
from activitystream.spaces import current, names, on_commit, using
from activitystream.streams import StreamStore, get_store
from activitystream.testing import store_down, use_store
from tests.app.models import Photo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fixtures import Configure

HERE = Path(activitystream.__file__).parent


class Rooms:
    """Spaces of which each thread is in one, at first in that of nobody."""

    _here = threading.local()

    def current(self) -> str:
        return getattr(self._here, "name", "nobody's")

    @contextmanager
    def using(self, name: str) -> Iterator[None]:
        if name not in (*self.names(), "nobody's"):
            raise UnknownSpace(name)
        before, self._here.name = self.current(), name
        try:
            yield
        finally:
            self._here.name = before

    def names(self) -> list[str]:
        return ["one", "two"]


@pytest.fixture
def rooms(configure: Configure) -> None:
    configure(SPACES="tests.test_spaces.Rooms")


def test_without_the_setting_there_is_one_space() -> None:
    assert (current(), names()) == ("", [""])
    with using("gone"):
        assert current() == ""


@pytest.mark.usefixtures("rooms")
def test_using() -> None:
    with using("one"):
        with using("two"), using("two"):
            assert current() == "two"
        assert current() == "one"
    assert current() == "nobody's"
    with pytest.raises(UnknownSpace), using("three"):
        pass


@pytest.mark.usefixtures("rooms")
def test_no_store_is_given_out_in_an_event_loop() -> None:
    """Its thread serves all tenants: what it takes for the current one is another's, or nobody's."""

    async def ask() -> Any:
        with pytest.raises(SynchronousOnlyOperation):
            get_store()

    async_to_sync(ask)()


@pytest.mark.usefixtures("rooms", "transactional_db")
def test_a_page_in_an_event_loop_is_of_the_space_of_the_request(store: Any, ana: Any, ben: Any) -> None:
    with using("one"):
        follow(ben, ana)
        HomeFeed(ben).page()
        get_store("one").add([([HomeFeed(ben).stream], [5])], max_length=None)  # type: ignore[list-item,union-attr]
        activity = publish(actor=ana, verb="say")
        page = async_to_sync(HomeFeed(ben).apage)()
    assert [entry.id for entry in page] == [activity.pk]
    assert store.contents(HomeFeed(ben).stream).ids == []


@pytest.mark.usefixtures("rooms", "transactional_db")
def test_an_export_is_read_in_the_space_of_its_request(ana: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server reads a stream when the request has left the space."""

    def records(user: Any) -> Iterator[dict[str, str]]:
        for _ in range(250):
            yield {"space": current()}

    monkeypatch.setattr("activitystream.rest.export.export_user", records)
    client = APIClient()
    client.force_authenticate(ana)
    with using("two"):
        answer: Any = client.get("/feeds/export/")
    found = json.loads(b"".join(answer.streaming_content))
    assert [record["space"] for record in found] == ["two"] * 250


@pytest.mark.usefixtures("rooms", "transactional_db")
def test_a_tenant_is_not_throttled_for_another(ana: Any) -> None:
    client = APIClient()
    client.force_authenticate(ana)
    statuses = []
    for space in [*["one"] * 11, "two"]:
        with using(space):
            statuses.append(client.get("/feeds/export/").status_code)
    assert statuses == [*[200] * 10, 429, 200]


def test_nothing_goes_round_the_hook_that_keeps_the_space() -> None:
    called = [
        f"{path.relative_to(HERE)}:{number}"
        for path in HERE.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"transaction\.on_commit\(|\.run_on_commit\b", line)
    ]
    assert [place.partition(":")[0] for place in called] == ["spaces.py"]


def test_nothing_asks_the_content_types_of_the_whole_process() -> None:
    wanted = re.compile(r"ContentType\.objects|\bGenericForeignKey\b")
    found = {
        str(path.relative_to(HERE))
        for path in HERE.rglob("*.py")
        if "migrations" not in path.parts and wanted.search(path.read_text())
    }
    assert found == {"models/refs.py"}


@pytest.mark.usefixtures("rooms", "transactional_db")
def test_hooks_run_in_the_space_in_which_they_were_registered() -> None:
    seen: list[str] = []
    with transaction.atomic():
        for name in ("one", "two"):
            with using(name):
                on_commit(lambda: seen.append(current()), "default")
    assert seen == ["one", "two"]


@pytest.mark.usefixtures("rooms", "transactional_db")
def test_a_publish_reaches_the_streams_of_its_space_alone(store: Any, ana: Any, ben: Any) -> None:
    home = HomeFeed(ben)
    with using("one"):
        follow(ben, ana)
    for name in ("one", "two"):
        with using(name):
            home.page()
    with transaction.atomic(), using("one"):
        activity = publish(actor=ana, verb="say")
    lengths = {name: get_store(name).contents(home.stream).ids for name in ("one", "two")}  # type: ignore[union-attr]
    assert lengths == {"one": [activity.pk], "two": []}
    assert store.contents(home.stream).ids == []


@pytest.mark.usefixtures("rooms", "transactional_db", "store")
def test_cached_bodies_are_of_their_space(ana: Any) -> None:
    with using("one"):
        activity = publish(actor=ana, verb="say")
        assert len(activitystream.OutboxFeed(ana).page()) == 1
    found = {name: list(get_store(name).get_many([activity.pk]).found) for name in ("one", "two")}  # type: ignore[union-attr]
    assert found == {"one": [activity.pk], "two": []}


@pytest.mark.usefixtures("rooms", "transactional_db", "store")
@pytest.mark.parametrize("queue", ["tasks", "celery"])
def test_tasks_carry_the_space(queue: str, ana: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, ...]] = []
    if queue == "celery":
        from activitystream.contrib import celery as module

        monkeypatch.setattr(
            module.run_journal_entry, "apply_async", lambda args, **options: sent.append(tuple(args))
        )
    else:
        from activitystream.journal import tasks as module  # type: ignore[no-redef]

        chosen = SimpleNamespace(get_backend=object, enqueue=lambda *args: sent.append(args))
        task = SimpleNamespace(using=lambda **options: chosen)
        monkeypatch.setattr(module, "run_journal_entry", task)
    entry = SimpleNamespace(pk=7)
    with using("two"):
        module.dispatch(entry)  # type: ignore[arg-type]
    assert sent == [(7, "two")]


@pytest.mark.parametrize("queue", ["tasks", "celery"])
def test_without_spaces_tasks_are_what_they_were(queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a deployment goes on, workers of the older version take them."""
    sent: list[Any] = []
    if queue == "celery":
        from activitystream.contrib import celery as module

        monkeypatch.setattr(module.run_journal_entry, "apply_async", lambda args, **_: sent.append(args))
    else:
        from activitystream.journal import tasks as module  # type: ignore[no-redef]

        chosen = SimpleNamespace(get_backend=object, enqueue=lambda *args: sent.append([*args]))
        monkeypatch.setattr(module, "run_journal_entry", SimpleNamespace(using=lambda **options: chosen))
    module.dispatch(SimpleNamespace(pk=7))  # type: ignore[arg-type]
    assert sent == [[7]]


@pytest.fixture
def waiting(configure: Configure, transactional_db: None) -> Callable[[str], int]:
    """Writes a journal entry that waits, in a space: its key."""
    configure(SPACES="tests.test_spaces.Rooms", STREAMS="activitystream.streams.memory.MemoryStore")

    def make(name: str) -> int:
        with using(name):
            store = get_store()
            assert store is not None
            store.begin("home:auth.user:1", "token")
            with transaction.atomic():
                drop(["home:auth.user:1"])
                transaction.get_connection().run_on_commit.clear()
            return int(pending().latest("pk").pk)

    return make


def _warm() -> list[str]:
    return [name for name in names() if list(get_store(name).streams())]  # type: ignore[union-attr]


def test_a_worker_works_in_the_space_of_the_task(waiting: Callable[[str], int]) -> None:
    first, second = waiting("one"), waiting("two")
    assert _warm() == ["one", "two"]
    work_on(second, lambda entry: None, "two")
    assert _warm() == ["one"]
    work_on(first, lambda entry: None, "gone")  # its entry went with the tenant
    assert _warm() == ["one"]
    with using("one"):
        work_on(first, lambda entry: None)  # a message of an older version; the queue chose the tenant
    assert _warm() == []


def test_the_sweeper_sweeps_every_space(waiting: Callable[[str], int], capsys: Any) -> None:
    waiting("one")
    call_command("activitystream_sweep", "--now")
    assert capsys.readouterr().out.splitlines()[::2] == ["one:", "two:"]
    waiting("two")
    call_command("activitystream_sweep", "--now", "--space", "one")
    assert "two:" not in capsys.readouterr().out


def test_one_space_that_fails_stops_no_other(
    waiting: Callable[[str], int], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from activitystream.management.commands import activitystream_sweep as module

    def review() -> None:
        seen.append(current())
        if current() == "one":
            raise ValueError("its tables are not there yet")

    seen: list[str] = []
    monkeypatch.setattr(module, "review", review)
    with pytest.raises(SystemExit) as end:
        call_command("activitystream_sweep")
    assert (seen, end.value.code) == (["one", "two"], 2)
    assert "one: ValueError: its tables are not there yet" in capsys.readouterr().err

    naps = iter([None])
    monkeypatch.setattr(module.time, "sleep", lambda seconds: next(naps))
    with pytest.raises(StopIteration):
        call_command("activitystream_sweep", "--every", "1")
    assert seen == ["one", "two"] * 3
    assert "one: ValueError" in capsys.readouterr().out


@pytest.mark.usefixtures("rooms", "transactional_db")
def test_commands_run_in_each_space_or_ask_for_one(store: Any, ana: Any, capsys: Any) -> None:
    with using("two"):
        publish(actor=ana, verb="say")
        activitystream.OutboxFeed(ana).page()
    get_store("two").remove([f"outbox:auth.user:{ana.pk}"], [activitystream.OutboxFeed(ana).page()[0].id])  # type: ignore[union-attr]
    with pytest.raises(SystemExit) as end:
        call_command("activitystream_verify", "--wait", "1")
    out = capsys.readouterr().out
    assert end.value.code == 1
    assert "one:\n0 of 0 streams" in out
    assert f"two:\noutbox:auth.user:{ana.pk} differs" in out
    call_command("activitystream_stats")
    assert capsys.readouterr().out.count("warm streams") == 2

    with pytest.raises(CommandError, match=r"--space: one, two\."):
        call_command("activitystream_inspect", f"auth.user:{ana.pk}")
    with pytest.raises(CommandError, match=r"--space: one, two\."):
        call_command("activitystream_inspect", f"auth.user:{ana.pk}", "--space", "three")
    with pytest.raises(CommandError, match="--space"):
        call_command("activitystream_verify", "--owner", f"auth.user:{ana.pk}")
    with pytest.raises(CommandError, match="--space"):
        call_command("activitystream_export", f"auth.user:{ana.pk}")
    call_command("activitystream_inspect", f"auth.user:{ana.pk}", "--space", "two", "--feed", "outbox")
    assert "1 missing" in capsys.readouterr().out
    with using("one"):  # as with `tenant_command`
        call_command("activitystream_inspect", f"auth.user:{ana.pk}", "--feed", "outbox")
    assert "cold" in capsys.readouterr().out


def test_gauges_add_up_all_spaces(waiting: Callable[[str], int], monkeypatch: pytest.MonkeyPatch) -> None:
    from activitystream.contrib import prometheus

    asked: list[str] = []

    def pending_here() -> Any:
        asked.append(current())
        return pending()

    waiting("one")
    monkeypatch.setattr(prometheus, "pending", pending_here)
    found = {metric.name: metric.samples[0].value for metric in prometheus.JournalCollector().collect()}
    assert asked == ["one", "two"]
    assert found["activitystream_journal_pending"] == 2, "the tables of these two are the same"


@pytest.mark.usefixtures("rooms", "transactional_db")
def test_a_store_that_is_down_is_so_in_every_space(ana: Any) -> None:
    with store_down(), using("one"):
        activity = publish(actor=ana, verb="say")
        assert [entry.id for entry in activitystream.OutboxFeed(ana).page()] == [activity.pk]


@pytest.mark.usefixtures("rooms")
def test_sealed_cursors_are_of_a_space() -> None:
    with using("one"):
        text = seal_id(5, "home:auth.user:1")
        assert unseal_id(text, "home:auth.user:1") == 5
    with using("two"), pytest.raises(ValueError, match="not sealed"):
        unseal_id(text, "home:auth.user:1")


@pytest.mark.django_db
@pytest.mark.usefixtures("rooms")
def test_content_types_are_of_a_space(ana: Any) -> None:
    """What another tenant's schema says has other ids; nothing of it may be remembered here."""
    wrong = ContentType(pk=4711, app_label="app", model="photo")
    right = Ref.of(ana).content_type
    with using("one"):
        _content_types()._add_to_cache("default", wrong)  # type: ignore[attr-defined]
        assert Ref.from_row(4711, "1").model == "app.photo"
        assert Activity(object=Photo(pk=1)).object_type_id == 4711
    with using("two"):
        assert Ref("app.photo", "1").content_type.pk not in (4711, right.pk)
        assert Activity(object=Photo(pk=1)).object_type_id not in (4711, right.pk)
        assert Activity(object_type_id=right.pk, object_id=ana.pk).object == ana
        with pytest.raises(ContentType.DoesNotExist):
            Ref.from_row(4711, "1")
    with using("one"):
        config = apps.get_app_config("activitystream")
        post_migrate.send(config, app_config=config, verbosity=0, interactive=False, using="default")
        assert Ref("app.photo", "1").content_type.pk != 4711


def _ids() -> list[str]:
    return [f"{message.id}".removeprefix("activitystream.") for message in check_settings()]


class Bare(StreamStore):
    """A store of a site that knows nothing of spaces."""

    def check(self) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("path", "ids"), [("tests.test_spaces.Rooms", []), ("tests.test_spaces.nobody", ["E005"])]
)
def test_the_class_is_checked(configure: Configure, path: str, ids: list[str]) -> None:
    configure(SPACES=path)
    assert _ids() == ids


def test_a_class_that_is_none_is_reported(configure: Configure) -> None:
    configure(SPACES="tests.test_spaces.SimpleNamespace")
    [found] = check_settings()
    assert "is no Spaces" in found.msg


def test_a_store_that_cannot_do_it_is_reported_and_refuses(configure: Configure) -> None:
    store = type("Store", (Bare,), dict.fromkeys(Bare.__abstractmethods__))
    with use_store(store(None)):  # type: ignore[abstract,arg-type]
        configure(SPACES="tests.test_spaces.Rooms", STREAMS="tests.test_spaces.Bare")
        assert "E011" in _ids()
        with pytest.raises(NotImplementedError, match="in_space"):
            get_store()


OURS = {"APPS": ["activitystream.apps.ActivityStreamConfig"]}


@pytest.mark.parametrize("given", [{"TENANT_APPS": ["activitystream"]}, {"TENANT_TYPES": {"shop": OURS}}])
def test_tenants_without_spaces_are_an_error(
    settings: Any, monkeypatch: pytest.MonkeyPatch, given: Any
) -> None:
    from activitystream.streams import checks

    for name, value in given.items():
        setattr(settings, name, value)
    assert _ids() == []
    monkeypatch.setattr(checks.apps, "is_installed", lambda name: True)
    assert _ids() == ["E011"]


@pytest.mark.parametrize(
    ("cache", "ids"),
    [
        ({}, []),
        ({"KEY_PREFIX": "site"}, ["W003"]),
        ({"VERSION": 2}, ["W003"]),
        ({"VERSION": 1}, []),
        ({"KEY_FUNCTION": "django_tenants.cache.make_key"}, ["W003"]),
    ],
)
def test_a_separated_cache_without_spaces_is_reported(settings: Any, cache: Any, ids: list[str]) -> None:
    """Two sites on one server, which Django keeps apart, would read each other's feeds."""
    default = {name: value for name, value in settings.CACHES["default"].items() if name != "KEY_PREFIX"}
    settings.CACHES = {"default": {**default, **cache}}
    settings.ACTIVITYSTREAM = {}
    assert _ids() == ids
    settings.ACTIVITYSTREAM = {"KEY_PREFIX": "mine"}
    assert _ids() == [id for id in ids if "KEY_FUNCTION" in cache], "each site has keys of its own"
    settings.ACTIVITYSTREAM = {"STREAMS": None}
    assert _ids() == []
    settings.ACTIVITYSTREAM = {"SPACES": "tests.test_spaces.Rooms"}
    assert _ids() == []
