"""How far one has to read to follow what happens: `python -m scripts.hops`.

For three paths it counts the files of the package that run, and the moves: calls from a function of one file
to a function of another. A file is one stop, however often it is visited; a move is a jump of the reader.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

PACKAGE = "activitystream"


class Hops:
    """What was run since it was started."""

    def __init__(self, root: Path) -> None:
        self._root = f"{root}{os.sep}"
        self.files: Counter[str] = Counter()
        """The functions that ran, each time, by file."""
        self.moves: Counter[tuple[str, str]] = Counter()
        """Calls from one file to another."""
        self.functions: set[tuple[str, str]] = set()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what this thread runs."""
        sys.setprofile(self._called)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, arg: Any) -> None:
        if event != "call" or (file := self._file(frame)) is None:
            return
        self.files[file] += 1
        self.functions.add((file, frame.f_code.co_qualname))
        before = frame.f_back
        while before is not None:
            if (origin := self._file(before)) is not None:
                if origin != file:
                    self.moves[origin, file] += 1
                return
            before = before.f_back

    def _file(self, frame: FrameType) -> str | None:
        name = frame.f_code.co_filename
        return name.removeprefix(self._root) if name.startswith(self._root) else None

    def __str__(self) -> str:
        moves = self.moves.total()
        return f"{len(self.files)} files, {moves} moves between files, {len(self.functions)} functions"


def paths() -> Iterator[tuple[str, Callable[[], Any]]]:
    """The paths, each made ready and then given to be run; what comes first is not counted."""
    from django.contrib.auth import get_user_model
    from rest_framework.test import APIClient

    from activitystream import HomeFeed, follow, unfollow
    from tests.app.models import Photo

    ana, ben = (get_user_model().objects.create(username=name) for name in ("ana", "ben"))
    follow(ben, ana)
    client = APIClient()
    client.force_login(ben)
    Photo.objects.create(owner=ana, caption="a first one: caches are filled")
    HomeFeed(ben).page(viewer=ben)
    yield "Photo.save() -> home", lambda: Photo.objects.create(owner=ana, caption="Lake")
    for _ in range(2):
        client.get("/feeds/home/")
    yield "GET home/, warm", lambda: client.get("/feeds/home/")
    yield "unfollow", lambda: unfollow(ben, ana)


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(prog="python -m scripts.hops", description=__doc__)
    parser.add_argument("--moves", action="store_true", help="list the moves")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.db import connection

    import activitystream

    root = Path(activitystream.__file__).parent
    name = connection.creation.create_test_db(verbosity=0)
    try:
        for path, run in paths():
            hops = Hops(root)
            with hops.counting():
                run()
            sys.stdout.write(f"{path}: {hops}\n")
            for (one, other), count in sorted(hops.moves.items()) if options.moves else ():
                sys.stdout.write(f"  {count:4}  {one} -> {other}\n")
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
