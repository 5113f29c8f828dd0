"""Put two stretches of time side by side: what differs, by how much, and whether that is good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.console.insights import calls as telephone
from switchboard.console.insights.calls import Returned, answered_share
from switchboard.console.insights.periods import Stretch
from switchboard.console.insights.words import (
    ENOUGH,
    NOT_ENOUGH,
    Kind,
    Sheet,
    minutes,
    number,
    percent,
    plain,
)
from switchboard.flows.chat_to_ticket.measuring import measure
from switchboard.flows.chat_to_ticket.statistics import ChatFigures
from switchboard.flows.chat_to_ticket.workflow import Workflow
from switchboard.reports.charts import PARTS, Chart, Series
from switchboard.store import call_counts, report_list
from switchboard.store.call_counts import CallTotals, Span
from switchboard.store.call_kinds import PLACED_BY_US

Unit = Literal["number", "share", "minutes"]
_POINT = 0.005  # A share that differs by less is the same.


@dataclass(frozen=True, slots=True)
class Side:
    """All that was counted of one stretch."""

    calls: CallTotals
    returned: Returned
    media: Mapping[tuple[str, str], int]
    chats: ChatFigures | None
    broken_runs: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing in both stretches; `good` is +1 where more is better, -1 where less is, else 0."""

    group: str
    label: str
    counts: str
    newer: float | None
    older: float | None
    good: int = 0
    unit: Unit = "number"

    @property
    def newer_words(self) -> str:
        return _said(self.newer, self.unit)

    @property
    def older_words(self) -> str:
        return _said(self.older, self.unit)

    @property
    def difference(self) -> tuple[str, Kind, str]:
        """Return words, colour and icon; of few cases no share of them is told."""
        if self.newer is None or self.older is None:
            return NOT_ENOUGH, "", "dash"
        change = self.newer - self.older
        if abs(change) < {"number": 0.5, "share": _POINT, "minutes": 1 / 60}[self.unit]:
            return "The same", "", "dash"
        better = (change > 0) == (self.good > 0)
        few = self.unit == "number" and max(self.newer, self.older) < ENOUGH
        kind: Kind = "" if not self.good or few else "ok" if better else "warn"
        symbol = {"ok": "check", "warn": "alert"}.get(kind, "dash")
        return self._words(change), kind, symbol

    def _words(self, change: float) -> str:
        if self.unit == "share":
            points = f"{abs(change) * 100:.0f}"
            noun = "point" if points == "1" else "points"
            return f"{points} {noun} {'higher' if change > 0 else 'lower'}"
        if self.unit == "minutes":
            return f"{minutes(abs(change))} {'longer' if change > 0 else 'shorter'}"
        words = f"{number(abs(change))} {'more' if change > 0 else 'fewer'}"
        if self.older is not None and self.older >= ENOUGH:
            words += f" ({change / self.older * 100:+.0f} %)"
        return words


def _said(value: float | None, unit: Unit) -> str:
    if value is None:
        return NOT_ENOUGH
    return {"number": number, "share": percent, "minutes": minutes}[unit](value)


def read_calls(
    conn: sa.Connection,
    stretch: Stretch,
    office: str,
    offices: Sequence[Office],
    *,
    due_minutes: float,
    now: float,
) -> tuple[CallTotals, Returned, Mapping[tuple[str, str], int], int | None]:
    """Count one stretch's calls, who was called back, recordings, and runs that broke off."""
    span = Span(stretch.since, stretch.until, office or None)
    missed = call_counts.missed_calls(conn, span)
    back = telephone.returned(missed, offices, due_minutes, now)
    broken = None if office else report_list.broken_runs(conn, stretch.since, stretch.until)
    return (
        call_counts.totals(conn, span),
        telephone.together(back, missed),
        call_counts.media_states(conn, span),
        broken,
    )


def read_chats(
    conn: sa.Connection, stretch: Stretch, workflows: dict[str, Workflow]
) -> ChatFigures:
    return measure(conn, workflows, since=stretch.since, until=stretch.until, zone=stretch.zone)


def rows(newer: Side, older: Side) -> list[Row]:
    """Return what is compared, in the order a manager asks for it.

    Nothing is judged beside a stretch with hardly a call, such as one before the first run.
    """
    calls = min(newer.calls.calls, older.calls.calls)
    chats = _of_chats(newer, older)
    opened = min(chats[0].newer or 0, chats[0].older or 0) if chats else 0
    return [
        *_judged(_of_calls(newer, older), calls),
        *_judged(chats, opened),
        *_judged(_of_errors(newer, older), calls),
    ]


def _judged(some: list[Row], cases: float) -> list[Row]:
    return some if cases >= ENOUGH else [replace(row, good=0) for row in some]


def _of_calls(newer: Side, older: Side) -> list[Row]:
    def row(label: str, counts: str, name: str, good: int = 0) -> Row:
        values = [float(getattr(side.calls, name)) for side in (newer, older)]
        return Row("Calls", label, counts, values[0], values[1], good)

    def back(label: str, counts: str, name: str, good: int, unit: Unit = "number") -> Row:
        values = [getattr(side.returned, name) for side in (newer, older)]
        return Row("Calls", label, counts, values[0], values[1], good, unit)

    def got(side: Side, states: set[str]) -> float:
        return float(sum(count for (_, state), count in side.media.items() if state in states))

    return [
        row("Calls", "from outside, whatever came of them", "calls"),
        row("Answered", "by somebody of ours", "answered", 1),
        row("Missed", "nobody of ours answered", "not_answered", -1),
        row("Voicemail", "of the missed ones, the caller left a message", "voicemail", -1),
        Row(
            "Calls", "Answered share", "of the answered and the missed ones",
            answered_share(newer.calls), answered_share(older.calls), 1, "share",
        ),
        back("Missed callers reached again", "called back, or they called again", "reached", 0),
        back("Reached share", "of the missed calls with a number", "reached_share", 1, "share"),
        back("Time to reach them", "half were faster", "median_minutes", -1, "minutes"),
        row("New leads", "callers nobody had in Zoho CRM", "new", 1),
        row("Known callers", "leads and contacts, noted", "known"),
        Row(
            "Calls", "Recordings and voicemails attached", "to their lead or contact",
            got(newer, {"done"}), got(older, {"done"}),
        ),
    ]  # fmt: skip


def _of_chats(newer: Side, older: Side) -> list[Row]:
    if newer.chats is None or older.chats is None:
        return []
    one, other = newer.chats, older.chats

    def row(label: str, counts: str, part: str, name: str, good: int = 0) -> Row:
        values = [float(getattr(each, part)[name]) for each in (one, other)]
        return Row("Chats and tickets", label, counts, values[0], values[1], good)

    begun = [sum(each.started for each in side.workflows) for side in (one, other)]
    shares = [
        side.rates["completion"] if count >= ENOUGH else None
        for side, count in zip((one, other), begun, strict=True)
    ]
    return [
        row("Chats", "begun or taken up again", "conversations", "opened"),
        row("Tickets created", "new ones", "tickets", "created"),
        row("Solved by first aid", "no ticket was needed", "conversations", "solved", 1),
        row("To an operator", "somebody was called", "conversations", "escalated", -1),
        row("Left unfinished", "the visitor went away", "conversations", "abandoned", -1),
        Row(
            "Chats and tickets", "Completion", "of the requests begun",
            shares[0], shares[1], 1, "share",
        ),
    ]  # fmt: skip


def _of_errors(newer: Side, older: Side) -> list[Row]:
    def lost(side: Side) -> float:
        states = {"parked", "gone"}
        return float(sum(count for (_, state), count in side.media.items() if state in states))

    found = [
        Row(
            "Errors", "Calls that need a person", "parked, as of now",
            float(newer.calls.parked), float(older.calls.parked), -1,
        ),
        Row("Errors", "Recordings lost or parked", "as of now", lost(newer), lost(older), -1),
    ]  # fmt: skip
    if newer.broken_runs is not None and older.broken_runs is not None:
        values = float(newer.broken_runs), float(older.broken_runs)
        found.append(
            Row("Errors", "Runs that broke off", "stopped, failed, interrupted", *values, -1)
        )
    return found


def chart(newer: CallTotals, older: CallTotals, names: tuple[str, str]) -> Chart:
    """Show the calls of both by outcome."""
    series = tuple(
        Series(
            name=title,
            values=(float(getattr(newer, kinds[-1])), float(getattr(older, kinds[-1]))),
            role=role,
        )
        for title, role, kinds in PARTS
        if kinds != PLACED_BY_US  # Only calls from outside are compared.
    )
    return Chart(
        id="outcomes",
        kind="bars",
        title="Calls by outcome",
        description=f"{names[0]}: {newer.calls:,} calls. {names[1]}: {older.calls:,} calls.",
        labels=names,
        series=series,
    )


def sheet(some: Sequence[Row]) -> Sheet:
    cells = tuple(
        (row.group, row.label, plain(row.newer, 4), plain(row.older, 4), row.unit) for row in some
    )
    return Sheet("comparison", ("part", "what", "newer", "older", "unit"), cells)
