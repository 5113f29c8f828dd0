"""Count what the service does, in a registry of its own; the store is asked at each reading.

Counters and histograms run from the start of the process, gauges tell what is so now: no figure
here is of a calendar day, for whoever reads them may live in any zone.

The labels are routes, outcomes and states: nothing in them names a person or a chat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from switchboard.flows.chat_to_ticket.models import Classify, Verdict
from switchboard.jobs.chores import Diary
from switchboard.store import set_aside, stops
from switchboard.store.tables import ticket

Gauges = Callable[[sa.Connection], Iterable[Metric]]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_HTTP_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2, 3.5, 5, 10)
_DETECTOR_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)


class Metrics:
    """What is counted in this process."""

    def __init__(self, diary: Diary) -> None:
        self._registry, self._diary = CollectorRegistry(), diary
        self.http = Histogram(
            "switchboard_http_request_seconds",
            "Time to answer a request, without streams: those last as long as somebody looks.",
            ["method", "route", "status"],
            buckets=_HTTP_SECONDS,
            registry=self._registry,
        )
        self.requests = Counter(
            "switchboard_http_requests",
            "Requests answered since the start, streams among them: counted as they begin.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self.streams = Gauge(
            "switchboard_http_streams_open",
            "Streams of live pages that are open now.",
            registry=self._registry,
        )
        self.deliveries = Counter(
            "switchboard_deliveries",
            "Deliveries of SalesIQ and Zoho Desk since the start, by what they were answered with.",
            ["source", "outcome"],
            registry=self._registry,
        )
        self.detector = Histogram(
            "switchboard_detector_seconds",
            "Time to understand one message.",
            buckets=_DETECTOR_SECONDS,
            registry=self._registry,
        )
        self.opinions = Counter(
            "switchboard_second_opinions",
            "Questions to a language model since the start, by what came of them.",
            ["outcome"],
            registry=self._registry,
        )

    def advised(self, outcome: str) -> None:
        """Count what came of asking for a second opinion."""
        self.opinions.labels(outcome).inc()

    def timed(self, classify: Classify) -> Classify:
        """Return the detector with a watch on it."""

        def measured(text: str) -> Verdict:
            started = perf_counter()
            try:
                return classify(text)
            finally:
                self.detector.observe(perf_counter() - started)

        return measured

    def page(self, stored: Iterable[Metric]) -> bytes:
        """Write everything down as Prometheus reads it."""
        once = CollectorRegistry()
        once.register(_Families([*self._registry.collect(), *lane_gauges(self._diary), *stored]))
        return generate_latest(once)


def lane_gauges(diary: Diary) -> Iterator[GaugeMetricFamily]:
    """Say when each lane last did its work, and how often in a row it has failed since."""
    success = GaugeMetricFamily(
        "switchboard_lane_last_success_timestamp_seconds",
        "When the lane last did what was due.",
        labels=["lane"],
    )
    failures = GaugeMetricFamily(
        "switchboard_lane_failures_in_a_row", "Failures since then.", labels=["lane"]
    )
    for name, entry in sorted(diary.entries.items()):
        if entry.succeeded_at is not None:
            success.add_metric([name], entry.succeeded_at)
        failures.add_metric([name], entry.failures)
    yield success
    yield failures


def store_gauges(conn: sa.Connection) -> Iterator[GaugeMetricFamily]:
    """Count what the store holds: writes at vendors, tickets and mails, by state.

    What a person has set aside has a state of its own, so that no alarm rings for it.
    """
    for stop, name, words in (
        (
            stops.UPDATE,
            "switchboard_effects",
            "Writes at vendors kept now, by kind and state.",
        ),
        (stops.TICKET, "switchboard_tickets", "Tickets kept now, by workflow and state."),
        (stops.MAIL, "switchboard_mails", "Mails kept now, by kind and state."),
    ):
        table = stop.table
        sort = table.c.workflow if table is ticket else table.c.kind
        aside = sa.and_(stop.holds, set_aside.is_set(stop))
        state = sa.case((aside, "set_aside"), else_=table.c.state)
        each = sa.select(sort.label("sort"), state.label("state")).select_from(table).subquery()
        query = sa.select(each.c.sort, each.c.state, sa.func.count())
        query = query.group_by(each.c.sort, each.c.state)
        family = GaugeMetricFamily(name, words, labels=[sort.name, "state"])
        for kind, state, count in conn.execute(query):
            family.add_metric([kind, state], count)
        yield family


class _Families(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
