"""Remember which run's report lies where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from switchboard.store.database import chunks, insert
from switchboard.store.tables import report


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report; `path` is below the configuration directory, with /."""

    run_id: str
    path: str
    title: str
    created_at: float
    size: int = 0


def put(conn: sa.Connection, new: Report) -> None:
    """Remember a report; built again, it replaces the run's earlier one."""
    statement = insert(conn, report).values(**asdict(new))
    changing = {name: statement.excluded[name] for name in ("path", "title", "created_at", "size")}
    conn.execute(statement.on_conflict_do_update(index_elements=[report.c.run_id], set_=changing))


def get(conn: sa.Connection, run_id: str) -> Report | None:
    row = conn.execute(sa.select(report).where(report.c.run_id == run_id)).first()
    return None if row is None else Report(**row._asdict())


def recent(conn: sa.Connection, limit: int = 20) -> list[Report]:
    """Return the newest reports first."""
    query = sa.select(report).order_by(report.c.created_at.desc(), report.c.run_id).limit(limit)
    return [Report(**row._asdict()) for row in conn.execute(query)]


def before(conn: sa.Connection, moment: float) -> list[Report]:
    """Return reports made before then, oldest first."""
    query = sa.select(report).where(report.c.created_at < moment).order_by(report.c.created_at)
    return [Report(**row._asdict()) for row in conn.execute(query)]


def forget(conn: sa.Connection, run_ids: Iterable[str]) -> None:
    for chunk in chunks(run_ids):
        conn.execute(sa.delete(report).where(report.c.run_id.in_(chunk)))
