"""The circuit breaker of Redis and of the workers' broker."""

from __future__ import annotations

import pytest

from activitystream.breaker import Breaker
from tests.kit import Clocks


def test_one_request_tries_again_and_nobody_else_waits_for_it(clock: Clocks) -> None:
    now = clock("breaker")
    breaker = Breaker(30.0, "Redis", "the database answers")
    assert breaker.lets_through()
    assert not breaker.is_open
    breaker.failed(OSError())
    assert breaker.is_open
    now.advance(29)
    assert not breaker.lets_through()
    now.advance(2)
    assert breaker.lets_through(), "and it hangs"
    assert not breaker.lets_through()
    breaker.succeeded()
    assert breaker.lets_through()
    assert breaker.lets_through()


def test_the_log_reports_the_beginning_and_the_end_of_an_outage(caplog: pytest.LogCaptureFixture) -> None:
    breaker = Breaker(30.0, "Redis", "the database answers", cache="feeds")
    for _ in range(3):
        breaker.failed(OSError("refused"))
    breaker.succeeded()
    breaker.succeeded()
    events = [(record.event, record.cache) for record in caplog.records]  # type: ignore[attr-defined]
    assert events == [("outage", "feeds"), ("outage_over", "feeds")]
    assert "Redis cannot be reached, the database answers meanwhile: OSError: refused" in caplog.text
