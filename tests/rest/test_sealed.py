"""Whatever form a page has: nothing in it tells of what is hidden, and its links lead on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils.html import escape
from rest_framework.test import APIClient

from activitystream import Draft, follow, mute, publish, publish_many

from .helpers import make_request

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)
FORMS = ["json", "as1", "as2", "jsonld", "rss", "atom"]


@pytest.fixture
def outbox(ana: Any, each_store: str) -> tuple[str, list[str]]:
    """The address of a feed with much that is hidden, and the ids of that."""
    publish(actor=ana, verb="first", published=NOON)
    made = publish_many(
        Draft(actor=ana, verb="secret", visibility="self", published=NOON + timedelta(minutes=n))
        for n in range(1, 60)
    )
    publish(actor=ana, verb="last", published=NOON + timedelta(days=1))
    return f"/feeds/outbox/auth.user/{ana.pk}/", [str(row.pk) for row in made]


def cursors(text: str) -> list[str]:
    return re.findall(r"[?&;]after=([\w-]+)", text)


@pytest.mark.parametrize("form", FORMS)
def test_to_the_end_in_every_form(nobody: APIClient, outbox: tuple[str, list[str]], form: str) -> None:
    address, hidden = outbox
    start = "9" * 18 + "9"
    seen, after = "", str(min(int(start), 2**63 - 1))
    for _ in range(6):
        answer = nobody.get(f"{address}?limit=1&after={after}&format={form}")
        assert answer.status_code == 200
        text = f"{answer.content.decode()} {answer.get('Link', '')}"
        assert not any(id in text for id in hidden)
        seen += text
        on = [cursor for cursor in cursors(text) if cursor != after]
        if not on:
            break
        after = on[-1]
    assert "after=s" in seen.replace("&amp;", "&")
    assert "last" in seen
    assert "first" in seen


def test_there_and_back_by_links(nobody: APIClient, outbox: tuple[str, list[str]]) -> None:
    address, hidden = outbox
    verbs, url, last = [], f"{address}?limit=1", ""
    for way, found in (("next", ["last", "first"]), ("previous", ["last"])):
        verbs = []
        while url:
            answer = nobody.get(url)
            assert not any(id in answer.content.decode() for id in hidden)
            verbs += [entry["verb"] for entry in answer.data["results"]]
            last, url = url, answer.data[way]
        assert verbs == found
        url = nobody.get(last).data["previous"]


def test_a_template_goes_on(nobody: APIClient, ana: Any, outbox: tuple[str, list[str]]) -> None:
    _, hidden = outbox
    source = '{% load activitystream %}{% feed "outbox" ana limit=1 %}'
    seen, url = "", "/page/"
    for _ in range(6):
        html = Template(source).render(RequestContext(RequestFactory().get(url), {"ana": ana}))
        assert not any(id in html for id in hidden)
        seen += html
        links = re.findall(r'href="(\?[^"]*after=[^"]*)"', html)
        if not links:
            break
        assert escape(links[-1]) == links[-1]
        url = f"/page/{links[-1]}"
    assert "last" in seen
    assert "first" in seen


@pytest.mark.parametrize("path", ["", "new/"])
def test_a_seal_of_another_feed_is_refused(
    nobody: APIClient, ana: Any, bob: Any, outbox: tuple[str, list[str]], path: str
) -> None:
    address, _ = outbox
    first = nobody.get(f"{address}?limit=1").data
    [sealed] = cursors(nobody.get(first["next"]).data["next"])
    assert sealed.startswith("s")
    name = "since" if path else "after"
    assert nobody.get(f"{address}{path}?{name}={sealed}").status_code == 200
    for other in (f"/feeds/outbox/auth.user/{bob.pk}/", f"/feeds/object/auth.user/{ana.pk}/"):
        answer = nobody.get(f"{other}{path}?{name}={sealed}")
        assert answer.status_code == 400
        assert f"{name} must be a cursor" in str(answer.data)


@pytest.mark.parametrize("form", FORMS)
def test_a_stranger_learns_no_id_of_a_private_account(
    ana: Any, nobody: APIClient, as_bob: APIClient, registering: Any, form: str
) -> None:
    registering(type(ana), name="username", private="is_staff")
    type(ana).objects.filter(pk=ana.pk).update(is_staff=True)
    made = publish_many(Draft(actor=ana, verb="wave") for _ in range(40))
    for client in (nobody, as_bob):
        for cursor in ("", "&after=9223372036854775807", "&before=1"):
            url = f"/feeds/outbox/auth.user/{ana.pk}/?limit=1&format={form}{cursor}"
            answer = client.get(url)
            text = f"{answer.content.decode()} {answer.get('Link', '')}"
            assert answer.status_code == 200
            assert not any(str(row.pk) in text for row in made)
            assert "=s" not in text
            if form == "json" and not cursor:
                assert (answer.data["next"], answer.data["previous"], answer.data["results"]) == (
                    None,
                    None,
                    [],
                )


CURSOR = re.compile(r"(?:after|before)=([\w-]+)")


def near(cursor: str) -> list[str]:
    """What an empty page makes of a cursor that it was asked with, to lead back to it."""
    return [str(int(cursor) + n) for n in (-1, 1)] if cursor.isdigit() else []


# -- lists of rows -----------------------------------------------------------------------------------------


@pytest.fixture
def shown_only(registering: Any, ana: Any) -> None:
    """People who are active are shown, and others are not."""
    model = type(ana)
    registering(model, name="username", get_queryset=lambda self: model.objects.filter(is_active=True))


def crowd(ana: Any, hidden: int) -> tuple[list[Any], set[str]]:
    """Who is shown first and last, and as many between them as are hidden; the keys of rows of the latter."""
    model = type(ana)
    names = ["first", *(f"hidden{n}" for n in range(hidden)), "last", "gone"]
    model.objects.bulk_create([model(username=name, is_active=name in ("first", "last")) for name in names])
    by_name = {user.username: user for user in model.objects.filter(username__in=names)}
    return [by_name[name] for name in names], {f"hidden{n}" for n in range(hidden)} | {"gone"}


LISTS = {
    "followers": (lambda ana, one: follow(one, ana), "followers/auth.user/{}/", "follower"),
    "following": (lambda ana, one: follow(ana, one), "following/auth.user/{}/", "followee"),
    "follows": (lambda ana, one: follow(ana, one), "follows/", "followee"),
    "mutes": (lambda ana, one: mute(ana, one), "mutes/", "muted"),
    "requests": (lambda ana, one: make_request(one, ana), "requests/", "follower"),
}


@pytest.mark.parametrize("hidden", [0, 3, 60])
@pytest.mark.parametrize("name", LISTS)
def test_lists_read_on_past_rows_that_are_hidden(
    ana: Any, as_ana: APIClient, shown_only: None, name: str, hidden: int
) -> None:
    make, address, side = LISTS[name]
    people, secret = crowd(ana, hidden)
    rows = {one.username: make(ana, one).pk for one in people}
    keys = {str(rows[one]) for one in secret}
    url: str | None = f"/feeds/{address.format(ana.pk)}?limit=1"
    pages: list[Any] = []
    for way, found in (("next", ["last", "first"]), ("previous", ["last"])):
        pages = []
        while url:
            answer = as_ana.get(url)
            assert answer.status_code == 200
            told = {*CURSOR.findall(f"{answer.data} {answer.get('Link')}")}
            told.update(filter(None, answer.data["paging"]["cursors"].values()))
            assert not keys & (told - {beside for given in CURSOR.findall(url) for beside in near(given)})
            pages.append(answer.data)
            url = answer.data[way]
        assert [item[side]["name"] for page in pages for item in page["results"]] == found
        if hidden < 20:
            assert [len(page["results"]) for page in pages] == [1] * len(found)
        url = pages[-1]["previous"]
    empty = [page for page in pages if not page["results"]]
    assert all(page["paging"]["cursors"] == {"before": None, "after": None} for page in empty)


def test_a_seal_of_another_list_is_refused(
    ana: Any, bob: Any, as_ana: APIClient, nobody: APIClient, shown_only: None
) -> None:
    people, _ = crowd(ana, 60)
    for one in people:
        follow(one, ana)
    first = nobody.get(f"/feeds/followers/auth.user/{ana.pk}/?limit=1").data
    [sealed] = cursors(nobody.get(first["next"]).data["next"])
    assert sealed.startswith("s")
    assert as_ana.get(f"/feeds/followers/auth.user/{ana.pk}/?after={sealed}").status_code == 200
    for other in (f"followers/auth.user/{bob.pk}/", f"following/auth.user/{ana.pk}/", "mutes/", "requests/"):
        assert as_ana.get(f"/feeds/{other}?after={sealed}").status_code == 400
