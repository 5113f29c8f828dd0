"""Count calls and tickets of a time; what is over is remembered for some minutes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from switchboard.console.dashboard.days import Span
from switchboard.store.call_kinds import CallKind, kind_column
from switchboard.store.tables import interaction, run, ticket

KEPT_SECONDS = 300.0
MOST_KEPT = 1000
NEW_LEAD = "none"  # The reason of a call whose caller nobody knew: it made a lead.


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls of an office are of which kind, and how many leads they made."""

    office: str | None
    kind: CallKind
    number: int
    leads: int


@dataclass(frozen=True, slots=True)
class Tickets:
    """How many tickets are in which state."""

    state: str
    number: int


def calls(conn: sa.Connection, span: Span) -> tuple[Calls, ...]:
    """Count the calls that began in *span*, of every office."""
    c = interaction.c
    made = sa.and_(c.fate == "done", c.reason == NEW_LEAD)
    kind = kind_column().label("call_kind")
    query = (
        sa.select(c.office, kind, sa.func.count(), sa.func.sum(sa.case((made, 1), else_=0)))
        .where(c.started_at >= span.begin, c.started_at < span.end, c.kind == "call")
        .group_by(c.office, kind)
    )
    return tuple(Calls(*row) for row in conn.execute(query))


def tickets(conn: sa.Connection, span: Span) -> tuple[Tickets, ...]:
    """Count the tickets wanted in *span*; what was added to an open one is no ticket."""
    c = ticket.c
    query = (
        sa.select(c.state, sa.func.count())
        .where(c.wanted_at >= span.begin, c.wanted_at < span.end, ~c.extends)
        .group_by(c.state)
    )
    return tuple(Tickets(*row) for row in conn.execute(query))


def first_call(conn: sa.Connection) -> float | None:
    c = interaction.c
    query = sa.select(c.started_at).where(c.kind == "call").order_by(c.started_at).limit(1)
    found: float | None = conn.scalar(query)
    return found


def first_ticket(conn: sa.Connection) -> float | None:
    found: float | None = conn.scalar(sa.select(sa.func.min(ticket.c.wanted_at)))
    return found


Count = Callable[[sa.Connection, Span], tuple[object, ...]]


@dataclass(slots=True)
class Remembered:
    """Counts of times that are over, so that a page asks for today alone.

    A run that looks back changes days that are over: what was counted before it is forgotten.
    """

    _kept: OrderedDict[tuple[str, Span], tuple[float, tuple[object, ...]]] = field(
        default_factory=OrderedDict
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _latest: tuple[object, ...] | None = None

    def begin(self, conn: sa.Connection) -> None:
        """Forget what a run may have changed since the last look, or is changing now."""
        query = sa.select(run.c.id, run.c.finished_at).order_by(run.c.started_at.desc()).limit(1)
        row = conn.execute(query).first()
        latest = None if row is None else tuple(row)
        with self._lock:
            if latest != self._latest or (row is not None and row.finished_at is None):
                self._kept.clear()
            self._latest = latest

    def calls(self, conn: sa.Connection, span: Span, now: float) -> tuple[Calls, ...]:
        return self._of("calls", calls, conn, span, now)  # type: ignore[return-value]

    def tickets(self, conn: sa.Connection, span: Span, now: float) -> tuple[Tickets, ...]:
        return self._of("tickets", tickets, conn, span, now)  # type: ignore[return-value]

    def _of(
        self, name: str, count: Count, conn: sa.Connection, span: Span, now: float
    ) -> tuple[object, ...]:
        if span.begin >= now:
            return ()
        if span.end > now:
            return count(conn, span)
        with self._lock:
            known = self._kept.get((name, span))
        if known is not None and 0 <= now - known[0] < KEPT_SECONDS:
            return known[1]
        found = count(conn, span)
        with self._lock:
            self._kept[name, span] = (now, found)
            self._kept.move_to_end((name, span))
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found
