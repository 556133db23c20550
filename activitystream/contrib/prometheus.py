"""Metrics for Prometheus, fed by the signals. Once in a process, in the `ready()` of an app of yours:

    from activitystream.contrib import prometheus

    prometheus.connect()

and, where your site does not export metrics already, an address that only your Prometheus can reach:

    path("metrics", prometheus.metrics)

It needs `prometheus-client`. Several processes on a machine: set `PROMETHEUS_MULTIPROC_DIR`, as its
documentation says; the view heeds it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from activitystream import signals
from activitystream.journal import last_sweep, pending, stalled
from activitystream.spaces import names, using

__all__ = ["JournalCollector", "connect", "metrics"]

UID = "activitystream.contrib.prometheus"
QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds that divide pages: a warm one takes a millisecond."""


class JournalCollector(Collector):
    """What is in the journal, counted when Prometheus asks: it is the same whichever process answers.

    On a site with `SPACES` these are the sums of all spaces, and the sweep that is longest ago.
    """

    def describe(self) -> list[Metric]:
        return []  # what there is is told without a query

    def collect(self) -> Iterator[Metric]:
        waiting = standing = 0
        sweeps = []
        for space in names():
            with using(space):
                waiting += pending().count()
                standing += stalled().count()
                if last := last_sweep():
                    sweeps.append(last.ended)
        yield GaugeMetricFamily(
            "activitystream_journal_pending", "Journal entries that are not done yet.", waiting
        )
        yield GaugeMetricFamily(
            "activitystream_journal_stalled",
            "Journal entries that have not moved for SWEEP_AFTER seconds.",
            standing,
        )
        if sweeps:
            yield GaugeMetricFamily(
                "activitystream_last_sweep_timestamp_seconds",
                "When a sweep last ended.",
                min(sweeps).timestamp(),
            )


class _Metrics:
    """The metrics of a registry, and the receivers that feed them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"activitystream_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str, **options: Any) -> Histogram:
            return Histogram(f"activitystream_{name}", text, labels, registry=registry, **options)

        self.published = counter("published", "Activities published.")
        self.retracted = counter("retracted", "Activities retracted.")
        self.notified = counter("notified", "Notifications written.")
        self.requested = counter("requested", "Follows that were asked for.")
        self.accepted = counter("accepted", "Requests that were accepted.")
        self.delivered = counter("delivered", "Streams that activities were offered to.")
        self.fan_out = histogram("fan_out_seconds", "Steps of fan-outs.")
        self.rebuilds = histogram("rebuild_seconds", "Rebuilds of cold streams.", "feed")
        self.pages = histogram("page_seconds", "Pages read.", "feed", buckets=QUICK)
        self.swept = counter("swept", "Journal entries that sweeps took up.", "outcome")
        registry.register(JournalCollector())

    def on_published(self, count: int, **_: Any) -> None:
        self.published.inc(count)

    def on_retracted(self, count: int, **_: Any) -> None:
        self.retracted.inc(count)

    def on_notified(self, count: int, **_: Any) -> None:
        self.notified.inc(count)

    def on_requested(self, count: int, **_: Any) -> None:
        self.requested.inc(count)

    def on_accepted(self, **_: Any) -> None:
        self.accepted.inc()

    def on_delivered(self, count: int, seconds: float, **_: Any) -> None:
        self.delivered.inc(count)
        self.fan_out.observe(seconds)

    def on_rebuilt(self, feed: str, seconds: float, **_: Any) -> None:
        self.rebuilds.labels(feed).observe(seconds)

    def on_page_read(self, feed: str, seconds: float, **_: Any) -> None:
        self.pages.labels(feed).observe(seconds)

    def on_swept(self, done: int, failed: int, **_: Any) -> None:
        self.swept.labels("done").inc(done)
        self.swept.labels("failed").inc(failed)


def connect(registry: CollectorRegistry = REGISTRY) -> None:
    """Keep metrics in this registry from now on. Once: a registry takes each name once (ValueError)."""
    kept = _Metrics(registry)
    for name in signals.__all__:
        receiver = getattr(kept, f"on_{name}")
        getattr(signals, name).connect(receiver, weak=False, dispatch_uid=UID)


def metrics(request: HttpRequest) -> HttpResponse:
    """A view: the metrics of this process, or of all of the machine where PROMETHEUS_MULTIPROC_DIR is set."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(JournalCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
