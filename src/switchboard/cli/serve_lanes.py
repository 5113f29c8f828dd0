"""What `switchboard serve` does between the runs of the timetable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa

from switchboard import logs
from switchboard.bootstrap import open_session
from switchboard.config.load import Configuration
from switchboard.flows.call_to_lead.accounts import OfficeReport
from switchboard.flows.call_to_lead.offices import LANE, work_offices
from switchboard.flows.call_to_lead.people_refresh import refresh
from switchboard.flows.call_to_lead.run import rules_from
from switchboard.flows.call_to_lead.working import working
from switchboard.jobs.chores import Chore
from switchboard.jobs.sweep import EVERY_SECONDS, due_offices
from switchboard.store import leases
from switchboard.store.database import Database
from switchboard.store.database import now as store_now

DAY_SECONDS = 86_400.0

Now = Callable[[], Configuration]  # The configuration as it is at that moment.


def lanes(current: Now, db: Database) -> list[Chore]:
    """Return the chores in the order in which `--once` does them."""
    return [
        Chore("waiting calls", EVERY_SECONDS, lambda: work_waiting(current(), db)),
        Chore("retention", DAY_SECONDS, lambda: purge(current())),
    ]


async def work_waiting(configuration: Configuration, db: Database) -> int:
    """Work calls whose time has come since a run left them waiting; return in how many offices.

    The vendors are only asked when there is such a call and nobody else is at it.
    """
    identity = leases.worker_identity()
    find = due_offices(LANE, identity.id)

    def look(conn: sa.Connection) -> list[str]:
        leases.bury_dead(conn, identity.host)
        return [offer.reference for offer in find(conn, store_now(conn))]

    due = set(await db.run(look))
    parts = {
        each.id: OfficeReport(office=each.id, name=each.name)
        for each in configuration.offices
        if each.id in due
    }
    if not parts:
        return 0
    async with open_session(configuration) as session, working(session.tools):
        await refresh(session.tools)
        fields = await session.tools.crm.read_fields("Leads")
        rules = rules_from(session.tools, {each.api_name: each for each in fields})
        await work_offices(session.tools, rules, parts)
        session.transport.log_usage()
    return len(parts)


async def purge(configuration: Configuration) -> int:
    """Delete log files older than the retention allows; return how many."""
    keep = configuration.settings.retention
    return logs.purge(
        configuration.logs_dir,
        log_days=keep.log_days,
        raw_call_log_days=keep.raw_call_log_days,
        today=datetime.now(UTC).date(),
    )
