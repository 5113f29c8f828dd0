"""Keep what runs say, line by line, in the order they said it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import sqlalchemy as sa

from switchboard.store.database import chunks, insert
from switchboard.store.tables import run_line

Level = Literal["debug", "info", "warn", "error"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `number` counts from 1 within its run."""

    number: int
    at: float
    level: Level
    text: str


def append(conn: sa.Connection, run_id: str, lines: Iterable[Line]) -> None:
    """Add lines; one that is there already (its commit was in doubt) stays as it is."""
    for chunk in chunks(lines, 150):
        values = [{"run_id": run_id, **asdict(line)} for line in chunk]
        conn.execute(insert(conn, run_line).values(values).on_conflict_do_nothing())


def after(conn: sa.Connection, run_id: str, number: int, limit: int = 1000) -> list[Line]:
    """Return the lines that follow *number*."""
    query = (
        sa.select(run_line.c.number, run_line.c.at, run_line.c.level, run_line.c.text)
        .where(run_line.c.run_id == run_id, run_line.c.number > number)
        .order_by(run_line.c.number)
        .limit(limit)
    )
    return [Line(*row) for row in conn.execute(query)]


def newest(conn: sa.Connection, run_id: str, limit: int) -> list[Line]:
    """Return the last *limit* lines, the oldest of them first."""
    last = conn.scalar(sa.select(sa.func.max(run_line.c.number)).where(run_line.c.run_id == run_id))
    return after(conn, run_id, max((last or 0) - limit, 0), limit)


def purge(conn: sa.Connection, before: float) -> int:
    """Delete lines said before a moment; return how many."""
    return conn.execute(sa.delete(run_line).where(run_line.c.at < before)).rowcount
