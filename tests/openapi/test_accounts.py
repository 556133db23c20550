"""Requests of every operation by several accounts: none gets a 500, or what it may not see.

Cases are generated from the schema, and then often name what is hidden: its keys in several spellings, its
verbs, cursors of other accounts' pages, the owner's idempotency key and ETag.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from random import Random
from typing import Any
from urllib.parse import quote, unquote_plus

import pytest
import schemathesis
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from activitystream.rest.export import ExportThrottle
from tests.histories import histories

from .conftest import EXAMPLES
from .hidden import ACCOUNTS, KEY, Site, Thing, registrations

FEEDS = ("home", "outbox", "object")
LISTS = ("follows/", "mutes/", "blocks/", "requests/", "requests/?direction=outgoing", "suggestions/")
GROUPS = ("", "verb", "verb,object", "actor", "object,day", "target", "day")
EXPORT = re.compile(r"\bexport/")
BLOCKS = re.compile(r"\bblocks/")
ROW_KEY = re.compile(r"73\d{7}|[0-9a-f-]{32,36}")
OFTEN = 0.7
"""How often a value that the schema made is replaced by one that names something."""


@pytest.fixture
def site(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Its commits are real, so streams and bodies are warm, and reads go through them."""
    monkeypatch.setattr(ExportThrottle, "rate", "1000000/hour")
    with registrations(monkeypatch):
        yield Site()


class Attacker:
    """Aims generated cases at what is hidden."""

    def __init__(self, site: Site, app: Any, check: Callable[..., None]) -> None:
        self.site, self.client, self.check = site, Client(app), check
        self.verbs = sorted({thing.verb for thing in site.things if thing.verb} | {"post", "write"})
        self.cursors = [*site.activities, "0", "1"]
        self.groups: list[str] = []
        for account in ACCOUNTS:
            self._look_around(account)

    def _look_around(self, account: str | None) -> None:
        """Read pages as this account: it warms caches, and gives cursors and keys of groups."""
        owners = [f"auth.user/{person.pk}/" for person in self.site.people.values()]
        paths = ["notifications/", *LISTS, *(f"{feed}/{owner}" for feed in FEEDS for owner in ("", *owners))]
        for path in paths:
            for query in ("", "?limit=1", "?limit=2&group=verb"):
                url = f"/feeds/{path}{query}"
                answer = self.client.get(url, headers=self.site.headers(account))
                self.check(account, url, answer.text)
                self._note(answer)
        for id in self.site.requests:
            answer = self.client.get(f"/feeds/requests/{id}/", headers=self.site.headers(account))
            assert (answer.status_code == 200) == (account == "shut"), (account, answer.text)

    def _note(self, answer: Any) -> None:
        page = answer.json if answer.status_code == 200 else {}
        links = [page.get("next"), page.get("previous")]
        found = re.findall(r"(?:after|before)=([^&]+)", " ".join(filter(None, links)))
        self.cursors += map(unquote_plus, found)
        self.groups += [item["key"] for item in page.get("results", ()) if "key" in item]

    def aim(self, case: schemathesis.Case, random: Random) -> None:
        """Let it name things that are hidden from somebody."""
        path = case.path_parameters
        if "type" in path and random.random() < OFTEN:
            path["type"], path["id"] = map(_quoted, self._row(random))
        elif "id" in path and random.random() < OFTEN:
            keys = self.site.requests if "/requests/" in case.operation.path else self.site.activities
            path["id"] = _quoted(_spelt(random.choice(keys), random))
        self._query(case, random)
        if case.method == "GET":
            case.headers["Accept"] = random.choice(_formats(case))
        if isinstance(case.body, dict | list) and random.random() < OFTEN:
            case.body = self._body(case.body, random)
        if "Idempotency-Key" in {parameter.name for parameter in case.operation.headers}:
            self._key(case, random)

    def _query(self, case: schemathesis.Case, random: Random) -> None:
        for parameter in case.operation.query:
            if random.random() < OFTEN / 2 and (values := self._values(parameter.name, random)):
                case.query = {**(case.query or {}), parameter.name: values}
        for name in ("after", "before"):  # both together are refused
            if name in (case.query or {}) and random.random() < OFTEN:
                case.query = {key: value for key, value in case.query.items() if key != name}

    def _key(self, case: schemathesis.Case, random: Random) -> None:
        if random.random() < OFTEN / 2:
            case.headers["Idempotency-Key"] = KEY
            case.body, case.media_type = dict(self.site.keyed), "application/json"

    def _row(self, random: Random) -> tuple[str, str]:
        type, id = random.choice(self.site.rows)
        return (type.upper() if random.random() < 0.1 else type), _spelt(id, random)

    def _values(self, name: str, random: Random) -> Any:
        match name:
            case "verb":
                return random.sample(self.verbs, random.choice((1, 1, 2)))
            case "after" | "before" | "since" | "last_event_id":
                return random.choice((random.choice(self.cursors), "0"))
            case "group":
                return random.choice(GROUPS)
            case "kind":
                return random.choice(("follow", "watch"))
            case "actor_type" | "object_type" | "target_type":
                return [random.choice(self.site.rows)[0]]
            case "limit":
                return random.choice(("1", "2", "100"))
        return None

    def _body(self, body: Any, random: Random) -> Any:
        """The same with rows, activities and groups of the site where the schema has such."""
        if isinstance(body, list):
            return [self._body(item, random) for item in body]
        if not isinstance(body, dict):
            return body
        made = {name: self._body(value, random) for name, value in body.items()}
        if set(made) >= {"type", "id"}:
            made["type"], made["id"] = self._row(random)
        if "verb" in made or ("type" in made and "id" not in made):
            for name in ("object", "target"):
                if random.random() < OFTEN:
                    type, id = self._row(random)
                    made[name] = (
                        {"type": type, "id": id}
                        if "verb" in made
                        else f"http://localhost/feeds/cards/{type}/{id}/"
                    )
        if "mark" in made and random.random() < OFTEN:
            name = random.choice(("activity", "up_to", "group"))
            made[name] = random.choice(self.groups if name == "group" else self.site.activities)
        return made


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _spelt(id: str, random: Random) -> str:
    """The key, mostly as it is, or in a way that some code might take for the same."""
    others = (
        f"0{id}",
        f"+{id}",
        f" {id}",
        f"{id}\n",
        id.upper(),
        id.replace("-", ""),
        f"{id}.0",
        f"{id}/new",
    )
    return id if random.random() < OFTEN else random.choice(others)


def _formats(case: schemathesis.Case) -> list[str]:
    """What the operation can answer with, by the schema."""
    content = case.operation.definition.raw["responses"].get("200", {}).get("content", {})
    return [*content] or ["application/json"]


class Judge:
    """Looks for what an account may not see."""

    def __init__(self, site: Site) -> None:
        self.blocked_by = {account: site.blocked_by(account) for account in ACCOUNTS}

    def check(self, account: str | None, asked: str, answer: str, hidden: Collection[Thing]) -> None:
        """Fail if the answer has a marker that the request did not name."""
        asked, answer = unquote_plus(asked), unquote_plus(answer)
        known = {str(int(number) + by) for number in re.findall(r"\d{15,19}", asked) for by in range(-2, 3)}
        own_blocks = self.blocked_by[account] if BLOCKS.search(asked) else set()
        for thing in hidden:
            if thing.is_person and thing.what in own_blocks:
                continue
            met = {marker for marker in thing.markers if marker in answer}
            if met and EXPORT.search(asked):  # an export has the keys of all rows that its user acted on
                met = {marker for marker in met if thing.author != account and not ROW_KEY.fullmatch(marker)}
            found = {marker for marker in met if marker not in asked and marker not in known}
            assert not found, f"{account} meets {thing.what} {found}\nasked: {asked}\nanswer: {answer[:3000]}"

    def check_nothing_of(self, verbs: Any, body: Any, hidden: Collection[Thing]) -> None:
        """Of verbs that only hidden activities have, nothing is found or counted."""
        unseen = {thing.verb for thing in hidden} - {None}
        if verbs and set(verbs if isinstance(verbs, list) else [verbs]) <= unseen and isinstance(body, dict):
            assert not any(body.get(name) for name in ("results", "count")), body


class Fuzz:
    """One generated case after another, by each account in turn."""

    def __init__(self, site: Site, app: Any) -> None:
        self.site, self.client, self.judge = site, Client(app), Judge(site)
        self.hidden = {account: site.hidden_from(account) for account in ACCOUNTS}
        assert all(self.hidden.values())
        self.attacker = Attacker(site, app, lambda who, *told: self.judge.check(who, *told, self.hidden[who]))
        self.statuses: dict[int, int] = {}

    def run(self, case: schemathesis.Case, random: Random) -> None:
        self.attacker.aim(case, random)
        first: Any = None
        for account in ACCOUNTS:
            headers = self.site.headers(account)
            if first is not None and "etag" in first.headers and random.random() < OFTEN:
                headers["If-None-Match"] = first.headers["etag"][0]
            if case.method == "GET":
                answer = self._ask(case, account, headers, first)
            else:
                with transaction.atomic():
                    answer = self._ask(case, account, headers, None)
                    if answer.status_code < 300:
                        self._look_again(account, random, answer)
                    transaction.set_rollback(True)
            first = first or answer

    def _ask(self, case: Any, account: str | None, headers: dict[str, str], first: Any) -> Any:
        answer = case.call(headers=headers)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, (account, _asked(answer), answer.status_code)
        hidden = self.hidden[account]
        sent = _asked(answer)
        self.judge.check(account, sent, _told(answer), hidden)
        if answer.status_code == 304:  # it says: what you may see are these bytes of the owner
            self.judge.check(account, sent, _told(first), hidden)
        is_json = answer.status_code == 200 and "json" in answer.headers["content-type"][0]
        if is_json and "/notifications/" not in sent:  # a word like any feed's name, but it has no filters
            self.judge.check_nothing_of((case.query or {}).get("verb"), answer.json(), hidden)
        return answer

    def _look_again(self, account: str | None, random: Random, wrote: Any) -> None:
        """Within the transaction of a write, look at another list for what is hidden before and after it.

        Cached bodies and viewer state change with the commit, so what the write itself hides is not asked.
        """
        owner = random.choice(list(self.site.people.values()))
        paths = [*LISTS, "home/", "notifications/", "export/", f"outbox/auth.user/{owner.pk}/"]
        path = random.choice(paths)
        answer = self.client.get(f"/feeds/{path}", headers=self.site.headers(account))
        assert answer.status_code < 500, (account, path)
        still = {thing for thing in self.site.hidden_from(account) if thing in self.hidden[account]}
        self.judge.check(account, f"{_asked(wrote)} {path}", answer.text, still)


def _asked(answer: Any) -> str:
    """All that was sent, but who it was."""
    request = answer.request
    headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
    body = request.body or ""
    return f"{request.url} {headers} {body.decode('utf-8', 'replace') if isinstance(body, bytes) else body}"


def _told(answer: Any) -> str:
    return f"{answer.content.decode('utf-8', 'replace')} {json.dumps(dict(answer.headers))}"


@histories
@pytest.mark.slow
def test_accounts(
    operations: Sequence[Any],
    generated: Callable[[int], settings],
    site: Site,
    app: Any,
    same_connection: None,
) -> None:
    fuzz = Fuzz(site, app)
    for operation in operations:

        @generated(max(EXAMPLES // 3, 2))
        @given(case=operation.as_strategy(), seed=st.integers(0, 2**63))
        def ask(case: schemathesis.Case, seed: int) -> None:
            fuzz.run(case, Random(seed))

        ask()
    assert {200, 201, 204, 304, 403, 404} <= {*fuzz.statuses}, fuzz.statuses


def test_the_model_hides_something_of_each_kind_from_each_account(site: Site) -> None:
    hidden = {account: {thing.what for thing in site.hidden_from(account)} for account in ACCOUNTS}
    assert "public of shut" in hidden["stranger"] & hidden["blocked"] & hidden[None]
    assert "followers of open" in hidden["stranger"] - hidden["friend"]
    assert "public of open" in hidden["blocked"] - hidden["stranger"]
    assert "self of open" in hidden["friend"] & hidden["shut"]
    assert {"retracted", "hidden photo", "of a signal"} <= hidden["shut"]
    assert "public of shut" not in hidden["shut"] | hidden["friend"]
