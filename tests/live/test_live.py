"""Live feeds over HTTP: what is told to whom."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import timezone

from activitystream import (
    StoreUnavailable,
    block,
    change_visibility,
    follow,
    publish,
    publish_many,
    retract,
    unfollow,
)
from activitystream.live import frames, get_hub
from activitystream.models import Activity
from activitystream.publishing import Draft
from activitystream.streams import get_store
from activitystream.streams.events import Position
from tests.app.models import Photo
from tests.kit import Shrink, lose_events

from .conftest import Open, hub_runs

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_begins_with_the_page_and_goes_on_with_what_is_new(open_live: Open, ana: Any, ben: Any) -> None:
    follow(ben, ana)
    home = open_live("home/live/", ben)
    outbox = open_live(f"outbox/auth.user/{ana.pk}/live/")
    assert (home.status, home.headers["Content-Type"]) == (200, "text/event-stream")
    assert [told.name for told in home.expect(1)] == ["reset"]
    activity = publish(actor=ana, verb="wave", data={"a": "x\ny"})
    page = Client().get(f"/feeds/activities/{activity.pk}/").json()
    for browser in (home, outbox):
        assert browser.expect(2)[1][:2] == ("activity", page)


def test_what_one_may_not_read_is_no_live_feed(open_live: Open, ana: Any, ben: Any) -> None:
    assert open_live("home/live/").status == 403
    assert open_live(f"home/auth.user/{ana.pk}/live/", ben).status == 403
    assert open_live("outbox/auth.user/999/live/").status == 404
    assert open_live("nonsense/live/", ben).status == 404
    assert b"since" in open_live("outbox/live/?since=x", ben).body
    assert b"since" in open_live("outbox/live/?count", ben).body


def test_without_asgi_it_says_so(ana: Any, ben: Any, store: Any) -> None:
    answer = Client().get(f"/feeds/outbox/auth.user/{ana.pk}/live/", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 406
    assert "new/" in answer.json()["detail"]


def test_without_a_store_it_says_so(open_live: Open, ana: Any, configure: Any) -> None:
    configure(STREAMS=None)
    assert open_live(f"outbox/auth.user/{ana.pk}/live/").status == 406


def test_retracting_is_told(open_live: Open, ana: Any, ben: Any) -> None:
    follow(ben, ana)
    photo = Photo.objects.create(owner=ana)
    waves = publish_many([Draft(actor=ana, verb="wave") for _ in range(2)])
    Client().get(f"/feeds/outbox/auth.user/{ana.pk}/")
    browser = open_live("home/live/", ben)
    posted = Activity.objects.get(verb="post").pk
    assert Client().get("/feeds/home/").status_code == 403
    home(ben)
    browser.expect(1)
    retract(waves[0])
    browser.expect(2)
    photo.delete()
    browser.expect(3)
    assert browser.names() == [("reset", ""), ("remove", str(waves[0].pk)), ("remove", str(posted))]


def home(user: Any) -> Any:
    client = Client()
    client.force_login(user)
    return client.get("/feeds/home/").json()


def test_a_process_that_does_not_reach_the_store_for_a_moment(
    open_live: Open, ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub may be in another process that reaches it all the time: it does not reset the page."""
    wave = publish(actor=ana, verb="wave")
    Client().get(f"/feeds/outbox/auth.user/{ana.pk}/")
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/")
    browser.expect(1)
    log = type(get_store().events)  # type: ignore[union-attr]
    watched, failing = log.watched, iter([True])

    def fail_once(self: Any) -> list[str]:
        if next(failing, False):
            raise StoreUnavailable("a timeout")
        return watched(self)

    monkeypatch.setattr(log, "watched", fail_once)
    retract(wave)
    assert browser.expect(2)[1][:2] == ("remove", {"id": str(wave.pk)})


def test_an_edit_is_told_with_what_it_is_now(open_live: Open, ana: Any) -> None:
    activity = publish(actor=ana, verb="wave", data={"a": 1})
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/")
    Client().get(f"/feeds/outbox/auth.user/{ana.pk}/")
    browser.expect(1)
    client = Client()
    client.force_login(ana)
    client.patch(f"/feeds/activities/{activity.pk}/", {"data": {"a": 2}}, content_type="application/json")
    assert browser.expect(2)[1].data["data"] == {"a": 2}


def test_what_is_hidden_is_not_told_and_comes_and_goes(open_live: Open, ana: Any, ben: Any) -> None:
    url = f"outbox/auth.user/{ana.pk}/live/"
    mine, bens, anybodys = open_live(url, ana), open_live(url, ben), open_live(url)
    Client().get(f"/feeds/outbox/auth.user/{ana.pk}/")
    for browser in (mine, bens, anybodys):
        browser.expect(1)
    hidden = publish(actor=ana, verb="sulk", visibility="self")
    named = publish(actor=ana, verb="whisper", visibility="named", to=[ben])
    mine.expect(3)
    bens.expect(2)
    retract(hidden)
    change_visibility(named, "public")
    mine.expect(5)
    assert bens.expect(3)[-1].name == "activity"
    assert anybodys.expect(2)[-1].data["id"] == str(named.pk)
    change_visibility(named, "self")
    mine.expect(6)
    for browser in (bens, anybodys):
        browser.until(lambda browser=browser: browser.told[-1].name == "remove")
        assert browser.names()[-1] == ("remove", str(named.pk))
        assert str(hidden.pk) not in dict(map(reversed, browser.names()))


def test_following_and_unfollowing_let_the_page_be_read_again(open_live: Open, ana: Any, ben: Any) -> None:
    browser = open_live("home/live/", ben)
    browser.expect(1)
    follow(ben, ana)
    browser.expect(2)
    activity = publish(actor=ana, verb="wave")
    browser.expect(3)
    unfollow(ben, ana)
    browser.expect(4)
    publish(actor=ana, verb="nod")
    browser.expect(4)
    assert browser.names() == [("reset", ""), ("reset", ""), ("activity", str(activity.pk)), ("reset", "")]


# -- coming back -------------------------------------------------------------------------------------------


def test_who_comes_back_has_no_gap_and_no_repetition(open_live: Open, ana: Any) -> None:
    url = f"outbox/auth.user/{ana.pk}/live/"
    browser = open_live(url)
    browser.expect(1)
    first = publish(actor=ana, verb="one")
    browser.expect(2)
    browser.close()
    Client().get(f"/feeds/outbox/auth.user/{ana.pk}/")
    later = publish(actor=ana, verb="two")
    backdated = publish(actor=ana, verb="old", published=timezone.now() - timedelta(days=3))
    retract(first)
    again = open_live(url, last_id=browser.last_id)
    again.expect(3)
    assert again.names() == [
        ("activity", str(later.pk)),
        ("activity", str(backdated.pk)),
        ("remove", str(first.pk)),
    ]
    after = publish(actor=ana, verb="three")
    assert again.expect(4)[-1].data["id"] == str(after.pk)


def test_every_event_is_a_place_to_come_back_to(open_live: Open, ana: Any) -> None:
    url = f"outbox/auth.user/{ana.pk}/live/"
    browser = open_live(url)
    browser.expect(1)
    ids = [publish(actor=ana, verb="wave").pk for _ in range(4)]
    events = browser.expect(5)
    assert len({told.id for told in events}) == 5
    for place, told in enumerate(events):
        again = open_live(url, last_id=told.id)
        again.expect(4 - place)
        assert [int(told.data["id"]) for told in again.told] == ids[place:]
        again.close()


def test_an_activity_that_commits_late_is_told(open_live: Open, ana: Any, ben: Any) -> None:
    """Its id is older than the last one sent."""
    follow(ben, ana)
    browser = open_live("home/live/", ben)
    browser.expect(1)
    with transaction.atomic():
        late = publish(actor=ana, verb="late")
        thread = threading.Thread(target=_publish_alone, args=(ana,))
        if transaction.get_connection().vendor != "sqlite":
            thread.start()
            thread.join(10)
            browser.expect(2)
        last = browser.last_id
    if transaction.get_connection().vendor == "sqlite":
        browser.expect(2)
        assert browser.told[1].data["id"] == str(late.pk)
        return
    assert browser.expect(3)[2].data["id"] == str(late.pk)
    assert open_live("home/live/", ben, last_id=last).expect(1)[0].data["id"] == str(late.pk)


def _publish_alone(actor: Any) -> None:
    from django.db import connection

    try:
        publish(actor=actor, verb="early")
    finally:
        connection.close()


@pytest.mark.slow
def test_what_is_remembered_tells_nothing(open_live: Open, ana: Any, configure: Any) -> None:
    """Not whether something was, and when, that this reader may not see: each heartbeat has another text."""
    configure(LIVE_HEARTBEAT=1)
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/")
    seen = set()
    for beats in (1, 2):
        assert browser.until(lambda beats=beats: browser.beats >= beats)
        seen.add(browser.last_id)
    assert len(seen) == 2
    assert len({frames.parse(id) for id in seen}) == 1
    assert len({len(id) for id in seen}) == 1
    position = Position("log", 7)
    [line] = [line for line in frames.beat(position).decode().split("\n") if line.startswith("id: ")]
    text = line.removeprefix("id: ")
    assert frames.parse(text) == position
    assert frames.parse(text.replace("log", "gol")) is None


@pytest.mark.parametrize("last_id", ["another-5", "nonsense", "0", "-", "log-", "log-s", "log-sAAAA", "é-sé"])
def test_who_was_away_too_long_reads_the_page_again(open_live: Open, ana: Any, last_id: str) -> None:
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/", last_id=last_id)
    assert browser.expect(1)[0].name == "reset"


def test_a_store_that_forgets_lets_the_page_be_read_again(open_live: Open, ana: Any) -> None:
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/")
    browser.expect(1)
    lose_events(get_store())
    browser.expect(2)
    activity = publish(actor=ana, verb="wave")
    assert browser.expect(3)[2].data["id"] == str(activity.pk)
    assert [told.name for told in browser.told] == ["reset", "reset", "activity"]


def test_what_is_newer_than_the_page(open_live: Open, ana: Any) -> None:
    ids = [publish(actor=ana, verb="wave").pk for _ in range(3)]
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/?since={ids[0]}")
    browser.expect(2)
    assert browser.names() == [("activity", str(ids[1])), ("activity", str(ids[2]))]


def test_counts_alone(open_live: Open, ana: Any) -> None:
    seen = publish(actor=ana, verb="wave").pk
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/?count&since={seen}")
    assert browser.expect(1)[0][:2] == ("count", {"count": 0, "more": False, "newest": None})
    newer = publish(actor=ana, verb="wave")
    assert browser.expect(2)[1].data == {"count": 1, "more": False, "newest": str(newer.pk)}
    retract(newer)
    assert browser.expect(3)[2].data["count"] == 0


def test_a_number_that_stays_is_not_told_again(open_live: Open, ana: Any) -> None:
    """Else a frame would tell that something has happened which this reader may not see."""
    seen = publish(actor=ana, verb="wave").pk
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/?count&since={seen}")
    browser.expect(1)
    for _ in range(3):
        publish(actor=ana, verb="think", visibility="self")
    publish(actor=ana, verb="wave")
    assert [told.data["count"] for told in browser.expect(2)] == [0, 1]


def test_who_comes_back_to_count_is_told_the_number(open_live: Open, ana: Any) -> None:
    """Whether or not something happened meanwhile that this reader may not see."""
    seen = publish(actor=ana, verb="wave").pk
    url = f"outbox/auth.user/{ana.pk}/live/?count&since={seen}"
    browser = open_live(url)
    browser.expect(1)
    browser.close()
    for _ in range(2):
        again = open_live(url, last_id=browser.last_id)
        assert [told.data["count"] for told in again.expect(1)] == [0]
        again.close()
        publish(actor=ana, verb="think", visibility="self")


def test_what_changed_while_the_store_was_away(
    open_live: Open, ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    activity = publish(actor=ana, verb="wave")
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/")
    browser.expect(1)

    def away(*args: Any) -> Any:
        raise StoreUnavailable("it is away")

    with monkeypatch.context() as patch:
        for name in ("since", "watched", "tell"):
            patch.setattr(type(get_store().events), name, away)  # type: ignore[union-attr]
        retract(activity)
        time.sleep(0.5)
    assert browser.until(lambda: len(browser.told) > 1)
    assert browser.told[1].name == "reset"


# -- the connection's life ---------------------------------------------------------------------------------


def test_a_heartbeat_keeps_the_place(open_live: Open, ana: Any, configure: Any) -> None:
    configure(LIVE_HEARTBEAT=1, STREAMS="activitystream.streams.memory.MemoryStore")
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/")
    assert browser.until(lambda: browser.beats > 0)
    assert frames.parse(browser.last_id) == frames.parse(browser.told[0].id)


def test_a_closed_browser_frees_everything(open_live: Open, ana: Any) -> None:
    before = threading.active_count()
    browsers = [open_live(f"outbox/auth.user/{ana.pk}/live/") for _ in range(3)]
    for browser in browsers:
        browser.expect(1)
    assert len(get_hub().members) == 3
    for browser in browsers:
        browser.close()
    assert len(get_hub().members) == 0
    assert not get_hub().members.spaces()
    for _ in range(60):
        if not hub_runs():
            break
        time.sleep(0.05)
    assert threading.active_count() <= before + 1  # that of asgiref stays


def test_who_signs_out_hears_no_more(open_live: Open, ana: Any, shrink: Shrink) -> None:
    shrink("live.delivery", CHECK=0.1)
    mine, anybodys = open_live("home/live/", ana), open_live(f"outbox/auth.user/{ana.pk}/live/")
    mine.expect(1)
    Session.objects.all().delete()
    assert mine.until(lambda: mine.ended)
    time.sleep(0.3)
    assert not anybodys.ended
    ana.is_active = False
    ana.save()
    assert open_live("home/live/", ana).status == 403


def test_who_may_not_see_the_row_any_more_hears_no_more(
    open_live: Open, ana: Any, ben: Any, shrink: Shrink
) -> None:
    shrink("live.delivery", CHECK=0.1)
    blocked, others = (open_live(f"outbox/auth.user/{ana.pk}/live/", viewer) for viewer in (ben, None))
    blocked.expect(1)
    others.expect(1)
    block(ana, ben)
    assert blocked.until(lambda: blocked.ended)
    assert open_live(f"outbox/auth.user/{ana.pk}/live/", ben).status == 404
    assert not others.ended


def test_who_is_no_longer_active_hears_no_more(open_live: Open, ana: Any, shrink: Shrink) -> None:
    shrink("live.delivery", CHECK=0.1)
    mine = open_live("home/live/", ana)
    mine.expect(1)
    ana.is_active = False
    ana.save()
    assert mine.until(lambda: mine.ended)


def test_only_so_many_at_once(open_live: Open, ana: Any, configure: Any) -> None:
    configure(LIVE_CONNECTIONS=2)  # those who are not signed in have half of them
    first = open_live(f"outbox/auth.user/{ana.pk}/live/")
    first.expect(1)
    second = open_live(f"outbox/auth.user/{ana.pk}/live/")
    assert second.until(lambda: second.ended)
    assert second.told == []
    assert len(get_hub().members) == 1


def test_a_slow_reader_reads_the_page_again(open_live: Open, ana: Any, shrink: Shrink) -> None:
    shrink("live.watchers", WAITING=1_000)
    browser = open_live(f"outbox/auth.user/{ana.pk}/live/")
    browser.expect(1)
    publish_many([Draft(actor=ana, verb="wave") for _ in range(50)])
    assert browser.until(lambda: any(told.name == "reset" for told in browser.told[1:]))


def test_a_pulled_audience_is_watched_too(open_live: Open, ana: Any, ben: Any, configure: Any) -> None:
    configure(PULL_ABOVE=1)
    other = type(ana).objects.create(username="other")
    for user in (ben, other):
        follow(user, ana)
    publish(actor=ana, verb="wave")
    browser = open_live("home/live/", ben)
    home(ben)
    browser.until(lambda: len(browser.told) > 0)
    before = len(browser.told)
    activity = publish(actor=ana, verb="wave")
    assert browser.until(lambda: len(browser.told) > before)
    assert browser.names()[-1] == ("activity", str(activity.pk))
