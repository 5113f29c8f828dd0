"""Put parked calls back to work: what was refused is mapped anew, doubts are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from switchboard.store import journal, ledger, set_aside
from switchboard.store.database import now as store_now
from switchboard.store.tables import effect


def reopen(conn: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Make the parked ones of *ids* due now; return which those were."""
    at = store_now(conn)
    rows = [
        row for row in ledger.load(conn, ids).values() if (row.kind, row.fate) == ("call", "parked")
    ]
    effects = journal.of_interactions(conn, [row.id for row in rows])
    failed = [
        each for group in effects.values() for each in group if each.state in {"refused", "parked"}
    ]
    journal.retry(conn, [each.key for each in failed])
    # A refused lead is mapped again from today's configuration; the old fields were the trouble.
    anew = [each.key for each in failed if each.kind == "lead" and each.state == "refused"]
    if anew:
        conn.execute(sa.update(effect).where(effect.c.key.in_(anew)).values(request="{}"))
    ledger.upsert(
        conn,
        [
            replace(
                row,
                fate="waiting",
                reason="ready",
                why="A person asked to try it again.",
                error_code=None,
                due_at=at,
                attempts=0,
                updated_at=at,
                finished_at=None,
            )
            for row in rows
        ],
    )
    opened = [row.id for row in rows]
    set_aside.drop(conn, ["call"], opened)
    return opened
