"""Keep what each run was asked and what came of it; the log says the rest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from switchboard.store.tables import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run; `options` and `summary` are JSON text, `outcome` is empty until it ended."""

    id: str
    kind: str
    started_at: float
    office: str | None = None
    options: str = "{}"
    finished_at: float | None = None
    outcome: str | None = None
    summary: str = "{}"


def start(conn: sa.Connection, new: Run) -> None:
    conn.execute(sa.insert(run).values(**asdict(new)))


def finish(
    conn: sa.Connection, run_id: str, *, outcome: str, summary: str, finished_at: float
) -> None:
    conn.execute(
        sa.update(run)
        .where(run.c.id == run_id)
        .values(outcome=outcome, summary=summary, finished_at=finished_at)
    )


def get(conn: sa.Connection, run_id: str) -> Run | None:
    row = conn.execute(sa.select(run).where(run.c.id == run_id)).first()
    return None if row is None else _run(row)


def recent(conn: sa.Connection, limit: int = 20) -> list[Run]:
    """Return the newest runs first."""
    query = sa.select(run).order_by(run.c.started_at.desc(), run.c.id).limit(limit)
    return [_run(row) for row in conn.execute(query)]


def unfinished(conn: sa.Connection) -> list[Run]:
    """Return runs without an end: running now, or killed."""
    query = sa.select(run).where(run.c.finished_at.is_(None)).order_by(run.c.started_at)
    return [_run(row) for row in conn.execute(query)]


def _run(row: sa.Row[Any]) -> Run:
    return Run(**row._asdict())
