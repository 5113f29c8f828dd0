"""Read from the store what the pages of insights show, beside whoever writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.console.insights import calls as telephone
from switchboard.console.insights.asking import Asked
from switchboard.console.insights.calls import Returned
from switchboard.console.insights.chats import DAY_ENDS
from switchboard.flows.chat_to_ticket.measuring import measure
from switchboard.flows.chat_to_ticket.statistics import ChatFigures
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.store import call_counts, chat_facts, chat_times
from switchboard.store.call_counts import CallTotals, MissedCall, Slot, Span
from switchboard.store.chat_facts import Funnel

MOST_WAITING = 10


@dataclass(frozen=True, slots=True)
class Telephone:
    """What came in by telephone."""

    totals: CallTotals
    returned: Sequence[Returned]
    together: Returned
    waiting: Sequence[MissedCall]  # Longest first.


@dataclass(frozen=True, slots=True)
class Chats:
    """What chats came to."""

    figures: ChatFigures
    funnels: Mapping[str, Funnel]
    hours: Mapping[int, int]


def span_of(asked: Asked) -> Span:
    return Span(asked.stretch.since, asked.stretch.until, asked.office or None)


def read_telephone(
    conn: sa.Connection, asked: Asked, configuration: Configuration, now: float
) -> Telephone:
    missed = call_counts.missed_calls(conn, span_of(asked))
    due_minutes = configuration.settings.callbacks.due_minutes
    rows = telephone.returned(missed, configuration.offices, due_minutes, now)
    return Telephone(
        totals=call_counts.totals(conn, span_of(asked)),
        returned=rows,
        together=telephone.together(rows, missed),
        waiting=_longest_waiting(missed),
    )


def _longest_waiting(missed: Sequence[MissedCall]) -> list[MissedCall]:
    """Return the first call of each person who waits; who called twice is one who waits."""
    waiting = [each for each in missed if each.reached_at is None and not each.lost]
    first = {each.person: each for each in reversed(waiting)}
    return sorted(first.values(), key=lambda each: (each.at, each.id))[:MOST_WAITING]


def read_hours(
    conn: sa.Connection, asked: Asked, configuration: Configuration
) -> dict[tuple[int, int], Slot]:
    """Count by hour of the week, each office's calls on its own clock."""
    found: dict[tuple[int, int], Slot] = {}
    for zone, offices in _clocks(asked, configuration).items():
        span = replace(span_of(asked), office=None)
        for key, slot in call_counts.by_hour_of_week(conn, span, zone, offices).items():
            found[key] = found.get(key, Slot()) + slot
    return found


def read_days(conn: sa.Connection, asked: Asked) -> dict[int, Slot]:
    """Count by day, on the clock the period is told in."""
    return call_counts.by_day(conn, span_of(asked), asked.stretch.zone)


def read_chats(conn: sa.Connection, asked: Asked, workflows: Mapping[str, Workflow]) -> Chats:
    stretch = asked.stretch
    figures = read_figures(conn, asked, workflows)
    hours = chat_times.by_hour(
        conn, stretch.since, stretch.until, stretch.zone, workflow=asked.workflow
    )
    return Chats(figures, chat_facts.funnels(conn, stretch.since, stretch.until), hours)


def read_figures(
    conn: sa.Connection, asked: Asked, workflows: Mapping[str, Workflow]
) -> ChatFigures:
    stretch = asked.stretch
    return measure(
        conn,
        dict(workflows),
        since=stretch.since,
        until=stretch.until,
        zone=stretch.zone,
        workflow=asked.workflow,
    )


def read_chat_days(conn: sa.Connection, asked: Asked) -> dict[tuple[int, str], int]:
    stretch = asked.stretch
    return chat_times.by_day(conn, stretch.since, stretch.until, stretch.zone, DAY_ENDS)


def _clocks(asked: Asked, configuration: Configuration) -> dict[str, list[str | None]]:
    """Return the zones with their offices; calls of no office are told in the period's zone."""
    found: dict[str, list[str | None]] = {}
    for each in configuration.offices:
        if not asked.office or each.id == asked.office:
            found.setdefault(each.timezone, []).append(each.id)
    if not asked.office:
        found.setdefault(asked.stretch.zone, []).append(None)
    return found
