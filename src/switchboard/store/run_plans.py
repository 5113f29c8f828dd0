"""Keep what a dry run would write, so that it can be looked at and applied."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from switchboard.store.database import chunks
from switchboard.store.tables import run, run_plan


def keep(conn: sa.Connection, run_id: str, lines: Sequence[Mapping[str, Any]]) -> None:
    """Keep a plan in its order."""
    rows = [
        {
            "run_id": run_id,
            "number": number,
            "action": line["action"],
            "document": json.dumps(line, ensure_ascii=False),
        }
        for number, line in enumerate(lines, 1)
    ]
    for chunk in chunks(rows, 200):
        conn.execute(sa.insert(run_plan), chunk)


def lines(
    conn: sa.Connection, run_id: str, *, action: str = "", limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Return a part of a plan."""
    query = sa.select(run_plan.c.document).where(run_plan.c.run_id == run_id)
    if action:
        query = query.where(run_plan.c.action == action)
    query = query.order_by(run_plan.c.number).limit(limit).offset(offset)
    return [json.loads(text) for text in conn.scalars(query)]


def counts(conn: sa.Connection, run_id: str) -> dict[str, int]:
    """Return how many lines of a plan there are of each action."""
    query = sa.select(run_plan.c.action, sa.func.count()).where(run_plan.c.run_id == run_id)
    return dict(conn.execute(query.group_by(run_plan.c.action)).all())


def purge(conn: sa.Connection, before: float) -> int:
    """Delete the plans of runs begun before a moment; return how many lines."""
    old = sa.select(run.c.id).where(run.c.started_at < before)
    return conn.execute(sa.delete(run_plan).where(run_plan.c.run_id.in_(old))).rowcount
