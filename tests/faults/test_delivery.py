"""Workers get the same entries twice, in any order, at once."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

from django.db import connection

from activitystream import publish
from activitystream.journal import pending, run
from activitystream.models import JournalEntry

from .site import PATIENCE, Crowd, sweep_and_verify, the_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from example_project.private_server import Server


def deliver(pks: Sequence[int], barrier: threading.Barrier, failed: list[BaseException]) -> None:
    try:
        barrier.wait()
        for pk in pks:
            entry = JournalEntry.objects.filter(pk=pk).first()
            if entry is not None:
                run(entry)
    except BaseException as error:  # noqa: BLE001
        failed.append(error)
    finally:
        connection.close()


def test_twice_and_out_of_order_from_two_threads_at_once(
    server: Server, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(400, warm_every=10)
    monkeypatch.setattr("activitystream.journal.tasks.dispatch", lambda entry: None)
    published = [publish(actor=crowd.ana, verb="say").id for _ in range(8)]
    pks = list(pending().values_list("pk", flat=True))
    assert len(pks) == 8
    barrier, failed = threading.Barrier(2), []
    threads = [
        threading.Thread(target=deliver, args=(random.sample(pks * 2, 16), barrier, failed), daemon=True)
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert not failed
    sweep_and_verify()
    assert pending().count() == 0
    wanted = [*reversed(published), crowd.old.id]
    for user in crowd.readers:
        assert the_store().contents(f"home:auth.user:{user.pk}").ids == wanted
