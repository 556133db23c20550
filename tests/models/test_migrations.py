"""Migrations: none is missing, and they can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection


@pytest.mark.django_db
def test_none_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", "activitystream", "app", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("activitystream_")}


@pytest.mark.slow
def test_back_and_forth(transactional_db: Any) -> None:
    there = tables()
    try:
        call_command("migrate", "activitystream", "zero", verbosity=0)
        assert there == {
            model._meta.db_table
            for model in apps.get_app_config("activitystream").get_models()
            if model._meta.managed
        }
        assert tables() == set()
    finally:
        call_command("migrate", verbosity=0)
    assert tables() == there
