"""What a process of a fault test does: `python -m tests.faults.act publish <actor> <step> <when>`.

It publishes, and stops before or after the given write of the fan-out: it says so, and waits to be killed.
"""

from __future__ import annotations

import sys
from typing import Any

import django


def say(word: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def stop_at(step: int, when: str) -> None:
    """Stop the fan-out at its write number `step`, "before" or "after" it is done."""
    from activitystream.streams import get_store

    store: Any = get_store()
    add, calls = store.add, []

    def add_or_stop(additions: Any, **kwargs: Any) -> None:
        calls.append(1)
        if when == "after":
            add(additions, **kwargs)
        if len(calls) == step:
            say("there")
            sys.stdin.read()
        if when == "before":
            add(additions, **kwargs)

    store.add = add_or_stop


def main() -> None:
    _, action, actor, step, when = sys.argv
    django.setup()
    from django.contrib.auth import get_user_model

    from activitystream import publish

    assert action == "publish"
    stop_at(int(step), when)
    publish(actor=get_user_model().objects.get(pk=actor), verb="say", key="killed")
    say("done")


if __name__ == "__main__":
    main()
