"""A site for one test: its servers, a crowd of followers, and processes of its own."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from activitystream import HomeFeed, StoreUnavailable, publish
from activitystream.feeds import pull, rebuild
from activitystream.models import FOLLOW, Activity, Follow, Ref
from activitystream.operations import Verdict, verify
from activitystream.streams import StreamStore, get_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.kit import Spying

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a condition that is waited for will not come."""


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.01)


class Crowd:
    """One whom many follow. Some of the followers' homes are warm."""

    def __init__(self, followers: int, warm_every: int = 50) -> None:
        users = get_user_model().objects
        self.ana = users.create(username="ana")
        self.followers: Sequence[Any] = users.bulk_create(
            get_user_model()(username=f"follower {number}") for number in range(followers)
        )
        followee = Ref.of(self.ana)
        Follow.objects.bulk_create(
            Follow(
                follower=user,
                followee_type=followee.content_type,
                followee_id=followee.id,
                kind=FOLLOW,
                actor_only=True,
            )
            for user in self.followers
        )
        self.old = publish(actor=self.ana, verb="say")
        self.readers = self.followers[::warm_every]
        self.warm_up()

    def warm_up(self) -> None:
        """Make the readers' homes warm."""
        for user in self.readers:
            rebuild(HomeFeed(user), the_store())

    def reached(self, activity: Activity | int) -> int:
        """How many of the readers' warm homes have an activity."""
        id = activity if isinstance(activity, int) else activity.id
        return sum(id in the_store().contents(HomeFeed(user).stream).ids for user in self.readers)

    def check_pages(self) -> None:
        """What a few readers see is what their queries say."""
        for user in self.readers[::10]:
            wanted = pull(HomeFeed(user).sources(), limit=20)
            assert [entry.id for entry in HomeFeed(user).page(20)] == wanted


def the_store() -> StreamStore:
    store = get_store()
    assert store is not None
    return store


def verdicts(wait: float = 0.1) -> dict[Verdict, int]:
    """What `verify` says of all streams."""
    found: dict[Verdict, int] = {}
    for outcome in verify(the_store().streams(), the_store(), wait=wait):
        found[outcome.verdict] = found.get(outcome.verdict, 0) + 1
    return found


def sweep_and_verify() -> None:
    """The end of every fault: one sweep, and no stream differs from its query."""
    call_command("activitystream_sweep", "--now", skip_checks=True)
    call_command("activitystream_verify", skip_checks=True)


class Process:
    """A Python process on the test's database and servers, with pipes to and from it."""

    def __init__(self, settings: Any, folder: Path, *args: str, env: dict[str, str] | None = None) -> None:
        site = {
            "database": str(connection.settings_dict["NAME"]),
            "caches": {"default": settings.CACHES["streams"], "streams": settings.CACHES["streams"]},
            "activitystream": settings.ACTIVITYSTREAM,
            "tasks": settings.TASKS,
        }
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, *args],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={
                    **os.environ,
                    "SITE_SETTINGS": json.dumps(site),
                    "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
                    "TMPDIR": str(folder),  # what a killed process leaves goes with the test's folder
                    **(env or {}),
                },
            )

    def read(self) -> str:
        """The next line it writes; its log, if it ended instead."""
        assert self.popen.stdout is not None
        ready, _, _ = select.select([self.popen.stdout], [], [], PATIENCE)
        assert ready, f"it said nothing for {PATIENCE} s: {self.log.read_text()}"
        line = self.popen.stdout.readline()
        assert line, self.log.read_text()
        return line.strip()

    def finish(self) -> None:
        """Wait for its end, which must be a good one."""
        assert self.popen.wait(PATIENCE) == 0, self.log.read_text()

    def kill(self) -> None:
        """SIGKILL."""
        self.popen.kill()
        self.popen.wait()

    def close(self) -> None:
        """End it, if it has not ended, and its pipes."""
        self.kill()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def answers() -> bool:
    """Whether the store can be asked again."""
    try:
        the_store().length("anything")
    except StoreUnavailable:
        return False
    return True


def at_write(store_with: Spying, step: int, fault: Callable[[], object]) -> None:
    """Let the fault happen just before the write number `step` of a fan-out in this process."""
    calls: list[int] = []

    def add_or_fail(*args: Any, **kwargs: Any) -> None:
        calls.append(1)
        if len(calls) == step:
            fault()
        store.add(*args, **kwargs)

    store = store_with(add=add_or_fail)
