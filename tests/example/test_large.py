"""`SIZE=large`, as small as it can be: what is written in bulk is what signals would have made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .conftest import ROOT

LOOK = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("demo_data", size="large", scale=0.004)
call_command("demo_data", size="large")
from activitystream import Activity, HomeFeed, followers
from example_project.photos.models import Comment, Person, Photo
assert Person.objects.count() > 200
counts = {
    "post": Photo.objects.count(),
    "like": Photo.likes.through.objects.count(),
    "comment": Comment.objects.count(),
}
for verb, count in counts.items():
    assert Activity.objects.filter(verb=verb).count() == count, verb
known = sorted((followers(person).count() for person in Person.objects.all()), reverse=True)
assert known[0] > 3 * known[len(known) // 2], "everybody is as well known as everybody else"
mei = Person.objects.get(username="mei")
page = HomeFeed(mei).page(limit=100)
assert len(page) == 100
assert all(entry.object for entry in page)
"""


def test_a_two_hundredth_of_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "example_project.settings",
            "EXAMPLE_DATA_DIR": str(tmp_path),
            "SIZE": "large",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "The demo data is there." in done.stdout
