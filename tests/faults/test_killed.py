"""A process dies in the middle of a fan-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from activitystream.journal import pending
from activitystream.models import Activity
from activitystream.operations import Verdict
from tests.kit import Spying

from .site import Crowd, Process, sweep_and_verify, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

WRITES = 21
"""To the recipients that are named, and to 2,000 followers in chunks of 100."""


@pytest.mark.parametrize(
    ("step", "when", "steps_done"),
    [(1, "before", 0), (9, "before", 7), (9, "after", 7)],
)
def test_killed_while_fanning_out(
    crowd: Crowd,
    start: Callable[..., Process],
    store_with: Spying,
    step: int,
    when: str,
    steps_done: int,
) -> None:
    process = start("-m", "tests.faults.act", "publish", str(crowd.ana.pk), str(step), when)
    assert process.read() == "there"
    process.kill()
    activity = Activity.objects.get(key="killed")
    assert pending().get().step == steps_done
    before = crowd.reached(activity)
    assert before == {(1, "before"): 0, (9, "before"): 14, (9, "after"): 16}[step, when]
    assert verdicts()[Verdict.UNSETTLED] >= len(crowd.readers) - before
    writes: list[int] = []
    real = store_with(add=lambda *args, **kwargs: writes.append(1) or real.add(*args, **kwargs))
    sweep_and_verify()
    assert len(writes) == WRITES - (step - 1), "the sweeper goes on where the other stood"
    assert pending().count() == 0
    assert crowd.reached(activity) == len(crowd.readers)
