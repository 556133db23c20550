"""The pages of the admin about streams and the engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from activitystream import HomeFeed, OutboxFeed, follow, publish
from activitystream.journal import sweep
from activitystream.models import Activity, JournalEntry
from activitystream.streams import State, get_store
from activitystream.testing import store_down
from tests.app.models import Album
from tests.fixtures import STORES, Replica

HERE = "/admin/activitystream/stream"
pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
def _redis(configure: Any) -> None:
    configure(STREAMS=STORES["fakeredis"])


def page(client: Client, path: str = "") -> str:
    """The text of a page, without its tags."""
    response = client.get(f"{HERE}/{path}")
    assert response.status_code == 200
    html = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html).replace("\xa0", " ")


def look(owner: Any) -> str:
    return f"inspect/?model={owner._meta.label_lower}&id={owner.pk}"


def test_it_is_listed_in_the_index(admin: Client) -> None:
    assert f'href="{HERE}/"' in admin.get("/admin/").content.decode()


def test_the_engine_before_it_has_done_anything(admin: Client) -> None:
    text = page(admin)
    assert "Pending work 0 journal entries" in text
    assert "Last sweep never : run activitystream_sweep" in text
    assert "Store RedisStore" in text


def test_the_engine_tells_what_waits(admin: Client) -> None:
    sweep()
    JournalEntry.objects.create(kind="forget", payload={}, updated=timezone.now() - timedelta(hours=2))
    JournalEntry.objects.update(created=timezone.now() - timedelta(hours=2))
    text = page(admin)
    assert "Pending work 1 journal entry, the oldest for 2 hours · list" in text
    assert "Stalled 1 : the next sweep" in text
    assert "Last sweep 0 minutes ago: 0 done, 0 failed" in text


def test_memory_is_measured_when_asked(admin: Client, ana: User, ben: User) -> None:
    follow(ben, ana)
    publish(actor=ana, verb="wave")
    HomeFeed(ben).page()
    assert "Warm streams Feed" not in page(admin)
    text = page(admin, "?measure=1")
    assert "Warm streams Feed Warm Owners Ids (median) home 1 3 1" in text
    assert re.search(r"streams 1 [\d.]+ bytes", text)


def test_an_owners_streams_beside_their_queries(admin: Client, ana: User, ben: User) -> None:
    follow(ben, ana)
    publish(actor=ana, verb="wave")
    HomeFeed(ben).page()
    text = page(admin, look(ben))
    assert f"The streams of ben auth.user:{ben.pk}" in text
    assert f"home:auth.user:{ben.pk} · warm, complete, 1 id" in text
    assert "they agree" in text
    assert "ana wave" in text
    assert f"outbox:auth.user:{ben.pk} · cold" in text
    assert "expires in 4 weeks" in text


def test_they_are_read_where_they_are_written(admin: Client, ana: User, settings: Any) -> None:
    publish(actor=ana, verb="wave")
    OutboxFeed(ana).page()
    settings.DATABASE_ROUTERS = [Replica("activitystream")]
    assert "wave" in page(admin, look(ana))


def test_a_trimmed_stream(admin: Client, ana: User, configure: Any) -> None:
    configure(MAX_LENGTH=2)
    for _ in range(4):
        publish(actor=ana, verb="wave")
    OutboxFeed(ana).page()
    text = page(admin, look(ana))
    assert "warm, trimmed: older activities are in the database, 2 ids" in text
    assert "Query 2 ids or more" in text


def test_what_differs_is_shown_and_a_rebuild_mends_it(admin: Client, ana: User) -> None:
    publish(actor=ana, verb="wave")
    lost = publish(actor=ana, verb="nod")
    OutboxFeed(ana).page()
    store = get_store()
    store.remove([OutboxFeed(ana).stream], [lost.pk])
    text = page(admin, look(ana))
    assert "they differ: 1 missing, 0 too many" in text
    assert "the query alone" in text
    response = admin.post(f"{HERE}/rebuild/", {"stream": OutboxFeed(ana).stream}, follow=True)
    text = response.content.decode()
    assert f"Rebuilt: {OutboxFeed(ana).stream}." in text
    assert "they agree" in text
    assert store.contents(OutboxFeed(ana).stream).ids[0] == lost.pk


def test_what_was_retracted_waits_for_a_reader(admin: Client, ana: User) -> None:
    gone = publish(actor=ana, verb="wave")
    OutboxFeed(ana).page()
    Activity.objects.filter(pk=gone.pk).delete()
    text = page(admin, look(ana))
    assert "1 retracted or hidden id waits for a reader" in text
    assert "retracted" in text


def test_what_a_cold_stream_lacks_is_nothing_to_worry_about(admin: Client, ana: User) -> None:
    publish(actor=ana, verb="wave")
    html = admin.get(f"{HERE}/{look(ana)}").content.decode()
    assert "the query alone" in html
    assert "activitystream-odd" not in html


def test_a_very_large_followee_is_told(
    admin: Client, ana: User, ben: User, configure: Any, people: Any
) -> None:
    configure(PULL_ABOVE=1, CHUNK_SIZE=10)
    for person in (ben, people("cyd"), people("dan")):
        follow(person, ana)
    publish(actor=ana, verb="wave")
    HomeFeed(ben).page()
    assert f"Merged with outbox:auth.user:{ana.pk}" in page(admin, look(ben))


def test_rows_of_other_models_own_streams_that_are_not_homes(admin: Client, ana: User) -> None:
    text = page(admin, look(Album.objects.create(title="Holidays", owner=ana)))
    assert "The streams of Holidays" in text
    assert "object:app.album:" in text
    assert "home:" not in text


@pytest.mark.parametrize("query", ["model=auth.user&id=x", "model=no.such&id=1", "model=auth.user", ""])
def test_there_can_be_no_such_owner(admin: Client, query: str) -> None:
    text = page(admin, f"inspect/?{query}")
    assert "The streams of" not in text
    if query.endswith("id=x"):
        assert "There can be no such row." in text


def test_what_is_asked_for_is_text(admin: Client) -> None:
    response = admin.get(f"{HERE}/inspect/", {"model": "app.page", "id": "<b>x</b>"})
    assert "<b>x</b>" not in response.content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in response.content.decode()


class TestPermissions:
    def test_who_may_view_may_not_rebuild(self, staff: Callable[..., Client], ana: User) -> None:
        publish(actor=ana, verb="wave")
        client = staff("view_stream")
        assert "Rebuild" not in page(client, look(ana))
        assert client.post(f"{HERE}/rebuild/", {"stream": OutboxFeed(ana).stream}).status_code == 403
        assert get_store().contents(OutboxFeed(ana).stream).state is State.COLD

    def test_who_may_change_may_rebuild(self, staff: Callable[..., Client], ana: User) -> None:
        client = staff("change_stream")
        assert "Rebuild" in page(client, look(ana))
        assert client.post(f"{HERE}/rebuild/", {"stream": OutboxFeed(ana).stream}).status_code == 302
        assert get_store().contents(OutboxFeed(ana).stream).state is State.WARM

    def test_others_see_nothing(self, staff: Callable[..., Client], ana: User) -> None:
        client = staff("view_activity")
        assert f"{HERE}/" not in client.get("/admin/").content.decode()
        for path in ("", "?measure=1", look(ana)):
            assert client.get(f"{HERE}/{path}").status_code == 403
        assert client.post(f"{HERE}/rebuild/", {"stream": OutboxFeed(ana).stream}).status_code == 403
        assert Client().get(f"{HERE}/").status_code == 302, "to sign in"

    def test_a_rebuild_is_a_post_with_a_token(self, admin: Client, ana: User) -> None:
        assert admin.get(f"{HERE}/rebuild/?stream={OutboxFeed(ana).stream}").status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = admin.cookies
        assert strict.post(f"{HERE}/rebuild/", {"stream": OutboxFeed(ana).stream}).status_code == 403

    def test_rebuilding_what_is_no_stream(self, admin: Client) -> None:
        for stream in ("", "nothing", "home:no.such:1", "home:auth.user:x"):
            response = admin.post(f"{HERE}/rebuild/", {"stream": stream}, follow=True)
            assert "There is no such stream." in response.content.decode()


def test_a_store_that_does_not_answer(admin: Client, ana: User) -> None:
    with store_down():
        assert "The store does not answer" in page(admin, "?measure=1")
        assert "The store does not answer" in page(admin, look(ana))
        response = admin.post(f"{HERE}/rebuild/", {"stream": OutboxFeed(ana).stream}, follow=True)
        assert "the server is down" in response.content.decode()


def test_without_streams(admin: Client, ana: User, configure: Any) -> None:
    configure(STREAMS=None)
    assert "Store none: the database answers alone" in page(admin, "?measure=1")
    assert "There are no streams" in page(admin, look(ana))


def test_a_page_costs_the_same_with_many_activities(
    admin: Client, ana: User, ben: User, django_assert_max_num_queries: Any
) -> None:
    follow(ben, ana)
    counts = []
    for number in (2, 30):
        for _ in range(number):
            publish(actor=ana, verb="wave", object=Album.objects.create(title="A", owner=ana))
        HomeFeed(ben).page()
        page(admin, look(ben))
        with django_assert_max_num_queries(40) as captured:
            page(admin, look(ben))
        counts.append(len(captured))
    assert counts[0] == counts[1]
