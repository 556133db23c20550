"""docs/reference.md names everything that is public, as it is."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.management import get_commands

import activitystream
from activitystream.conf import Settings
from activitystream.models import Activity
from activitystream.rest.router import router
from activitystream.templatetags.activitystream import register as tags
from activitystream.urls import app_name

HERE = Path(__file__).parent.parent
PAGE = (HERE / "docs/reference.md").read_text()
SIGNATURE = re.compile(r"\{py:(?:function|decorator|method)\} (\w+)\((.*)\)$", re.MULTILINE)


def rows() -> Iterator[list[str]]:
    """The cells of every line of a table."""
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_settings_and_their_defaults() -> None:
    defaults = {f.name: f.default for f in fields(Settings)}
    told = {
        name.strip("`"): default.strip("`") for name, *_, default in rows() if name.strip("`") in defaults
    }
    assert told == {name: repr(value).replace("'", '"') for name, value in defaults.items()}


def test_attributes_of_registrations_and_their_defaults() -> None:
    declared = {
        name: value
        for name, value in vars(activitystream.ModelActivity).items()
        if name in activitystream.ModelActivity.__annotations__
    }
    told = {name.strip("`"): default for name, *_, default in rows() if name.strip("`") in declared}
    defaults = {name: re.search(r"`(.*)`", told.get(name, "``")) for name in declared}
    assert {name: found and found[1].replace('"', "'") for name, found in defaults.items()} == {
        name: repr(value) for name, value in declared.items()
    }


@pytest.mark.parametrize("name", activitystream.__all__)
def test_names(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE)


def test_signatures() -> None:
    told = dict(SIGNATURE.findall(PAGE))
    assert told.keys() > {"publish", "follow", "page", "register", "may_publish"}
    for name, text in told.items():
        for home in (activitystream, activitystream.Feed, activitystream.ModelActivity):
            if found := getattr(home, name, None):
                break
        parameters = [p.replace(annotation=p.empty) for p in inspect.signature(found).parameters.values()]
        names = [p for p in parameters if p.name != "self"]
        assert f"({text})" == str(inspect.Signature(names)), name


def test_tags_commands_checks_addresses() -> None:
    source = "\n".join(path.read_text() for path in Path(activitystream.__file__).parent.rglob("*check*.py"))
    checks = {f"activitystream.{id}" for id in re.findall(r'"(?:activitystream\.)?([EW]\d{3})"', source)}
    commands = {name for name, app in get_commands().items() if app == Activity._meta.app_label}
    assert len(checks) > 9
    assert len(commands) > 4
    for name in {*checks, *commands, *tags.tags, *tags.filters}:
        assert re.search(rf"\b{re.escape(name)}\b", PAGE), name
    assert f"namespace `{app_name}`" in PAGE
    for name in {pattern.name for pattern in router.urls}:
        assert f"`{name}`" in PAGE
