"""Be a worker: register, keep the leases alive, bury workers of this machine that died."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa

from switchboard.errors import SwitchboardError, TransientError
from switchboard.flows.call_to_lead.tools import Tools
from switchboard.store import leases
from switchboard.store.database import now as store_now


@asynccontextmanager
async def working(tools: Tools) -> AsyncIterator[None]:
    """Be a registered worker: bury the dead of this machine, keep our own leases alive."""
    identity = leases.worker_identity()
    lease = tools.configuration.settings.journal.lease_seconds

    def enter(conn: sa.Connection) -> None:
        leases.bury_dead(conn, identity.host)
        leases.register(
            conn,
            leases.WorkerIdentity(tools.worker, identity.host, identity.pid, identity.started_at),
            store_now(conn),
        )

    began = time.monotonic()
    await tools.db.run(enter)
    tools.lease.renewed_at = began
    beat = asyncio.create_task(_beat(tools, lease))
    try:
        yield
    finally:
        beat.cancel()
        with suppress(asyncio.CancelledError):
            await beat
        with suppress(SwitchboardError):
            await tools.db.run(lambda conn: leases.unregister(conn, tools.worker))


async def _beat(tools: Tools, lease: float) -> None:
    host = leases.host_identity()
    while True:
        await asyncio.sleep(lease / 3)
        began = time.monotonic()

        def renew(conn: sa.Connection) -> None:
            now = store_now(conn)
            leases.renew(conn, tools.worker, now + lease, now)
            leases.bury_dead(conn, host)  # A neighbour may die while we wait for its leases.

        with suppress(TransientError):
            await tools.db.run(renew)
            tools.lease.renewed_at = began
