"""`manage.py demo_data`: fills an empty database with a small community, or with a large one."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from example_project.photos.demo.large import Large, Sizes
from example_project.photos.demo.load import ADMIN, Loader
from example_project.photos.models import Person

WIDTH = 32


class Command(BaseCommand):
    help = "Load twelve people and their photos, unless somebody is there already; more with --size=large."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=["small", "large"], default=os.environ.get("SIZE") or "small")
        parser.add_argument(
            "--scale", type=float, default=1.0, help="Of the large one, so much: 0.1 is a tenth."
        )

    def handle(self, *args: Any, size: str, scale: float, **options: Any) -> None:
        if Person.objects.filter(username=ADMIN).exists():
            self.stdout.write("The demo data is there.")
            return
        if Person.objects.exists():
            self.stdout.write("The demo data was not finished: once more.")
            call_command("flush", interactive=False, verbosity=0)
        self.started = time.monotonic()
        loader = Loader()
        loader.load(self._progress)
        if size == "large":
            sizes = Sizes().scaled(scale)
            self.stdout.write(
                f"Now {sizes.people:,} people who follow {sizes.follows:,} times, and {sizes.activities:,} "
                "activities: some minutes, once."
            )
            Large(sizes, self._progress).load()
        loader.finish()

    def _progress(self, done: int, total: int, what: str) -> None:
        """A bar on a terminal, a line at the end elsewhere."""
        if sys.stdout.isatty():
            full = WIDTH * done // total
            end = "\n" if done == total else ""
            took = time.monotonic() - self.started
            left = f"{took / done * (total - done) / 60:.0f} min left" if done and took > 20 else ""
            bar = f"{'█' * full}{'░' * (WIDTH - full)} {100 * done // total:3d}%"
            self.stdout.write(f"\rDemo data {bar} {what:<18}{left:<12}", ending=end)
            self.stdout.flush()
        elif done == total:
            self.stdout.write(f"The demo data is loaded ({time.monotonic() - self.started:.0f} s).")
