"""Read what a replay of the assignment rules begins with: past calls and the stored rotation."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from switchboard.config.documents import Office
from switchboard.flows.call_to_lead.models import Call
from switchboard.flows.call_to_lead.simulate import PastCall
from switchboard.store import directory, journal, ledger, rotation

MOST = 1_000_000  # No ledger of ours has as many calls in the longest look-back.


def past_calls(conn: sa.Connection, since: float) -> list[PastCall]:
    """Read the calls since then, and which of them made a lead, or would make one."""
    rows = [row for row in ledger.search(conn, since=since, limit=MOST) if row.kind == "call"]
    rows = [row for row in rows if row.fate != "skipped"]
    effects = journal.of_interactions(conn, [row.id for row in rows])
    known = directory.find(conn, {row.person for row in rows})
    past = []
    for row in rows:
        leads = [each for each in effects.get(row.id, ()) if each.kind == "lead"]
        made = any(each.state != "superseded" for each in leads)
        would = row.fate != "done" and row.person not in known
        call = Call.model_validate(json.loads(row.document)["call"])
        past.append(PastCall(call, new=made or would))
    return past


def rotations_of(conn: sa.Connection, offices: Sequence[Office]) -> dict[str, dict[str, float]]:
    return {
        pool: credit
        for office in sorted(offices, key=lambda office: office.id)
        for pool, credit in rotation.load(conn, office.id).items()
    }
