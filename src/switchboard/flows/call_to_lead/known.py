"""Read what the store knows of a batch's callers, for `decide`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from switchboard.flows.call_to_lead.decide import Job, Known, StatusMark
from switchboard.store import directory, people_status, rotation
from switchboard.store.journal import Effect


def read_known(conn: sa.Connection, jobs: Sequence[Job], effects: Iterable[Effect] = ()) -> Known:
    """Return what the store knows about the callers of *jobs* and whose turn it is.

    *effects*: what earlier workers intended for these calls; their leads keep their owners.
    """
    persons = {job.call.person for job in jobs}
    marks = people_status.load(conn, persons)
    pending = {
        each.key: json.loads(each.request)
        for each in effects
        if each.kind == "lead" and each.state == "intended"
    }
    return Known(
        people=directory.find(conn, persons),
        statuses={p: StatusMark(m.status, m.call_started_at) for p, m in marks.items()},
        rotation={
            pool: credit
            for office in sorted({job.office.id for job in jobs})
            for pool, credit in rotation.load(conn, office).items()
        },
        pending_leads={key: body for key, body in pending.items() if body},
    )
