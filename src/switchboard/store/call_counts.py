"""Count calls of a stretch of time in the database: what came in, when, and what became of it.

Only calls from outside count: not those we placed, nor those between colleagues. What is answered
and what is missed, `call_kinds` says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store import call_kinds
from switchboard.store.local_time import DAY_SECONDS, local_seconds, shifts
from switchboard.store.tables import callback, effect, interaction, media

_HOUR_SECONDS = 3600
_WEEK_HOURS = 168
_THURSDAY = 3  # 1 January 1970, counted from Monday.


@dataclass(frozen=True, slots=True)
class Span:
    """Calls begun in [since, until); of one office, or of all and of none."""

    since: float
    until: float
    office: str | None = None


@dataclass(frozen=True, slots=True)
class CallTotals:
    """What became of the calls of a stretch: by outcome, then by what was done."""

    answered: int = 0
    voicemail: int = 0
    missed: int = 0
    other: int = 0
    new: int = 0  # Callers nobody had in the CRM; known ones were leads or contacts.
    known: int = 0
    parked: int = 0
    waiting: int = 0

    @property
    def calls(self) -> int:
        return self.answered + self.voicemail + self.missed + self.other

    @property
    def not_answered(self) -> int:
        return self.voicemail + self.missed

    @property
    def heard(self) -> int:
        """Those somebody could have answered."""
        return self.answered + self.not_answered


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour of the week, or a day: answered calls and missed ones."""

    answered: int = 0
    missed: int = 0

    @property
    def calls(self) -> int:
        return self.answered + self.missed

    @property
    def share(self) -> float | None:
        return self.answered / self.calls if self.calls else None

    def __add__(self, other: Slot) -> Slot:
        return Slot(self.answered + other.answered, self.missed + other.missed)


@dataclass(frozen=True, slots=True)
class MissedCall:
    """A missed call that asks for a call-back, and when its caller was reached after it."""

    id: str
    person: str
    office: str | None
    at: float
    due_at: float | None  # None: no task was written, since the caller had been reached.
    reached_at: float | None
    lost: bool  # Nobody can be called back: the number is not known.


def totals(conn: sa.Connection, span: Span) -> CallTotals:
    """Add up; a call has one outcome and one fate. One pass and no sorting: years have many."""
    outcome, done = interaction.c.outcome, interaction.c.fate == "done"
    parts = {
        "answered": outcome.in_(call_kinds.ANSWERED_OUTCOMES),
        "voicemail": outcome == "voicemail",
        "missed": outcome == "missed",
        "new": done & (interaction.c.reason == "none"),
        "known": done & interaction.c.reason.in_(("lead", "contact")),
        "parked": interaction.c.fate == "parked",
        "waiting": interaction.c.fate == "waiting",
    }
    sums = [sa.func.sum(sa.case((rule, 1), else_=0)).label(name) for name, rule in parts.items()]
    row = conn.execute(sa.select(sa.func.count().label("calls"), *sums).where(*_of(span))).one()
    found = {name: int(getattr(row, name) or 0) for name in parts}
    other = row.calls - found["answered"] - found["voicemail"] - found["missed"]
    return CallTotals(**found, other=int(other))


def by_hour_of_week(
    conn: sa.Connection, span: Span, zone: str, offices: Collection[str | None] = ()
) -> dict[tuple[int, int], Slot]:
    """Count by (weekday, hour) on the clock of *zone*; Monday is 0."""
    local = local_seconds(conn, interaction.c.started_at, shifts(zone, span.since, span.until))
    found = _slots(conn, span, (local // _HOUR_SECONDS) % _WEEK_HOURS, offices)
    return {((key // 24 + _THURSDAY) % 7, key % 24): slot for key, slot in found.items()}


def by_day(
    conn: sa.Connection, span: Span, zone: str, offices: Collection[str | None] = ()
) -> dict[int, Slot]:
    """Count by day on the clock of *zone*: days since 1970."""
    local = local_seconds(conn, interaction.c.started_at, shifts(zone, span.since, span.until))
    return _slots(conn, span, local // DAY_SECONDS, offices)


def missed_calls(conn: sa.Connection, span: Span) -> list[MissedCall]:
    """Return the missed calls that asked for a call-back, oldest first."""
    reached = interaction.alias("reached")
    settled = callback.c.closed_by.is_not(None) | (callback.c.state == "closed")
    later = sa.func.coalesce(reached.c.started_at, callback.c.finished_at)
    at = sa.case((settled, later), else_=None)
    lost = (callback.c.state == "needless") & ~settled & callback.c.joins.is_(None)
    query = (
        sa.select(
            callback.c.interaction_id,
            callback.c.person,
            callback.c.office,
            callback.c.opened_at,
            callback.c.task_due_at,
            at,
            lost,
        )
        .select_from(callback.outerjoin(reached, reached.c.id == callback.c.closed_by))
        .where(callback.c.opened_at >= span.since, callback.c.opened_at < span.until)
        .order_by(callback.c.opened_at)
    )
    if span.office is not None:
        query = query.where(callback.c.office == span.office)
    rows = conn.execute(query)
    return [
        MissedCall(ident, person, office, begun, due_at, reached_at, bool(gone))
        for ident, person, office, begun, due_at, reached_at, gone in rows
    ]


def media_states(conn: sa.Connection, span: Span) -> dict[tuple[str, str], int]:
    """Count recordings and voicemails of the span's calls: (kind, state) → number."""
    query = (
        sa.select(media.c.kind, media.c.state, sa.func.count())
        .where(media.c.call_started_at >= span.since, media.c.call_started_at < span.until)
        .group_by(media.c.kind, media.c.state)
    )
    if span.office is not None:
        query = query.where(media.c.office == span.office)
    return {(kind, state): int(number) for kind, state, number in conn.execute(query)}


def lead_owners(conn: sa.Connection, span: Span) -> dict[tuple[str | None, str], int]:
    """Count new leads by (office, owner's id) as they were written; "": Zoho's default owner."""
    written = (effect.c.key == interaction.c.id + ":lead") & (effect.c.state == "settled")
    owner = _owner(conn).label("owner")
    query = (
        sa.select(interaction.c.office, owner, sa.func.count())
        .select_from(interaction.join(effect, written))
        .where(*_of(span), interaction.c.fate != "skipped")
        .group_by(interaction.c.office, owner)
    )
    return {(office, who): int(number) for office, who, number in conn.execute(query)}


def _slots(
    conn: sa.Connection,
    span: Span,
    key: sa.ColumnElement[int],
    offices: Collection[str | None],
) -> dict[int, Slot]:
    answered = sa.func.sum(
        sa.case((interaction.c.outcome.in_(call_kinds.ANSWERED_OUTCOMES), 1), else_=0)
    )
    missed = sa.func.sum(
        sa.case((interaction.c.outcome.in_(call_kinds.UNANSWERED_OUTCOMES), 1), else_=0)
    )
    query = (
        sa.select(key.label("slot"), answered, missed)
        .where(*_of(span), call_kinds.is_one_of(("answered", *call_kinds.MISSED)))
        .group_by(sa.text("slot"))
    )
    if offices:
        named = interaction.c.office.in_([each for each in offices if each is not None])
        query = query.where(named | interaction.c.office.is_(None) if None in offices else named)
    return {int(slot): Slot(int(yes), int(no)) for slot, yes, no in conn.execute(query)}


def _of(span: Span) -> list[sa.ColumnElement[bool]]:
    rules = [
        interaction.c.started_at >= span.since,
        interaction.c.started_at < span.until,
        interaction.c.kind == "call",
        call_kinds.from_outside(),
    ]
    return rules if span.office is None else [*rules, interaction.c.office == span.office]


def _owner(conn: sa.Connection) -> sa.ColumnElement[Any]:
    """Read the owner out of the write as it was sent; one that was forgotten has none."""
    if conn.dialect.name == "postgresql":
        said: sa.ColumnElement[Any] = sa.cast(effect.c.request, sa.JSON)["Owner"]["id"].as_string()
    else:
        said = sa.func.json_extract(effect.c.request, "$.Owner.id")
    return sa.func.coalesce(sa.case((effect.c.request.like("{%"), said), else_=""), "")


def merged(slots: Mapping[Any, Slot]) -> Slot:
    """Add slots up."""
    return sum(slots.values(), Slot())
