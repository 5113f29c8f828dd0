"""What is still owed: files to save before RingCentral deletes them, call-backs, mails, tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from switchboard.store.tables import callback, mail, media, ticket

DAY = 86_400.0
TO_CALL_BACK, OVERDUE = "/calls?callback=open", "/calls?callback=overdue"


@dataclass(frozen=True, slots=True)
class Owed:
    """How much waits to be done by itself."""

    files: int
    expiring: int  # Of the files: those RingCentral deletes within the days of the settings.
    first_deleted_at: float | None
    call_backs: int
    overdue: int  # Of the call-backs: people who should have been called by now.
    mails: int
    tickets: int

    @property
    def nothing(self) -> bool:
        return not (self.files or self.call_backs or self.mails or self.tickets)


def owed(conn: sa.Connection, now: float, alarm_days: float) -> Owed:
    """Count it, from indexes alone."""
    m, b = media.c, callback.c
    soon = sa.case((m.expires_at.between(now - DAY, now + alarm_days * DAY), 1), else_=0)
    # Of what must be deleted already, nothing can be saved any more.
    still = sa.case((m.expires_at > now - DAY, m.expires_at))
    files, expiring, first = conn.execute(
        sa.select(sa.func.count(), sa.func.sum(soon), sa.func.min(still)).where(m.state == "owed")
    ).one()
    late = sa.case((b.task_due_at < now, 1), else_=0)
    call_backs, overdue = conn.execute(
        sa.select(sa.func.count(), sa.func.sum(late)).where(b.state.in_(("owed", "open")))
    ).one()
    return Owed(
        files=files,
        expiring=expiring or 0,
        first_deleted_at=first if expiring else None,
        call_backs=call_backs,
        overdue=overdue or 0,
        mails=_count(conn, mail, mail.c.state.in_(("queued", "sending"))),
        tickets=_count(conn, ticket, ticket.c.work_at.is_not(None)),
    )


def lines(found: Owed) -> Sequence[tuple[str, int, str, str, str]]:
    """Return what is shown of it: title, number, what is urgent, its kind, where it is. Pure."""
    return [
        (
            "Recordings and voicemails to save",
            found.files,
            f"{found.expiring:,} deleted by RingCentral soon" if found.expiring else "",
            "fail" if found.expiring else "",
            "/calls",
        ),
        (
            "Callers to call back",
            found.call_backs,
            f"{found.overdue:,} overdue" if found.overdue else "",
            "warn" if found.overdue else "",
            OVERDUE if found.overdue else TO_CALL_BACK,
        ),
        ("Mails to send", found.mails, "", "", "/attention"),
        ("Tickets and updates on the way", found.tickets, "", "", "/tickets"),
    ]


def _count(conn: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    return int(conn.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0)
