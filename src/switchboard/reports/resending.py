"""Send a report once more, to people a person chose: once for each order, however often sent."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from switchboard.config.load import Configuration
from switchboard.errors import OperatorError
from switchboard.reports.build import build_report, compose_report
from switchboard.reports.mailing import named
from switchboard.reports.outgoing import mail_key
from switchboard.reports.sending import as_row
from switchboard.store import audit, outbox
from switchboard.store.database import Database


async def send_again(
    db: Database,
    configuration: Configuration,
    run_id: str,
    to: Sequence[str],
    *,
    order: str,
    actor: str,
) -> list[str]:
    """Queue a run's report for *to*; return the outbox keys that are new.

    *order* names this wish: the same one sent twice is carried out once. The report is built anew
    first, so that nobody is sent a page that is gone.
    """
    email = configuration.email
    if email is None:
        raise OperatorError("CFG-001", "No mail server is set up, so no report can be sent.")
    people = named(to, email)
    wanted = [mail_key(f"{run_id}@{order}", "report", each.email) for each in people]
    if await db.run(lambda conn: outbox.by_keys(conn, wanted)):
        return []
    built = await build_report(db, configuration, run_id)
    mails = await compose_report(configuration, built, to=people, again=order)
    rows = [as_row(each) for each in mails]

    def work(conn: sa.Connection) -> list[str]:
        added = outbox.queue(conn, rows)
        if added:
            recipients = sorted(each.recipient for each in mails if each.key in added)
            audit.append(
                conn,
                actor=actor,
                action="report.send",
                subject=f"run:{run_id}",
                detail={"recipients": len(recipients), "to": recipients},
            )
        return added

    return await db.run(work)
