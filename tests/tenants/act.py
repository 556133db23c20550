"""What is tried on the site with tenants, each in a process: `python -m tests.tenants.act <name> <name> …`.

Both tenants have the same people, rows and follows under the same keys. Everything that belongs to tenant one
has "oneword" in its name, and all of tenant two has "twoword".
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.tenants.settings")
django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.checks import run_checks  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import AsyncClient, Client  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django_redis import get_redis_connection  # noqa: E402
from django_tenants.utils import schema_context, tenant_context  # noqa: E402

from activitystream import HomeFeed, OutboxFeed, block, follow, publish, retract, unblock  # noqa: E402
from activitystream.conf import settings  # noqa: E402
from activitystream.journal import pending, work_on  # noqa: E402
from activitystream.models import Activity, Follow, Ref  # noqa: E402
from activitystream.spaces import current, names, using  # noqa: E402
from activitystream.streams import get_store  # noqa: E402
from activitystream.testing import activitystream_settings  # noqa: E402
from tests.app.models import Photo  # noqa: E402
from tests.live.browser import Browser  # noqa: E402
from tests.tenants.customers.models import Customer, Domain  # noqa: E402

WORDS = {"one": "oneword", "two": "twoword"}
PATIENCE = 30.0
ADDRESSES = (
    "home/",
    "notifications/",
    "outbox/auth.user/1/",
    "object/app.photo/1/",
    "cards/app.photo/1/",
    "cards/auth.user/1/",
    "follows/",
    "followers/auth.user/1/",
    "following/auth.user/2/",
    "suggestions/",
    "outbox/auth.user/1/?group=verb",
    "export/",
)
NAMELESS = ("notifications/", "suggestions/", "export/")
"""Addresses that have nothing to say about these people."""


def tenant(schema: str) -> Customer:
    return Customer.objects.get(schema_name=schema)


def make(schema: str) -> None:
    """A tenant with ana (1), who has a photo (1), and ben (2), who follows her."""
    connection.set_schema_to_public()
    customer = Customer(schema_name=schema)
    customer.save(verbosity=0)
    Domain.objects.get_or_create(domain=f"{schema}.example.org", tenant=customer, is_primary=True)
    with tenant_context(customer):
        if schema == "two":
            turn_content_types_round()
        users = get_user_model().objects
        for key, name in enumerate(("ana", "ben"), 1):
            users.create(pk=key, username=f"{name}-{WORDS[schema]}", is_staff=True, is_superuser=True)
        follow(users.get(pk=2), users.get(pk=1))
        Photo.objects.create(pk=1, owner_id=1, caption=f"lake-{WORDS[schema]}")


def turn_content_types_round() -> None:
    """The same ids stand for other models than in tenant one."""
    labels = list(ContentType.objects.order_by("-pk").values_list("app_label", "model"))
    first = ContentType.objects.order_by("pk").values_list("pk", flat=True)[0]
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()
    ContentType.objects.bulk_create(
        ContentType(pk=first + number, app_label=app, model=model)
        for number, (app, model) in enumerate(labels)
    )


def browser(schema: str) -> Client:
    """Ben of this tenant, signed in."""
    client = Client(headers={"host": f"{schema}.example.org"})
    with tenant_context(tenant(schema)):
        client.force_login(get_user_model().objects.get(pk=2))
    return client


def named(schema: str) -> dict[str, str]:
    """The header that names the host to Django's asynchronous test client, which has a Host of its own."""
    return {"X-Forwarded-Host": f"{schema}.example.org"}


def expect(schema: str, text: str, what: str) -> None:
    """It is of this tenant, and has nothing of another."""
    for name, word in WORDS.items():
        assert (word in text) == (name == schema), f"{what} of tenant {schema}: {text[:500]}"


def prepare() -> None:
    """Make the database's schemas and the two tenants."""
    call_command("migrate_schemas", "--shared", verbosity=0, interactive=False)
    for schema in WORDS:
        make(schema)


@contextmanager
def queued(**values: Any) -> Iterator[None]:
    with activitystream_settings(**values):
        yield


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.05)


def last(schema: str) -> Activity:
    return Activity.objects.latest("pk")


# -- what is tried ---------------------------------------------------------------------------------------


def read_all(clients: dict[str, Client], posts: dict[str, int], order: list[str]) -> None:
    """Read every address as these tenants, one after another, and one another's activities."""
    for schema in order:
        for address in ADDRESSES:
            response = clients[schema].get(f"/feeds/{address}")
            text = b"".join(response) if response.streaming else response.content
            assert response.status_code == 200, (address, text)
            if address in NAMELESS:
                assert b"word" not in text
            else:
                expect(schema, text.decode(), address)
        assert clients[schema].get("/feeds/home/new/?since=1").json()["count"] == 1
        for name, id in posts.items():
            status = clients[schema].get(f"/feeds/activities/{id}/").status_code
            assert status == (200 if name == schema else 404)


def web() -> None:
    """Each address answers for its own tenant, cold and warm, in whichever order, and from two threads."""
    clients, posts = {schema: browser(schema) for schema in WORDS}, {}
    for schema in WORDS:
        with tenant_context(tenant(schema)):
            posts[schema] = Activity.objects.get(verb="post").pk
    read_all(clients, posts, ["one", "two", "one"])
    get_redis_connection("default").flushall()
    read_all(clients, posts, ["two", "one", "two"])
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(read_all, clients, posts, [schema] * 3) for schema in WORDS]:
            done.result()


def writes() -> None:
    """What is done through the API, and what is blocked, is done in one tenant."""
    client = browser("one")
    made = client.post("/feeds/follows/", {"type": "app.photo", "id": "1"}, "application/json")
    assert made.status_code == 201, made.content
    with schema_context("two"):
        assert Follow.objects.count() == 1
    with schema_context("one"):
        ana, ben = get_user_model().objects.order_by("pk")
        assert Follow.objects.count() == 2
        block(ana, ben)
    assert browser("two").get("/feeds/home/").json()["results"]
    assert browser("one").get("/feeds/home/").json()["results"] == []
    with schema_context("one"):
        unblock(ana, ben)
        follow(ben, ana)


def hooks() -> None:
    """The transaction ends outside the tenant's context; what follows it is done inside."""
    for schema in WORDS:
        browser(schema).get("/feeds/home/")
    with transaction.atomic(), schema_context("one"):
        made = publish(actor=get_user_model().objects.get(pk=1), verb="say", data={"text": "oneword"})
    lengths = {}
    for schema in WORDS:
        with schema_context(schema):
            store = get_store()
            assert store is not None
            lengths[schema] = made.pk in store.contents("home:auth.user:2").ids
            assert pending().count() == 0
    assert lengths == {"one": True, "two": False}
    with schema_context("one"):
        retract(made)


def tasks() -> None:
    """One `db_worker`, which knows no tenant, serves both."""
    with queued(TASK_BACKEND="workers"):
        made = publish_in_both()
        call_command(
            "db_worker",
            "--batch",
            "--backend",
            "workers",
            "--no-startup-delay",
            "--interval",
            "0",
            verbosity=0,
        )
    reached(made)


def celery() -> None:
    """One worker of plain Celery serves both."""
    from celery import Celery
    from celery.contrib.testing.worker import start_worker

    app = Celery("tenants", broker="memory://", set_as_current=True)
    app.autodiscover_tasks(["activitystream.contrib"], related_name="celery", force=True)
    with (
        queued(DISPATCH="activitystream.contrib.celery.dispatch"),
        start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30),
    ):
        made = publish_in_both()
        for schema in WORDS:
            with schema_context(schema):
                wait_for(lambda: not pending().exists(), "the worker")
    reached(made)


def sweeper() -> None:
    """Work that nobody took is done by one sweeper, for both."""
    with queued(DISPATCH="tests.tenants.act.nobody"):
        made = publish_in_both()
    for schema in WORDS:
        with schema_context(schema):
            assert pending().count() == 1
    connection.set_schema_to_public()
    call_command("activitystream_sweep", "--now")
    reached(made)


def nobody(entry: Any) -> None:
    """A broker that loses everything."""


def publish_in_both() -> dict[str, int]:
    made = {}
    for schema, word in WORDS.items():
        with schema_context(schema):
            HomeFeed(get_user_model().objects.get(pk=2)).page()
            made[schema] = publish(
                actor=get_user_model().objects.get(pk=1), verb="say", data={"text": word}
            ).pk
    return made


def reached(made: dict[str, int]) -> None:
    """Each activity is in the home of its own tenant, and not in the other."""
    for schema in WORDS:
        with schema_context(schema):
            store = get_store()
            assert store is not None
            assert pending().count() == 0
            held = store.contents("home:auth.user:2").ids
            assert [name for name, id in made.items() if id in held] == [schema]
    for schema in WORDS:
        expect(schema, browser(schema).get("/feeds/home/").content.decode(), "home")


def commands() -> None:
    """From the public schema they go through all tenants."""
    for schema in WORDS:
        browser(schema).get("/feeds/home/")
    connection.set_schema_to_public()
    for command in ("verify", "stats"):
        call_command(f"activitystream_{command}")
    call_command("activitystream_rebuild", "--warm")
    for name in names():
        call_command("activitystream_inspect", "auth.user:2", "--space", name)
    with schema_context("two"):
        call_command("activitystream_inspect", "auth.user:2")
    from activitystream.contrib.prometheus import JournalCollector

    assert len(list(JournalCollector().collect())) >= 2


def pages_in_the_loop() -> None:
    """`apage()` of both tenants in one event loop, warm."""
    for schema in WORDS:
        browser(schema).get("/feeds/home/")

    others = {"one": tenant("two"), "two": tenant("one")}

    async def read() -> None:
        for schema in ("one", "two", "one"):
            connection.set_tenant(others[schema])  # of the thread of the loop
            response = await AsyncClient().get("/async-home/", headers=named(schema))
            expect(schema, response.content.decode(), "apage()")

    async_to_sync(read)()


def live() -> None:
    """Both tenants' homes are watched in one process; what happens in one is told there alone."""
    opened = {
        schema: Browser("/feeds/home/live/", browser(schema).cookies, **named(schema)) for schema in WORDS
    }
    for one in opened.values():
        one.expect(1)  # reset
    made = publish_in_both()
    for one in opened.values():
        assert one.until(lambda one=one: len(one.told) >= 2), (one.told, one.error)  # type: ignore[misc]
    time.sleep(1.5)
    for schema, one in opened.items():
        assert [told.name for told in one.told] == ["reset", "activity"], one.told
        assert one.told[1].data["id"] == str(made[schema])
        expect(schema, str(one.told), "live")
    opened.pop("two").close()
    with schema_context("one"):
        retract(Activity.objects.get(pk=made["one"]))
    [one] = opened.values()
    assert one.until(lambda: len(one.told) == 3), one.told
    assert one.told[2].name == "remove"
    one.close()


def live_late() -> None:
    """A stream begins in its own tenant, though its thread has answered another tenant meanwhile."""
    cookies = {schema: browser(schema).cookies for schema in WORDS}

    async def read() -> None:
        opened = {}
        for schema in WORDS:
            client = AsyncClient()
            client.cookies = cookies[schema]
            headers = {"Accept": "text/event-stream", **named(schema)}
            opened[schema] = await client.get("/feeds/home/live/?since=1", headers=headers)
        for schema, response in opened.items():
            text = ""
            async for chunk in response.streaming_content:
                text += chunk.decode()
                if "activity" in text:
                    break
            expect(schema, text, "live")

    async_to_sync(read)()


def made_anew() -> None:
    """A tenant that is dropped and made anew under its name sees nothing of the old one."""
    client = browser("one")
    expect("one", client.get("/feeds/home/").content.decode(), "home")
    with schema_context("one"):
        before = current()
        entry = HomeFeed(get_user_model().objects.get(pk=2)).page()[0].id
        get_store()  # its keys stay in Redis until they expire
    connection.set_schema_to_public()
    tenant("one").delete()
    make("one")
    with schema_context("one"):
        assert current() != before
        Activity.objects.all().delete()
        Photo.objects.update(caption="new")
        get_user_model().objects.filter(pk=1).update(username="ana-new")
    client = browser("one")
    for address in ("home/", "outbox/auth.user/1/", "cards/auth.user/1/"):
        assert "oneword" not in client.get(f"/feeds/{address}").content.decode().replace("ben-oneword", "")
    assert client.get(f"/feeds/activities/{entry}/").status_code == 404
    work_on(1, nobody, before)  # a task of the old tenant
    assert before not in names()


def says_what_is_wrong() -> None:
    """Without the setting, `check` refuses."""
    ids = lambda: {found.id for found in run_checks() if "activitystream" in str(found.id)}  # noqa: E731
    assert ids() == set(), ids()
    with override_settings(ACTIVITYSTREAM={}):
        assert ids() == {"activitystream.E011", "activitystream.W003"}
    assert settings.SPACES


def content_types() -> None:
    """The ids of tenant two stand for other models, and nothing mixes them up."""
    seen = {}
    for _ in range(2):
        for schema in WORDS:
            with schema_context(schema):
                photo, ana = Photo.objects.get(pk=1), get_user_model().objects.get(pk=1)
                seen[schema] = Ref.of(photo).content_type.pk
                activity = Activity.objects.get(verb="post")
                assert activity.object == photo
                assert activity.actor == ana
                assert Activity(actor=ana).actor_type_id == Ref.of(ana).content_type.pk
                assert OutboxFeed(ana).page()[-1].object.instance == photo
                with using(names()[1 - list(WORDS).index(schema)]):
                    assert Ref.of(photo).content_type.pk != seen[schema]
    assert seen["one"] != seen["two"]


def main(scenarios: list[str]) -> None:
    """Run each in a process of its own, forked from this one, which has only imported what they need."""
    failed = []
    for name in scenarios:
        child = os.fork()
        if not child:
            globals()[name]()
            sys.exit()
        if os.waitpid(child, 0)[1]:
            failed.append(name)
    if failed:
        sys.exit(f"failed, see the tracebacks above: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
