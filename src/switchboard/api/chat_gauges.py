"""Show the figures of chats and tickets to Prometheus: of the last 24 hours, and of 30 times those.

Both end now and know no midnight: figures of calendar days are for people, in their zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily

from switchboard.api.metrics import Gauges
from switchboard.flows.chat_to_ticket.measuring import measure
from switchboard.flows.chat_to_ticket.statistics import ChatFigures
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store.database import now

DAY_SECONDS = 86_400.0
_ROLLING = "over a window that ends now: 1d is the last 24 hours, 30d the last 720."
WINDOWS = {"1d": DAY_SECONDS, "30d": 30 * DAY_SECONDS}

Workflows = Callable[[], Mapping[str, Workflow]]


def chat_gauges(workflows: Workflows) -> Gauges:
    """Return the gauges; *workflows* are asked at each reading, since documents change."""

    def read(conn: sa.Connection) -> Iterator[GaugeMetricFamily]:
        at, known = now(conn), dict(workflows())
        found = {
            window: measure(conn, known, since=at - seconds, until=at, zone="UTC")
            for window, seconds in WINDOWS.items()
        }
        yield from families(found)

    return read


def families(found: Mapping[str, ChatFigures]) -> Iterator[GaugeMetricFamily]:
    """Return one family for each kind of figure; what was not counted is left out."""
    for name, words, label, values in (
        (
            "switchboard_chat_conversations",
            "Chats by what became of them (open: those open now)", "what", _chats,
        ),
        (
            "switchboard_chat_tickets",
            "Tickets of chats and programs (waiting, parked: those that are so now)", "what",
            _tickets,
        ),
        ("switchboard_chat_rate", "Shares of 1", "rate", _rates),
        ("switchboard_chat_success", "Share of writes that succeeded", "write", _success),
        (
            "switchboard_chat_resolution_minutes",
            "Minutes until tickets were closed, as Zoho Desk measured them", "stat", _resolution,
        ),
        (
            "switchboard_chat_satisfaction",
            "Visitors' scores from 1 to 5, and how many gave one", "stat", _satisfaction,
        ),
        (
            "switchboard_chat_saved_minutes",
            "Minutes saved by automated requests", "workflow", _saved,
        ),
    ):  # fmt: skip
        family = GaugeMetricFamily(name, f"{words}, {_ROLLING}", labels=[label, "window"])
        for window, figures in found.items():
            for key, value in values(figures).items():
                if value is not None:
                    family.add_metric([key, window], value)
        yield family


def _chats(found: ChatFigures) -> Mapping[str, float | None]:
    return found.conversations


def _tickets(found: ChatFigures) -> Mapping[str, float | None]:
    return found.tickets


def _rates(found: ChatFigures) -> Mapping[str, float | None]:
    return found.rates


def _success(found: ChatFigures) -> Mapping[str, float | None]:
    return {name: each.rate for name, each in found.outcomes.items()}


def _resolution(found: ChatFigures) -> Mapping[str, float | None]:
    return found.resolution_minutes


def _satisfaction(found: ChatFigures) -> Mapping[str, float | None]:
    given = found.satisfaction
    return {"average": given["average"], "answers": given["answers"]}


def _saved(found: ChatFigures) -> Mapping[str, float | None]:
    return {row.workflow: row.minutes_saved for row in found.workflows}
