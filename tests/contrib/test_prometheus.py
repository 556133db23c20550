"""Metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from activitystream import OutboxFeed, accept, follow, incoming, publish, retract, signals
from activitystream.journal import sweep
from activitystream.models import JournalEntry
from tests.fixtures import STORES

prometheus = pytest.importorskip(
    "activitystream.contrib.prometheus", reason="prometheus-client is not installed"
)
pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def registry(configure: Any) -> Iterator[Any]:
    configure(STREAMS=STORES["fakeredis"])
    registry = prometheus.CollectorRegistry()
    prometheus.connect(registry)
    yield registry
    for name in signals.__all__:
        assert getattr(signals, name).disconnect(dispatch_uid=prometheus.UID)


def test_what_the_app_does_is_counted(registry: Any, ana: Any) -> None:
    value = lambda name, **labels: registry.get_sample_value(f"activitystream_{name}", labels)  # noqa: E731
    made = [publish(actor=ana, verb="wave") for _ in range(3)]
    retract(made[0])
    OutboxFeed(ana).page()
    OutboxFeed(ana).page()
    old = timezone.now() - timedelta(hours=1)
    JournalEntry.objects.create(kind="forget", payload={"refs": ["a"]}, updated=old)
    sweep()
    assert value("published_total") == 3
    assert value("retracted_total") == 1
    assert (value("notified_total"), value("requested_total"), value("accepted_total")) == (0, 0, 0)
    assert value("delivered_total") == 3 * 2, "the outbox and the object feed of each"
    assert value("fan_out_seconds_count") == 3
    assert value("rebuild_seconds_count", feed="outbox") == 1
    assert value("page_seconds_count", feed="outbox") == 2
    assert 0 < value("page_seconds_sum", feed="outbox") < 10
    assert value("swept_total", outcome="done") == 1


def test_people_are_counted(registry: Any, ana: Any, ben: Any, private_rows: None) -> None:
    publish(actor=ana, verb="greet", object=ben, notify=[ben])
    ben.last_name = "private"
    ben.save()
    follow(ana, ben)
    accept(incoming(ben).get())
    for name in ("notified", "requested", "accepted"):
        assert registry.get_sample_value(f"activitystream_{name}_total") == 1


def test_the_journal_is_counted_when_prometheus_asks(
    registry: Any, ana: Any, django_assert_num_queries: Any
) -> None:
    now = timezone.now()
    for age in (0, 3600, 7200):
        JournalEntry.objects.create(kind="forget", payload={}, updated=now - timedelta(seconds=age))
    with django_assert_num_queries(3):
        text = prometheus.generate_latest(registry).decode()
    assert "activitystream_journal_pending 3.0" in text
    assert "activitystream_journal_stalled 2.0" in text
    assert "last_sweep" not in text, "there never was one"
    sweep()
    text = prometheus.generate_latest(registry).decode()
    assert "activitystream_last_sweep_timestamp_seconds 1." in text


def test_connecting_asks_the_database_nothing(configure: Any, django_assert_num_queries: Any) -> None:
    registry = prometheus.CollectorRegistry()
    with django_assert_num_queries(0):
        prometheus.connect(registry)
    for name in signals.__all__:
        getattr(signals, name).disconnect(dispatch_uid=prometheus.UID)


def test_a_registry_takes_them_once(registry: Any) -> None:
    with pytest.raises(ValueError, match="Duplicated"):
        prometheus.connect(registry)


@pytest.fixture
def no_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)


def test_the_view_answers_as_prometheus_reads_it(
    no_directory: None, registry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prometheus, "REGISTRY", registry)
    response = prometheus.metrics(RequestFactory().get("/metrics"))
    assert response["Content-Type"].startswith("text/plain")
    assert b"activitystream_published_total 0.0" in response.content


def test_the_view_gathers_all_processes(db: None, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    response = prometheus.metrics(RequestFactory().get("/metrics"))
    assert b"activitystream_journal_pending 0.0" in response.content
