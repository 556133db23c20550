"""Text that no database, encoding or XML has, in a row and in `data`: every page that has it is there."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory

from activitystream import Ref, follow, publish
from activitystream.models import Activity, DeletedObject
from activitystream.registry import load_cards
from activitystream.text import clean_json, clean_text
from tests.app.models import Note

pytestmark = pytest.mark.django_db

ODD = "half \ud83d, nothing \0, a bell \x07, no end \u2028, \udc00\ud800"
CLEAN = "half \ufffd, nothing \ufffd, a bell \x07, no end \u2028, \ufffd\ufffd"


@pytest.fixture
def note(ana: Any, registering: Any) -> Note:
    """A row whose texts come from a JSON column, say."""
    odd = {name: lambda self, obj: ODD for name in ("name", "content", "type")}
    odd |= {name: lambda self, obj: f"/{ODD}" for name in ("url", "image")}
    registering(Note, actor="author", on_delete="keep", **odd)
    note = Note.objects.create(author=ana)
    made = publish(actor=ana, verb="do", object=note, notify=[ana])
    if connection.vendor == "sqlite":  # the servers refuse it in JSON
        Activity.objects.filter(pk=made.pk).update(data={"content": ODD, ODD: [ODD]})
    return note


def test_a_text() -> None:
    assert clean_text(ODD) == CLEAN
    assert clean_text("plain 😀") == "plain 😀"
    assert clean_json({ODD: [ODD, 1, None, {"x": ODD}]}) == {CLEAN: [CLEAN, 1, None, {"x": CLEAN}]}


def test_a_card(note: Note) -> None:
    card = load_cards([Ref.of(note)])[Ref.of(note)]
    assert (card["name"], card["content"], card["type"]) == (CLEAN, CLEAN, CLEAN)
    assert (card["url"], card["image"]) == (None, None)


@pytest.mark.parametrize("kind", ["json", "activity+json", "stream+json", "rss+xml", "atom+xml"])
def test_the_api(note: Note, ana: Any, client: Client, kind: str, any_store: str) -> None:
    client.force_login(ana)
    follow(ana, note)
    here = f"app.note/{note.pk}"
    for address in (
        f"object/{here}",
        f"cards/{here}",
        "home",
        f"followers/{here}",
        "follows",
        "notifications",
        "export",
    ):
        for _ in range(2):  # once from SQL, once from what is kept
            answer = client.get(f"/feeds/{address}/", headers={"accept": f"application/{kind}, */*"})
            content = answer.getvalue() if answer.streaming else answer.content
            assert answer.status_code == 200, address
            assert "\0" not in content.decode(), address
    assert client.get("/feeds/home/?group=object").status_code == 200


def test_tags(note: Note, ana: Any, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = ana
    page = Template(
        "{% load activitystream %}{% feed_page 'object' note as page %}{% render_feed page %}"
        "{% follow_button note %}{% notification_list %}"
    )
    assert "half \ufffd" in page.render(Context({"note": note, "request": request})).encode().decode()


def test_the_admin(note: Note, admin_client: Client) -> None:
    for name in ("activity/?verb=%00&q=%00", "activity/", "notification/", "follow/"):
        page = admin_client.get(f"/admin/activitystream/{name}")
        assert page.status_code == 200
    made = Activity.objects.get(verb="do")
    assert admin_client.get(f"/admin/activitystream/activity/{made.pk}/change/").status_code == 200


def test_a_delete(note: Note, ana: Any, client: Client) -> None:
    ref = Ref.of(note)
    note.delete()
    assert DeletedObject.objects.get().name == CLEAN
    assert load_cards([ref])[ref]["name"] == CLEAN
    client.force_login(ana)
    assert client.get("/feeds/home/").status_code == 200
    out = StringIO()
    call_command("activitystream_export", str(Ref.of(ana)), stdout=out)
    assert CLEAN.split(",", maxsplit=1)[0] in out.getvalue().encode().decode()
