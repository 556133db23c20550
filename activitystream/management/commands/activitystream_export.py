"""manage.py activitystream_export."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from activitystream.management.common import StreamCommand, owner_argument
from activitystream.models import Ref
from activitystream.operations import export_user, is_there


class Command(StreamCommand):
    """Give out everything that the app holds about a user."""

    help = (
        "Write everything that the app holds about a user, as JSON: one record a line. It is for that user: "
        "what others did is in it as the user may see it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        label = get_user_model()._meta.label_lower
        parser.add_argument("user", type=owner_argument, help=f"the user, as {label}:7")
        parser.add_argument("--output", metavar="FILE", type=Path, help="a file to write (default: stdout)")

    def needs_one(self, options: dict[str, Any]) -> bool:
        return True

    def run(self, *args: Any, user: Ref, output: Path | None, **options: Any) -> None:
        model = get_user_model()
        if user.model != model._meta.label_lower or not is_there(user):
            raise CommandError(f"There is no user {user}.")
        if output is None:
            for record in export_user(user):
                self.stdout.write(json.dumps(record, ensure_ascii=False))
            return
        with output.open("w", encoding="utf-8") as file:
            for record in export_user(user):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
