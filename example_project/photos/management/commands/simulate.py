"""`manage.py simulate`: lets the people of the demo act for a while."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from example_project.photos.demo.simulate import SECONDS, Crowd


class Command(BaseCommand):
    help = "Let the twelve people of the demo post, like, comment and follow for a while."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=SECONDS)

    def handle(self, *args: Any, seconds: float, **options: Any) -> None:
        Crowd().run(seconds, self.stdout.write)
