"""Be a worker on calls: registered, with the watch that says how long the leases are good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from switchboard.flows.call_to_lead.tools import Tools
from switchboard.jobs.at_work import registered


@asynccontextmanager
async def working(tools: Tools) -> AsyncIterator[None]:
    """Be a registered worker: bury the dead of this machine, keep our own leases alive."""

    def renewed(moment: float) -> None:
        tools.lease.renewed_at = moment

    lease = tools.configuration.settings.journal.lease_seconds
    async with registered(tools.db, tools.worker, lease, renewed=renewed):
        yield
