"""Remember of each scheduled run when it comes, who runs it now, and how it went.

Rows are changed only by whoever holds them, or inside the transaction that has locked them all:
two processes on one store never start the same slot twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store.database import insert
from switchboard.store.holders import Holder
from switchboard.store.tables import schedule

RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is stored; times are epoch seconds."""

    name: str
    cron: str  # The expression and its time zone.
    next_at: float | None = None
    last_slot: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    outcome: str | None = None
    error_code: str | None = None
    attempts: int = 0
    skipped_slot: float | None = None
    run_id: str | None = None
    holder: str | None = None
    holder_until: float = 0.0

    @property
    def unfinished(self) -> bool:
        """Tell whether a run was started and nobody said that it ended."""
        return self.started_at is not None and self.finished_at is None

    def held(self, me: Holder, now: float) -> bool:
        """Tell whether a living process has it: its time is not over and it is not seen dead."""
        if self.holder is None or self.holder_until <= now:
            return False
        other = Holder.read(self.holder)
        return other is None or not other.is_gone(me)


def rows(conn: sa.Connection, *, lock: bool = False) -> dict[str, Row]:
    """Return all rows by name; with *lock* nobody else changes them before we commit."""
    query = sa.select(schedule).order_by(schedule.c.name)
    found = conn.execute(query.with_for_update() if lock else query)
    return {row.name: Row(**row._asdict()) for row in found}


def plan(conn: sa.Connection, name: str, *, cron: str, next_at: float | None) -> None:
    """Make an entry known, or give it another time; what it did before stays on record."""
    values = {"cron": cron, "next_at": next_at, "attempts": 0}
    statement = insert(conn, schedule).values(name=name, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    # A run that died under the old rule is not taken up again under the new one.
    unfinished = schedule.c.started_at.is_not(None) & schedule.c.finished_at.is_(None)
    conn.execute(
        sa.update(schedule)
        .where(schedule.c.name == name, unfinished)
        .values(finished_at=schedule.c.started_at, outcome="died", holder=None, holder_until=0)
    )


def retire(conn: sa.Connection, listed: Iterable[str]) -> None:
    """Take the time from entries no longer listed: listed again, they begin anew, not late."""
    conn.execute(
        sa.update(schedule).where(schedule.c.name.not_in(list(listed))).values(next_at=None)
    )


def begin(
    conn: sa.Connection,
    name: str,
    *,
    slot: float,
    next_at: float | None,
    holder: str,
    now: float,
    until: float,
) -> None:
    """Take the slot. Only inside the transaction whose locked rows said that it is free."""
    again = sa.case((schedule.c.last_slot == slot, schedule.c.attempts + 1), else_=1)
    _set(
        conn,
        name,
        next_at=next_at,
        attempts=again,
        last_slot=slot,
        started_at=now,
        finished_at=None,
        outcome=RUNNING,
        error_code=None,
        run_id=None,
        holder=holder,
        holder_until=until,
    )


def skip(conn: sa.Connection, name: str, *, slot: float, next_at: float | None) -> None:
    """Pass over a slot whose entry still runs."""
    _set(conn, name, next_at=next_at, skipped_slot=slot)


def bury(conn: sa.Connection, name: str, *, now: float) -> None:
    """Stop taking up a slot whose processes die."""
    _set(conn, name, finished_at=now, outcome="died", holder=None, holder_until=0.0)


def renew(conn: sa.Connection, holder: str, *, until: float) -> None:
    """Say that *holder* lives."""
    conn.execute(sa.update(schedule).where(schedule.c.holder == holder).values(holder_until=until))


def finish(
    conn: sa.Connection,
    name: str,
    *,
    holder: str,
    now: float,
    outcome: str,
    run_id: str | None = None,
    error_code: str | None = None,
) -> None:
    """Record the end, unless somebody has taken the slot over meanwhile."""
    conn.execute(
        sa.update(schedule)
        .where(schedule.c.name == name, schedule.c.holder == holder)
        .values(
            finished_at=now,
            outcome=outcome,
            run_id=run_id,
            error_code=error_code,
            holder=None,
            holder_until=0.0,
        )
    )


def give_back(conn: sa.Connection, name: str, *, holder: str, now: float) -> None:
    """Put a slot that was interrupted in order back: the next process runs it at once."""
    conn.execute(
        sa.update(schedule)
        .where(schedule.c.name == name, schedule.c.holder == holder)
        .values(
            next_at=schedule.c.last_slot,
            attempts=0,
            finished_at=now,
            outcome="interrupted",
            holder=None,
            holder_until=0.0,
        )
    )


def _set(conn: sa.Connection, name: str, **values: Any) -> None:
    conn.execute(sa.update(schedule).where(schedule.c.name == name).values(**values))
