"""An id that no row can have names no row, wherever it is named: also one that the field takes and the
database refuses. The transaction in which it is asked for goes on."""

from __future__ import annotations

from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.template import Context, Template
from django.test import Client, RequestFactory

from activitystream import ObjectFeed
from activitystream.models import Ref
from activitystream.registry import RowNotFound, find_row, find_rows, load_all, load_cards, load_instances
from activitystream.streams import get_store

from .models import (
    ByAddress,
    ByAuto,
    ByBytes,
    ByDecimal,
    ByFloat,
    ByHash,
    ByLoose,
    ByMoment,
    ByPrefix,
    ByText,
    ByUUID,
)
from .spellings import KEY, SPELLINGS, make

pytestmark = pytest.mark.django_db

IDS = (
    "0",
    "-1",
    "x",
    " ",
    "9" * 30,
    "-" + "9" * 19,
    "1e999",
    "nan",
    "-inf",
    "1.234567890123456789",
    "½",
    "::ffff",
    "1.2.3.4/33",
    "300.1.1.1",
    "0001-01-01",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30",
    "999999999999 days",
    "k" + "9" * 30,
    "k",
    "n_",
    "=",
    "A",
    "😀",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\x7f",
    "{}",
    "A" * 255,
    "\0",
    "1\0",
    "\ud800",
)
"""Texts that are no key of any row here, if they are a key at all."""
SOME = (
    "0",
    "x",
    "9" * 30,
    "1e999",
    "nan",
    "0001-01-01T00:00:00+14:00",
    "k" + "9" * 30,
    "=",
    "😀",
    "1\0",
    "\ud800",
)
"""Those of them that fields take in different ways."""
KINDS = (ByAuto, ByUUID, ByText, ByAddress, ByDecimal, ByFloat, ByMoment, ByBytes, ByHash, ByLoose, ByPrefix)
each_kind = pytest.mark.parametrize("model", KINDS, ids=lambda model: str(model.__name__))
each_model = pytest.mark.parametrize("model", SPELLINGS, ids=lambda model: str(model.__name__))


@pytest.fixture
def row(model: type[models.Model], ana: Any, registering: Any) -> Any:
    registering(model, may_publish=lambda *args: True)
    return make(model, SPELLINGS[model][1], ana)


def is_working() -> None:
    """The transaction goes on: PostgreSQL refuses everything after an error."""
    assert not ByAddress.objects.filter(pk="203.0.113.9").exists()


@each_model
def test_functions(model: type[models.Model], row: Any) -> None:
    label = model._meta.label_lower
    for id in IDS:
        with pytest.raises(RowNotFound):
            find_row(label, id)
    refs = {Ref(label, id) for id in IDS}
    there = Ref.of(type(row).objects.get())
    for many in (find_rows, load_instances, load_all, load_cards):
        assert list(many({*refs, there})) == [there], many
    assert all(ref.spelled for ref in refs)
    is_working()


@each_kind
def test_addresses(model: type[models.Model], row: Any, ben: Any, client: Client) -> None:
    client.force_login(ben)
    label = model._meta.label_lower
    for id in SOME:
        there = f"{label}/{quote(id, errors='surrogatepass', safe='')}/"
        for address in ("cards", "object", "followers", "following", "follows", "object-new"):
            at = f"/feeds/{address}/{there}"
            if address == "object-new":
                at = f"/feeds/object/{there}new/?since=1"
            assert client.get(at).status_code in (404, 405), (at, id)
        assert client.delete(f"/feeds/mutes/{there}").status_code in (404, 405)
        assert (
            client.get(f"/feeds/cards/{there}", headers={"accept": "application/activity+json"}).status_code
            == 404
        )
    is_working()


@each_kind
def test_bodies_and_forms(model: type[models.Model], row: Any, ben: Any, client: Client) -> None:
    client.force_login(ben)
    for id in SOME:
        named = {"type": model._meta.label_lower, "id": id}
        for address in ("follows", "follows/bulk", "mutes", "blocks", "activities"):
            body: Any = named
            if address == "activities":
                body = {"verb": "do", "object": named}
            elif address == "follows/bulk":
                body = {"items": [named]}
            answer = client.post(f"/feeds/{address}/", body, content_type="application/json")
            assert 400 <= answer.status_code < 500, (address, id)
        if "\ud800" in id:
            continue  # no form can send it
        for form in ("follow", "unfollow", "mute", "unmute"):
            assert client.post(f"/feeds/{form}/", named).status_code == 404, (form, id)
    is_working()


@each_kind
def test_tags(model: type[models.Model], row: Any, ben: Any, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = ben
    shown = Template("{% load activitystream %}{% follow_button ref %}{% mute_button ref %}")
    for id in SOME:
        ref = Ref(model._meta.label_lower, id)
        shown.render(Context({"ref": ref, "user": ben, "request": request}))
    is_working()


@each_kind
def test_admin(model: type[models.Model], row: Any, admin_client: Client) -> None:
    label = model._meta.label_lower
    for id in SOME:
        term = quote(f"{label}:{id}", errors="replace")
        for name in ("activity", "follow", "mute", "block", "notification", "followrequest", "deletedobject"):
            answer = admin_client.get(f"/admin/activitystream/{name}/?q={term}")
            assert answer.status_code == 200, (name, id)
        page = admin_client.get(
            "/admin/activitystream/stream/inspect/", {"model": label, "id": id.encode(errors="replace")}
        )
        assert page.status_code == 200, id
    is_working()


@each_kind
def test_commands(model: type[models.Model], row: Any, ana: Any, tmp_path: Path) -> None:
    label = model._meta.label_lower
    file = tmp_path / "follows.csv"
    for id in SOME:
        for command, *arguments in (
            ("inspect", f"{label}:{id}"),
            ("export", f"{label}:{id}"),
            ("rebuild", "--feed=object", "--all", f"--after={label}:{id}"),
        ):
            with suppress(CommandError):
                call_command(f"activitystream_{command}", *arguments, stdout=StringIO(), stderr=StringIO())
        if "\ud800" in id:
            continue  # no file has it
        file.write_text(f"follower,followee\n{ana.pk},{label}:{id}\n", encoding="utf-8", newline="")
        err = StringIO()
        with pytest.raises(CommandError):
            call_command("activitystream_import_follows", file, stdout=StringIO(), stderr=err)
        assert "line 2: there is no followee" in err.getvalue(), id
    is_working()


@each_kind
def test_streams_of_what_cannot_be(model: type[models.Model], row: Any) -> None:
    """They are there when somebody asked for one; the commands go through all of them."""
    for id in SOME[:-1]:
        feed = ObjectFeed(Ref(model._meta.label_lower, id))
        if "\0" not in id:
            assert list(feed.page()) == []
    assert get_store() is not None
    call_command("activitystream_verify", wait=0, stdout=StringIO(), stderr=StringIO())
    is_working()


def test_one_that_is_refused_takes_no_other_along(ana: Any, registering: Any) -> None:
    registering(ByAddress)
    rows = [make(ByAddress, f"192.0.2.{number}", ana) for number in range(1, 9)]
    refs = [Ref.of(row) for row in rows]
    bad = [Ref("keys.byaddress", text) for text in ("0", "x", str(KEY))]
    assert set(load_instances([*refs[:3], bad[0], *refs[3:6], *bad[1:], *refs[6:]])) == set(refs)
    is_working()
